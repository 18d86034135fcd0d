"""The command line: each command is one or two calls of the public API."""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from types import FrameType

import typer

# Each module adds its commands to the application, in the order that `pfc --help` shows.
# ruff: isort: off
from pfc_analysis.cli.app import app
from pfc_analysis.cli import experiment_commands, agent_commands  # noqa: F401
from pfc_analysis.cli import animal_commands, fit_commands, figure_commands  # noqa: F401
from pfc_analysis.cli.output import tell
from pfc_analysis.failures import explain
from pfc_analysis.caches import prepare_cache
from pfc_analysis.screen_text import visible_text
# ruff: isort: on

_TERMINATED = 128 + signal.SIGTERM
_BROKEN_PIPE = 141
"""Exit status of a program whose reader has gone, as shells report it."""


def main() -> None:
    """Run `pfc`; report what can be foreseen in one line, without a traceback.

    Exit status: 0; 1 if a check or a replica failed, or for a fault of the package; 2 if the input
    is wrong or the machine lacks something; 130 after Ctrl-C; 143 after a request to end.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    try:
        warning = prepare_cache()
        if warning:
            _tell(warning)
        app(standalone_mode=True)
    except SystemExit as ended:
        if ended.code == 130:
            _tell(_how_to_go_on())
        _close_output(ended)
    except Exception as error:
        sys.exit(_report(error))


def _terminate(number: int, frame: FrameType | None) -> None:
    """End as after an error, so that temporary files and worker processes are removed."""
    _tell("stopped by a request to end (SIGTERM).")
    raise SystemExit(_TERMINATED)


def _close_output(ended: SystemExit) -> None:
    """End; in silence if the reader of the output has gone, as in `pfc list | head -1`."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_BROKEN_PIPE)
    raise ended


def _report(error: Exception) -> int:
    """Print what went wrong; return the exit status."""
    told = explain(error)
    if told is not None:
        _tell(told or type(error).__name__, fg="red")
        return 2
    typer.echo(visible_text(traceback.format_exc(), keep="\n\t"), err=True)
    _tell(
        "this is a fault of pfc_analysis, not of your input. Please report it with the lines above "
        "and the command.",
        fg="red",
    )
    return 1


def _how_to_go_on() -> str:
    """Say what to do after Ctrl-C."""
    if sys.argv[1:2] == ["train"]:
        return "stopped. To continue from the last checkpoint, repeat the command with --resume."
    if sys.argv[1:2] == ["sweep"]:
        return "stopped. To continue from the last checkpoints, repeat the command."
    return "stopped. Repeat the command to begin again."


def _tell(line: str, fg: str | None = None) -> None:
    """Print a line for people; names from files in it cannot act on the terminal."""
    tell(f"pfc: {line}", fg)
