"""Means of quantities that come in sessions, with intervals."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.trials.choice_trials import FloatArray, IntArray


def estimate_clustered_mean(value: FloatArray, session: IntArray) -> tuple[float, float, float]:
    r"""Average values over all sessions, each value counting alike.

    The mean is a ratio of session totals, with linearised variance (Cochran 1977, Sampling
    Techniques, section 6.3)

    .. math:: \frac{G}{G - 1} \sum_g \Big(\frac{1}{N} \sum_{i \in g} (y_i - \bar y)\Big)^2

    over G sessions g and N values.

    Parameters
    ----------
    value : float array (item,)
        What to average.
    session : integer array (item,)
        Session of each item.

    Returns
    -------
    mean, lower, upper : float
        With a 95 % interval by Student's t with G - 1 degrees of freedom; NaN for one session, and
        the mean NaN without a value.
    """
    from scipy.stats import t

    if value.size == 0:
        return float("nan"), float("nan"), float("nan")
    mean = float(value.mean())
    _, cluster = np.unique(session, return_inverse=True)
    influence = np.bincount(cluster, value - mean) / value.size
    n_sessions = influence.size
    if n_sessions < 2:
        return mean, float("nan"), float("nan")
    variance = n_sessions / (n_sessions - 1) * float(influence @ influence)
    reach = float(t.ppf(0.975, n_sessions - 1)) * float(np.sqrt(variance))
    return mean, mean - reach, mean + reach
