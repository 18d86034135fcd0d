"""Lists of experiments, figures and data sets, which print and display as tables.

They stay the list or the dict that programs expect; only what a prompt or a notebook shows differs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from shutil import get_terminal_size
from typing import TypeVar

from pfc_analysis.screen_text import visible_text

Key = TypeVar("Key")
Value = TypeVar("Value")

_NARROWEST_TEXT = 30
"""Characters: the last column is never narrower."""


class _Shown:
    """What both kinds of lists display; `columns` are the headings."""

    columns: Sequence[str]

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """The cells of the table, one row for each entry."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return format_table(self.columns, self.rows)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in self.columns)
        lines = [
            "<tr>"
            + "".join(f"<td style='text-align:left'>{escape(visible_text(c))}</td>" for c in row)
            + "</tr>"
            for row in self.rows
        ]
        body = "".join(lines)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class TableDict(_Shown, dict[Key, Value]):
    """A dict that displays as a table.

    Parameters
    ----------
    items : mapping
        The entries of the dict.
    columns : sequence of str
        Headings of the table.
    row : callable
        Returns the cells of an entry, from its key and its value. It is called when the table is
        shown, so that a changed dict shows what it holds.
    """

    def __init__(
        self,
        items: Mapping[Key, Value],
        columns: Sequence[str],
        row: Callable[[Key, Value], Sequence[str]],
    ) -> None:
        super().__init__(items)
        self.columns, self._row = columns, row

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """The cells of the table, one row for each entry."""
        return [self._row(key, value) for key, value in self.items()]


class TableList(_Shown, list[Value]):
    """A list that displays as a table.

    Parameters
    ----------
    items : iterable
        The entries of the list.
    columns : sequence of str
        Headings of the table.
    row : callable
        Returns the cells of an entry, when the table is shown.
    """

    def __init__(
        self,
        items: Iterable[Value],
        columns: Sequence[str],
        row: Callable[[Value], Sequence[str]],
    ) -> None:
        super().__init__(items)
        self.columns, self._row = columns, row

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """The cells of the table, one row for each entry."""
        return [self._row(value) for value in self]


def format_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None
) -> str:
    """Format a table as text; the last column is wrapped to the width of the screen.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : sequence of sequence of str
        Cells.
    width : int, optional
        Characters per line; default: the width of the terminal, 80 where there is none.

    Returns
    -------
    str
        Lines of text: the headings, and the rows below them. On a screen too narrow for the columns
        each row is a paragraph: its name, the last cell, and the others with their headings.
    """
    cells = [[visible_text(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns) - 1)]
    indent = sum(widths) + 2 * len(widths)
    screen = width or get_terminal_size((80, 24)).columns
    if screen - indent < _NARROWEST_TEXT:
        return "\n".join(_stack(cells[0], row, screen) for row in cells[1:])
    lines = []
    for *first, last in cells:
        start = "".join(f"{cell:<{size}}  " for cell, size in zip(first, widths, strict=True))
        text = _wrap(last, screen - indent) or [""]
        lines.append((start + text[0]).rstrip())
        lines += [" " * indent + more for more in text[1:]]
    return "\n".join(lines)


def _stack(columns: Sequence[str], row: Sequence[str], screen: int) -> str:
    """Write one row as a paragraph."""
    named = zip(columns[1:-1], row[1:-1], strict=True)
    about = "; ".join(f"{name}: {cell}" for name, cell in named)
    lines = [*_wrap(row[-1], screen - 4), *_wrap(about, screen - 4)]
    return "\n".join([row[0], *("    " + line for line in lines)])


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, _NARROWEST_TEXT), break_on_hyphens=False)
