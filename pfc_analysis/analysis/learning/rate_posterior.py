r"""Estimate the learning rate and the inverse temperature from the likelihood on their grid.

Priors are flat on the learning rate a and on the logarithm of the inverse temperature
:math:`\beta`. With many sessions a posterior is narrower than the spacing of the grid on which
`pfc_analysis.analysis.learning.rate_likelihood` computes the likelihood. The logarithm of the
likelihood, which is smooth, is therefore interpolated by cubic splines in :math:`\sqrt a` and
:math:`\log \beta`, and the posterior is summed on a second grid that spans only the part in which
it is not negligible: the narrower the posterior, the finer this grid.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.learning.rate_likelihood import INVERSE_TEMPERATURES, RATES

N_RATES, N_INVERSE_TEMPERATURES = 161, 65
"""Points of the grid on which a posterior is summed. At its narrowest it spans .08 around a rate of
.3, with a spacing of .0005; the observer's posterior there has a standard deviation of .001."""

NEGLIGIBLE = 45.0
"""Points this far below the peak's logarithm are left out of the sum; each has a share of 3e-20."""


class Axis(NamedTuple):
    """Points of the fine grid along one parameter, and their interpolation.

    Attributes
    ----------
    point : float array (point,)
        Learning rates, or logarithms of inverse temperatures.
    coefficient : float array (spline, coarse point)
        Turns values at coarse points into coefficients of the B-splines that reach the grid.
    basis : float array (point, 4)
        Values of the four B-splines that reach a point.
    first : integer array (point,)
        The first of these four.
    """

    point: FloatArray
    coefficient: FloatArray
    basis: FloatArray
    first: IntArray


