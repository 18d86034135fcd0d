r"""Likelihood of choices under the delta rule, by learning rate and inverse temperature.

.. math::
    r_{t+1} = r_t + a (y_t - r_t), \quad P(\text{right}) = \frac{1}{1 + e^{-\beta (2 r_t - 1)}}

y is 1 where the outcome spoke for the right side, r begins at one half. Posteriors are those of
flat priors on a and on the logarithm of :math:`\beta`. With many sessions a posterior is narrower
than the grid's spacing; the logarithm of the likelihood, which is smooth, is therefore interpolated
by cubic splines to a finer grid, in :math:`\sqrt a` and :math:`\log \beta`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit

from pfc_analysis.analysis.trials import FloatArray, IntArray

RATES = np.linspace(0.1, np.sqrt(0.99), 50) ** 2
"""Learning rates at which the likelihood is computed: .01 to .99, closest where they are small."""

INVERSE_TEMPERATURES = np.geomspace(0.5, 60.0, 25)

FINE_RATES = np.linspace(0.01, 0.99, 197)
FINE_INVERSE_TEMPERATURES = np.geomspace(0.5, 60.0, 97)
"""Where posteriors are summed."""


def compute_log_likelihood(
    choice: IntArray, signal: IntArray, window: IntArray, group: IntArray, start: IntArray
) -> FloatArray:
    """Logarithm of the likelihood of choices, summed over windows and groups of sessions.

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
    total = np.zeros((n_groups, n_windows, RATES.size, INVERSE_TEMPERATURES.size))
    choice, signal, window = (
        np.ascontiguousarray(each, dtype=np.int64) for each in (choice, signal, window)
    )
    start = np.ascontiguousarray(start, dtype=np.int64)
    _add_likelihood(choice, signal, window, group, start, RATES, INVERSE_TEMPERATURES, total)
    return total


@njit(cache=True)
def _add_likelihood(choice, signal, window, group, start, rates, betas, total):  # type: ignore[no-untyped-def]
    """Sum into `total` (group, window, rate, beta)."""
    product = np.ones(betas.size)
    for s in range(choice.shape[0]):
        for i in range(rates.size):
            r, current, pending = 0.5, -1, 0
            product[:] = 1.0
            for t in range(choice.shape[1]):
                if start[s, t] == 1:
                    r = 0.5
                if choice[s, t] < 0:
                    continue
                if window[s, t] >= 0:
                    # One logarithm for several trials; 1 + exp(60) to the tenth is finite.
                    if window[s, t] != current or pending == 10:
                        if pending > 0:
                            total[group[s], current, i] -= np.log(product)
                        product[:] = 1.0
                        current, pending = window[s, t], 0
                    against = 1.0 - 2.0 * r if choice[s, t] == 1 else 2.0 * r - 1.0
                    for j in range(betas.size):
                        product[j] *= 1.0 + np.exp(betas[j] * against)
                    pending += 1
                r += rates[i] * (signal[s, t] - r)
            if pending > 0:
                total[group[s], current, i] -= np.log(product)


def compute_posterior_means(log_likelihood: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Posterior means of the learning rate and of :math:`\log \beta`.

    Parameters
    ----------
    log_likelihood : float array (sample, rate, inverse temperature)
        As of `compute_log_likelihood`, groups summed.

    Returns
    -------
    two float arrays (sample,)
    """
    by_rate, by_beta = _interpolation()
    rate, temperature = np.empty(len(log_likelihood)), np.empty(len(log_likelihood))
    for k, coarse in enumerate(log_likelihood):
        fine = by_rate @ coarse @ by_beta
        weight = np.exp(fine - fine.max())
        weight /= weight.sum()
        rate[k] = weight.sum(axis=1) @ FINE_RATES
        temperature[k] = weight.sum(axis=0) @ np.log(FINE_INVERSE_TEMPERATURES)
    return rate, temperature


@lru_cache(maxsize=1)
def _interpolation() -> tuple[FloatArray, FloatArray]:
    """Matrices (fine rate, rate) and (inverse temperature, fine inverse temperature)."""
    from scipy.interpolate import make_interp_spline

    def spline(coarse: FloatArray, fine: FloatArray) -> FloatArray:
        return np.asarray(make_interp_spline(coarse, np.eye(coarse.size), k=3)(fine))

    by_rate = spline(np.sqrt(RATES), np.sqrt(FINE_RATES))
    by_beta = spline(np.log(INVERSE_TEMPERATURES), np.log(FINE_INVERSE_TEMPERATURES))
    return by_rate, by_beta.T


def jackknife_rates(by_group: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Posterior means with standard errors from leaving out one group of sessions at a time.

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
