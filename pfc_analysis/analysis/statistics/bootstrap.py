r"""Bootstraps: draw sessions, subjects or values with replacement, and read 95 % intervals.

Sessions of one subject
    `draw_weights` draws them, the caller computes its estimate from weighted sums over sessions,
    and `percentile_interval` reads the interval.
A few independent values
    `bootstrap_mean`, a bootstrap-t.

Groups of subjects are averaged by `pfc_analysis.analysis.statistics.group_means`, not by a
bootstrap: percentiles of the mean of five normal values, drawn anew, cover in .85
(`benchmarks/coverage`).

Why not `scipy.stats.bootstrap`: it has no bootstrap-t and no draws within subjects. Its intervals
of the mean of 6 lognormal values covered the truth in .78 (BCa) and .76 (percentile) of 1,000
simulations, those of `bootstrap_mean` in .90. For 1,000 draws of 200 sessions it takes 9 times as
long as weighted sums.

References
----------
Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 12.5, on the bootstrap-t.
"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.given_types import checks_types

MIN_VALUES = 4
"""Fewest values, or sessions, that are drawn with replacement."""

MIN_RESAMPLES = 100


def check_resamples(
    n_resamples: int, name: str = "n_resamples", fewest: int = MIN_RESAMPLES
) -> None:
    """Raise `AnalysisError` unless the number of resamples is whole and large enough."""
    if not isinstance(n_resamples, (int, np.integer)) or n_resamples < fewest:
        raise AnalysisError(
            f"{name}: found {n_resamples!r}, expected a whole number of at least {fewest}; the "
            "ends of a 95 % interval are the outermost 2.5 % of resamples"
        )


def draw_weights(stratum: IntArray | int, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """Draw units, such as sessions, with replacement, as many from each stratum as it has.

    Parameters
    ----------
    stratum : integer array (unit,), or int
        Units are drawn within their stratum. A whole number n stands for n units of one stratum.
    n_resamples : int
        Number of draws.
    rng : numpy.random.Generator
        The same state gives the same draws.

    Returns
    -------
    float array (draw, unit)
        How often each unit was drawn.
    """
    if isinstance(stratum, (int, np.integer)):
        stratum = np.zeros(stratum, np.int64)
    weight = np.zeros((n_resamples, stratum.size))
    for code in np.unique(stratum):
        own = np.flatnonzero(stratum == code)
        weight[:, own] = rng.multinomial(own.size, np.full(own.size, 1 / own.size), n_resamples)
    return weight


def percentile_interval(samples: FloatArray, known: BoolArray) -> FloatArray:
    """2.5 and 97.5 % percentiles of the draws that have a value; float array (2, ...).

    Parameters
    ----------
    samples : float array (draw, ...)
        Estimates from resampled units; NaN where a draw has none.
    known : boolean array (...)
        Where an interval is wanted; NaN elsewhere.
    """
    wanted = samples[:, known]
    # numpy sorts whole columns at once only where no value is missing.
    whole = np.isfinite(wanted).all(axis=0)
    found = np.empty((2, wanted.shape[1]))
    found[:, whole] = np.quantile(wanted[:, whole], (0.025, 0.975), axis=0)
    found[:, ~whole] = np.nanquantile(wanted[:, ~whole], (0.025, 0.975), axis=0)
    ends = np.full((2, *samples.shape[1:]), np.nan)
    ends[:, known] = found
    return ends


@checks_types
def bootstrap_mean(
    values: FloatArray, rng: np.random.Generator | int, n_resamples: int = 10_000
) -> tuple[float, float, float]:
    r"""Average a few independent values, with the 95 % interval of a bootstrap-t.

    Values are drawn with replacement. For each draw the studentised distance
    :math:`t^* = (\bar x^* - \bar x) / s^*` is computed; the interval is :math:`\bar x - t^*_{.975}
    s` to :math:`\bar x - t^*_{.025} s`, s the standard error. It allows for skewed values and for
    their small number, which percentiles of the drawn means do not.

    Parameters
    ----------
    values : float array (value,)
        Independent, finite; one at least.
    rng : numpy.random.Generator or int
        Draws the values; the same seed gives the same interval.
    n_resamples : int
        Number of draws.

    Returns
    -------
    mean, lower, upper : float
        With a 95 % interval; NaN for fewer than 4 values.

    Raises
    ------
    AnalysisError
        If `n_resamples` is below 100.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> rng = np.random.default_rng(0)
    >>> mean, lower, upper = pfc.analysis.bootstrap_mean(np.array([2.0, 3.0, 3.0, 4.0, 9.0]), rng)
    >>> print(f"mean {mean:.1f}")
    mean 4.2

    The interval reaches farther towards the one large value:

    >>> upper - mean > mean - lower
    True
    """
    rng = as_generator(rng, "rng")
    check_resamples(n_resamples)
    n, mean = values.size, float(values.mean())
    if n < MIN_VALUES:
        return mean, float("nan"), float("nan")
    error = float(values.std(ddof=1) / np.sqrt(n))
    drawn = values[rng.integers(0, n, (n_resamples, n))]
    spread = drawn.std(axis=1, ddof=1) / np.sqrt(n)
    # A draw that repeats one value has no spread, so its distance is undefined.
    usable = spread > 1e-12 * float(np.abs(values).max())
    if not usable.any():
        return mean, mean, mean
    distance = (drawn[usable].mean(axis=1) - mean) / spread[usable]
    low, high = np.quantile(distance, (0.025, 0.975))
    return mean, mean - float(high) * error, mean - float(low) * error


def measure_spread(draws: FloatArray, stratum: IntArray) -> tuple[FloatArray, FloatArray]:
    """Compute the sampling variance of one subject's estimate from its draws.

    Parameters
    ----------
    draws : float array (draw, quantity)
        Estimates from units drawn by `draw_weights`; NaN where a draw has none.
    stratum : integer array (unit,)
        Strata of the units that were drawn.

    Returns
    -------
    variance, freedom : float arrays (quantity,)
        Variance, corrected for the small number of units, and its degrees of freedom. NaN where
        fewer than half of the draws have a value, or each stratum has one unit.
    """
    freedom = stratum.size - np.unique(stratum).size
    n_quantities = draws.shape[1]
    if freedom < 1:
        return np.full(n_quantities, np.nan), np.full(n_quantities, np.nan)
    known = np.isfinite(draws)
    usable = known.mean(axis=0) >= 0.5
    filled = np.where(known, draws, 0.0)
    n = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, draws - filled.sum(axis=0) / n, 0.0)
    variance = np.sum(centred**2, axis=0) / n * stratum.size / freedom
    return np.where(usable, variance, np.nan), np.where(usable, float(freedom), np.nan)
