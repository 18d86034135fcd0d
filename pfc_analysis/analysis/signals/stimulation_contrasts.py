r"""Compute effects of reward and stimulation on staying, as standardised differences of shares.

Let m be the share of choices that were repeated after transition T, in stratum Q (see
`compute_contrasts`), with reward R and with stimulation S. Then

.. math::
    E_{reward}(T) = \sum_Q w_{TQ} \, (m_{TQ10} - m_{TQ00}), \quad
    E_{stim}(T, R) = \sum_Q w_{TQ} \, (m_{TQR1} - m_{TQR0})

Both have the same weights, so that a subject that cannot tell stimulation from reward has
:math:`E_{stim}(T, 0) = E_{reward}(T)` except for chance, whatever it computes from them. The
weights

.. math:: w_{TQ} \propto 1 / \sum_{R,S} n_{TQRS}^{-1}, \quad \sum_Q w_{TQ} = 1,

over the cells that enter give the most precise mean of differences. A stratum with an empty cell
has no weight.
"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.statistics.bootstrap import draw_weights, percentile_interval

OUTCOMES = ("unrewarded", "rewarded", "both")
"""Outcomes of the trials in which stimulation is compared; "both" pools them as they occurred."""


def count_cells(
    stay: FloatArray, factors: tuple[IntArray, ...], session: IntArray, n_strata: int
) -> tuple[FloatArray, FloatArray]:
    """Count trials and repeated choices in every cell of every session.

    Parameters
    ----------
    stay : float array (trial,)
        1 where the choice of the trial before was repeated, 0 where not.
    factors : tuple of integer arrays (trial,)
        Of the trial before: common transition, stratum (from 0), rewarded, stimulated.
    session : integer array (trial,)
        Session of each trial.
    n_strata : int
        Number of strata.

    Returns
    -------
    total, repeated : float arrays (session, transition, stratum, rewarded, stimulated)
        Sessions in ascending order; index 1 is common, rewarded, stimulated.
    """
    _, cluster = np.unique(session, return_inverse=True)
    shape = (int(cluster.max()) + 1, 2, n_strata, 2, 2)
    flat = np.ravel_multi_index((cluster, *factors), shape)
    size = int(np.prod(shape))
    total: FloatArray = np.bincount(flat, minlength=size).astype(np.float64)
    repeated: FloatArray = np.bincount(flat, weights=stay, minlength=size).astype(np.float64)
    return total.reshape(shape), repeated.reshape(shape)


def compute_contrasts(total: FloatArray, repeated: FloatArray) -> dict[str, FloatArray]:
    """Compute the effects of reward and of stimulation, and their ratios.

    Parameters
    ----------
    total, repeated : float arrays (draw, transition, stratum, rewarded, stimulated)
        Trials and repeated choices, summed over sessions. Within a stratum, reward was drawn with
        one probability.

    Returns
    -------
    dict of float arrays (draw, outcome)
        `reward_model_based`, `reward_direct`: half the difference between common and uncommon
        transitions of the effect of reward on the probability of staying, and the effect's mean
        over the two, on trials without stimulation; `stimulation_model_based` and
        `stimulation_direct`, likewise, on trials of the outcome; `ratio` (of the model-based
        effects) and `direct_ratio`. Outcomes as in `OUTCOMES`: the effects of reward differ
        between them by the weights alone. NaN where no stratum has trials in all cells it needs.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = repeated / total
        pooled = repeated.sum(axis=3) / total.sum(axis=3)
        scatter = 1.0 / total
    reward = mean[..., 1, 0] - mean[..., 0, 0]
    without = scatter[..., 1, 0] + scatter[..., 0, 0]
    unrewarded = (mean[..., 0, 1] - mean[..., 0, 0], without + scatter[..., 0, 1])
    rewarded = (mean[..., 1, 1] - mean[..., 1, 0], without + scatter[..., 1, 1])
    both = (pooled[..., 1] - pooled[..., 0], scatter.sum(axis=(3, 4)))
    parts = [
        _combine(reward, stimulation, 1.0 / variance)
        for stimulation, variance in (unrewarded, rewarded, both)
    ]
    return {name: np.stack([part[name] for part in parts], axis=1) for name in parts[0]}


def _combine(
    reward: FloatArray, stimulation: FloatArray, weight: FloatArray
) -> dict[str, FloatArray]:
    """Compute contrasts (draw,) from differences and weights (draw, transition, stratum)."""
    found = {}
    for name, effect in (("reward", reward), ("stimulation", stimulation)):
        with np.errstate(invalid="ignore"):
            sums = np.where(weight > 0, weight * effect, 0.0).sum(axis=2)
            uncommon, common = (sums / weight.sum(axis=2)).T
        found[f"{name}_model_based"] = (common - uncommon) / 2
        found[f"{name}_direct"] = (common + uncommon) / 2
    for name, kind in (("ratio", "model_based"), ("direct_ratio", "direct")):
        unit = found[f"reward_{kind}"]
        with np.errstate(invalid="ignore"):
            found[name] = found[f"stimulation_{kind}"] / np.where(unit == 0, np.nan, unit)
    return found


def bootstrap_contrasts(
    total: FloatArray, repeated: FloatArray, generator: np.random.Generator, n_bootstrap: int
) -> dict[str, tuple[FloatArray, FloatArray, FloatArray]]:
    """Estimate the contrasts with 95 % intervals from sessions drawn with replacement.

    Parameters
    ----------
    total, repeated : float arrays (session, transition, stratum, rewarded, stimulated)
        From `count_cells`.
    generator : numpy.random.Generator
        For the draws.
    n_bootstrap : int
        Number of draws.

    Returns
    -------
    dict of tuple of float arrays
        By name of contrast: estimate, lower and upper end (percentiles; NaN with one session).
    """
    n_sessions = total.shape[0]
    draws = draw_weights(n_sessions, n_bootstrap, generator)
    weights = np.concatenate([np.ones((1, n_sessions)), draws])
    cells = total.shape[1:]
    summed = [
        (weights @ counts.reshape(n_sessions, -1)).reshape(-1, *cells)
        for counts in (total, repeated)
    ]
    result = {}
    for name, samples in compute_contrasts(*summed).items():
        # A draw without trials in a cell that the data have is NaN, and is left out.
        known = np.isfinite(samples[0]) & np.isfinite(samples[1:]).any(axis=0)
        ends = percentile_interval(samples[1:], known & (n_sessions > 1))
        result[name] = (samples[0], ends[0], ends[1])
    return result
