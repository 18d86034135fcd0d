r"""Compute the likelihood of choices under the delta rule, on a grid of its two parameters.

.. math::
    r_{t+1} = r_t + a (y_t - r_t), \quad P(\text{right}) = \frac{1}{1 + e^{-\beta (2 r_t - 1)}}

Here a is the learning rate and :math:`\beta` the inverse temperature; y is 1 where the outcome
spoke for the right side, and r begins at one half. Priors are flat on a and on the logarithm of
:math:`\beta`. With many sessions a posterior is narrower than the grid's spacing. The logarithm of
the likelihood, which is smooth, is therefore interpolated by cubic splines in :math:`\sqrt a` and
:math:`\log \beta`, and the posterior is summed on a second grid that spans only the part in which
it is not negligible: the narrower the posterior, the finer this grid.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from pfc_analysis.analysis.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.interpolate import BSpline

RATES = np.linspace(0.1, np.sqrt(0.99), 50) ** 2
"""Learning rates at which the likelihood is computed: .01 to .99, denser at small values."""

INVERSE_TEMPERATURES = np.geomspace(0.5, 60.0, 25)

PADDED = 28
"""The inverse temperatures, filled up with 0 to whole vectors of the processor, 4 numbers each."""

LARGEST_EXPONENT = 600.0
"""Exponent up to which odds are multiplied: exp(600 + 61) is still finite."""

N_RATES, N_INVERSE_TEMPERATURES = 161, 65
"""Points of the grid on which a posterior is summed. At its narrowest it spans .08 around a rate of
.3, with a spacing of .0005; the observer's posterior there has a standard deviation of .001."""

NEGLIGIBLE = 45.0
"""Points this far below the peak's logarithm are left out of the sum; each has a share of 3e-20."""


def compute_log_likelihood(
    choice: IntArray, signal: IntArray, window: IntArray, group: IntArray, start: IntArray
) -> FloatArray:
    """Compute the log-likelihood of choices, summed over windows and groups of sessions.

    Parameters
    ----------
    choice, signal : integer arrays (session, trial)
        0 left, 1 right; -1 where there is none: nothing is learned there.
    window : integer array (session, trial)
        In which window a trial's choice counts; -1 in none.
    group : integer array (session,)
        Sessions of the same group are summed; from 0.
    start : integer array (session, trial)
        1 where r is set to one half; the first trial of a session always is.

    Returns
    -------
    float array (group, window, rate, inverse temperature)
        On `RATES` and `INVERSE_TEMPERATURES`.
    """
    n_windows, n_groups = int(window.max()) + 1, int(group.max()) + 1
    betas = np.zeros(PADDED)
    betas[: INVERSE_TEMPERATURES.size] = INVERSE_TEMPERATURES
    total = np.zeros((n_groups, n_windows, RATES.size, PADDED))
    choice, signal, window, group, start = (
        np.ascontiguousarray(each, dtype=np.int64)
        for each in (choice, signal, window, group, start)
    )
    order = np.argsort(group, kind="stable")
    _add_likelihood(choice, signal, window, group, start, order, RATES, betas, total)
    return total[..., : INVERSE_TEMPERATURES.size]


@njit(cache=True, fastmath={"contract"})
def _exponentiate(x):  # type: ignore[no-untyped-def]
    """Compute exp(x) for x from -60 to 60, exact to 1e-13.

    It is the 256th power of the exponential of a 256th, by Taylor's series. It has no branches, so
    that processors compute several at a time.
    """
    x *= 1.0 / 256.0
    y = 1.0 + x * (1.0 / 11.0)
    y = 1.0 + x * (1.0 / 10.0) * y
    y = 1.0 + x * (1.0 / 9.0) * y
    y = 1.0 + x * (1.0 / 8.0) * y
    y = 1.0 + x * (1.0 / 7.0) * y
    y = 1.0 + x * (1.0 / 6.0) * y
    y = 1.0 + x * (1.0 / 5.0) * y
    y = 1.0 + x * (1.0 / 4.0) * y
    y = 1.0 + x * (1.0 / 3.0) * y
    y = 1.0 + x * (1.0 / 2.0) * y
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


