r"""Average estimates over the subjects of a group, and subtract two groups, with intervals.

Five subjects or more
    The interval of the mean is Student's, :math:`\bar x \mp t_{n-1} s / \sqrt n` over subjects, as
    in `pfc_analysis.analysis.statistics.means_over_subjects`. It is about the population that the
    subjects come from. Differences have Welch's interval and p value.
Fewer
    So few subjects do not show how much others differ. The interval is about these subjects: its
    standard error comes from the scatter of each subject's sessions. There is no p value.

`benchmarks/coverage` simulates both: Student's and Welch's intervals cover, and percentile
bootstraps over few subjects do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.statistics.quantiles import student_quantile, student_tail

MIN_SUBJECTS = 5
"""Fewest subjects from which a mean says something about others, and has a p value."""

POPULATION, THESE = "population", "these subjects"
"""Whom an interval is about: subjects like these, or these subjects only."""


@dataclass(frozen=True)
class SubjectValues:
    """Estimates of the subjects of one group, with their sampling variance.

    Attributes
    ----------
    value : float array (subject, quantity)
        NaN where a subject has none.
    variance : float array (subject, quantity)
        Sampling variance of a subject's estimate over its sessions; NaN where it is not known.
    freedom : float array (subject, quantity)
        Degrees of freedom of that variance.
    """

    value: FloatArray
    variance: FloatArray
    freedom: FloatArray


@dataclass(frozen=True)
class GroupMean:
    """Mean over subjects.

    Attributes
    ----------
    value, error, freedom : float arrays (quantity,)
        Mean, its standard error and the degrees of freedom of that; NaN where not known.
    n_subjects : integer array (quantity,)
        Subjects with a value.
    population : boolean array (quantity,)
        Whether the error is about the population; if not, about these subjects.
    """

    value: FloatArray
    error: FloatArray
    freedom: FloatArray
    n_subjects: IntArray
    population: BoolArray

    def interval(self) -> tuple[FloatArray, FloatArray]:
        """95 % interval of the mean, float arrays (quantity,); NaN where there is none."""
        return _interval(self.value, self.error, self.freedom)


@dataclass(frozen=True)
class Difference:
    """One group's mean minus another's: `value`, `lower`, `upper` and `p`, (quantity,)."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray


def average_group(group: SubjectValues) -> GroupMean:
    """Average a group's estimates over its subjects, leaving out those without a value.

    Parameters
    ----------
    group : SubjectValues

    Returns
    -------
    GroupMean
        With `MIN_SUBJECTS` subjects or more, the error is their standard deviation divided by the
        square root of their number. With fewer, it is that of their sessions, with Satterthwaite's
        degrees of freedom; NaN if one of them has no such variance.
    """
    known = np.isfinite(group.value)
    n = known.sum(axis=0)
    value = _divide(np.where(known, group.value, 0.0).sum(axis=0), n)
    squares = np.where(known, group.value - value, 0.0) ** 2
    variance = np.where(known, group.variance, 0.0)
    total = variance.sum(axis=0)
    shares = np.where(known, _divide(variance**2, group.freedom), 0.0).sum(axis=0)
    fewest = np.min(np.where(known, group.freedom, np.inf), axis=0, initial=np.inf)
    population = n >= MIN_SUBJECTS
    between = _divide(squares.sum(axis=0), n - 1) * n
    satterthwaite = np.where(total > 0, _divide(total**2, shares), fewest)
    within = np.where(np.isfinite(total) & (n > 0), satterthwaite, np.nan)
    return GroupMean(
        value=value,
        error=_divide(np.sqrt(np.where(population, between, total)), n),
        freedom=np.where(population, n - 1.0, within),
        n_subjects=n.astype(np.int64),
        population=population,
    )


def subtract_groups(one: GroupMean, other: GroupMean) -> Difference:
    """Subtract the mean of `other` from that of `one`, an independent group.

    Returns
    -------
    Difference
        With the 95 % interval of Student's t at Welch's degrees of freedom, and the `p` of the same
        test; NaN where one of the groups has fewer than `MIN_SUBJECTS` subjects.
    """
    value = one.value - other.value
    variances = np.stack([one.error**2, other.error**2])
    total = variances.sum(axis=0)
    shares = _divide(variances**2, np.stack([one.freedom, other.freedom])).sum(axis=0)
    # Where neither group has any spread, the fewer degrees of freedom count.
    fewest = np.minimum(one.freedom, other.freedom)
    freedom = np.where(total > 0, _divide(total**2, shares), fewest)
    error = np.sqrt(total)
    lower, upper = _interval(value, error, freedom)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * student_tail(np.abs(value) / error, freedom)
    tested = one.population & other.population & np.isfinite(lower)
    return Difference(value, lower, upper, np.where(tested, p, np.nan))


def _interval(
    value: FloatArray, error: FloatArray, freedom: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """95 % interval of Student's t; NaN where the error is not known."""
    reach = student_quantile(0.975, freedom) * error
    return value - reach, value + reach


def _divide(numerator: FloatArray, denominator: FloatArray | IntArray) -> FloatArray:
    """Divide; NaN where the denominator is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.divide(numerator, denominator)
    return np.where(np.asarray(denominator) == 0, np.nan, found)
