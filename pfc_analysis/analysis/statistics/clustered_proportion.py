"""Estimate proportions of trials that come in sessions, and sums of proportions, with intervals.

Trials of a session are correlated by motivation, drifts of bias and, for agents, what was learned
within the session. A proportion over all trials is therefore a ratio of session totals, and its
variance comes from the scatter between sessions. `statsmodels.stats.proportion` takes trials as
independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray, number_labels
from pfc_analysis.analysis.statistics.quantiles import normal_quantile, student_quantile
from pfc_analysis.given_types import checks_types


@dataclass(frozen=True)
class ClusteredProportions:
    """Proportions in several cells, over the same sessions.

    Attributes
    ----------
    proportion, lower, upper : float arrays (cell,)
        Estimate and 95 % interval; NaN in a cell without trials.
    n_effective : float array (cell,)
        Number of independent trials that would be as informative.
    n_trials : integer array (cell,)
    correlation : float array (cell, cell)
        Of the estimates, between cells.
    n_sessions : int
    """

    proportion: FloatArray
    lower: FloatArray
    upper: FloatArray
    n_effective: FloatArray
    n_trials: IntArray
    correlation: FloatArray
    n_sessions: int

    def contrast(self, weights: FloatArray) -> tuple[float, float, float]:
        """Compute a weighted sum of the proportions with its 95 % interval.

        The interval is computed from those of the cells ("variance estimates recovery", Zou &
        Donner 2008, Statistics in Medicine 27:1693, with correlated estimates), so that it keeps
        its width where a proportion is 0 or 1.
        """
        estimate = float(weights @ self.proportion)
        below = np.abs(weights) * np.where(
            weights > 0, self.proportion - self.lower, self.upper - self.proportion
        )
        above = np.abs(weights) * np.where(
            weights > 0, self.upper - self.proportion, self.proportion - self.lower
        )
        sign = np.sign(weights)
        correlation = np.outer(sign, sign) * self.correlation
        low = estimate - np.sqrt(np.maximum(below @ correlation @ below, 0.0))
        high = estimate + np.sqrt(np.maximum(above @ correlation @ above, 0.0))
        return estimate, float(low), float(high)


@checks_types
def estimate_clustered_proportions(
    success: FloatArray, cell: IntArray, session: IntArray, n_cells: int
) -> ClusteredProportions:
    """Estimate the proportion of successes in each cell.

    Parameters
    ----------
    success : float array (trial,)
        0 or 1.
    cell : integer array (trial,)
        Cell of each trial, from 0.
    session : integer array (trial,)
        Session of each trial.
    n_cells : int
        Number of cells.

    Returns
    -------
    ClusteredProportions
        With Wilson score intervals at the effective sample size: trials divided by the design
        effect of the session-clustered (linearised) variance, corrected for the few sessions it
        was estimated from and never above the number of trials, as in Korn & Graubard (1998,
        Survey Methodology 24:193). Trials are taken as independent where that variance cannot be
        estimated or is 0 (one session in the cell; a proportion of 0 or 1).

    Examples
    --------
    Two cells (such as "after a reward" and "after none"), ten trials each, in five sessions:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> success = np.array([1] * 9 + [0] + [0, 1] * 5, dtype=float)
    >>> cell = np.repeat([0, 1], 10)
    >>> session = np.tile(np.arange(5).repeat(2), 2)
    >>> result = pfc.analysis.estimate_clustered_proportions(success, cell, session, n_cells=2)
    >>> print(result.proportion.round(2), result.n_trials)
    [0.9 0.5] [10 10]
    """
    sessions, cluster = number_labels(session)
    n_sessions = sessions.size
    flat = cluster * n_cells + cell
    shape = (n_sessions, n_cells)
    total = np.bincount(flat, minlength=n_sessions * n_cells).reshape(shape)
    successes = np.bincount(flat, weights=success, minlength=n_sessions * n_cells).reshape(shape)
    n_trials = total.sum(axis=0)
    with np.errstate(invalid="ignore"):
        proportion = successes.sum(axis=0) / n_trials
        influence = (successes - total * proportion) / n_trials
    sessions_in_cell = (total > 0).sum(axis=0)
    n_effective = _effective_size(proportion, influence, n_trials, sessions_in_cell)
    lower, upper = wilson_interval(proportion, n_effective)
    return ClusteredProportions(
        proportion=proportion,
        lower=lower,
        upper=upper,
        n_effective=n_effective,
        n_trials=n_trials.astype(np.int64),
        correlation=_correlation(influence),
        n_sessions=n_sessions,
    )


@checks_types
def wilson_interval(proportion: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compute Wilson's 95 % score interval (1927, J Am Stat Assoc 22:209).

    Parameters
    ----------
    proportion, n : float arrays (cell,)
        Proportion of successes and the number of independent trials, not necessarily whole.

    Returns
    -------
    lower, upper : float arrays (cell,)
        NaN where `n` is 0 or the proportion NaN.

    Examples
    --------
    The subject stayed in 9 of 10 trials, and in 90 of 100:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> lower, upper = pfc.analysis.wilson_interval(np.array([0.9, 0.9]), np.array([10.0, 100.0]))
    >>> for n, low, high in zip((10, 100), lower, upper, strict=True):
    ...     print(f"{n} trials: {low:.2f} to {high:.2f}")
    10 trials: 0.60 to 0.98
    100 trials: 0.83 to 0.94
    """
    z2 = normal_quantile(0.975) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (proportion + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (proportion * (1 - proportion) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # Rounding must not push an end past the estimate at 0 or 1.
    return np.minimum(centre - half, proportion).clip(0.0), np.maximum(
        centre + half, proportion
    ).clip(max=1.0)


def _effective_size(
    proportion: FloatArray, influence: FloatArray, n_trials: IntArray, n_sessions: IntArray
) -> FloatArray:
    """Compute Korn and Graubard's effective sample size of each cell."""
    size = n_trials.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        clustered = n_sessions / (n_sessions - 1) * np.sum(influence**2, axis=0)
        known = (n_sessions > 1) & (clustered > 0) & (proportion > 0) & (proportion < 1)
        size[known] = (proportion * (1 - proportion) / clustered)[known]
    # With few sessions the variance itself is uncertain, so the interval is widened as Student's t.
    by_trial = student_quantile(0.975, n_trials[known] - 1)
    by_session = student_quantile(0.975, n_sessions[known] - 1)
    size[known] *= (by_trial / by_session) ** 2
    return np.minimum(size, n_trials)


def _correlation(influence: FloatArray) -> FloatArray:
    """Compute the correlation of the cells' estimates; 0 where it cannot be estimated."""
    n_sessions, n_cells = influence.shape
    if n_sessions < 2:
        return np.eye(n_cells)
    covariance = np.nan_to_num(influence.T @ influence)
    scale = np.sqrt(np.diag(covariance))
    scale[scale == 0] = np.inf
    correlation = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation, dtype=np.float64)
