"""Write the page of a reproduction: every figure, what was measured, published and claimed."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from pfc_analysis.atomic import atomic_path
from pfc_analysis.reporting.page import (
    Page,
    PageFigure,
    PageLinks,
    PageTable,
    PageTerms,
    PageText,
    Part,
    Section,
)
from pfc_analysis.reporting.render_page import write_page
from pfc_analysis.reproduction.claim_summary import summarise_check
from pfc_analysis.reproduction.claims import COLUMNS, TEXT_COLUMNS, check_figure, format_check
from pfc_analysis.reproduction.figure_texts import read_caption, read_title
from pfc_analysis.reproduction.figures import list_figures
from pfc_analysis.reproduction.measured_numbers import read_claims, read_measured
from pfc_analysis.reproduction.missing_figures import MISSING

INDEX = "index.html"
"""Name of the page."""

_FILES = {"csv": "numbers (CSV)", "svg": "SVG", "pdf": "PDF", "png": "PNG", "py": "script"}
"""Files of a figure that the page links to: their endings, and what the links are called."""

_NUMBERS = (
    "Measured: mean over the replicas or animals, with its 95 % interval. Where the claim begins "
    "with 'all', it is about every replica: there the one nearest to breaking the claim stands, "
    "with the smallest and the largest in brackets."
)


_OF_NUMBERS = ("measured", "published", "claim", "holds")
"""Columns of the table of numbers that are set to the right."""


def write_index(out: Path, drawn_from: str = "the shipped agents") -> list[Path]:
    """Write the page of all figures in a folder, with the scripts that it links to.

    Parameters
    ----------
    out : Path
        Folder that the figures were drawn into.
    drawn_from : str
        Which agents they were drawn from, for the page.

    Returns
    -------
    list of Path
        The scripts, copied, and last the page `INDEX`.
    """
    written = []
    for script in list_figures().values():
        if (out / f"{script.stem}.csv").is_file():
            with atomic_path(out / script.name) as temporary:
                shutil.copyfile(script, temporary)
            written.append(out / script.name)
    return [*written, write_page(lay_out_index(out, drawn_from), out / INDEX)]


def lay_out_index(out: Path, drawn_from: str) -> Page:
    """Lay out the page of all figures in a folder (see `write_index`)."""
    scripts = list_figures()
    checked = {name: _check(name, out / f"{script.stem}.csv") for name, script in scripts.items()}
    tables = [found for found in checked.values() if isinstance(found, pd.DataFrame) and len(found)]
    faults = [found for found in checked.values() if isinstance(found, str)]
    table = pd.concat(tables) if tables else pd.DataFrame(columns=COLUMNS)
    figures = [
        Section(f"Figure {name.upper()}", _lay_out_figure(script, out, checked[name]))
        for name, script in scripts.items()
    ]
    missing = [(f"Figure {name.upper()}", f"Not drawn: {why}.") for name, why in MISSING.items()]
    return Page(
        title="The figures of Wang et al. (2018), drawn anew",
        subtitle=f"Drawn by pfc_analysis {version('pfc_analysis')} from {drawn_from}.",
        summary=[summarise_check(table), *faults],
        sections=[
            Section("Overview", [_lay_out_overview(scripts, checked)]),
            *figures,
            Section("Figures of the paper that are not here", [PageTerms(missing)]),
        ],
    )


def _check(name: str, path: Path) -> pd.DataFrame | str:
    """Check the numbers of a figure; if they cannot be checked, say why."""
    if not path.is_file():
        return f"Figure {name} was not drawn into this folder."
    try:
        return check_figure(name, read_measured(path), read_claims(path.stem))
    except ValueError as error:
        return f"The numbers of Figure {name} could not be checked: {error}"


def _lay_out_overview(
    scripts: dict[str, Path], checked: dict[str, pd.DataFrame | str]
) -> PageTable:
    """One row for each figure: its title, and how many claims hold."""
    rows = []
    for name, script in scripts.items():
        found, title = checked[name], read_title(script)
        if isinstance(found, str):
            rows.append([name.upper(), title, "", ""])
            continue
        claimed = found["holds"].dropna().astype(bool)
        held = f"{claimed.sum()} of {len(claimed)}" if len(claimed) else "nothing claimed"
        n_published = found["published"].notna().sum()
        rows.append([name.upper(), title, held, f"{n_published}"])
    columns = ["figure", "what it asks", ">claims that hold", ">published values beside them"]
    return PageTable(columns, rows)


def _lay_out_figure(script: Path, out: Path, checked: pd.DataFrame | str) -> list[Part]:
    """Lay out one figure: picture, caption, links and numbers."""
    picture = out / f"{script.stem}.png"
    parts: list[Part] = []
    if picture.is_file():
        title, caption = read_title(script), read_caption(script, out)
        vector = out / f"{script.stem}.svg"
        link = vector.name if vector.is_file() else ""
        parts.append(PageFigure(picture.name, "", title, caption, link, marks_bold=True))
    links = [
        (what, f"{script.stem}.{ending}")
        for ending, what in _FILES.items()
        if (out / f"{script.stem}.{ending}").is_file()
    ]
    parts += [PageLinks(links)] if links else []
    if isinstance(checked, str):
        return [*parts, PageText([checked])]
    if not len(checked):
        return [*parts, PageText(["Nothing is claimed of this figure's numbers."])]
    rows = [row[1:] for row in format_check(checked)]
    columns = [f">{title}" if title in _OF_NUMBERS else title for title in TEXT_COLUMNS[1:]]
    return [*parts, PageTable(columns, rows, _NUMBERS)]
