r"""Compute the likelihood of choices under the delta rule, on a grid of its two parameters.

.. math::
    r_{t+1} = r_t + a (y_t - r_t), \quad P(\text{right}) = \frac{1}{1 + e^{-\beta (2 r_t - 1)}}

Here a is the learning rate and :math:`\beta` the inverse temperature; y is 1 where the outcome
spoke for the right side, and r begins at one half.
`pfc_analysis.analysis.learning.rate_posterior` estimates both from this likelihood.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.analysis.arrays import FloatArray, IntArray

RATES = np.linspace(0.1, np.sqrt(0.99), 50) ** 2
"""Learning rates at which the likelihood is computed: .01 to .99, denser at small values."""

INVERSE_TEMPERATURES = np.geomspace(0.5, 60.0, 25)

PADDED = 28
"""The inverse temperatures, filled up with 0 to whole vectors of the processor, 4 numbers each."""

LARGEST_EXPONENT = 600.0
"""Exponent up to which odds are multiplied: exp(600 + 61) is still finite."""

STEPS = 512
"""Exponentials are tabulated at exponents of this many steps from 0 to the inverse temperature."""


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
    table = np.exp(np.arange(-STEPS, STEPS + 1)[:, None] / STEPS * betas)
    total = np.zeros((n_groups, n_windows, RATES.size, PADDED))
    choice, signal, window, group, start = (
        np.ascontiguousarray(each, dtype=np.int64)
        for each in (choice, signal, window, group, start)
    )
    order = np.argsort(group, kind="stable")
    _add_likelihood(choice, signal, window, group, start, order, RATES, betas, table, total)
    return total[..., : INVERSE_TEMPERATURES.size]


@njit(cache=True)
def _add_likelihood(  # type: ignore[no-untyped-def]
    choice, signal, window, group, start, order, rates, betas, table, total
):
    """Add the log-likelihood to `total` (group, window, rate, beta); `order` sorts by group."""
    # Odds are multiplied as long as the product is surely finite; then one logarithm is taken.
    product = np.ones((total.shape[1], PADDED))
    exponent = np.zeros(total.shape[1])
    for i in range(rates.size):
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
                    _multiply_odds(product[w], against, betas, table)
                    exponent[w] += 0.7 + 60.0 * max(0.0, against)
                    if exponent[w] > LARGEST_EXPONENT:
                        _take_logarithm(product, exponent, total, group[s], w, i)
                r += rates[i] * (signal[s, t] - r)
            if k + 1 == order.size or group[order[k + 1]] != group[s]:
                for w in range(exponent.size):
                    if exponent[w] > 0.0:
                        _take_logarithm(product, exponent, total, group[s], w, i)


@njit(cache=True, fastmath={"contract"})
def _multiply_odds(product, against, betas, table):  # type: ignore[no-untyped-def]
    """Multiply a product (beta,) by 1 + exp(beta * against), `against` from -1 to 1.

    The exponential is that of the nearest step of the table, times that of the small rest by a
    Taylor series; the error is below 1e-12.
    """
    step = int((against + 1.0) * STEPS + 0.5)
    rest = against - (step / STEPS - 1.0)
    for j in range(PADDED):
        x = betas[j] * rest
        y = 1.0 / 120.0 + x * (1.0 / 720.0)
        y = 1.0 / 24.0 + x * y
        y = 1.0 / 6.0 + x * y
        y = 1.0 / 2.0 + x * y
        y = 1.0 + x * y
        y = 1.0 + x * y
        product[j] *= 1.0 + table[step, j] * y


@njit(cache=True)
def _take_logarithm(product, exponent, total, group, window, rate):  # type: ignore[no-untyped-def]
    """Subtract the logarithm of a window's product (window, beta) from `total`."""
    for j in range(PADDED):
        total[group, window, rate, j] -= np.log(product[window, j])
        product[window, j] = 1.0
    exponent[window] = 0.0
