"""Find and run the figure scripts."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

from pfc_analysis.list_table import TableDict
from pfc_analysis.near_names import did_you_mean
from pfc_analysis.paths import check_writable, content_folder, user_path
from pfc_analysis.reproduction.figure_texts import read_title
from pfc_analysis.reproduction.missing_figures import MISSING, explain_missing

COLUMNS = ("figure", "what it asks")
"""Headings of the table of figures."""

_SCRIPT = re.compile(r"fig([spfnerh]?\d+)_(\w+)\.py")


class FigureError(Exception):
    """Figures could not be drawn; the message names each, and the cause is the first error."""


def list_figures() -> TableDict[str, Path]:
    """List the figure scripts by name: the paper's "5", "s6", then "p1", "f1", "n1", "e1", "h1".

    Names with p are predictions, those with f fits, those with n about neurons and network states,
    those with e about episodic memory, those with r about rivals of the paper's network, those with
    h about habits beside it.

    Returns
    -------
    TableDict
        A dict of paths by name, which prints and displays as a table of what each figure asks.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> pfc.list_figures()["5"].name
    'fig5_two_step.py'
    """
    found = {}
    for path in content_folder("figures").glob("fig*.py"):
        match = _SCRIPT.fullmatch(path.name)
        if match:
            found[match.group(1)] = path
    ordered = dict(sorted(found.items(), key=lambda item: _rank(item[0])))
    return TableDict(ordered, COLUMNS, _make_row)


def _make_row(name: str, script: Path) -> tuple[str, str]:
    """Return the name and the title of a figure; its script is read."""
    title = read_title(script).partition(": ")[2]
    return name, title[:1].upper() + title[1:]


def _rank(name: str) -> tuple[int, int]:
    """Return a sort key: by kind, as `list_figures` names them, then by number."""
    kind = name.rstrip("0123456789")
    return ("", "s", "p", "f", "n", "e", "r", "h").index(kind), int(name.removeprefix(kind))


def draw_figure(
    name: str, out: str | Path, agents: str | Path | None = None, *, slide: bool = False
) -> list[Path]:
    """Draw one figure: record the agents, analyse, and write picture, caption and numbers.

    Parameters
    ----------
    name : str
        The paper's name of the figure, "5", "s6", ..., or "p1", ... for what the paper predicts.
    out : str or Path
        Folder for the pictures (SVG, PNG, PDF), the caption (Markdown) and the numbers (CSV).
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    slide : bool
        Draw for a lecture: one slide (16:9) for each row of panels, with larger text.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ValueError
        If there is no such figure, with those there are, or with the reason where the paper has
        one that is not drawn; or if `out` cannot be written.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> files = pfc.draw_figure("s5", out="figures")
    >>> sorted(file.suffix for file in files)
    ['.csv', '.md', '.pdf', '.png', '.svg']

    The numbers (.csv), the caption (.md) and the picture in three formats.
    """
    scripts = list_figures()
    name = str(name).lower()
    if name in MISSING:
        raise ValueError(explain_missing(name))
    if name not in scripts:
        raise ValueError(
            f"Unknown figure {name!r}{did_you_mean(name, scripts)}; expected one of "
            f"{list(scripts)}."
        )
    folder = check_writable(out, "folder")
    from pfc_analysis.plotting.paper import draw_slides
    from pfc_analysis.training.run.replica import single_thread

    main = _main_of(scripts[name])
    # On matrices as small as these one BLAS thread is faster than several: where another process
    # keeps a core busy, several threads spend most of their time waiting for each other.
    with single_thread(), draw_slides(slide):
        return main(folder, None if agents is None else user_path(agents))


def _main_of(script: Path) -> Callable[[Path, Path | None], list[Path]]:
    """Load a script's `main` from its file, because scripts are not part of the package."""
    spec = importlib.util.spec_from_file_location(f"pfc_figure_{script.stem}", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    main: Callable[[Path, Path | None], list[Path]] = module.main
    return main
