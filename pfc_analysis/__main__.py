"""The program `pfc`, also as `python -m pfc_analysis`."""

from pfc_analysis.python_process import leave_out_current_folder


def main() -> None:
    """Run `pfc`; nothing is imported from the current folder, where the data may lie."""
    leave_out_current_folder()
    from pfc_analysis.cli import main as run

    run()


if __name__ == "__main__":
    main()
