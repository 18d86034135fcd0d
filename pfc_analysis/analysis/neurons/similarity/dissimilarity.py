r"""Representational similarity: distances between conditions, in units and in features.

The distance of two conditions is the crossvalidated squared Mahalanobis distance with the variances
of units only (Walther et al. 2016): products of the differences of means in two different folds,

.. math:: d_{cd} = \frac{1}{M (M - 1) P}
    \sum_{m \neq n} (b_{cm} - b_{dm})^T S^{-1} (b_{cn} - b_{dn})

over M folds and P units, S the diagonal of residual variances. Noise does not raise it, so that it
is 0 on average where conditions do not differ, and may be negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.encoding.drift_removal import subtract_block_means
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import estimate
from pfc_analysis.analysis.neurons.encoding.encoding_rows import (
    Blocks,
    EncodingRows,
    read_encoding_rows,
)
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.result_labels import labelled

FEWEST_CONDITIONS = 4
"""Six distances; a correlation of fewer tells nothing."""

FEWEST_FOLDS = 4
"""Two halves of two folds each are needed for the ceiling."""


@labelled
def compute_representational_similarity(
    responses: xr.DataArray,
    condition: xr.DataArray,
    features: Sequence[FeatureSet],
    *,
    block: Blocks = None,
    n_folds: int = 6,
) -> xr.Dataset:
    """Correlate distances between conditions in units with those in sets of features.

    Parameters
    ----------
    responses, block
        As for `compare_encoding_models`; the mean of each block is taken out of the responses.
    condition : xarray.DataArray
        On `trial`: what happened, as a whole number, such as 4 * last choice + 2 * last reward +
        choice; below 0 where a trial is left out.
    features : sequence of FeatureSet
        Sets whose distances (squared Euclidean, between means of conditions) are compared. Features
        are taken as they are, as for `compute_alignment`.
    n_folds : int
        Parts of the blocks, dealt out in turn; each has all conditions. An even number of at least
        4: halves are compared for the ceiling.

    Returns
    -------
    xarray.Dataset
        On `features`: `similarity`, Pearson's correlation of distances over pairs of conditions,
        averaged over replicas, with `_lower` and `_upper` (95 %, jackknife over folds and scatter
        of replicas). `ceiling`: the correlation that the true distances would have with the
        measured ones, the square root of the reliability of all folds, which follows from that of
        halves by the formula of Spearman and Brown (NaN where halves do not agree). `distance` on
        (`condition`, `other`), per unit. Attributes: `n_trials`, `n_units`, `n_folds`.

    Raises
    ------
    MissingVariableError
        If there are no labels of sessions or blocks.
    AnalysisError
        If data do not agree, as for `compare_encoding_models`; conditions are fewer than 4, or
        absent from a fold; or blocks are fewer than folds.

    References
    ----------
    Kriegeskorte, Mur & Bandettini (2008), Frontiers in Systems Neuroscience 2:4. Walther et al.
    (2016), NeuroImage 137:188.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=8)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> condition = 2 * one["choice"] + (one["second_state"] == 1)
    >>> states = pfc.analysis.align_units(one, "outcome")
    >>> events = pfc.analysis.build_event_features(
    ...     one, "after_outcome", variables=["choice", "reward", "second_state"]
    ... )
    >>> found = pfc.analysis.compute_representational_similarity(
    ...     states, condition, [events], n_folds=4
    ... )
    >>> bool(found["similarity"].sel(features="events") > 0.3)
    True
    """
    _check_folds(n_folds)
    rows, code = _read(responses, condition, features, block)
    fold = rows.block % n_folds
    labels, place = np.unique(code, return_inverse=True)
    _check_conditions(rows, labels, place, fold, n_folds)
    means, spread = _average(rows, place, fold, n_folds)
    products = _multiply_folds(means / spread)
    draws = [_correlate_all(products, one, place) for one in rows.sets]
    found = [estimate(each) for each in draws]
    everything = np.arange(n_folds)
    result = xr.Dataset(
        {
            "similarity": ("features", np.array([one.value for one in found]), TEXT),
            "similarity_lower": ("features", np.array([one.lower for one in found])),
            "similarity_upper": ("features", np.array([one.upper for one in found])),
            "ceiling": ((), _find_ceiling(products), {"long_name": "similarity of the truth"}),
            "distance": (
                ("condition", "other"),
                _spread_out(_measure(products, everything), labels.size),
                {"long_name": "crossvalidated squared distance, a unit", "units": "1"},
            ),
        },
        coords={"features": [o.name for o in rows.sets], "condition": labels, "other": labels},
    )
    result.attrs = {"n_trials": len(place), "n_units": means.shape[2], "n_folds": int(n_folds)}
    return result


TEXT = {"long_name": "correlation of distances between conditions", "units": "1"}


def _check_folds(n_folds: int) -> None:
    whole = isinstance(n_folds, (int, np.integer))
    if not whole or n_folds < FEWEST_FOLDS or n_folds % 2:
        raise AnalysisError(
            f"n_folds: found {n_folds!r}, expected an even number of at least {FEWEST_FOLDS}"
        )


def _read(
    responses: xr.DataArray, condition: xr.DataArray, features: Sequence[FeatureSet], block: Blocks
) -> tuple[EncodingRows, IntArray]:
    """Read responses, features and conditions on the trials that have all."""
    fits = condition.dims == ("trial",) and condition.size == responses.sizes["trial"]
    if not fits or condition.dtype.kind not in "biuf":
        raise AnalysisError(
            f"condition: found {condition.dtype} on {condition.dims} of shape {condition.shape}, "
            f"expected a whole number for each of {responses.sizes['trial']} trials"
        )
    code = np.nan_to_num(np.asarray(condition.values, dtype=np.float64), nan=-1.0)
    if (wrong := code[code % 1 != 0]).size:
        raise AnalysisError(
            f"condition: found {wrong[0]:g} in {wrong.size} trial(s) that have no whole number, "
            "expected a number for each condition, such as 0, 1, 2; number the levels first"
        )
    codes = FeatureSet("condition", np.where(code < 0, np.nan, code)[None, :, None], ("code",))
    rows = read_encoding_rows(responses, [*features, codes], block, has_base=False)
    kept = rows.sets[-1].values[0, :, 0]
    return replace(rows, sets=rows.sets[:-1]), np.round(kept).astype(np.int64)


def _check_conditions(
    rows: EncodingRows, labels: IntArray, place: IntArray, fold: IntArray, n_folds: int
) -> None:
    n_blocks = int(rows.block[-1]) + 1
    if n_blocks < n_folds:
        raise AnalysisError(
            f"block: found {n_blocks} block(s), expected at least n_folds, {n_folds}; name shorter "
            "blocks, such as block=40, or lower n_folds"
        )
    if labels.size < FEWEST_CONDITIONS:
        raise AnalysisError(
            f"condition: found {labels.size} value(s), expected at least {FEWEST_CONDITIONS}"
        )
    count = np.bincount(place * n_folds + fold, minlength=labels.size * n_folds)
    empty = np.flatnonzero(count == 0)
    if empty.size:
        raise AnalysisError(
            f"condition: found no trial of condition {labels[empty[0] // n_folds]} in fold "
            f"{empty[0] % n_folds} of {n_folds}, expected each condition in each; lower n_folds, "
            "or set rare conditions to -1"
        )


def _average(
    rows: EncodingRows, place: IntArray, fold: IntArray, n_folds: int
) -> tuple[FloatArray, FloatArray]:
    """Average responses by (fold, condition, unit); residual deviation (unit,)."""
    values = subtract_block_means(rows.responses, rows.block)
    cell = fold * (int(place.max()) + 1) + place
    sums = np.zeros((int(cell.max()) + 1, values.shape[1]))
    np.add.at(sums, cell, values)
    means = sums / np.bincount(cell)[:, None]
    left = values - means[cell]
    spread = np.sqrt((left**2).sum(axis=0) / max(len(cell) - len(means), 1))
    return means.reshape(n_folds, -1, values.shape[1]), np.where(spread > 0, spread, np.inf)


def _multiply_folds(means: FloatArray) -> FloatArray:
    """Multiply differences of pairs of conditions in two folds, (fold, fold, pair), per unit."""
    first, second = np.transpose(list(combinations(range(means.shape[1]), 2)))
    away = means[:, first] - means[:, second]
    return np.asarray(np.einsum("mpu,npu->mnp", away, away) / means.shape[2])


def _measure(products: FloatArray, folds: IntArray) -> FloatArray:
    """Average products of different folds; distances (pair,)."""
    part = products[np.ix_(folds, folds)]
    same = np.einsum("mmp->p", part)
    return np.asarray((part.sum(axis=(0, 1)) - same) / (folds.size * (folds.size - 1)))


def _correlate_all(products: FloatArray, features: FeatureSet, place: IntArray) -> FloatArray:
    """Correlate with the distances of each replica, (replica, 1 + fold)."""
    everything = np.arange(len(products))
    kept = [everything, *(np.delete(everything, k) for k in everything)]
    measured = [_measure(products, folds) for folds in kept]
    found = []
    for values in features.values:
        distance = _measure_features(values, place)
        found.append([_correlate(each, distance) for each in measured])
    return np.array(found)


def _measure_features(values: FloatArray, place: IntArray) -> FloatArray:
    """Squared distances between conditions of features (trial, feature); (pair,)."""
    sums = np.zeros((int(place.max()) + 1, values.shape[1]))
    np.add.at(sums, place, values)
    means = sums / np.bincount(place)[:, None]
    first, second = np.transpose(list(combinations(range(len(means)), 2)))
    return np.asarray(np.sum((means[first] - means[second]) ** 2, axis=1))


def _correlate(first: FloatArray, second: FloatArray) -> float:
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _find_ceiling(products: FloatArray) -> float:
    """Root of the reliability of the distances of all folds, from all halves of the folds."""
    n = len(products)
    halves = [np.array(half) for half in combinations(range(n), n // 2) if half[0] == 0]
    found = []
    for half in halves:
        other = np.setdiff1d(np.arange(n), half)
        found.append(_correlate(_measure(products, half), _measure(products, other)))
    agreement = float(np.mean(found))
    if not agreement > 0:
        return float("nan")
    return float(np.sqrt(2 * agreement / (1 + agreement)))


def _spread_out(distance: FloatArray, n: int) -> FloatArray:
    """Lay out distances of pairs as a symmetric matrix."""
    full = np.zeros((n, n))
    first, second = np.transpose(list(combinations(range(n), 2)))
    full[first, second] = full[second, first] = distance
    return full
