"""Quantiles and tails of distributions.

They are what the distributions of `scipy.stats` compute, without the import of that package, which
takes nearly a second, and without its checks of arguments, which take longer than the numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray


def normal_quantile(probability: float) -> float:
    """Compute the quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def student_quantile(probability: float, freedom: Any) -> FloatArray:
    """Compute the quantile of Student's t.

    Parameters
    ----------
    probability : float
        Between 0 and 1.
    freedom : float or array
        Degrees of freedom; the result is NaN where they are not above 0.

    Returns
    -------
    float array
        Of the shape of `freedom`.
    """
    from scipy.special import stdtrit

    return np.asarray(stdtrit(freedom, probability), dtype=np.float64)


def student_tail(t: FloatArray, freedom: Any) -> FloatArray:
    """Compute the probability that Student's t exceeds `t`; NaN where freedom is not above 0."""
    from scipy.special import stdtr

    return np.asarray(stdtr(freedom, -t), dtype=np.float64)


def beta_quantile(probability: float, first: Any, second: Any) -> FloatArray:
    """Compute the quantile of the beta distribution with two parameters above 0; arrays alike."""
    from scipy.special import betaincinv

    return np.asarray(betaincinv(first, second, probability), dtype=np.float64)


def f_tail(f: FloatArray, first_freedom: Any, second_freedom: Any) -> FloatArray:
    """Compute the probability that the F statistic exceeds `f`; arrays alike."""
    from scipy.special import fdtrc

    return np.asarray(fdtrc(first_freedom, second_freedom, f), dtype=np.float64)
