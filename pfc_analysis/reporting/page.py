"""What is on an HTML page: sections of texts, tables, lists and figures.

The contents are text and numbers that were formatted elsewhere;
`pfc_analysis.reporting.render_page` turns them into HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class PageText:
    """Paragraphs."""

    kind: ClassVar[str] = "text"
    paragraphs: Sequence[str]


@dataclass(frozen=True)
class PageFigure:
    """A figure, drawn for a light and for a dark background.

    Attributes
    ----------
    light, dark : str
        Addresses of the pictures: data URLs (`pfc_analysis.reporting.render_page.as_data_url`), or
        names of files beside the page. Without `dark`, the picture keeps a white background.
    alt : str
        Description for readers who cannot see the figure.
    caption : sequence of str
        Paragraphs below the figure.
    link : str
        Name of a file beside the page that the picture leads to.
    marks_bold : bool
        Whether what stands between two pairs of `**` in the caption is bold. Not for captions with
        names from data, in which asterisks mean nothing.
    """

    kind: ClassVar[str] = "figure"
    light: str
    dark: str
    alt: str
    caption: Sequence[str]
    link: str = ""
    marks_bold: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table, and a paragraph above it.

    Attributes
    ----------
    columns : sequence of str
        Titles. A title that begins with ">" marks a column of numbers, aligned to the right.
    rows : sequence of sequences of str
        Cells; the first cell of a row is its heading.
    text : str
        The paragraph.
    """

    kind: ClassVar[str] = "table"
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    text: str = ""


@dataclass(frozen=True)
class PageList:
    """A list of sentences, and a paragraph above it."""

    kind: ClassVar[str] = "list"
    rows: Sequence[str]
    text: str = ""


@dataclass(frozen=True)
class PageTerms:
    """A list of terms with their meanings."""

    kind: ClassVar[str] = "terms"
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class PageCode:
    """Text to copy as it stands: a command, or a paragraph for a paper."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True)
class PageLinks:
    """Links to files beside the page: what each is called, and the name of the file."""

    kind: ClassVar[str] = "links"
    rows: Sequence[tuple[str, str]]


Part = PageText | PageFigure | PageTable | PageList | PageTerms | PageCode | PageLinks


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes
    ----------
    title : str
        Heading, and entry of the table of contents.
    parts : sequence of Part
        What is in it.
    folded : bool
        Whether it is closed until a reader opens it; a print shows it all the same.
    """

    title: str
    parts: Sequence[Part]
    folded: bool = False


@dataclass(frozen=True)
class Page:
    """Everything on the page.

    Attributes
    ----------
    title, subtitle : str
        Heading, and the line below it.
    summary : sequence of str
        Sentences that give the result, in a box at the top.
    sections : sequence of Section
        In the order that they are shown in; the table of contents lists them.
    """

    title: str
    subtitle: str
    summary: Sequence[str]
    sections: Sequence[Section]
