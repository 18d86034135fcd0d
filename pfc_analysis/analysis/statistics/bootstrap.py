r"""Bootstraps: draw sessions, subjects or values with replacement, and read 95 % intervals.

Sessions of one subject
    `draw_weights` draws them, the caller computes its estimate from weighted sums over sessions,
    and `percentile_interval` reads the interval.
A few independent values
    `bootstrap_mean`, a bootstrap-t.
Subjects with sessions
    `average_group` and `subtract_groups`, the hierarchical bootstrap: subjects are drawn with
    replacement, then sessions within each drawn subject (Saravanan, Berman & Sober 2020). At a
    level with fewer than 4 members nothing is drawn, since so few do not show what others would be
    like; the members are kept, and the next level below is drawn.

In the hierarchical bootstrap the draws give the shape of the interval, but not its width, which
would be wrong in two ways. Drawing n subjects with replacement is too narrow by
:math:`\sqrt{n / (n - 1)}` and ignores that the spread itself is estimated (Hesterberg 2015). Noise
within subjects is already in the subjects' estimates and would count twice (Davison & Hinkley 1997,
section 3.8). So the deviations of the draws are scaled to the unbiased standard error of the mean
over subjects, and widened as Student's t is.

Why not `scipy.stats.bootstrap`: it has no bootstrap-t and no draws within subjects. Its intervals
of the mean of 6 lognormal values covered the truth in .78 (BCa) and .76 (percentile) of 1,000
simulations, those of `bootstrap_mean` in .90. For 1,000 draws of 200 sessions it takes 9 times as
long as weighted sums.

References
----------
Saravanan, Berman & Sober (2020), Neurons, Behavior, Data Analysis and Theory 3(5):1.
Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
Hesterberg (2015), The American Statistician 69:371.
Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 12.5, on the bootstrap-t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError

MIN_VALUES = 4
"""Fewest values, or subjects, that are drawn with replacement."""

MIN_RESAMPLES = 100

POPULATION, THESE = "population", "these subjects"
"""Whom an interval is about: subjects like these, or these subjects only."""


@dataclass(frozen=True)
class Resampled:
    """Estimates of a group of subjects, and the same estimates from resampled sessions.

    Attributes
    ----------
    value : float array (subject, quantity)
        Estimates from all sessions; NaN where a subject has none.
    draws : float array (subject, draw, quantity)
        Estimates from resampled sessions; NaN where a draw has none.
    variance : float array (subject, quantity)
        Sampling variance of a subject's estimate over its sessions; NaN where it is not known.
    freedom : float array (subject, quantity)
        Degrees of freedom of that variance.
    """

    value: FloatArray
    draws: FloatArray
    variance: FloatArray
    freedom: FloatArray


@dataclass(frozen=True)
class GroupMean:
    """Mean over subjects, with its bootstrap draws.

    Attributes
    ----------
    value, error, freedom : float arrays (quantity,)
        Mean, its standard error and the degrees of freedom of that; NaN where not known.
    deviation : float array (draw, quantity)
        Deviations of the draws from the mean, scaled to a standard deviation of `error`.
    n_subjects : integer array (quantity,)
        Subjects with a value.
    population : boolean array (quantity,)
        Whether subjects were drawn with replacement; if not, only their sessions were.
    """

    value: FloatArray
    error: FloatArray
    freedom: FloatArray
    deviation: FloatArray
    n_subjects: IntArray
    population: BoolArray

    def interval(self) -> tuple[FloatArray, FloatArray]:
        """95 % interval of the mean, float arrays (quantity,); NaN where there is none."""
        return _interval(self.value, self.deviation, self.freedom)


@dataclass(frozen=True)
class Difference:
    """One group's mean minus another's: `value`, `lower`, `upper` and `p`, (quantity,)."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray


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
    ends = np.full((2, *samples.shape[1:]), np.nan)
    ends[:, known] = np.nanquantile(samples[:, known], (0.025, 0.975), axis=0)
    return ends


