"""Print tables and paths, and hints beside them; open what was written."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from pfc_analysis.list_table import format_table
from pfc_analysis.paths import user_path
from pfc_analysis.screen_text import visible_text

_WIDE = 1_000_000
"""Characters per line where nobody reads the lines on a screen: they are not wrapped."""

_quiet = False


def be_quiet(quiet: bool) -> None:
    """Print no hints and show no progress from now on, or do so again."""
    global _quiet
    _quiet = quiet


def shows_progress() -> bool:
    """Return whether commands show their progress and print hints."""
    return not _quiet


def screen_width() -> int:
    """Return the characters per line of the terminal; many where the output is no terminal."""
    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else _WIDE


def print_list(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose last column is a sentence, with a heading unless it is empty."""
    if heading:
        _echo(heading, bold=True)
    typer.echo(format_table(columns, rows, screen_width()))


def print_text(text: str) -> None:
    """Print lines of text, wrapped to the width of the terminal."""
    typer.echo(wrap_lines(visible_text(text, keep="\n"), screen_width()))


def wrap_lines(text: str, width: int) -> str:
    """Wrap each line of a text between words; addresses and paths are not cut."""
    return "\n".join(
        textwrap.fill(
            line, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
        for line in text.splitlines()
    )


def tell(line: str, fg: str | None = None) -> None:
    """Print a line for people on the standard error stream, also when hints are off."""
    text = visible_text(line, keep="\n")
    if sys.stderr.isatty():
        text = wrap_lines(text, shutil.get_terminal_size((80, 24)).columns)
    _echo(text, err=True, **({"fg": fg} if fg else {}))


def _echo(text: str, err: bool = False, **style: Any) -> None:
    """Print text, in a style unless the user wants no colours (https://no-color.org)."""
    if style and not os.environ.get("NO_COLOR"):
        typer.secho(text, err=err, **style)
    else:
        typer.echo(text, err=err)


def print_table(columns: list[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of text under their columns; no markup in them is interpreted."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(visible_text(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=250)  # a pipe has no width: do not wrap lines that a program reads
    console.print(table)


def print_paths(paths: Sequence[Path]) -> None:
    """Print the files that were written, one per line, as a script can open them."""
    for path in paths:
        typer.echo(visible_text(user_path(path)))


def print_hint(line: str) -> None:
    """Print a line for people on the standard error stream; scripts read the other one."""
    if not _quiet:
        tell(visible_text(line))


def open_written(page: Path) -> None:
    """Open a page or a picture in the browser; say so where there is none."""
    if not webbrowser.open(user_path(page).absolute().as_uri()):
        print_hint(f"No browser could be started. Open {page} yourself.")
