"""Summarise a subject's partial correlations against their null: p values, counts and means."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.neurons.coding.coding_estimates import CodingEstimates
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval
from pfc_analysis.analysis.statistics.permutation import TIE

QUANTILES = (0.95, 0.975)
"""Quantiles of the null distribution in the result."""

UNIT, FACTOR = ("factor", "unit"), ("factor",)

VARIABLES: dict[str, tuple[tuple[str, ...], str]] = {
    "partial_correlation": (UNIT, "partial correlation, given the other factors"),
    "lower": (UNIT, "lower end of the 95 % interval"),
    "upper": (UNIT, "upper end of the 95 % interval"),
    "p_value": (UNIT, "two-sided p value, uncorrected"),
    "p_value_family_wise": (UNIT, "two-sided p value, corrected for the number of units"),
    "significant": (UNIT, "significant, uncorrected (1 yes, 0 no)"),
    "significant_family_wise": (UNIT, "significant, corrected (1 yes, 0 no)"),
    "n_significant": (FACTOR, "significant units, uncorrected"),
    "n_significant_family_wise": (FACTOR, "significant units, corrected"),
    "n_significant_null_upper": (
        FACTOR,
        "95 % quantile of n_significant under the null",
    ),
    "share_significant": (FACTOR, "share of units significant, uncorrected"),
    "share_significant_lower": (FACTOR, "lower end of the 95 % interval"),
    "share_significant_upper": (FACTOR, "upper end of the 95 % interval"),
    "mean_absolute": (FACTOR, "mean absolute partial correlation over units"),
    "mean_absolute_lower": (FACTOR, "lower end of the 95 % interval"),
    "mean_absolute_upper": (FACTOR, "upper end of the 95 % interval"),
    "mean_absolute_p_value": (FACTOR, "one-sided p value of the mean"),
    "mean_absolute_null": (FACTOR, "mean absolute partial correlation under the null"),
    "mean_absolute_null_quantile": ((*FACTOR, "quantile"), "quantile of the mean under the null"),
    "n_trials": (("unit",), "trials that entered"),
    "n_sessions": (("unit",), "sessions that entered"),
    "n_units": ((), "units that are there and vary"),
}
"""Variables that `summarise_estimates` returns, with dimensions and meaning."""


def summarise_estimates(estimates: CodingEstimates, level: float) -> dict[str, Any]:
    """Summarise one subject's estimates; arrays by the names of `VARIABLES`.

    Parameters
    ----------
    estimates : CodingEstimates
        Units that were not recorded are NaN in all of them.
    level : float
        Level of significance.
    """
    there = estimates.n_trials > 0
    found = [
        _summarise_factor(*each, level)
        for each in zip(
            estimates.correlation[:, there],
            estimates.null[..., there],
            estimates.resampled[..., there],
            strict=True,
        )
    ]
    result: dict[str, Any] = {
        name: np.array([each[name] for each in found])
        for name, (dims, _) in VARIABLES.items()
        if "factor" in dims
    }
    for name, (dims, _) in VARIABLES.items():
        if dims == UNIT:
            result[name] = _spread_out(result[name], there)
    counts = {"n_trials": estimates.n_trials, "n_sessions": estimates.n_sessions}
    return result | counts | {"n_units": int(there.sum())}


def _spread_out(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Lay out values (factor, unit) of recorded units on all units, with NaN or 0 elsewhere."""
    empty = 0 if values.dtype.kind == "i" else np.nan
    full = np.full((len(values), there.size), empty, dtype=values.dtype)
    full[:, there] = values
    return full


def _summarise_factor(
    correlation: FloatArray, null: FloatArray, resampled: FloatArray, level: float
) -> dict[str, Any]:
    """Summarise one factor: (unit,), (permutation, unit) and (resample, unit)."""
    n = len(null)
    size, bar = np.abs(null), np.abs(correlation) * (1 - TIE)
    largest, mean = size.max(axis=1, keepdims=True), size.mean(axis=1)
    p = (1 + np.sum(size >= bar, axis=0)) / (n + 1)
    family_wise = (1 + np.sum(largest >= bar, axis=0)) / (n + 1)
    significant, corrected = (p <= level).astype(np.int8), (family_wise <= level).astype(np.int8)
    share = np.array([significant.mean()])
    share_lower, share_upper = wilson_interval(share, np.array([float(significant.size)]))
    average = float(np.abs(correlation).mean())
    lower, upper = np.quantile(resampled, [0.025, 0.975], axis=0)
    reach = 1.96 * float(np.abs(resampled).mean(axis=1).std(ddof=1))
    by_chance = _count_by_chance(size, np.abs(correlation), level)
    return {
        "partial_correlation": correlation,
        "lower": lower,
        "upper": upper,
        "p_value": p,
        "p_value_family_wise": family_wise,
        "significant": significant,
        "significant_family_wise": corrected,
        "n_significant": int(significant.sum()),
        "n_significant_family_wise": int(corrected.sum()),
        "n_significant_null_upper": int(np.quantile(by_chance, 0.95, method="higher")),
        "share_significant": float(share[0]),
        "share_significant_lower": float(share_lower[0]),
        "share_significant_upper": float(share_upper[0]),
        "mean_absolute": average,
        "mean_absolute_lower": max(average - reach, 0.0),
        "mean_absolute_upper": min(average + reach, 1.0),
        "mean_absolute_p_value": (1 + int(np.sum(mean >= average * (1 - TIE)))) / (n + 1),
        "mean_absolute_null": float(mean.mean()),
        "mean_absolute_null_quantile": np.quantile(mean, QUANTILES),
    }


def _count_by_chance(size: FloatArray, observed: FloatArray, level: float) -> np.ndarray:
    """Count the units that would be significant if a permutation were the data; (permutation,)."""
    pool = np.concatenate([size, observed[None]])
    # The number of values, including the unit's own, that a p of `level` allows.
    allowed = int(np.floor(level * len(pool) + 1e-9))
    bar = np.partition(pool, len(pool) - allowed, axis=0)[len(pool) - allowed]
    return np.asarray(np.sum(size >= bar * (1 - TIE), axis=1))
