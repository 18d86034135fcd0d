"""What a fit maximises, as compiled code sees it: its value, gradient and second derivatives.

A fit to a hundred trials takes hundreds of evaluations of some microseconds. Calls from Python
would take several times as long, so everything between the start and the end of a search is
compiled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.learners.definition.likelihood import FAST, STEP, sum_log_likelihood
from pfc_analysis.learners.definition.parameters import LIMIT

RANGES = ("real", "fraction", "positive")
"""Ranges of parameters, by their numbers in `Problem.ranges`."""

DIFFERENCE = 1e-4
"""Step of the central differences that give second derivatives from exact gradients."""


class Problem(NamedTuple):
    """A learner, its trials and a prior.

    Attributes
    ----------
    functions : tuple of three ints
        Addresses of the learner's `start`, `prefer` and `update`.
    memory, values : int
        Addresses of one record of its memory and of its parameters; both are overwritten.
    numbers : complex array (number,)
        The parameters and settings that lie at the address `values`.
    places : int array (parameter,)
        Index of each free parameter in `numbers`.
    ranges : int array (parameter,)
        Index into `RANGES`.
    trials, trials_at, trial_size, first, n_arms
        As of `pfc_analysis.learners.definition.likelihood.sum_log_likelihood`.
    likelihood, slope : float arrays (session,)
        Room for results.
    low, high : float arrays (parameter,)
        Ends of the ranges of a search, unconstrained.
    prior_mean, prior_precision : float arrays (parameter,)
        Of the prior; a precision of 0 is none.
    prior_constant : float
        Log-density of the prior at its mean.
    """

    functions: tuple[int, int, int]
    memory: int
    values: int
    numbers: Any
    places: IntArray
    ranges: IntArray
    trials: Any
    trials_at: int
    trial_size: int
    first: IntArray
    n_arms: int
    likelihood: FloatArray
    slope: FloatArray
    low: FloatArray
    high: FloatArray
    prior_mean: FloatArray
    prior_precision: FloatArray
    prior_constant: float


@njit(**FAST)
def evaluate(problem: Problem, x: FloatArray, moving: BoolArray, slope: FloatArray) -> float:
    """Compute what is maximised, in nats, and its gradient.

    Parameters
    ----------
    problem : Problem
    x : float array (parameter,)
        Unconstrained parameters.
    moving : bool array (parameter,)
        Parameters by which derivatives are wanted.
    slope : float array (parameter,)
        Filled with the derivatives; 0 by other parameters.

    Returns
    -------
    float
        Minus infinity, with a gradient of 0, where the value or a derivative is no number.
    """
    slope[:] = 0.0
    for k in range(x.size):
        problem.numbers[problem.places[k]] = _constrain(x[k], problem.ranges[k])[0]
    value, done = 0.0, False
    for k in range(x.size):
        if moving[k]:
            found, by = _constrain(x[k], problem.ranges[k])
            problem.numbers[problem.places[k]] = found + 1j * STEP
            value, done = _sum_sessions(problem), True
            problem.numbers[problem.places[k]] = found
            slope[k] = _sum(problem.slope) / STEP * by
    if not done:
        value = _sum_sessions(problem)
    value += problem.prior_constant
    for k in range(x.size):
        away = x[k] - problem.prior_mean[k]
        value -= 0.5 * problem.prior_precision[k] * away * away
        if moving[k]:
            slope[k] -= problem.prior_precision[k] * away
    total = value
    for k in range(x.size):
        total += slope[k]
    if np.isfinite(total):
        return value
    slope[:] = 0.0
    return -np.inf


@njit(**FAST)
def _constrain(x, kind):  # type: ignore[no-untyped-def]
    """Compute a parameter and its derivative by its unconstrained value."""
    x = min(max(x, -LIMIT), LIMIT)
    if kind == 0:
        return x, 1.0
    if kind == 1:
        fraction = 1.0 / (1.0 + np.exp(-x))
        return fraction, fraction * (1.0 - fraction)
    return np.exp(x), np.exp(x)


@njit(**FAST)
def _sum_sessions(problem):  # type: ignore[no-untyped-def]
    sum_log_likelihood(
        problem.functions,
        problem.memory,
        problem.values,
        problem.trials,
        problem.trials_at,
        problem.trial_size,
        problem.first,
        problem.n_arms,
        problem.likelihood,
        problem.slope,
    )
    return _sum(problem.likelihood)


@njit(**FAST)
def _sum(numbers):  # type: ignore[no-untyped-def]
    total = 0.0
    for one in numbers:
        total += one
    return total


@njit(**FAST)
def differentiate_twice(
    problem: Problem, x: FloatArray, moving: BoolArray, found: FloatArray
) -> None:
    """Fill in second derivatives, (parameter, parameter), by the parameters in a mask; others 0.

    Central differences of the exact gradient, made symmetric.
    """
    n = x.size
    ahead, behind, place = np.empty(n), np.empty(n), x.copy()
    found[:] = 0.0
    for k in range(n):
        if moving[k]:
            place[k] = x[k] + DIFFERENCE
            evaluate(problem, place, moving, ahead)
            place[k] = x[k] - DIFFERENCE
            evaluate(problem, place, moving, behind)
            place[k] = x[k]
            for j in range(n):
                found[k, j] = (ahead[j] - behind[j]) / (2.0 * DIFFERENCE)
    for k in range(n):
        for j in range(k):
            found[j, k] = found[k, j] = 0.5 * (found[j, k] + found[k, j])
