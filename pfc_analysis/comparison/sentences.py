"""Write the sentences of a comparison from its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.statistics.bootstrap import POPULATION
from pfc_analysis.analysis.trials.choice_trials import BoolArray
from pfc_analysis.comparison.question import RATIO

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class _Pair:
    """Two groups and their comparison; all entries of the datasets are on `quantity`."""

    names: tuple[str, str]
    groups: tuple[xr.Dataset, xr.Dataset]
    contrast: xr.Dataset

    @property
    def both(self) -> str:
        return f"{self.names[0]} and {self.names[1]}"


def add_sentences(result: xr.Dataset) -> xr.Dataset:
    """Add the sentences of a comparison.

    Parameters
    ----------
    result : xarray.Dataset
        Numbers of a comparison (`pfc_analysis.comparison.result_dataset.lay_out_result`).

    Returns
    -------
    xarray.Dataset
        With `sentence` on (`comparison`, `quantity`), one for each quantity, and `summary` on
        `comparison`, over the headline quantities.
    """
    names = [str(name) for name in result["group"].values]
    pairs = [
        _Pair(
            (names[0], other),
            (result.sel(group=names[0]), result.sel(group=other)),
            result.sel(comparison=f"{names[0]} - {other}"),
        )
        for other in names[1:]
    ]
    sentences = [
        [_write_sentence(pair, quantity) for quantity in range(result.sizes["quantity"])]
        for pair in pairs
    ]
    return result.assign(
        sentence=(("comparison", "quantity"), np.array(sentences, dtype=str)),
        summary=("comparison", [_write_summary(pair) for pair in pairs]),
    )


def _write_sentence(pair: _Pair, quantity: int) -> str:
    """Say what is known of one quantity in both groups; `quantity` is its place."""
    contrast = pair.contrast.isel(quantity=quantity)
    groups = [group.isel(quantity=quantity) for group in pair.groups]
    title, unit = str(contrast["title"].item()), str(contrast["unit"].item())
    gaps = [
        f"in {name} ({group['group_note'].item()})"
        for name, group in zip(pair.names, groups, strict=True)
        if not np.isfinite(group["group_value"])
    ]
    if gaps:
        text = f"{pair.both} were not compared in {title}: it could not be measured {_join(gaps)}."
        return _capitalise(text)
    what = title if unit == RATIO else f"{title} ({unit})"
    values = " and ".join(
        f"{group['group_value'].item():.3g} in {name}"
        for name, group in zip(pair.names, groups, strict=True)
    )
    text = _judge(pair, contrast, f"{what}: {values}")
    few = [
        _limit(name, int(group["n_subjects"]), "this result describes")
        for name, group in zip(pair.names, groups, strict=True)
        if group["inference"].item() != POPULATION
    ]
    return _capitalise(" ".join([text, *few]))


def _judge(pair: _Pair, contrast: xr.Dataset, values: str) -> str:
    """Say whether the interval of one quantity shows a difference."""
    names = ("difference", "difference_lower", "difference_upper", "difference_p_holm")
    difference, lower, upper, holm = (contrast[name].item() for name in names)
    which = f"difference ({pair.names[0]} - {pair.names[1]})"
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return (
            f"{pair.both} were compared in {values}. The {which} is {difference:.3g}. It has no "
            "interval, so nothing can be concluded about other subjects or other sessions."
        )
    if lower <= 0 <= upper:
        return (
            f"{pair.both} cannot be told apart in {values}. The 95 % interval of the {which} runs "
            f"from {lower:.3g} to {upper:.3g}."
        )
    only = "differ only before correction" if holm >= 0.05 else "differ"
    return (
        f"{pair.both} {only} in {values}. The {which} is {difference:.3g}, with a 95 % interval "
        f"from {lower:.3g} to {upper:.3g}."
    )


def _write_summary(pair: _Pair) -> str:
    """Say on how many headline quantities two groups differ, and on which."""
    contrast = pair.contrast
    headline = contrast["headline"].values == 1
    lower, upper = contrast["difference_lower"].values, contrast["difference_upper"].values
    told = headline & np.isfinite(lower) & np.isfinite(upper)
    apart = told & ((lower > 0) | (upper < 0))
    held = apart & (contrast["difference_p_holm"].values < 0.05)
    if not told.any():
        return (
            f"None of {headline.sum()} {_measures(headline)} could be compared with an interval, "
            f"so nothing can be concluded about how {pair.both} differ. The reason is given for "
            "each measure."
        )
    parts = [_count_differences(pair, told, held)]
    parts += _say_rest(int(held.sum()), int(apart.sum()), int(told.sum()))
    parts += _say_gaps(headline & ~told)
    parts += [
        _limit(name, int(group["n_subjects"].max()), "these results describe")
        for name, group in zip(pair.names, pair.groups, strict=True)
        if not (group["inference"] == POPULATION).any()
    ]
    return _capitalise(" ".join(parts))


def _count_differences(pair: _Pair, told: BoolArray, held: BoolArray) -> str:
    """Say on how many quantities the groups differ, with their titles."""
    n, titles = int(told.sum()), pair.contrast["title"].values
    if n == 1:
        verb = "differ" if held.any() else "cannot be told apart"
        return f"{pair.both} {verb} on the one measure compared, {titles[told][0]}."
    if not held.any():
        return f"{pair.both} differ on none of {n} measures after Holm's correction."
    count = f"{held.sum()} of {n} measures after Holm's correction"
    return f"{pair.both} differ on {count}: {_join(titles[held])}."


def _say_rest(n_held: int, n_apart: int, n_told: int) -> list[str]:
    """Say how many more differ before correction, and how many cannot be told apart."""
    found, n_before, n_alike = [], n_apart - n_held, n_told - n_apart
    if n_before:
        more, verb = "more " * (n_held > 0), "differs" if n_before == 1 else "differ"
        found.append(f"{_capitalise(_number(n_before))} {more}{verb} only before correction.")
    if n_alike and n_apart:
        found.append(f"The groups cannot be told apart on the other {_number(n_alike)}.")
    if n_alike:
        found.append("This does not show that they are equal: look at how wide the intervals are.")
    return found


def _say_gaps(gaps: BoolArray) -> list[str]:
    """Say how many quantities could not be compared."""
    n = int(gaps.sum())
    if n == 0:
        return []
    text = f"{_number(n)} more {_measures(gaps)} could not be compared"
    return [f"{_capitalise(text)}; the reason is given {'beside it' if n == 1 else 'for each'}."]


def _measures(chosen: BoolArray) -> str:
    return "measure" if chosen.sum() == 1 else "measures"


def _limit(name: str, n: int, what: str) -> str:
    """Say that a result is about few subjects only."""
    if n == 1:
        return f"With one subject ({name}), {what} this subject only."
    return f"With {n} {name}, {what} these {name} only."


def _join(names: Iterable[object]) -> str:
    """Join with commas and "and": "a", "a, and b", "a, b, and c"."""
    found = [str(name) for name in names]
    return ", ".join([*found[:-1], f"and {found[-1]}"]) if len(found) > 1 else found[0]


def _number(n: int) -> str:
    """Write a small number as a word."""
    return NUMBERS[n] if n < len(NUMBERS) else str(n)


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