def bootstrap_mean(
    values: FloatArray, rng: np.random.Generator, n_resamples: int = 10_000
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
    rng : numpy.random.Generator
        Draws the values; the same state gives the same interval.
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
    """
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


def average_group(group: Resampled, rng: np.random.Generator) -> GroupMean:
    """Average a group's estimates over its subjects, by the hierarchical bootstrap.

    Parameters
    ----------
    group : Resampled
        Subjects without a value are left out, quantity by quantity.
    rng : numpy.random.Generator
        Draws the subjects.

    Returns
    -------
    GroupMean
        With 4 subjects or more, subjects are drawn with replacement; the standard error comes from
        the scatter of their estimates (or from the noise within them, if that is more), with n - 1
        degrees of freedom. With fewer, the subjects are kept and their sessions drawn; the
        standard error is then that of the sessions.
    """
    n_draws, n_quantities = group.draws.shape[1:]
    columns = [_average(group, quantity, rng) for quantity in range(n_quantities)]
    value, error, freedom, n_subjects, population, deviation = zip(*columns, strict=True)
    return GroupMean(
        value=np.array(value, dtype=np.float64),
        error=np.array(error, dtype=np.float64),
        freedom=np.array(freedom, dtype=np.float64),
        deviation=np.stack(deviation, axis=1) if columns else np.zeros((n_draws, 0)),
        n_subjects=np.array(n_subjects, dtype=np.int64),
        population=np.array(population, dtype=np.bool_),
    )


def subtract_groups(one: GroupMean, other: GroupMean) -> Difference:
    """Subtract the mean of `other` from that of `one`, an independent group.

    Returns
    -------
    Difference
        With a 95 % interval from the differences of draws, widened by Student's t at Welch's
        degrees of freedom, and `p` of the t test with the same error and degrees of freedom.
    """
    from scipy.stats import t

    value = one.value - other.value
    variances = np.stack([one.error**2, other.error**2])
    total = variances.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = variances**2 / np.stack([one.freedom, other.freedom])
        freedom = total**2 / shares.sum(axis=0)
    # Where neither group has any spread, the fewer degrees of freedom count.
    freedom = np.where(total > 0, freedom, np.minimum(one.freedom, other.freedom))
    lower, upper = _interval(value, one.deviation - other.deviation, freedom)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.abs(value) / np.sqrt(total)
    p = np.where(np.isnan(statistic), np.nan, 2 * t.sf(statistic, freedom))
    return Difference(value, lower, upper, np.asarray(p, dtype=np.float64))


def _average(
    group: Resampled, quantity: int, rng: np.random.Generator
) -> tuple[float, float, float, int, bool, FloatArray]:
    """One quantity's fields of `GroupMean`, in the order that `average_group` unpacks."""
    value = group.value[:, quantity]
    here = np.flatnonzero(np.isfinite(value))
    n, n_draws = here.size, group.draws.shape[1]
    if n == 0:
        return np.nan, np.nan, np.nan, 0, False, np.full(n_draws, np.nan)
    mean = float(value[here].mean())
    variance, freedom = group.variance[here, quantity], group.freedom[here, quantity]
    draws = np.where(np.isfinite(group.draws[here, :, quantity]), group.draws[here, :, quantity], 0)
    missing = ~np.isfinite(group.draws[here, :, quantity])
    draws = np.where(missing, value[here][:, None], draws)
    if n >= MIN_VALUES:
        within = float(np.nanmean(variance)) if np.isfinite(variance).any() else 0.0
        error = np.sqrt(max(float(value[here].var(ddof=1)), within) / n)
        who = rng.integers(0, n, (n_draws, n))
        which = rng.integers(0, n_draws, (n_draws, n))
        means = draws[who, which].mean(axis=1)
        return mean, error, n - 1.0, n, True, _scale(means - mean, error, rng)
    total = float(variance.sum())  # NaN if one of the few subjects has none
    error = np.sqrt(total) / n
    shares = float(np.sum(variance**2 / freedom))
    degrees = total**2 / shares if shares > 0 else float(freedom.min())
    return mean, error, degrees, n, False, _scale(draws.mean(axis=0) - mean, error, rng)


def _scale(deviation: FloatArray, error: float, rng: np.random.Generator) -> FloatArray:
    """Scale deviations to standard deviation `error`; draw normal ones if all are equal."""
    spread = float(deviation.std())
    if not np.isfinite(error):
        return np.full(deviation.size, np.nan)
    if spread <= 1e-12 * max(float(np.abs(deviation).max()), 1e-300):
        return np.asarray(error * rng.standard_normal(deviation.size), dtype=np.float64)
    return deviation * (error / spread)


def _interval(
    value: FloatArray, deviation: FloatArray, freedom: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """95 % percentiles of the draws, widened by the ratio of Student's t to the normal quantile."""
    from scipy.stats import norm, t

    known = np.isfinite(freedom) & np.isfinite(deviation).all(axis=0)
    widen = np.full(value.size, np.nan)
    widen[known] = t.ppf(0.975, freedom[known]) / norm.ppf(0.975)
    ends = np.full((2, value.size), np.nan)
    ends[:, known] = np.quantile(deviation[:, known], (0.025, 0.975), axis=0)
    return value + widen * ends[0], value + widen * ends[1]
