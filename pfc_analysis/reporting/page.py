"""One HTML page that needs no other file: figures lie in it, and it loads nothing.

What the page says comes in as text and numbers that were formatted elsewhere; this is where they
are laid out. Everything is escaped: names that a data file brings along stay text.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pfc_analysis
from pfc_analysis.atomic import atomic_path


@dataclass(frozen=True)
class PageFigure:
    """A figure, drawn for a light and for a dark ground.

    Attributes
    ----------
    light, dark : str
        The pictures as SVG.
    alt : str
        What somebody is told who cannot see it.
    caption : str
        What somebody is told who can.
    """

    light: str
    dark: str
    alt: str
    caption: str


@dataclass(frozen=True)
class PageTable:
    """A table of the page.

    Attributes
    ----------
    title, text : str
        Heading, and a paragraph below it.
    columns : sequence of str
        Titles; those that begin with ">" are of numbers, and set to the right.
    rows : sequence of sequences of str
        Cells; the first of a row is its heading.
    folded : bool
        Whether the table is closed until it is asked for.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    text: str = ""
    folded: bool = False


@dataclass(frozen=True)
class PageList:
    """A list of sentences with a heading and, perhaps, a paragraph below it."""

    title: str
    rows: Sequence[str]
    text: str = ""


@dataclass(frozen=True)
class Page:
    """Everything on the page.

    Attributes
    ----------
    title, subtitle : str
        Heading and what is below it.
    summary : sequence of str
        Sentences for somebody who reads no further.
    figure : PageFigure
    tables : sequence of PageTable
    lists : sequence of PageList
    command : str
        How to make it again.
    files : sequence of str
        Names of the files beside it that hold its numbers.
    """

    title: str
    subtitle: str
    summary: Sequence[str]
    figure: PageFigure
    command: str
    files: Sequence[str]
    tables: Sequence[PageTable] = field(default_factory=tuple)
    lists: Sequence[PageList] = field(default_factory=tuple)


def render_page(page: Page) -> str:
    """Lay a page out.

    Parameters
    ----------
    page : Page
        What it says.

    Returns
    -------
    str
        HTML; the same page gives the same text.
    """
    from jinja2 import Environment, StrictUndefined

    source = (files("pfc_analysis.reporting") / "templates" / "comparison.html.jinja").read_text(
        encoding="utf-8"
    )
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    figure = page.figure
    return environment.from_string(source).render(
        version=pfc_analysis.__version__,
        title=page.title,
        subtitle=page.subtitle,
        summary=page.summary,
        figure={
            "light": as_data_address(figure.light),
            "dark": as_data_address(figure.dark),
            "alt": figure.alt,
            "caption": figure.caption,
        },
        tables=[_as_mapping(table) for table in page.tables],
        lists=page.lists,
        command=page.command,
        files=page.files,
    )


def write_page(page: Page, path: Path) -> Path:
    """Write a page, whole or not at all; return the path."""
    text = render_page(page)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def as_data_address(svg: str) -> str:
    """Put a picture into its own address, so that the page needs no file for it.

    A picture in an `img` runs no script and loads nothing, whatever it holds.
    """
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _as_mapping(table: PageTable) -> dict[str, Any]:
    return {
        "title": table.title,
        "text": table.text,
        "folded": table.folded,
        "columns": [
            {"title": title.removeprefix(">"), "number": title.startswith(">")}
            for title in table.columns
        ],
        "rows": table.rows,
    }
