"""How well each model predicts held-out sessions, by subject and over subjects, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.statistics.bootstrap import draw_weights
from pfc_analysis.analysis.statistics.group_means import SubjectValues, average_group
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.statistics.session_sums import estimate_ratio

N_DRAWS = 2000
"""Draws of sessions for the interval of the best number of units."""


Estimate = tuple[FloatArray, FloatArray, FloatArray]
"""Values with the lower and upper ends of their 95 % intervals, arrays of one shape."""


@dataclass(frozen=True)
class OverSubjects:
    """Means over subjects.

    Attributes
    ----------
    interval : three float arrays (model,)
        Mean, lower and upper end of its 95 % interval.
    population : bool array (model,)
        Whether the interval is about the population, from five subjects on; below, it is about
        these subjects.
    """

    interval: Estimate
    population: BoolArray


@dataclass(frozen=True)
class HeldOutTable:
    """Log-likelihoods of held-out sessions.

    Attributes
    ----------
    log_likelihood : float array (session, model)
        Natural logarithm, summed over the session's predicted choices, under parameters that were
        fitted to other sessions; NaN where there is none.
    n_predicted : int array (session,)
        Predicted choices of each session.
    subject : int array (session,)
        Subject of each session.
    n_subjects : int
        Number of subjects.

    Examples
    --------
    By how much a model predicts three sessions of one subject better than chance:

    >>> import numpy as np
    >>> from pfc_analysis.fitting.models.held_out_table import HeldOutTable
    >>> n = np.array([100, 100, 100])
    >>> both = np.stack([[-50.0, -52.0, -51.0], np.log(0.5) * n], axis=1)
    >>> table = HeldOutTable(both, n, subject=np.array([0, 0, 0]), n_subjects=1)
    >>> value, lower, upper = table.differences(reference=np.array([1]))
    >>> print(f"{value[0, 0]:.3f} [{lower[0, 0]:.3f}, {upper[0, 0]:.3f}] nats a choice")
    0.183 [0.158, 0.208] nats a choice
    """

    log_likelihood: FloatArray
    n_predicted: IntArray
    subject: IntArray
    n_subjects: int

    @property
    def n_sessions(self) -> IntArray:
        """Number of sessions with a choice to predict, of each subject; int array (subject,)."""
        return np.bincount(self.subject[self.n_predicted > 0], minlength=self.n_subjects)

    @property
    def total(self) -> FloatArray:
        """Log-likelihood over all sessions of each subject; float array (subject, model)."""
        found = [self.log_likelihood[self.subject == s].sum(axis=0) for s in range(self.n_subjects)]
        return np.stack(found)

    def normalised(self) -> Estimate:
        """Compute normalised likelihoods, with 95 % intervals over sessions.

        Returns
        -------
        value, lower, upper : float arrays (subject, model)
            Exponential of the mean log-probability of a choice.
        """
        value, lower, upper = self._ratios(self.log_likelihood)
        return np.exp(value), np.exp(lower), np.exp(upper)

    def differences(self, reference: IntArray) -> Estimate:
        r"""Compute differences of mean log-probability from a reference model of each subject.

        They are ratios over sessions s, :math:`\sum_s d_s / \sum_s n_s`, of differences of
        log-likelihood to numbers of choices, with Student's t and the linearised variance of a
        ratio (Cochran 1977, Sampling Techniques, 3rd edition, section 6.3).

        Parameters
        ----------
        reference : int array (subject,)
            Index of the model that is subtracted; -1 where there is none.

        Returns
        -------
        value, lower, upper : float arrays (subject, model)
            In nats a choice, paired by session; positive where a model predicts better. Limits are
            NaN with one session, and 0 of the reference itself, which differs from itself by
            nothing.
        """
        of_session = reference[self.subject]
        rows = np.arange(of_session.size)
        base = np.where(of_session >= 0, self.log_likelihood[rows, of_session], np.nan)
        value, lower, upper = self._ratios(self.log_likelihood - base[:, None])
        itself = (reference[:, None] == np.arange(value.shape[1])) & np.isfinite(value)
        return value, np.where(itself, 0.0, lower), np.where(itself, 0.0, upper)

    def _ratios(self, summed: FloatArray) -> Estimate:
        """Divide sums by the number of choices, by subject; float arrays (subject, model)."""
        n_models = summed.shape[1]
        found = np.full((3, self.n_subjects, n_models), np.nan)
        for s in range(self.n_subjects):
            rows = self.subject == s
            known = np.isfinite(summed[rows])
            count = np.where(known, self.n_predicted[rows][:, None], 0).astype(np.float64)
            whole = known.all(axis=0)
            estimates = estimate_ratio(np.where(known, summed[rows], 0.0), count)
            found[:, s] = np.where(whole, np.stack(estimates), np.nan)
        value, lower, upper = found
        return value, lower, upper


def average_over_subjects(estimates: Estimate, n_sessions: IntArray) -> OverSubjects:
    """Average a quantity over subjects.

    Parameters
    ----------
    estimates : three float arrays (subject, model)
        Values with 95 % intervals of Student's t over sessions.
    n_sessions : int array (subject,)
        Number of sessions with a choice to predict, of each subject.

    Examples
    --------
    One model's advantage over another, in nats a choice, of five subjects with ten sessions each:

    >>> import numpy as np
    >>> from pfc_analysis.fitting.models.held_out_table import average_over_subjects
    >>> value = np.array([[0.1], [0.2], [0.3], [0.4], [0.5]])
    >>> found = average_over_subjects((value, value - 0.02, value + 0.02), np.full(5, 10))
    >>> mean, lower, upper = (float(end[0]) for end in found.interval)
    >>> print(f"{mean:.2f} [{lower:.2f}, {upper:.2f}], population: {found.population[0]}")
    0.30 [0.10, 0.50], population: True
    """
    value, lower, upper = estimates
    freedom = np.maximum(n_sessions - 1, 1)[:, None] * np.ones_like(value)
    variance = ((upper - lower) / 2 / student_quantile(0.975, freedom)) ** 2
    mean = average_group(SubjectValues(value, variance, freedom))
    return OverSubjects((mean.value, *mean.interval()), mean.population)


def find_best(total: FloatArray, among: Sequence[int]) -> IntArray:
    """Find the model with the largest total of each subject, among some models.

    Parameters
    ----------
    total : float array (subject, model)
        Held-out log-likelihoods; NaN where there is none.
    among : sequence of int
        Indices of models.

    Returns
    -------
    int array (subject,)
        Index of a model; -1 where none has a value.
    """
    if not among:
        return np.full(total.shape[0], -1, dtype=np.int64)
    chosen = np.asarray(among, dtype=np.int64)
    values = np.where(np.isfinite(total[:, chosen]), total[:, chosen], -np.inf)
    best = chosen[np.argmax(values, axis=1)]
    return np.where(np.isfinite(values.max(axis=1)), best, -1).astype(np.int64)


def count_units(
    table: HeldOutTable, networks: Sequence[int], units: IntArray, rng: np.random.Generator
) -> FloatArray:
    """Find how many units a network should have for each subject, with an interval.

    Parameters
    ----------
    table : HeldOutTable
    networks : sequence of int
        Indices of the networks among the models.
    units : int array (network,)
        Their numbers of units.
    rng : numpy.random.Generator
        Draws sessions.

    Returns
    -------
    float array (3, subject)
        The number of units that predicts held-out sessions best, and the 2.5 and 97.5 percentiles
        of it over draws of sessions; NaN where there is no network with a value.
    """
    found = np.full((3, table.n_subjects), np.nan)
    for s in range(table.n_subjects):
        values = table.log_likelihood[table.subject == s][:, list(networks)]
        if values.size == 0 or not np.isfinite(values).all():
            continue
        weights = draw_weights(len(values), N_DRAWS, rng)
        drawn = units[np.argmax(weights @ values, axis=1)]
        found[0, s] = units[int(np.argmax(values.sum(axis=0)))]
        found[1:, s] = np.quantile(drawn, (0.025, 0.975), method="closest_observation")
    return found
