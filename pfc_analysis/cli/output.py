"""Print tables and paths, and hints beside them; open a page."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path

import typer

from pfc_analysis.paths import user_path
from pfc_analysis.screen_text import visible_text


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
    typer.echo(visible_text(line), err=True)


def open_in_browser(page: Path) -> None:
    """Open a page in the browser; say so where there is none."""
    if not webbrowser.open(user_path(page).absolute().as_uri()):
        print_hint(f"No browser could be started. Open {page} yourself.")
