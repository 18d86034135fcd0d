"""Write the files of a figure: its numbers, its caption, and the picture that carries it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from pfc_analysis.atomic import atomic_path
from pfc_analysis.plotting.paper import save_page
from pfc_analysis.reproduction.captions import plain_caption, render_caption
from pfc_analysis.reproduction.numbers import Numbers


def write_figure(figure: Figure, numbers: Numbers, out: Path, script: str) -> list[Path]:
    """Write a figure as SVG, PNG and PDF, its caption as Markdown and its numbers as CSV.

    The caption also goes into the metadata of the pictures: an SVG's and a PNG's description, a
    PDF's subject.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        A figure of `new_page`.
    numbers : Numbers
        Every number drawn.
    out : Path
        Folder.
    script : str
        The file of the script that draws it, `__file__`. It names the files, and the template of
        the caption lies beside it.

    Returns
    -------
    list of Path
        The files, pictures first.

    Raises
    ------
    CaptionError
        If the script has no caption, or the caption asks for a number that is not in the table.
    """
    stem = Path(script).stem
    table = numbers.write(out / f"{stem}.csv")
    text = render_caption(Path(script), pd.read_csv(table))
    told = out / f"{stem}.md"
    with atomic_path(told) as temporary:
        temporary.write_text(text, encoding="utf-8")
    plain = plain_caption(text)
    title = plain.splitlines()[0]
    pictures = save_page(figure, out, stem, title=title, description=plain)
    return [*pictures, told, table]
