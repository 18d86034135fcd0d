"""Write an HTML page that needs no other file: it holds its figures and loads nothing.

The page gets text and numbers that were formatted elsewhere. Everything is escaped, so that names
from a data file cannot act as HTML.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from pfc_analysis.atomic import atomic_path
from pfc_analysis.screen_text import visible_text


@dataclass(frozen=True)
class PageFigure:
    """A figure, drawn for a light and for a dark background.

    Attributes
    ----------
    light, dark : str
        The pictures as SVG.
    alt : str
        Description for readers who cannot see the figure.
    caption : str
        Text below the figure.
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
        Titles. A title that begins with ">" marks a column of numbers, aligned to the right.
    rows : sequence of sequences of str
        Cells; the first cell of a row is its heading.
    folded : bool
        Whether the table is closed until a reader opens it.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    text: str = ""
    folded: bool = False


@dataclass(frozen=True)
class PageList:
    """A list of sentences with a heading and, if `text` is given, a paragraph below it."""

    title: str
    rows: Sequence[str]
    text: str = ""


@dataclass(frozen=True)
class Page:
    """Everything on the page.

    Attributes
    ----------
    title, subtitle : str
        Heading, and the line below it.
    summary : sequence of str
        The result, for readers who read nothing else.
    figure : PageFigure
        Below the summary.
    command : str
        The command that makes the page again.
    files : sequence of str
        Names of the files beside the page that hold its numbers.
    sections : sequence of PageTable or PageList
        The rest, in order.
    """

    title: str
    subtitle: str
    summary: Sequence[str]
    figure: PageFigure
    command: str
    files: Sequence[str]
    sections: Sequence[PageTable | PageList] = ()


def render_page(page: Page) -> str:
    """Render a page as HTML.

    Parameters
    ----------
    page : Page
        Its content.

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
        autoescape=True,
        finalize=_show,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figure = page.figure
    return environment.from_string(source).render(
        version=version("pfc_analysis"),
        title=page.title,
        subtitle=page.subtitle,
        summary=page.summary,
        figure={
            "light": as_data_url(figure.light),
            "dark": as_data_url(figure.dark),
            "alt": figure.alt,
            "caption": figure.caption,
        },
        sections=[_as_mapping(section) for section in page.sections],
        command=page.command,
        files=page.files,
    )


def write_page(page: Page, path: Path) -> Path:
    """Write a page and return its path; the file appears complete or not at all."""
    text = render_page(page)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def as_data_url(svg: str) -> str:
    """Encode a picture as a data URL, so that the page needs no file for it.

    A browser runs no script in such a picture and loads nothing for it.
    """
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _show(value: object) -> object:
    """Write control characters of a text as escapes; leave what is no text, or is HTML already."""
    return visible_text(value, keep="\n") if type(value) is str else value


def _as_mapping(section: PageTable | PageList) -> dict[str, Any]:
    """Give the template a section's content; only tables have columns and may be folded."""
    found: dict[str, Any] = {"title": section.title, "text": section.text, "rows": section.rows}
    if isinstance(section, PageList):
        return found | {"columns": [], "folded": False}
    columns = [
        {"title": title.removeprefix(">"), "number": title.startswith(">")}
        for title in section.columns
    ]
    return found | {"columns": columns, "folded": section.folded}
