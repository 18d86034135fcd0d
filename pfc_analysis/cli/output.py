"""Print tables and paths."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer


def print_table(columns: list[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of text under their columns."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal:
        console = Console(width=250)  # a pipe has no width: do not wrap lines that a program reads
    console.print(table)


def print_paths(paths: Sequence[Path]) -> None:
    """Print the files that were written, one per line."""
    for path in paths:
        typer.echo(f"{path}")
