"""What this toolkit claims of its agents, checked against the numbers just measured."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from pfc_analysis.paths import content_folder
from pfc_analysis.progress import track
from pfc_analysis.reproduction.figures import draw_figure, list_figures
from pfc_analysis.reproduction.numbers import MEAN

EACH, INTERVAL, OVERLAP = "each", "interval", "overlap"
"""A claim on every replica; on the whole 95 % interval of their mean; or that this interval reaches
into the claimed range. The alternative is `MEAN`, a claim on the mean alone."""

TEXT = {"condition": str}
"""A column of empty conditions would be read as one of numbers."""

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
and `upper`) or "each" (`lower` and `upper` are the least and the greatest replica, `measured` the
one nearest to breaking the claim). `at_least` and `at_most` are the claim; `holds` is empty where
nothing is claimed.
"""


def check(
    agents: str | Path | None = None,
    out: str | Path | None = None,
    progress: bool = False,
    measured: str | Path | None = None,
) -> pd.DataFrame:
    """Measure every number of every figure and set it against the paper and our claims.

    Parameters
    ----------
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    out : str or Path, optional
        Folder to leave the figures in; by default they are thrown away.
    progress : bool
        Show a progress bar.
    measured : str or Path, optional
        Folder with the CSV of every figure (`reproduce` leaves it): check these numbers, and
        measure nothing anew.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`: numbers that are claimed or published.

    Raises
    ------
    FileNotFoundError
        If the CSV of a figure is not in `measured`.
    """
    claims_folder = content_folder("figures") / "claims"
    tables = []
    with tempfile.TemporaryDirectory(prefix="pfc_check_") as temporary:
        folder = Path(temporary if out is None else out)
        for name, script in track(list(list_figures().items()), "figures", shown=progress):
            if measured is None:
                draw_figure(name, folder, agents)
            numbers = _read_numbers(folder if measured is None else Path(measured), script.stem)
            claims_file = claims_folder / f"{script.stem}.csv"
            claims = pd.read_csv(claims_file, dtype=TEXT) if claims_file.exists() else None
            tables.append(check_figure(name, numbers, claims))
    return pd.concat(tables, ignore_index=True)


def _read_numbers(folder: Path, stem: str) -> pd.DataFrame:
    path = folder / f"{stem}.csv"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such file; expected the numbers of every figure, as left there by: "
            f"pfc reproduce --out {folder}"
        )
    return pd.read_csv(path, dtype=TEXT)


def check_figure(name: str, numbers: pd.DataFrame, claims: pd.DataFrame | None) -> pd.DataFrame:
    """Check the numbers of one figure.

    Parameters
    ----------
    name : str
        The paper's name of the figure.
    numbers : pandas.DataFrame
        What was measured (`pfc_analysis.reproduction.numbers.COLUMNS`).
    claims : pandas.DataFrame or None
        Columns quantity, condition, source, of, at_least, at_most.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`.

    Raises
    ------
    ValueError
        If a claim is about a number that was not measured.
    """
    numbers = numbers.assign(condition=numbers["condition"].fillna(""))
    rows = (
        []
        if claims is None
        else [
            _check_claim(name, numbers, claim)
            for _, claim in claims.fillna({"condition": ""}).iterrows()
        ]
    )
    claimed = {
        (row["quantity"], row["condition"], row["source"]) for row in rows if row["of"] != EACH
    }
    for _, number in numbers[numbers["published"].notna()].iterrows():
        if (number["quantity"], number["condition"], number["source"]) not in claimed:
            rows.append(
                _row(
                    name,
                    number,
                    MEAN,
                    number["value"],
                    number["lower"],
                    number["upper"],
                    number["published"],
                )
            )
    return pd.DataFrame(rows, columns=COLUMNS)


TEXT_COLUMNS = ["figure", "number", "measured", "published", "claim", "holds"]
"""Columns of `format_check`."""


def format_check(table: pd.DataFrame) -> list[list[str]]:
    """Lay out a check for people to read: one row of text a number, columns `TEXT_COLUMNS`."""
    rows = []
    for _, row in table.iterrows():
        name = (row["quantity"].replace("_", " "), row["condition"].replace("_", " "))
        rows.append(
            [
                row["figure"],
                f"{row['source']}: {', '.join(part for part in name if part)}",
                f"{row['measured']:.3g} [{row['lower']:.3g}, {row['upper']:.3g}]",
                "" if pd.isna(row["published"]) else f"{row['published']:.3g}",
                _claim_text(row),
                "" if pd.isna(row["holds"]) else ("yes" if row["holds"] else "NO"),
            ]
        )
    return rows


def _claim_text(row: pd.Series) -> str:
    who = "all" if row["of"] == EACH else row["of"]
    low, high = pd.notna(row["at_least"]), pd.notna(row["at_most"])
    if low and high:
        return f"{who} {row['at_least']:g} to {row['at_most']:g}"
    if low:
        return f"{who} ≥ {row['at_least']:g}"
    return f"{who} ≤ {row['at_most']:g}" if high else ""


def _check_claim(figure: str, numbers: pd.DataFrame, claim: pd.Series) -> dict[str, object]:
    same = (
        (numbers["quantity"] == claim["quantity"])
        & (numbers["condition"] == claim["condition"])
        & (numbers["source"] == claim["source"])
    )
    of_mean = numbers["subject"] == MEAN
    if claim["of"] not in (MEAN, EACH, INTERVAL, OVERLAP):
        raise ValueError(
            f"figure {figure}: a claim of {claim['of']!r}, expected mean, each, interval or "
            "overlap."
        )
    found = numbers[same & (~of_mean if claim["of"] == EACH else of_mean)]
    if found.empty or found["value"].isna().any():
        raise ValueError(
            f"figure {figure}: a claim on {claim['quantity']!r}, condition {claim['condition']!r}, "
            f"of {claim['source']!r} ({claim['of']}), but no such number was measured."
        )
    least, greatest = found["value"].min(), found["value"].max()
    at_least, at_most = claim["at_least"], claim["at_most"]
    published = numbers[same & of_mean]["published"].max()
    if claim["of"] != EACH:
        only = found.iloc[0]
        measured, lower, upper = only["value"], only["lower"], only["upper"]
        if claim["of"] == INTERVAL:
            least, greatest = lower, upper
        elif claim["of"] == OVERLAP:  # the end that reaches furthest must be within
            least, greatest = upper, lower
    else:
        # The replica nearest to breaking the claim, or furthest beyond it.
        slack_low = least - at_least if pd.notna(at_least) else float("inf")
        slack_high = at_most - greatest if pd.notna(at_most) else float("inf")
        measured, lower, upper = (least if slack_low <= slack_high else greatest), least, greatest
    # A comparison with NaN is false: a claim on an interval that there is none of does not hold.
    above = pd.isna(at_least) or least >= at_least
    holds = bool(above and (pd.isna(at_most) or greatest <= at_most))
    row = _row(figure, claim, claim["of"], measured, lower, upper, published)
    return {**row, "at_least": at_least, "at_most": at_most, "holds": holds}


def _row(
    figure: str,
    which: pd.Series,
    of: str,
    measured: float,
    lower: float,
    upper: float,
    published: float,
) -> dict[str, object]:
    named = {column: which[column] for column in ("quantity", "condition", "source")}
    return {
        "figure": figure,
        **named,
        "of": of,
        "measured": measured,
        "lower": lower,
        "upper": upper,
        "published": published,
    }
