"""Write the pages that repeat what the repository holds, when the site is built.

Each module here has a function `pages(root)` that returns the text of its pages by path below
`docs/`. They are written into folders named `generated`, which git ignores, and only where their
text changed, so that Sphinx reads again only what is new.
"""

from __future__ import annotations

from pathlib import Path

import api_pages
import claim_pages
import command_pages
import dataset_pages
import figure_pages
import network_pages
import question_pages
import schema_pages
from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent.parent


def write_pages(app: Sphinx | None = None) -> list[Path]:
    """Write all generated pages; return their paths."""
    written = []
    for module in (
        api_pages,
        claim_pages,
        command_pages,
        dataset_pages,
        figure_pages,
        network_pages,
        question_pages,
        schema_pages,
    ):
        for name, text in module.pages(DOCS.parent).items():
            path = DOCS / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
            written.append(path)
    for folder in {path.parent for path in written}:
        for path in set(folder.glob("*.md")) - set(written):
            path.unlink()  # of an earlier build, whose subject is gone
    return written


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
