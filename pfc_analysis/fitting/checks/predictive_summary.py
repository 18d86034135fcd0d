"""Place observed measures among those of simulated data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray

LEVEL = 0.05
"""Level of `misfit_p_value` below which a learner's choices are said to differ from a subject's."""

MOST_NAMED = 3
"""Measures that a sentence names."""


def summarise_check(
    observed: FloatArray, replicas: FloatArray, coords: Mapping[str, Sequence[str]]
) -> xr.Dataset:
    """Compute the variables of `check_predictions`.

    Parameters
    ----------
    observed : float array (subject, measure)
    replicas : float array (learner, replica, subject, measure)
        NaN where a data set has no value; a measure that a tenth of the replicas lack is left out
        for that learner and subject.
    coords : mapping
        Names of learners, subjects and measures.
    """
    n = replicas.shape[1]
    usable = (np.isnan(replicas).mean(axis=1) < 0.1) & ~np.isnan(observed)
    filled = np.where(usable[:, None], replicas, np.nan)
    filled = np.where(np.isnan(filled), _middle(filled)[:, None], filled)
    lower, upper = np.quantile(np.nan_to_num(filled), [0.025, 0.975], axis=1)
    below = np.sum(filled <= observed, axis=1)
    above = np.sum(filled >= observed, axis=1)
    p_value = np.minimum(1.0, 2 * (1 + np.minimum(below, above)) / (n + 1))
    misfit, misfit_p_value = _measure_misfit(observed, filled, usable)
    by_measure, whole = ("learner", "subject", "measure"), ("learner", "subject")
    outside = ((observed < lower) | (observed > upper)) & usable
    tables = {
        "mean": (_middle(filled), "mean of the replicas"),
        "lower": (lower, "lower end of the central 95 % of replicas"),
        "upper": (upper, "upper end of the central 95 % of replicas"),
        "p_value": (p_value, "two-sided place of the observed value among the replicas"),
    }
    data = {
        name: (by_measure, np.where(usable, values, np.nan), {"long_name": text})
        for name, (values, text) in tables.items()
    }
    return xr.Dataset(
        {
            "observed": (("subject", "measure"), observed, {"long_name": "value of the subject"}),
            **data,
            "outside": (
                by_measure,
                outside.astype(np.int64),
                {"long_name": "1 where the observed value lies outside the central 95 %"},
            ),
            "misfit": (
                whole,
                misfit,
                {"long_name": "mean squared distance of measures, in replicas' variances"},
            ),
            "misfit_p_value": (
                whole,
                misfit_p_value,
                {"long_name": "share of replicas at least as far from the others"},
            ),
            "replicated": (
                ("learner", "replica", "subject", "measure"),
                replicas,
                {"long_name": "value of a simulated data set"},
            ),
        },
        coords={name: list(values) for name, values in coords.items()},
    )


def _middle(values: FloatArray) -> FloatArray:
    """Mean over replicas (axis 1) of what there is; NaN where there is nothing."""
    there = np.sum(~np.isnan(values), axis=1)
    total = np.nansum(values, axis=1)
    return np.divide(total, there, out=np.full(total.shape, np.nan), where=there > 0)


def _measure_misfit(
    observed: FloatArray, replicas: FloatArray, usable: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Compute the misfit and its p value; float arrays (learner, subject).

    The distances of a replica are those from the other replicas, so that the observed data set and
    the replicas are exchangeable under a right learner.
    """
    n = replicas.shape[1]
    varies = usable & (np.nan_to_num(replicas).std(axis=1) > 0)
    total = np.sum(replicas, axis=1, keepdims=True)
    squares = np.sum(replicas**2, axis=1, keepdims=True)
    mean = (total - replicas) / (n - 1)
    variance = (squares - replicas**2) / (n - 1) - mean**2
    own = _distance((replicas - mean) ** 2, variance, varies[:, None])
    whole_mean = total[:, 0] / n
    whole = squares[:, 0] / n - whole_mean**2
    found = _distance((observed - whole_mean) ** 2, whole, varies)
    p_value = (1 + np.sum(own >= found[:, None], axis=1)) / (n + 1)
    return found, np.where(np.isnan(found), 1.0, p_value)


def _distance(square: FloatArray, variance: FloatArray, varies: np.ndarray) -> FloatArray:
    """Mean over measures of squared distances in units of the variance."""
    ratio = np.divide(square, variance, out=np.zeros(square.shape), where=varies & (variance > 0))
    count = np.broadcast_to(varies, ratio.shape).sum(axis=-1)
    total = ratio.sum(axis=-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def describe_check(result: xr.Dataset) -> list[str]:
    """Say for every learner in how many subjects it differs, and in which measures most."""
    p = result["misfit_p_value"].values
    said = []
    for k, learner in enumerate(result["learner"].values):
        differs = np.flatnonzero(p[k] < LEVEL)
        total = f"{p.shape[1]} subject{'' if p.shape[1] == 1 else 's'}"
        if not differs.size:
            said.append(
                f"{learner}: simulated choices do not differ from those of any of {total} "
                "by these measures."
            )
            continue
        own = result.isel(learner=k, subject=differs)
        outside = own["outside"].sum(dim="subject")
        order = np.argsort(-outside.values, kind="stable")[:MOST_NAMED]
        named = "; ".join(
            f"{result['measure'].values[j]} ({int(outside.values[j])})"
            for j in order
            if outside.values[j]
        )
        said.append(
            f"{learner}: simulated choices differ from those of {differs.size} of {total} "
            f"(p < {LEVEL} each; a right learner differs in {LEVEL:.0%} by chance). "
            f"Most often outside the interval: {named or 'no measure by itself'}."
        )
    return said
