"""Small pieces of MyST Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def plain(text: object) -> str:
    """Return text in which no character is markup."""
    escaped = str(text)
    for character in "\\`*_{}[]<>$|#~":
        escaped = escaped.replace(character, "\\" + character)
    return escaped


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; cells are Markdown already."""
    cells = [[" ".join(str(cell).split()) for cell in row] for row in rows]
    lines = [columns, ["---"] * len(columns), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits; a dash if there is none."""
    return "\N{EN DASH}" if value != value else f"{value:.{digits}g}"


def estimate(value: float, lower: float, upper: float) -> str:
    """Return a value with its interval in brackets, where there is one."""
    if lower != lower or upper != upper:
        return number(value)
    return f"{number(value)} \\[{number(lower)}, {number(upper)}\\]"


def toctree(names: Iterable[str]) -> str:
    """Return a table of contents of these pages."""
    return "```{toctree}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n"
