"""Render a page as one HTML file that runs nothing and loads nothing from elsewhere.

Everything is escaped, so that names from a data file cannot act as HTML.
"""

from __future__ import annotations

import base64
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from pfc_analysis.atomic import atomic_path
from pfc_analysis.screen_text import visible_text

if TYPE_CHECKING:
    from jinja2 import Environment

    from pfc_analysis.reporting.page import Page


def render_page(page: Page) -> str:
    """Render a page as HTML.

    Parameters
    ----------
    page : Page
        What is on it.

    Returns
    -------
    str
        The same page gives the same text.
    """
    template = make_environment().get_template("page.html.jinja")
    return template.render(page=page, version=version("pfc_analysis"))


def make_environment() -> Environment:
    """Return the environment of all pages: every value is escaped, none may be missing."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("pfc_analysis.reporting"),
        autoescape=True,
        finalize=_show,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
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
