r"""Take slow drift out of responses and features, without looking at held-out responses.

Units drift over a session, and so do many features. Two ways are honest when a whole block of
trials is held out:

* *block*: the mean over each block is subtracted, from responses and from features alike. A model
  then predicts how responses differ from their mean within the block, and nothing needs to be
  extrapolated to a block that was held out. What differs between blocks only is not asked.
* *trend*: each unit's mean and slow trend over the session, the cosines
  :math:`\cos(\pi k (t + 1/2) / T)` of trial t of T, are fitted to the blocks that are not held out,
  jointly with the features, without a penalty, and are predicted for the held-out block. What
  differs between blocks counts, at the price of an uncertain mean.
"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray


def subtract_block_means(values: FloatArray, block: IntArray) -> FloatArray:
    """Subtract the mean of each block from values (..., trial, column).

    Parameters
    ----------
    values : float array (trial, column)
    block : integer array (trial,)
        Numbered from 0, consecutive.
    """
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    count = np.bincount(block)
    mean = np.add.reduceat(values, starts, axis=0) / count[:, None]
    return values - mean[block]


def build_trend(session: IntArray, n_cosines: int) -> FloatArray:
    """Build an intercept and cosines of each session; float array (trial, session * (1 + cosine)).

    Parameters
    ----------
    session : integer array (trial,)
        Numbered from 0, consecutive.
    n_cosines : int
        Cosines of half a period, one, one and a half, ... over the session.
    """
    length = np.bincount(session)
    at = np.arange(session.size) - (np.cumsum(length) - length)[session]
    phase = np.pi * (at + 0.5) / length[session]
    within = np.cos(phase[:, None] * np.arange(n_cosines + 1))
    trend = np.zeros((session.size, length.size, n_cosines + 1))
    trend[np.arange(session.size), session] = within
    return trend.reshape(session.size, -1)
