"""Read the numbers of figures that were drawn into a folder, and the claims about them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pfc_analysis.paths import content_folder, user_path
from pfc_analysis.reproduction.figures import list_figures
from pfc_analysis.reproduction.numbers import COLUMNS

CLAIM_COLUMNS = ["quantity", "condition", "source", "of", "at_least", "at_most"]
"""Columns of a file of claims."""

_FIGURE_FILE = re.compile(r"fig[spfnerh]?\d+_\w+\.csv")
_TEXT = {"condition": str}
"""A column of empty conditions would be read as one of numbers."""


def find_measured(folder: str | Path) -> dict[str, Path | None]:
    """Find the CSV file of every figure in a folder.

    Parameters
    ----------
    folder : str or Path
        Folder that `pfc reproduce` or `pfc figure` wrote to.

    Returns
    -------
    dict of str to Path or None
        By the paper's name of the figure; None where its file is not there.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or no figure's file in it.
    ValueError
        If a file is named like a figure's numbers, but there is no such figure.
    """
    folder, scripts = user_path(folder), list_figures()
    known = [f"{script.stem}.csv" for script in scripts.values()]
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder; write it by: {_remedy(folder)}")
    unknown = sorted(
        path.name
        for path in folder.glob("fig*.csv")
        if _FIGURE_FILE.fullmatch(path.name) and path.name not in known
    )
    if unknown:
        raise ValueError(
            f"{folder / unknown[0]}: found the numbers of an unknown figure, expected files of "
            f"{', '.join(known)}. Delete or rename it."
        )
    found = {name: folder / f"{script.stem}.csv" for name, script in scripts.items()}
    measured = {name: path if path.is_file() else None for name, path in found.items()}
    if not any(measured.values()):
        raise FileNotFoundError(
            f"{folder}: found no numbers of a figure, expected one or more of {', '.join(known)}. "
            f"Write them by: {_remedy(folder)}"
        )
    return measured


def read_measured(path: Path) -> pd.DataFrame:
    """Read the numbers of a figure.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    return _read(path, COLUMNS)


def read_claims(stem: str) -> pd.DataFrame | None:
    """Read the claims about a figure's numbers, from `figures/claims`.

    Parameters
    ----------
    stem : str
        Name of the figure's script without ending, such as "fig5_two_step".

    Returns
    -------
    pandas.DataFrame or None
        Columns `CLAIM_COLUMNS`; None where nothing is claimed.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    path = content_folder("figures") / "claims" / f"{stem}.csv"
    return _read(path, CLAIM_COLUMNS).fillna({"condition": ""}) if path.is_file() else None


def _remedy(folder: Path) -> str:
    return f"pfc reproduce --out {folder}"


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=_TEXT)
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(
            f"{path}: found columns {list(table)}, expected {list(columns)}; "
            f"missing: {', '.join(missing)}"
        )
    return table
