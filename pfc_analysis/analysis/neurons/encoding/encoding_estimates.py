r"""Shares of variance that models explain, with intervals over blocks and replicas.

With the squared error :math:`e_{mb}` of model m in held-out block b, and :math:`e_{0b}` that of the
trend alone, the share of variance explained is :math:`R_m = 1 - \sum_b e_{mb} / \sum_b e_{0b}`.

The standard error of any difference of such shares has two parts, whose squares add up: the
jackknife over blocks (each block's errors left out in turn, replicas averaged), and the scatter of
replicas about their mean. What the two share is counted twice, so that intervals are, if anything,
too wide. The jackknife does not fit again. The degrees of freedom of Student's t follow
Satterthwaite's formula.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.neurons.encoding.held_out_errors import TREND
from pfc_analysis.analysis.statistics.quantiles import student_quantile

EVERYTHING, WITHOUT = "everything", "everything but {}"


@dataclass(frozen=True)
class Estimates:
    """A quantity with its 95 % interval; arrays of any shape, and each replica's.

    Attributes
    ----------
    value, lower, upper : float arrays (...)
    by_replica : float array (replica, ...)
    """

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    by_replica: FloatArray


def sum_by_block(left: FloatArray, block: IntArray) -> FloatArray:
    """Sum squares of residuals (trial, response) over each block, (block, response)."""
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    return np.asarray(np.add.reduceat(left**2, starts, axis=0))


def leave_out_each(by_block: FloatArray) -> FloatArray:
    """Sum over blocks (block, ...): all of them, then without each; (1 + block, ...)."""
    total = by_block.sum(axis=0)
    return np.concatenate([total[None], total - by_block])


def estimate(draws: FloatArray) -> Estimates:
    """Estimate a quantity from its values (replica, 1 + block, ...), without each block in turn."""
    n_replicas, n_draws = draws.shape[:2]
    n_blocks = n_draws - 1
    mean, own = draws.mean(axis=0), draws[:, 0]
    away = mean[1:] - mean[1:].mean(axis=0)
    over_blocks = (n_blocks - 1) / n_blocks * np.sum(away**2, axis=0)
    over_replicas = own.var(axis=0, ddof=1) / n_replicas if n_replicas > 1 else 0 * over_blocks
    reach = _find_reach(over_blocks, n_blocks - 1, over_replicas, n_replicas - 1)
    return Estimates(mean[0], mean[0] - reach, mean[0] + reach, own)


def estimate_over_subjects(values: FloatArray) -> Estimates:
    """Estimate the mean of a quantity (replica, subject, ...) over two subjects or more.

    What a replica shares in all subjects, and what a subject shares in all replicas, both make the
    mean uncertain; their squared standard errors are added.
    """
    n_replicas, n_subjects = values.shape[:2]
    of_subject, of_replica = values.mean(axis=0), values.mean(axis=1)
    over_subjects = of_subject.var(axis=0, ddof=1) / n_subjects
    over_replicas = 0 * over_subjects
    if n_replicas > 1:
        over_replicas = of_replica.var(axis=0, ddof=1) / n_replicas
    reach = _find_reach(over_subjects, n_subjects - 1, over_replicas, n_replicas - 1)
    mean = of_subject.mean(axis=0)
    return Estimates(mean, mean - reach, mean + reach, of_replica)


def _find_reach(
    first: FloatArray, freedom: int, second: FloatArray, other_freedom: int
) -> FloatArray:
    """Half the width of the interval: Student's t, freedom by Satterthwaite's formula."""
    variance = first + second
    parts = first**2 / freedom + second**2 / max(other_freedom, 1)
    combined = np.where(parts > 0, variance**2 / np.where(parts > 0, parts, 1.0), freedom)
    return np.asarray(student_quantile(0.975, combined) * np.sqrt(variance))


@dataclass(frozen=True)
class Errors:
    """Squared errors of all models in every held-out block.

    Attributes
    ----------
    by_model : dict of float array (replica, 1 + block, response)
        Sums over all blocks, then without each; "trend" is the trend alone.
    n_units : int
        The first responses are units, the others components of the population.
    """

    by_model: dict[str, FloatArray]
    n_units: int

    def share_of_units(self, model: str) -> FloatArray:
        """Share of each unit's variance, (replica, 1 + block, unit)."""
        n = self.n_units
        return 1.0 - self.by_model[model][..., :n] / self.by_model[TREND][..., :n]

    def share(self, model: str, score: str) -> FloatArray:
        """Mean over units, or share of the variance of all components; (replica, 1 + block)."""
        if score == "units":
            return np.asarray(self.share_of_units(model).mean(axis=-1))
        n = self.n_units
        left, there = (self.by_model[name][..., n:].sum(axis=-1) for name in (model, TREND))
        return np.asarray(1.0 - left / there)
