"""Which of two arms pays more? The probability under what was seen of both, in closed form."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.trials.choice_trials import FloatArray, IntArray


def compare_posteriors(rewarded: IntArray, unrewarded: IntArray) -> FloatArray:
    r"""Probability that the left arm's draw from its posterior exceeds the right arm's.

    Beta(1 + s, 1 + f) is the distribution of the (s + 1)-th smallest of s + f + 1 uniform numbers.
    The left arm's is the larger of two such if at most :math:`s_1` of the left arm's numbers are
    among the :math:`m = s_1 + s_2 + 1` smallest of all:

    .. math:: \sum_{k=0}^{s_1} \binom{n_1}{k} \binom{n_2}{m - k} \Big/ \binom{n_1 + n_2}{m},
        \quad n_i = s_i + f_i + 1

    Parameters
    ----------
    rewarded, unrewarded : int arrays (session, arm)
        Outcomes of each arm, s and f.

    Returns
    -------
    float array (session,)
        Summed in logarithms: no count overflows.

    References
    ----------
    Thompson (1933), Biometrika 25:285, who found it.
    """
    from scipy.special import gammaln

    drawn = rewarded.sum(axis=1) + 1
    numbers = rewarded + unrewarded + 1
    log_factorial = gammaln(np.arange(int(numbers.sum(axis=1).max()) + 1) + 1.0)

    def log_choose(n: IntArray, k: IntArray) -> FloatArray:
        possible = (k >= 0) & (k <= n)
        inside = np.where(possible, k, 0)
        value = log_factorial[n] - log_factorial[inside] - log_factorial[n - inside]
        return np.where(possible, value, -np.inf)

    (s, _), (n_left, n_right) = rewarded.T, numbers.T
    k = np.arange(int(s.max()) + 1)[:, None]
    of_left = log_choose(n_left, np.where(k <= s, k, -1))
    of_right = log_choose(n_right, drawn - k)
    term = np.exp(of_left + of_right - log_choose(n_left + n_right, drawn))
    # One term after the other: the sum is then the same to the bit whichever sessions are beside.
    return np.minimum(term.cumsum(axis=0)[-1], 1.0)
