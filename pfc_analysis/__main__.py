"""The program `pfc`, also as `python -m pfc_analysis`."""

from pfc_analysis.python_process import leave_out_current_folder


def main() -> None:
    """Run `pfc`; nothing is imported from the current folder, where the data may lie."""
    leave_out_current_folder()
    import signal

    from pfc_analysis.cli import main as run

    try:
        run()
    finally:
        # This process ends now: a signal could only interrupt Python's tidying, with a traceback.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    main()
