"""What to know before estimates are used, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.fitting.estimation.start_searches import Search
from pfc_analysis.learners.definition.parameters import Parameter

AGREEING = 0.01
"""Starts agree if the log-likelihoods at which their searches ended differ by at most this."""

LARGER = 1.5
"""Sandwich standard errors that are larger than the model's by at least this factor are named."""

CHANCE = 0.001
"""Probability with which the factor that is needed comes up by chance, if the model is true."""


def count_agreeing(searches: Sequence[Search]) -> int:
    """Count the searches that ended at the highest value found."""
    values = np.array([one.value for one in searches])
    return int(np.sum(values >= values.max() - AGREEING)) if np.isfinite(values.max()) else 0


def describe_searches(searches: Sequence[Search]) -> list[str]:
    """Say where starts did not agree, or met values that are no numbers."""
    notes = []
    broken = sum(not np.isfinite(one.value) for one in searches)
    if broken:
        notes.append(
            f"{broken} of {len(searches)} starts met a log-likelihood that is not a finite number."
        )
    agreeing, sound = count_agreeing(searches), len(searches) - broken
    if sound > 1 and agreeing == 1:
        second = sorted(one.value for one in searches)[-2]
        best = max(one.value for one in searches)
        notes.append(
            f"Only one of {sound} starts reached this maximum; the next best ended "
            f"{best - second:.2f} lower in log-likelihood. More starts may find a higher one."
        )
    return notes


def describe_edges(free: Sequence[Parameter], place: FloatArray, edge: BoolArray) -> list[str]:
    """Name the parameters whose likelihood rises up to the end of their range."""
    ends = {"fraction": ("0", "1"), "positive": ("0", "infinity"), "real": ("-30", "30")}
    return [
        f"The likelihood of {one.name} is highest at the end of its range "
        f"({ends[one.range][int(value > 0)]}), so it has no standard error."
        for one, value, there in zip(free, place, edge, strict=True)
        if there
    ]


def describe_singular(
    free: Sequence[Parameter], covariance: FloatArray, inside: BoolArray
) -> list[str]:
    """Name the parameters along which the likelihood is flat: second derivatives are singular."""
    unknown = np.isnan(np.diag(covariance)) & inside
    flat = [one.name for one, there in zip(free, unknown, strict=True) if there]
    if not flat:
        return []
    return [
        f"The likelihood is flat along {' and '.join(flat)} (second derivatives are singular), so "
        "there is no standard error."
    ]


def describe_limits(free: Sequence[Parameter], limits: FloatArray) -> list[str]:
    """Name the parameters that the data determine on one side only, or not at all."""
    notes = []
    for one, (low, high) in zip(free, limits, strict=True):
        if np.isnan(low):
            notes.append(f"The choices do not determine {one.name}: no interval can be given.")
        elif np.isinf(low) or np.isinf(high):
            side = "upper" if np.isinf(high) else "lower"
            notes.append(f"The choices set no {side} limit to {one.name}.")
    return notes


def describe_robust(
    free: Sequence[Parameter], covariance: FloatArray, robust: FloatArray, n_sessions: int
) -> list[str]:
    """Name the parameters whose sandwich standard errors are much larger than the model's.

    With few sessions the sandwich is imprecise: its variance, if the model is true, is about that
    of the model times a chi-square variable divided by its degrees of freedom, the number of
    sessions less one. The factor has to be larger than this makes it by chance.
    """
    from scipy.stats import chi2

    if n_sessions < 2:
        return []
    with np.errstate(invalid="ignore"):
        factor = np.sqrt(np.diag(robust) / np.diag(covariance))
    needed = max(LARGER, np.sqrt(chi2.isf(CHANCE, n_sessions - 1) / (n_sessions - 1)))
    named = [
        f"{one.name} ({value:.1f} times)"
        for one, value in zip(free, factor, strict=True)
        if value >= needed
    ]
    if not named:
        return []
    return [
        "Sessions differ more than one set of parameters allows: standard errors that allow for "
        f"it (`robust`) are larger for {', '.join(named)}. Limits and covariances do not."
    ]


def describe_rivals(free: Sequence[Parameter], rivals: Sequence[FloatArray]) -> list[str]:
    """Say that quite different parameters explain the choices, too; the most likely come first."""
    if not rivals:
        return []
    pairs = zip(free, rivals[0], strict=True)
    named = ", ".join(f"{one.name} {float(one.constrain(value)):.3g}" for one, value in pairs)
    return [f"Quite different parameters explain the choices about as well: {named}."]
