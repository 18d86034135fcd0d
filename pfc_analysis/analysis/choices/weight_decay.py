r"""How fast do weights fade with the lag? An exponential fitted to estimated weights.

.. math:: w_j = A \, 2^{-(j - 1) / h}, \quad j = 1, 2, ...

by generalised least squares with the estimates' covariance; h is the half-life in trials. The fit
estimates the logarithm of h, so that the interval of h stays above 0.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.statistics.quantiles import normal_quantile
from pfc_analysis.given_types import checks_types

FEWEST_LAGS = 3
"""Fewest weights: a curve with two parameters fits any two."""

LONGEST = 1e3
"""Half-lives above this many times the number of lags, or below its inverse, count as no fit."""


@dataclass(frozen=True)
class Decay:
    """An exponential decay; NaN where the weights do not determine one.

    Attributes
    ----------
    amplitude : float
        A, the weight at lag 1.
    half_life, half_life_lower, half_life_upper : float
        h in trials, and its 95 % interval.
    """

    amplitude: float = float("nan")
    half_life: float = float("nan")
    half_life_lower: float = float("nan")
    half_life_upper: float = float("nan")


@checks_types
def fit_decay(weight: FloatArray, covariance: FloatArray) -> Decay:
    """Fit an exponential to weights at lags 1, 2, ...

    Parameters
    ----------
    weight : float array (lag,)
        Estimates.
    covariance : float array (lag, lag)
        Of the estimates.

    Returns
    -------
    Decay
        NaN with fewer than three lags, where the amplitude is not distinguishable from 0 (95 %),
        where no half-life fits best, or where the covariance is singular.

    Examples
    --------
    Weights that halve with each lag, and their covariance:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> weight = np.array([2.0, 1.0, 0.5, 0.25, 0.125])
    >>> decay = pfc.analysis.fit_decay(weight, covariance=0.01 * np.eye(5))
    >>> print(f"half-life {decay.half_life:.2f} trial, weight at lag 1 {decay.amplitude:.2f}")
    half-life 1.00 trial, weight at lag 1 2.00
    """
    from scipy.optimize import OptimizeWarning, curve_fit

    lag = np.arange(weight.size, dtype=np.float64)
    if weight.size < FEWEST_LAGS or not np.isfinite(covariance).all():
        return Decay()

    def curve(j: FloatArray, amplitude: float, log_life: float) -> FloatArray:
        return np.asarray(amplitude * 2.0 ** (-j * np.exp(-np.clip(log_life, -20, 20))))

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            estimate, spread = curve_fit(
                curve, lag, weight, p0=(weight[0], 0.0), sigma=covariance, absolute_sigma=True
            )
    except (RuntimeError, OptimizeWarning, ValueError):
        # No best fit, no error of it, or a covariance that is singular: clusters fewer than lags.
        return Decay()
    z = normal_quantile(0.975)
    error = np.sqrt(np.diag(spread))
    limit = np.log(LONGEST * weight.size)
    if not abs(estimate[0]) > z * error[0] or not abs(estimate[1]) < limit:
        return Decay()
    # Clip a very wide interval of the logarithm, so that its exponential does not overflow.
    ends = np.clip(estimate[1] + z * error[1] * np.array([-1, 1]), -2 * limit, 2 * limit)
    lower, upper = (float(end) for end in np.exp(ends))
    return Decay(float(estimate[0]), float(np.exp(estimate[1])), lower, upper)