@njit(cache=True, fastmath={"contract"})
def _add_likelihood(choice, signal, window, group, start, order, rates, betas, total):  # type: ignore[no-untyped-def]
    """Add the log-likelihood to `total` (group, window, rate, beta); `order` sorts by group."""
    # Odds are multiplied as long as the product is surely finite; then one logarithm is taken.
    product = np.ones((total.shape[1], PADDED))
    exponent = np.zeros(total.shape[1])
    for i in range(rates.size):
        rate = rates[i]
        for k in range(order.size):
            s = order[k]
            r = 0.5
            for t in range(choice.shape[1]):
                if start[s, t] == 1:
                    r = 0.5
                if choice[s, t] < 0:
                    continue
                w = window[s, t]
                if w >= 0:
                    against = 1.0 - 2.0 * r if choice[s, t] == 1 else 2.0 * r - 1.0
                    for j in range(PADDED):
                        product[w, j] *= 1.0 + _exponentiate(betas[j] * against)
                    exponent[w] += 0.7 + 60.0 * max(0.0, against)
                    if exponent[w] > LARGEST_EXPONENT:
                        _take_logarithm(product, exponent, total, group[s], w, i)
                r += rate * (signal[s, t] - r)
            if k + 1 == order.size or group[order[k + 1]] != group[s]:
                for w in range(exponent.size):
                    if exponent[w] > 0.0:
                        _take_logarithm(product, exponent, total, group[s], w, i)


@njit(cache=True)
def _take_logarithm(product, exponent, total, group, window, rate):  # type: ignore[no-untyped-def]
    """Subtract the logarithm of a window's product (window, beta) from `total`."""
    for j in range(PADDED):
        total[group, window, rate, j] -= np.log(product[window, j])
        product[window, j] = 1.0
    exponent[window] = 0.0


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
    rates, temperatures = _place_grid(log_likelihood)
    by_rate, by_beta = (spline(at) for spline, at in zip(
        _interpolation(), (np.sqrt(rates), temperatures), strict=True
    ))  # fmt: skip
    rate, temperature = np.empty(len(log_likelihood)), np.empty(len(log_likelihood))
    for k, coarse in enumerate(log_likelihood):
        weight = by_rate @ coarse @ by_beta.T
        _weigh(weight, weight.max())
        over_temperatures = weight.sum(axis=1)
        total = over_temperatures.sum()
        rate[k] = over_temperatures @ rates / total
        temperature[k] = weight.sum(axis=0) @ temperatures / total
    return rate, temperature


@njit(cache=True, fastmath={"contract"})
def _weigh(weight, peak):  # type: ignore[no-untyped-def]
    """Turn logarithms (rate, beta) into weights, in place; 1 at the peak, at least 1e-26."""
    for i in range(weight.shape[0]):
        for j in range(weight.shape[1]):
            weight[i, j] = _exponentiate(max(weight[i, j] - peak, -60.0))


def _place_grid(log_likelihood: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Place the grid of learning rates and of log inverse temperatures, for all samples.

    It spans two points on either side of every coarse point that is not `NEGLIGIBLE` in all
    samples, which is all but 1e-12 of the posteriors.
    """
    peak = log_likelihood.max(axis=(1, 2), keepdims=True)
    matters = (log_likelihood > peak - NEGLIGIBLE).any(axis=0)
    grids = []
    for axis, coarse, size in (
        (1, RATES, N_RATES),
        (0, np.log(INVERSE_TEMPERATURES), N_INVERSE_TEMPERATURES),
    ):
        places = np.flatnonzero(matters.any(axis=axis))
        low, high = max(places[0] - 2, 0), min(places[-1] + 2, coarse.size - 1)
        grids.append(np.linspace(coarse[low], coarse[high], size))
    return grids[0], grids[1]


@lru_cache(maxsize=1)
def _interpolation() -> tuple[BSpline, BSpline]:
    """Build splines in the root of the rate and in the log of the inverse temperature.

    At n points each gives the matrix (n, coarse points) that interpolates coarse values.
    """
    from scipy.interpolate import make_interp_spline

    root, logarithm = np.sqrt(RATES), np.log(INVERSE_TEMPERATURES)
    return tuple(make_interp_spline(at, np.eye(at.size), k=3) for at in (root, logarithm))


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
