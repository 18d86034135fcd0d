"""Check the claims of this toolkit, and the paper's numbers, against the numbers measured."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pfc_analysis.paths import check_writable
from pfc_analysis.reproduction.drawing.draw_figures import draw_figures
from pfc_analysis.reproduction.figures import list_figures
from pfc_analysis.reproduction.measured_numbers import find_measured, read_claims, read_measured
from pfc_analysis.reproduction.numbers import MEAN

EACH, INTERVAL, OVERLAP = "each", "interval", "overlap"
"""A claim about every replica; about the whole 95 % interval of their mean; or that this interval
overlaps the claimed range. The alternative is `MEAN`, a claim about the mean alone."""

COLUMNS = [
    "figure",
    "quantity",
    "condition",
    "source",
    "of",
    "measured",
    "lower",
    "upper",
    "published",
    "at_least",
    "at_most",
    "holds",
]
"""Columns of a check, one row a number.

`of` is "mean", "interval" or "overlap" (the mean over replicas, with its 95 % interval in `lower`
and `upper`) or "each" (`lower` and `upper` are the smallest and the largest replica, `measured` the
one nearest to breaking the claim). `at_least` and `at_most` are the claim; `holds` is empty where
nothing is claimed. Where the figure was not drawn, `measured` is empty, and its claims do not hold.
"""

_NAMED = ["quantity", "condition", "source"]
"""Columns that say which number a row is about."""

NOT_DRAWN = "all numbers"
"""The quantity in the row of a figure that was not drawn and about which nothing is claimed."""


def check(
    agents: str | Path | None = None,
    out: str | Path | None = None,
    progress: bool | None = None,
    measured: str | Path | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Measure the numbers of every figure and compare them with the paper and with our claims.

    Parameters
    ----------
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    out : str or Path, optional
        Folder to leave the figures in; by default they are deleted.
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.
    measured : str or Path, optional
        Folder with figures that `reproduce` or `draw_figure` wrote: check their numbers and draw
        nothing.
    workers : int, optional
        Number of processes that draw; default: one per processor.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`: numbers that are claimed or published. A figure that is not in `measured`
        has a row for each claim about it, or one row if there is none; there `measured` is empty,
        and the claims do not hold.

    Raises
    ------
    FileNotFoundError
        If `measured` is no folder, or holds the numbers of no figure.
    ValueError
        If `measured` holds the numbers of an unknown figure, a file lacks a column, or a claim is
        about a number that a drawn figure does not have.
    FigureError
        If figures could not be drawn (`pfc_analysis.reproduction.drawing.draw_figures`).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.paths import content_folder
    >>> claims = pfc.check(measured=content_folder("figures") / "rendered")
    >>> bool(claims["holds"].all())
    True

    All claims hold of the figures that are shipped. Without `measured`, all figures are drawn anew,
    which takes minutes.
    """
    if out is not None:
        out = check_writable(out, "folder")
    tables = []
    with tempfile.TemporaryDirectory(prefix="pfc_check_") as temporary:
        folder = Path(temporary if out is None else out)
        if measured is None:
            draw_figures(folder, agents, workers=workers, progress=progress)
        files = None if measured is None else find_measured(measured)
        for name, script in list_figures().items():
            path = folder / f"{script.stem}.csv" if files is None else files[name]
            claims = read_claims(script.stem)
            if path is None:
                tables.append(_list_missing(name, claims))
            else:
                tables.append(check_figure(name, read_measured(path), claims))
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


def _list_missing(name: str, claims: pd.DataFrame | None) -> pd.DataFrame:
    """List the claims about a figure that was not drawn: no number, and they do not hold."""
    if claims is None:
        nothing = {"quantity": NOT_DRAWN, "condition": "", "source": "", "of": MEAN}
        return pd.DataFrame([{"figure": name, **nothing}], columns=COLUMNS)
    return claims.assign(figure=name, holds=False).reindex(columns=COLUMNS)


def check_figure(name: str, numbers: pd.DataFrame, claims: pd.DataFrame | None) -> pd.DataFrame:
    """Check the numbers of one figure.

    Parameters
    ----------
    name : str
        The paper's name of the figure.
    numbers : pandas.DataFrame
        What was measured (`pfc_analysis.reproduction.numbers.COLUMNS`).
    claims : pandas.DataFrame or None
        Columns quantity, condition (empty, not missing, where there is none), source, of, at_least,
        at_most.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`.

    Raises
    ------
    ValueError
        If a claim is about a number that the figure does not have, or of an unknown kind.
    """
    numbers = numbers.assign(condition=numbers["condition"].fillna(""))
    listed = [] if claims is None else [claim for _, claim in claims.iterrows()]
    rows = [_check_claim(name, numbers, claim) for claim in listed]
    shown = {_key(row) for row in rows if row["of"] != EACH}
    for _, number in numbers[numbers["published"].notna()].iterrows():
        if _key(number) not in shown:
            bounds = number[["value", "lower", "upper", "published"]]
            rows.append(_row(name, number, MEAN, *bounds))
    return pd.DataFrame(rows, columns=COLUMNS)


