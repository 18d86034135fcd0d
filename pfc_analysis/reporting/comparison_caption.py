"""Write the caption of a comparison's figure: what each panel and each mark shows."""

from __future__ import annotations

import string

import xarray as xr

from pfc_analysis.comparison.question import PAST
from pfc_analysis.reporting.comparison_panel_plan import plan_curves, plan_values
from pfc_analysis.reporting.estimate_text import as_words, count_of

_BY = {PAST: "the number of trials back"}
"""What curves are along, where the label of the axis is no phrase."""


def describe_figure(result: xr.Dataset) -> list[str]:
    """Write the caption of the figure.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.

    Returns
    -------
    list of str
        Paragraphs: who is shown and what marks are; then the panels by their letters.
    """
    groups = " and ".join(
        f"{group} ({count_of(int(result['n_subjects'].sel(group=group).max()), 'subject')})"
        for group in map(str, result["group"].values)
    )
    return [
        f"Measures of {groups}. Small dots are single subjects, large marks with lines are means "
        "over subjects with their 95 % intervals.",
        " ".join(_describe_panels(result)),
    ]


def _describe_panels(result: xr.Dataset) -> list[str]:
    """Say what the panels show, in the order of their letters."""
    n_values, curves, at = len(plan_values(result)), plan_curves(result), 0
    texts = [f"{_letters(at, n_values)}, the measures of the table below."]
    at += n_values
    differences = " and ".join(map(str, result["comparison"].values))
    texts.append(f"{_letters(at, n_values)}, their differences: {differences}.")
    at += n_values
    if "log_reward_ratio" in result:
        texts.append(f"{_letters(at, 1)}, {_describe_points(result)}")
        at += 1
    if curves:
        what = _name_curves(result)
        shared = "; panels of one unit share a scale" if len(curves) > 1 else ""
        texts.append(
            f"{_letters(at, len(curves))}, {what}, with bands for the 95 % intervals{shared}."
        )
    return texts


def _name_curves(result: xr.Dataset) -> str:
    """Name what the curves show, and what they are along."""
    found = result.isel(quantity=(result["lag"] != 0).values)
    along: dict[str, list[str]] = {}
    for name, of in zip(found["name"].values, found["along"].values, strict=True):
        own = along.setdefault(str(of), [])
        if as_words(name) not in own:
            own.append(as_words(name))
    return "; ".join(f"{' and '.join(names)} by {_BY.get(of, of)}" for of, names in along.items())


def _describe_points(result: xr.Dataset) -> str:
    """Say what the points of the matching line are, and how many each group has."""
    owners = result["point_group"].values
    counts = [f"{int((owners == g).sum()):,} of {g}" for g in result["group"].values]
    return (
        "log2 of the ratio of choices (right to left) against that of rewards, in "
        f"{' and '.join(counts)} (points); dotted, perfect matching."
    )


def _letters(first: int, n: int) -> str:
    """Name `n` panels by their letters: "a", "a-c"."""
    names = string.ascii_letters
    return names[first] if n == 1 else f"{names[first]}-{names[first + n - 1]}"