def compute_posterior_means(log_likelihood: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Compute posterior means of the learning rate and of :math:`\log \beta`.

    Parameters
    ----------
    log_likelihood : float array (sample, rate, inverse temperature)
        As of `compute_log_likelihood`, groups summed.

    Returns
    -------
    two float arrays (sample,)
    """
    by_rate, by_beta = _place_grid(log_likelihood)
    coarse = by_rate.coefficient @ log_likelihood @ by_beta.coefficient.T
    along_beta = np.zeros((*coarse.shape[:2], by_beta.point.size))
    _interpolate(coarse, by_beta.basis, by_beta.first, along_beta)
    means = np.empty((len(log_likelihood), 2))
    _average(along_beta, by_rate.basis, by_rate.first, by_rate.point, by_beta.point, means)
    return means[:, 0], means[:, 1]


def _place_grid(log_likelihood: FloatArray) -> tuple[Axis, Axis]:
    """Place the grid of learning rates and of log inverse temperatures, for all samples.

    It spans two points on either side of every coarse point that is not `NEGLIGIBLE` in all
    samples, which is all but 1e-12 of the posteriors.
    """
    peak = log_likelihood.max(axis=(1, 2), keepdims=True)
    matters = (log_likelihood > peak - NEGLIGIBLE).any(axis=0)
    axes = []
    for name, other in (("rate", 1), ("beta", 0)):
        places = np.flatnonzero(matters.any(axis=other))
        axes.append(_build_axis(name, int(places[0]), int(places[-1])))
    return axes[0], axes[1]


@lru_cache(maxsize=1024)
def _build_axis(name: str, first: int, last: int) -> Axis:
    """Build the axis "rate" or "beta" around the first and last coarse points that matter."""
    from scipy.interpolate import BSpline, make_interp_spline

    coarse, size = {
        "rate": (RATES, N_RATES),
        "beta": (np.log(INVERSE_TEMPERATURES), N_INVERSE_TEMPERATURES),
    }[name]
    low, high = max(first - 2, 0), min(last + 2, coarse.size - 1)
    point = np.linspace(coarse[low], coarse[high], size)
    knots, at = (np.sqrt(coarse), np.sqrt(point)) if name == "rate" else (coarse, point)
    spline = make_interp_spline(knots, np.eye(coarse.size), k=3)
    start = np.searchsorted(spline.t, at, side="right") - 4
    start = np.clip(start, 0, coarse.size - 4)
    dense = BSpline.design_matrix(np.clip(at, knots[0], knots[-1]), spline.t, 3).toarray()
    basis = np.take_along_axis(dense, start[:, None] + np.arange(4), axis=1)
    used = slice(start[0], start[-1] + 4)
    return Axis(point, np.ascontiguousarray(spline.c[used]), basis, start - start[0])


@njit(cache=True, fastmath={"contract"})
def _interpolate(coarse, basis, first, fine):  # type: ignore[no-untyped-def]
    """Add splines along the last axis, (sample, row, spline), to `fine` (sample, row, point)."""
    for s in range(coarse.shape[0]):
        for i in range(coarse.shape[1]):
            for j in range(first.size):
                a = first[j]
                for k in range(4):
                    fine[s, i, j] += basis[j, k] * coarse[s, i, a + k]


@njit(cache=True, fastmath={"contract"})
def _average(along_beta, basis, first, rates, temperatures, means):  # type: ignore[no-untyped-def]
    """Interpolate along the rates, and average both parameters: `means` (sample, 2)."""
    n_rates, n_betas = rates.size, temperatures.size
    fine = np.empty((n_rates, n_betas))
    by_beta, rate_by_beta = np.empty(n_betas), np.empty(n_betas)
    for s in range(along_beta.shape[0]):
        peak = -np.inf
        for i in range(n_rates):
            a = first[i]
            for j in range(n_betas):
                fine[i, j] = (
                    basis[i, 0] * along_beta[s, a, j]
                    + basis[i, 1] * along_beta[s, a + 1, j]
                    + basis[i, 2] * along_beta[s, a + 2, j]
                    + basis[i, 3] * along_beta[s, a + 3, j]
                )
        for i in range(n_rates):
            for j in range(n_betas):
                peak = max(peak, fine[i, j])
        for j in range(n_betas):
            by_beta[j] = rate_by_beta[j] = 0.0
        for i in range(n_rates):
            for j in range(n_betas):
                weight = _exponentiate(max(fine[i, j] - peak, -60.0))
                by_beta[j] += weight
                rate_by_beta[j] += weight * rates[i]
        total = rate = temperature = 0.0
        for j in range(n_betas):
            total += by_beta[j]
            rate += rate_by_beta[j]
            temperature += by_beta[j] * temperatures[j]
        means[s, 0], means[s, 1] = rate / total, temperature / total


@njit(cache=True, fastmath={"contract"})
def _exponentiate(x):  # type: ignore[no-untyped-def]
    """Compute exp(x) for x from -60 to 0, exact to 1e-13.

    It is the 256th power of the exponential of a 256th, by Taylor's series. It has no branches, so
    that processors compute several at a time.
    """
    x *= 1.0 / 256.0
    y = 1.0 / 720.0 + x * (1.0 / 5040.0)
    y = 1.0 / 120.0 + x * y
    y = 1.0 / 24.0 + x * y
    y = 1.0 / 6.0 + x * y
    y = 1.0 / 2.0 + x * y
    y = 1.0 + x * y
    y = 1.0 + x * y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    return y


def jackknife_rates(by_group: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Estimate posterior means with standard errors from a jackknife of groups of sessions.

    Parameters
    ----------
    by_group : float array (group, rate, inverse temperature)
        Logarithms of likelihoods.

    Returns
    -------
    estimate, standard_error : float arrays (2,)
        Of the learning rate and of the logarithm of the inverse temperature; the error is NaN for
        one group.
    """
    n_groups = len(by_group)
    total = by_group.sum(axis=0)
    estimate = np.array(compute_posterior_means(total[None]))[:, 0]
    if n_groups < 2:
        return estimate, np.full(2, np.nan)
    without = np.array(compute_posterior_means(total - by_group))
    spread = np.sum((without - without.mean(axis=1, keepdims=True)) ** 2, axis=1)
    return estimate, np.sqrt((n_groups - 1) / n_groups * spread)
