r"""Means over few subjects with few sessions: the hierarchical bootstrap.

Subjects are drawn with replacement, then sessions within each drawn subject (Saravanan, Berman &
Sober 2020). Where a level has fewer than 4 members, drawing them anew says nothing of where they
come from: then they are held, and the next level below is drawn.

The draws give the shape of the interval. Their width alone would be wrong in two ways: drawing n
subjects with replacement is too narrow by :math:`\sqrt{n / (n - 1)}` and ignores that the spread is
itself estimated (Hesterberg 2015), while noise within subjects, which is in the subjects' estimates
already, is counted twice (Davison & Hinkley 1997, section 3.8). So deviations of the draws are
scaled to the unbiased standard error of the mean over subjects, and widened as Student's t is.

References
----------
Saravanan, Berman & Sober (2020), Neurons, Behavior, Data Analysis and Theory 3(5):1.
Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
Hesterberg (2015), The American Statistician 69:371.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.bootstrap import MIN_RESAMPLES, MIN_VALUES
from pfc_analysis.analysis.trials.choice_trials import BoolArray, FloatArray, IntArray

POPULATION, THESE = "population", "these subjects"
"""What an interval speaks of: subjects like these, or these and no others."""


@dataclass(frozen=True)
class Resampled:
    """A group of subjects, their estimates, and the same with their sessions drawn anew.

    Attributes
    ----------
    value : float array (subject, quantity)
        Estimates from all sessions; NaN where a subject has none.
    draws : float array (subject, draw, quantity)
        Estimates from sessions drawn anew; NaN where a draw leaves none.
    variance : float array (subject, quantity)
        Of a subject's estimate, over sessions like its own; NaN where it is not known.
    freedom : float array (subject, quantity)
        Degrees of freedom that the variance rests on.
    """

    value: FloatArray
    draws: FloatArray
    variance: FloatArray
    freedom: FloatArray


@dataclass(frozen=True)
class GroupMean:
    """Mean over subjects, with its draws.

    Attributes
    ----------
    value, error, freedom : float arrays (quantity,)
        Mean, standard error and the degrees of freedom that it rests on; NaN where not known.
    deviation : float array (draw, quantity)
        Of the draws from the mean, with the standard error for standard deviation.
    n_subjects : integer array (quantity,)
        Subjects with a value.
    population : boolean array (quantity,)
        Whether subjects were drawn anew.
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
    """One group's mean less another's: `value`, `lower`, `upper` and `p`, (quantity,)."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray


def check_resamples(n_resamples: int) -> None:
    """Raise `AnalysisError` unless there are draws enough for the ends of an interval."""
    if not isinstance(n_resamples, (int, np.integer)) or n_resamples < MIN_RESAMPLES:
        raise AnalysisError(
            f"n_resamples: found {n_resamples!r}, expected a whole number of at least "
            f"{MIN_RESAMPLES}; the ends of an interval rest on the outermost 2.5 % of draws"
        )


def draw_weights(stratum: IntArray, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """Draw units with replacement, as many from each stratum as it has.

    Parameters
    ----------
    stratum : integer array (unit,)
        Units are drawn within their stratum; all 0 where they are drawn from one pool.
    n_resamples : int
        How often.
    rng : numpy.random.Generator

    Returns
    -------
    float array (draw, unit)
        How often each unit was drawn.
    """
    weight = np.zeros((n_resamples, stratum.size))
    for code in np.unique(stratum):
        own = np.flatnonzero(stratum == code)
        weight[:, own] = rng.multinomial(own.size, np.full(own.size, 1 / own.size), n_resamples)
    return weight


def measure_spread(draws: FloatArray, stratum: IntArray) -> tuple[FloatArray, FloatArray]:
    """Variance of a subject's estimate from its draws, and its degrees of freedom.

    Parameters
    ----------
    draws : float array (draw, quantity)
        Estimates from units drawn by `draw_weights`; NaN where a draw leaves none.
    stratum : integer array (unit,)
        Of the units that were drawn.

    Returns
    -------
    variance, freedom : float arrays (quantity,)
        Corrected for the few units; NaN where fewer than half of the draws have a value, or each
        stratum has one unit.
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
    """Average a group's estimates over its subjects, with what a hierarchical bootstrap says of it.

    Parameters
    ----------
    group : Resampled
        Subjects without a value are left out, quantity by quantity.
    rng : numpy.random.Generator
        Draws the subjects anew.

    Returns
    -------
    GroupMean
        With 4 subjects or more they are drawn anew: standard error from the scatter of the
        subjects' estimates (or from the noise within them, if that is more), n - 1 degrees of
        freedom. With fewer they are held, and the standard error is that of their sessions.
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
    """Difference of two independent groups' means, of `one` less `other`.

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
    # Where neither group has any spread, there is nothing to weigh: the fewer degrees count.
    freedom = np.where(total > 0, freedom, np.minimum(one.freedom, other.freedom))
    lower, upper = _interval(value, one.deviation - other.deviation, freedom)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.abs(value) / np.sqrt(total)
    p = np.where(np.isnan(statistic), np.nan, 2 * t.sf(statistic, freedom))
    return Difference(value, lower, upper, np.asarray(p, dtype=np.float64))


def adjust_holm(p: FloatArray) -> FloatArray:
    """Holm's (1979) adjusted p values; NaN stays NaN and does not count as a test."""
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(p.size, np.nan)
    steps = p[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _average(
    group: Resampled, quantity: int, rng: np.random.Generator
) -> tuple[float, float, float, int, bool, FloatArray]:
    """Mean, error, freedom, number of subjects, whether drawn anew, and deviations of one."""
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
    """Bring deviations to a standard deviation of `error`; normal ones where they are all alike."""
    spread = float(deviation.std())
    if not np.isfinite(error):
        return np.full(deviation.size, np.nan)
    if spread <= 1e-12 * max(float(np.abs(deviation).max()), 1e-300):
        return np.asarray(error * rng.standard_normal(deviation.size), dtype=np.float64)
    return deviation * (error / spread)


def _interval(
    value: FloatArray, deviation: FloatArray, freedom: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Percentiles of the draws, widened from the normal's to Student's."""
    from scipy.stats import norm, t

    known = np.isfinite(freedom) & np.isfinite(deviation).all(axis=0)
    widen = np.full(value.size, np.nan)
    widen[known] = t.ppf(0.975, freedom[known]) / norm.ppf(0.975)
    ends = np.full((2, value.size), np.nan)
    ends[:, known] = np.quantile(deviation[:, known], (0.025, 0.975), axis=0)
    return value + widen * ends[0], value + widen * ends[1]
