"""Read the title and the caption of a figure that was drawn."""

from __future__ import annotations

import ast
from pathlib import Path


def read_title(script: Path) -> str:
    """Read the title of a figure: the first line of its script."""
    docstring = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
    return (docstring or script.stem).splitlines()[0]


def read_caption(script: Path, out: Path) -> list[str]:
    """Read the caption of a figure.

    Parameters
    ----------
    script : Path
        The figure's script.
    out : Path
        Folder that the figure was drawn into, with its caption as Markdown.

    Returns
    -------
    list of str
        Paragraphs, with `**` around what is bold; the figure's title where there is no caption.
    """
    path = out / f"{script.stem}.md"
    if not path.is_file():
        return [read_title(script)]
    plain = path.read_text(encoding="utf-8").replace("`", "")
    parts = (" ".join(part.split()).lstrip("# ") for part in plain.split("\n\n"))
    return [part for part in parts if part]
