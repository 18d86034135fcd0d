"""Write the sentences of a comparison from its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.statistics.group_means import MIN_SUBJECTS, POPULATION
from pfc_analysis.analysis.trials.choice_trials import BoolArray
from pfc_analysis.comparison.digits import count_decimals, write_number, write_p
from pfc_analysis.comparison.question import RATIO

ALPHA = 0.05
"""Groups are said to differ where Holm's p is below this."""

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
    lower, upper = contrast["difference_lower"].item(), contrast["difference_upper"].item()
    decimals = count_decimals(lower, upper)
    values = " and ".join(
        f"{write_number(group['group_value'].item(), decimals)} in {name}"
        for name, group in zip(pair.names, groups, strict=True)
    )
    parts = [_judge(pair, contrast, what, values), _say_difference(pair, contrast, decimals)]
    parts += _say_limits(pair, groups, contrast)
    return _capitalise(" ".join(parts))


def _judge(pair: _Pair, contrast: xr.Dataset, what: str, values: str) -> str:
    """Say whether two groups differ in one quantity: only where Holm's p is below .05."""
    holm = contrast["difference_p_holm"].item()
    if not np.isfinite(holm):
        return f"{what}: {values}."
    verb = "differ" if holm < ALPHA else "cannot be told apart"
    n = int(np.isfinite(pair.contrast["difference_p_holm"]).sum())
    after = f"{write_p(holm)} after Holm's correction for {n} measures" if n > 1 else write_p(holm)
    return f"{pair.both} {verb} in {what}: {values} ({after})."


def _say_difference(pair: _Pair, contrast: xr.Dataset, decimals: int | None) -> str:
    """Say how large the difference is, with its interval."""
    difference, lower, upper = (
        contrast[name].item() for name in ("difference", "difference_lower", "difference_upper")
    )
    size = f"The difference ({pair.names[0]} - {pair.names[1]}) is"
    text = f"{size} {write_number(difference, decimals)}"
    if decimals is None:
        return f"{text}, without an interval."
    ends = f"{write_number(lower, decimals)} to {write_number(upper, decimals)}"
    return f"{text}, with a 95 % interval from {ends}."


def _say_limits(pair: _Pair, groups: list[xr.Dataset], contrast: xr.Dataset) -> list[str]:
    """Say which subjects have no value, which penalty was used, and whom the result is about."""
    pairs = list(zip(pair.names, groups, strict=True))
    found = [
        f"In {name}, {group['group_note'].item()}." for name, group in pairs if group["group_note"]
    ]
    penalty = str(contrast["penalty"].item())
    found += [f"The regression was {penalty}."] * bool(penalty)
    found += [
        _limit(name, int(group["n_subjects"]), "this result describes")
        for name, group in pairs
        if group["inference"].item() != POPULATION
    ]
    return found


def _write_summary(pair: _Pair) -> str:
    """Say on how many headline quantities two groups differ, and on which."""
    contrast = pair.contrast
    headline = contrast["headline"].values == 1
    holm = contrast["difference_p_holm"].values
    tested = headline & np.isfinite(holm)
    known = headline & np.isfinite(contrast["difference_lower"].values)
    if not known.any():
        return (
            f"None of {headline.sum()} {_measures(headline)} could be compared with an interval, "
            f"so nothing can be concluded about how {pair.both} differ. The reason is given for "
            "each measure."
        )
    if tested.any():
        parts = _count_differences(pair, tested, tested & (holm < ALPHA))
        parts += _say_gaps(headline & ~tested)
    else:
        parts = [_say_untested(pair, int(known.sum())), *_say_gaps(headline & ~known)]
    parts += [
        _limit(name, int(group["n_subjects"].max()), "these results describe")
        for name, group in zip(pair.names, pair.groups, strict=True)
        if not (group["inference"] == POPULATION).any()
    ]
    return _capitalise(" ".join(parts))


def _say_untested(pair: _Pair, n: int) -> str:
    """Say that there is no test, for want of subjects."""
    what = "The one measure is" if n == 1 else f"{_capitalise(_number(n))} measures are"
    return (
        f"{what} given with 95 % intervals, and no test was made: a test of how {pair.both} differ "
        f"needs at least {_number(MIN_SUBJECTS)} subjects in each group."
    )


def _count_differences(pair: _Pair, tested: BoolArray, held: BoolArray) -> list[str]:
    """Say on how many quantities the groups differ, with their titles."""
    n, titles = int(tested.sum()), pair.contrast["title"].values
    n_alike = n - int(held.sum())
    caution = "This does not show that they are equal: look at how wide the intervals are."
    if n == 1:
        verb = "differ" if held.any() else "cannot be told apart"
        return [f"{pair.both} {verb} on the one measure tested, {titles[tested][0]}."]
    if not held.any():
        return [f"{pair.both} differ on none of {n} measures after Holm's correction.", caution]
    count = f"{held.sum()} of {n} measures after Holm's correction"
    found = [f"{pair.both} differ on {count}: {_join(titles[held])}."]
    if n_alike:
        found += [f"They cannot be told apart on the other {_number(n_alike)}.", caution]
    return found


def _say_gaps(gaps: BoolArray) -> list[str]:
    """Say how many quantities could not be tested or compared."""
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
