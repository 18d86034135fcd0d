"""Read numbers from papers: one CSV per study in `datasets/published/`, with sources."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.paths import content_folder
from pfc_analysis.recording.schema import did_you_mean

COLUMNS = (
    "figure", "panel", "quantity", "group", "condition", "subject",
    "value", "lower", "upper", "n", "unit", "status", "source", "note",
)  # fmt: skip
"""Columns of a study's file, in order."""

NUMBER_COLUMNS = ("value", "lower", "upper", "n")
TEXT_COLUMNS = tuple(column for column in COLUMNS if column not in NUMBER_COLUMNS)

STATUSES = ("stated", "digitised", "reported", "computed")
"""How a number is known: stated in the paper, digitised from a figure, reported by others who cite
the paper, or computed by this toolkit from the public data of the study."""


class PublishedError(ValueError):
    """A file of published numbers is faulty, or does not hold the one number asked for."""


def read_published(study: str, home: str | Path | None = None) -> pd.DataFrame:
    """Read the published numbers of a study.

    Parameters
    ----------
    study : str
        Name of the study, which is that of its file: "wang_2018".
    home : str or Path, optional
        Folder above `datasets/` (see `pfc_analysis.paths.content_folder`).

    Returns
    -------
    pandas.DataFrame
        One row a number. `value`, `lower`, `upper` and `n` are floats, NaN where not given; the
        other columns (`COLUMNS`) are strings, empty where not applicable.

    Raises
    ------
    PublishedError
        If there is no such study, a column is missing or unknown, or a row has no quantity, no
        source, an unknown status or something else than a number; the message names file, line
        and column.
    """
    folder = content_folder("datasets", home) / "published"
    path = folder / f"{study}.csv"
    if not path.is_file():
        studies = sorted(file.stem for file in folder.glob("*.csv"))
        raise PublishedError(
            f"{path}: no published numbers of study {study!r}{did_you_mean(study, studies)}. "
            f"Known: {', '.join(studies) or 'none'}."
        )
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8").fillna("")
    except (ValueError, OSError) as error:
        raise PublishedError(f"{path}: cannot be read as CSV: {error}") from error
    _check_columns(table, path)
    return _with_numbers(table, path)


def _check_columns(table: pd.DataFrame, path: Path) -> None:
    if tuple(table.columns) != COLUMNS:
        missing = [column for column in COLUMNS if column not in table.columns]
        unknown = [column for column in table.columns if column not in COLUMNS]
        raise PublishedError(
            f"{path}: missing columns {missing}, unknown columns {unknown}; expected exactly, in "
            f"this order: {','.join(COLUMNS)}"
        )
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes a surplus column for an index
        raise PublishedError(f"{path}: rows hold more cells than the header has columns")
    for column in ("quantity", "value", "source"):
        _refuse(table, path, column, table[column].str.strip() == "", "it may not be empty")
    known = table["status"].isin(STATUSES)
    _refuse(table, path, "status", ~known, f"expected one of {list(STATUSES)}")


def _with_numbers(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    for column in NUMBER_COLUMNS:
        numbers = pd.to_numeric(table[column], errors="coerce").astype(float)
        wrong = (table[column].str.strip() != "") & ~np.isfinite(numbers)
        _refuse(table, path, column, wrong, "expected a number, or nothing")
        table[column] = numbers
    wrong = (table["lower"] > table["value"]) | (table["upper"] < table["value"])
    _refuse(table, path, "value", wrong, "expected it between lower and upper")
    return table


def _refuse(
    table: pd.DataFrame, path: Path, column: str, wrong: pd.Series[bool], expected: str
) -> None:
    """Raise if any row is wrong; lines are counted as an editor does, the header being line 1."""
    if wrong.any():
        lines = [int(row) + 2 for row in np.flatnonzero(wrong)]
        cell = table[column][wrong].iloc[0]
        found = repr(cell) if isinstance(cell, str) else f"{cell:g}"
        raise PublishedError(
            f"{path}, line(s) {lines}, column {column!r}: found {found}, {expected}"
        )


def published_row(table: pd.DataFrame, quantity: str, **where: str) -> pd.Series:
    """Return the one row of published numbers that fits.

    Parameters
    ----------
    table : pandas.DataFrame
        From `read_published`.
    quantity : str
        What was measured: "stay_probability".
    **where : str
        Further columns and what they hold: ``condition="common_rewarded", group="network"``.

    Returns
    -------
    pandas.Series
        The row.

    Raises
    ------
    PublishedError
        If no row or more than one fits; the message lists the candidates.
    """
    unknown = [column for column in where if column not in TEXT_COLUMNS]
    if unknown:
        raise PublishedError(
            f"no column {unknown[0]!r} to choose by{did_you_mean(unknown[0], TEXT_COLUMNS)}, "
            f"expected some of {list(TEXT_COLUMNS)}"
        )
    fits = table["quantity"] == quantity
    same_quantity = table[fits]
    for column, wanted in where.items():
        fits &= table[column] == wanted
    if fits.sum() != 1:
        asked = ", ".join(f"{column}={wanted!r}" for column, wanted in where.items())
        raise PublishedError(
            f"{int(fits.sum())} published numbers fit quantity={quantity!r}"
            f"{', ' if asked else ''}{asked}, expected exactly 1. "
            f"{_candidates(table, same_quantity if same_quantity.size else table, quantity)}"
        )
    return table[fits].iloc[0]


def _candidates(table: pd.DataFrame, rows: pd.DataFrame, quantity: str) -> str:
    if quantity not in set(table["quantity"]):
        known = sorted(set(table["quantity"]))
        return f"No such quantity{did_you_mean(quantity, known)}. Known: {', '.join(known)}."
    keys = ["figure", "panel", "group", "condition", "subject"]
    listed = "\n".join(
        "  - " + ", ".join(f"{key}={row[key]!r}" for key in keys if row[key])
        for _, row in rows.iterrows()
    )
    return f"Candidates:\n{listed}"


def published_value(table: pd.DataFrame, quantity: str, **where: str) -> float:
    """Return the one published number that fits; arguments and errors as in `published_row`.

    Parameters
    ----------
    table : pandas.DataFrame
        From `read_published`.
    quantity : str
        What was measured.
    **where : str
        Further columns and what they hold.

    Returns
    -------
    float
        Its `value`, in the row's `unit`.

    Raises
    ------
    PublishedError
        If no row or more than one fits.
    """
    return float(published_row(table, quantity, **where)["value"])