def _key(row: Mapping[str, Any] | pd.Series) -> tuple[Any, ...]:
    return tuple(row[column] for column in _NAMED)


TEXT_COLUMNS = ["figure", "number", "measured", "published", "claim", "holds"]
"""Columns of `format_check`."""


def format_check(table: pd.DataFrame) -> list[list[str]]:
    """Format a check as text.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `check`.

    Returns
    -------
    list of list of str
        A row a number, with the columns `TEXT_COLUMNS`. `holds` is "yes", "NO", "not measured" or
        empty.
    """
    rows = []
    for _, row in table.iterrows():
        name = (row["quantity"].replace("_", " "), row["condition"].replace("_", " "))
        text = ", ".join(part for part in name if part)
        drawn = pd.notna(row["measured"])
        rows.append(
            [
                row["figure"],
                f"{row['source']}: {text}" if row["source"] else text,
                f"{row['measured']:.3g} [{row['lower']:.3g}, {row['upper']:.3g}]" if drawn else "",
                "" if pd.isna(row["published"]) else f"{row['published']:.3g}",
                _claim_text(row),
                _verdict(row["holds"]) if drawn else "not measured",
            ]
        )
    return rows


def _verdict(holds: Any) -> str:
    return "" if pd.isna(holds) else ("yes" if holds else "NO")


def _claim_text(row: pd.Series) -> str:
    who = "all" if row["of"] == EACH else row["of"]
    low, high = pd.notna(row["at_least"]), pd.notna(row["at_most"])
    if low and high:
        return f"{who} {row['at_least']:g} to {row['at_most']:g}"
    if low:
        return f"{who} ≥ {row['at_least']:g}"
    return f"{who} ≤ {row['at_most']:g}" if high else ""


def _check_claim(figure: str, numbers: pd.DataFrame, claim: pd.Series) -> dict[str, Any]:
    """Check one claim; return its row."""
    same = np.logical_and.reduce([numbers[column] == claim[column] for column in _NAMED])
    of_mean = numbers["subject"] == MEAN
    found = numbers[same & (~of_mean if claim["of"] == EACH else of_mean)]
    _require_numbers(figure, claim, found)
    at_least, at_most = claim["at_least"], claim["at_most"]
    least, greatest = _find_ends(found, claim["of"])
    # A comparison with NaN is false: a claim about an interval does not hold where there is none.
    above = pd.isna(at_least) or least >= at_least
    holds = bool(above and (pd.isna(at_most) or greatest <= at_most))
    if claim["of"] == EACH:
        # The replica nearest to breaking the claim, or furthest beyond it.
        slack_low = least - at_least if pd.notna(at_least) else float("inf")
        slack_high = at_most - greatest if pd.notna(at_most) else float("inf")
        shown = (least if slack_low <= slack_high else greatest), least, greatest
    else:
        shown = tuple(found.iloc[0][["value", "lower", "upper"]])
    row = _row(figure, claim, claim["of"], *shown, numbers[same & of_mean]["published"].max())
    return {**row, "at_least": at_least, "at_most": at_most, "holds": holds}


def _require_numbers(figure: str, claim: pd.Series, found: pd.DataFrame) -> None:
    """Raise an error if a claim is of an unknown kind or about a number that is not there."""
    if claim["of"] not in (MEAN, EACH, INTERVAL, OVERLAP):
        raise ValueError(
            f"figure {figure}: a claim of {claim['of']!r}, expected mean, each, interval or "
            "overlap."
        )
    if found.empty or found["value"].isna().any():
        raise ValueError(
            f"figure {figure}: a claim on {claim['quantity']!r}, condition {claim['condition']!r}, "
            f"of {claim['source']!r} ({claim['of']}), but no such number was measured. Correct the "
            "claim, or draw the figure again."
        )


def _find_ends(found: pd.DataFrame, of: str) -> tuple[float, float]:
    """Return the numbers to compare with `at_least` and with `at_most`."""
    if of in (MEAN, EACH):
        return found["value"].min(), found["value"].max()
    lower, upper = found.iloc[0]["lower"], found.iloc[0]["upper"]
    # Intervals overlap the range where their further ends are within its bounds.
    return (lower, upper) if of == INTERVAL else (upper, lower)


def _row(
    figure: str,
    which: Mapping[str, Any] | pd.Series,
    of: str,
    measured: float,
    lower: float,
    upper: float,
    published: float,
) -> dict[str, Any]:
    named = {column: which[column] for column in _NAMED}
    return {
        "figure": figure,
        **named,
        "of": of,
        "measured": measured,
        "lower": lower,
        "upper": upper,
        "published": published,
    }
