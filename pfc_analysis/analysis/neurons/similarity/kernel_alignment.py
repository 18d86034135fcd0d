r"""Centred kernel alignment (CKA) of units and features, trial by trial.

With the matrices K and L of inner products of trials, the alignment is

.. math:: \mathrm{CKA} = \mathrm{HSIC}(K, L) / \sqrt{\mathrm{HSIC}(K, K) \, \mathrm{HSIC}(L, L)}

where HSIC is the unbiased estimate of Song et al. (2012, equation 5), which leaves out the products
of a trial with itself. The biased estimate rises towards 1 where units are many and trials few.

What a population could attain is limited by its noise. A random half of the units and the other
half have the same signal and independent noise, so that four times the HSIC of the two halves
estimates that of the signal alone, and the ceiling is the square root of its ratio to the HSIC of
all units.
Noise that units share counts as signal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.neurons.encoding.drift_removal import subtract_block_means
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import estimate
from pfc_analysis.analysis.neurons.encoding.encoding_rows import Blocks, read_encoding_rows
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.result_labels import labelled

FEWEST_TRIALS = 4


def compute_unbiased_hsic(first: FloatArray, second: FloatArray, block: IntArray) -> FloatArray:
    """Compute the unbiased HSIC of two kernels, of all trials and without each block in turn.

    Parameters
    ----------
    first, second : float arrays (trial, trial)
        With zeros on the diagonal.
    block : integer array (trial,)
        Numbered from 0, consecutive.

    Returns
    -------
    float array (1 + block,)
        With one block, (1,).
    """
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    products = np.add.reduceat(np.add.reduceat(first * second, starts, axis=0), starts, axis=1)
    # Sums over the columns of each block, (trial, block), of which one at a time is left out.
    parts = [np.add.reduceat(each, starts, axis=1) for each in (first, second)]
    rows = [each.sum(axis=1) for each in parts]
    found = [_combine(float(products.sum()), rows[0], rows[1])]
    for k in range(starts.size if starts.size > 1 else 0):
        kept = block != k
        total = products.sum() - 2 * products[k].sum() + products[k, k]
        left = [(row - part[:, k])[kept] for row, part in zip(rows, parts, strict=True)]
        found.append(_combine(float(total), left[0], left[1]))
    return np.array(found)


def _combine(total: float, first: FloatArray, second: FloatArray) -> float:
    """Combine the sum of products with sums over rows (trial,)."""
    n = first.size
    sums = first.sum() * second.sum() / ((n - 1) * (n - 2))
    return float((total + sums - 2 / (n - 2) * (first @ second)) / (n * (n - 3)))


@labelled
def compute_alignment(
    responses: xr.DataArray,
    features: Sequence[FeatureSet],
    generator: np.random.Generator | int,
    *,
    block: Blocks = None,
    n_splits: int = 20,
) -> xr.Dataset:
    """Compute the centred kernel alignment of units with sets of features, with its ceiling.

    Units are scaled to unit variance. Features are taken as they are: components of states keep
    their variances, and features in different units are the user's to scale. The mean of each block
    is taken out of both.

    Parameters
    ----------
    responses, block
        As for `compare_encoding_models`.
    features : sequence of FeatureSet
        Sets that are aligned with the units, each replica by itself.
    generator : numpy.random.Generator or int
        Draws the halves of units; the same seed gives the same ceiling.
    n_splits : int
        Halves that are drawn for the ceiling.

    Returns
    -------
    xarray.Dataset
        On `features`: `alignment` (1: the same geometry up to rotation and scale; 0: none; slightly
        below 0 by chance), averaged over replicas, with `_lower` and `_upper` (95 %, jackknife over
        blocks and scatter of replicas). Without a dimension: `ceiling`, what the true signal would
        attain on average (NaN where the halves have nothing in common, or for one unit).
        Attributes: `n_trials`, `n_units`, `n_blocks`.

    Raises
    ------
    MissingVariableError
        If there are no labels of sessions or blocks.
    AnalysisError
        If data do not agree, as for `compare_encoding_models`, or blocks are fewer than 2.

    References
    ----------
    Kornblith et al. (2019), ICML. Song et al. (2012), Journal of Machine Learning Research 13:1393.
    Murphy, Zylberberg & Fyshe (2024), arXiv 2405.01012, on few trials.

    Examples
    --------
    Are the states of two agents alike that live through the same trials?

    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=4)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> events = pfc.analysis.build_event_features(one)
    >>> planner = pfc.analysis.build_learner_features(pfc.learners.ModelBased(), one)
    >>> states = one["hidden"].sel(step="fixation")
    >>> found = pfc.analysis.compute_alignment(states, [events, planner], 1)
    >>> bool((found["alignment"] < found["ceiling"]).all())
    True
    """
    rng = as_generator(generator, "generator")
    _check_splits(n_splits)
    rows = read_encoding_rows(responses, features, block, has_base=False)
    n_blocks = int(rows.block[-1]) + 1
    if n_blocks < 2 or len(rows.block) - np.bincount(rows.block).max() < FEWEST_TRIALS:
        raise AnalysisError(
            f"block: found {n_blocks} block(s) in {len(rows.block)} trials, expected 2 or more, "
            f"and {FEWEST_TRIALS} trials without the largest; name shorter blocks, such as block=40"
        )
    units = _scale(rows.responses, rows.block)
    kernel = _multiply(units)
    own = compute_unbiased_hsic(kernel, kernel, rows.block)
    draws = [
        np.stack([_align(kernel, own, each, rows.block) for each in one.values])
        for one in rows.sets
    ]
    found = [estimate(each) for each in draws]
    text = {"long_name": "centred kernel alignment of units and features", "units": "1"}
    ceiling = _find_ceiling(units, kernel, own[0], rng, n_splits)
    result = xr.Dataset(
        {
            "alignment": ("features", np.array([one.value for one in found]), text),
            "alignment_lower": ("features", np.array([one.lower for one in found])),
            "alignment_upper": ("features", np.array([one.upper for one in found])),
            "ceiling": ((), ceiling, {"long_name": "alignment of the true signal", "units": "1"}),
        },
        coords={"features": [one.name for one in rows.sets]},
    )
    result.attrs = {
        "n_trials": len(units),
        "n_units": units.shape[1],
        "n_blocks": n_blocks,
        "n_splits": int(n_splits),
    }
    return result


def _check_splits(n_splits: int) -> None:
    if not isinstance(n_splits, (int, np.integer)) or n_splits < 1:
        raise AnalysisError(f"n_splits: found {n_splits!r}, expected a whole number of at least 1")


def _scale(values: FloatArray, block: IntArray) -> FloatArray:
    left = subtract_block_means(values, block)
    spread = left.std(axis=0)
    still = spread <= 1e-10 * np.abs(values).max(axis=0)
    return np.asarray(left / np.where(still, np.inf, spread))


def _multiply(values: FloatArray) -> FloatArray:
    """Inner products of trials, with zeros on the diagonal."""
    kernel = values @ values.T
    np.fill_diagonal(kernel, 0.0)
    return np.asarray(kernel)


def _align(kernel: FloatArray, own: FloatArray, values: FloatArray, block: IntArray) -> FloatArray:
    """Align features of all trials, then without each block; (1 + block,), NaN where constant."""
    other = _multiply(subtract_block_means(values, block))
    size = own * compute_unbiased_hsic(other, other, block)
    root = np.sqrt(np.where(size > 0, size, np.nan))
    return np.asarray(compute_unbiased_hsic(kernel, other, block) / root)


def _find_ceiling(
    units: FloatArray, kernel: FloatArray, own: float, rng: np.random.Generator, n_splits: int
) -> float:
    """Find the alignment that the true signal would have, from random halves of the units."""
    n_units, common = units.shape[1], []
    if n_units < 2:
        return float("nan")
    together = np.zeros(len(units), np.int64)
    for _ in range(n_splits):
        half = rng.permutation(n_units)[: n_units // 2]
        part = _multiply(units[:, half])
        # Halves of unequal size have their share of the signal each.
        share = half.size * (n_units - half.size) / n_units**2
        common.append(compute_unbiased_hsic(part, kernel - part, together)[0] / share)
    signal = float(np.mean(common))
    return float(np.sqrt(signal / own)) if signal > 0 and own > 0 else float("nan")
