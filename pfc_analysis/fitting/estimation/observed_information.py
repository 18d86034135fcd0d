"""Covariances of estimates, from second derivatives and from the scores of sessions."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray

FLAT = 1e-3
"""Along a direction with less curvature than this (a standard error above 30 on the unconstrained
scale, on which all sensible values lie within 10), the data determine nothing."""

SHARE = 0.1
"""A parameter with at least this weight in such a direction is not determined."""


def invert_information(hessian: FloatArray, inside: BoolArray) -> FloatArray:
    """Invert the negative second derivatives of a log-likelihood.

    Parameters
    ----------
    hessian : float array (parameter, parameter)
        Second derivatives at the maximum.
    inside : bool array (parameter,)
        Parameters that are not at the end of their range.

    Returns
    -------
    float array (parameter, parameter)
        Covariance of the estimates; NaN for parameters at an end or not determined.
    """
    covariance = np.full(hessian.shape, np.nan)
    which = np.flatnonzero(inside)
    if which.size == 0:
        return covariance
    curvature, axes = np.linalg.eigh(-hessian[np.ix_(which, which)])
    steep = curvature > FLAT
    determined = np.all(np.abs(axes[:, ~steep]) < SHARE, axis=1)
    found = (axes[:, steep] / curvature[steep]) @ axes[:, steep].T
    kept = which[determined]
    covariance[np.ix_(kept, kept)] = found[np.ix_(determined, determined)]
    return covariance


def robust_covariance(covariance: FloatArray, scores: FloatArray) -> FloatArray:
    """Compute the sandwich covariance, which holds also where the learner is not the true one.

    Sessions are taken as independent. With few sessions it is imprecise, and NaN with one.

    Parameters
    ----------
    covariance : float array (parameter, parameter)
        Inverse of the negative second derivatives; NaN for parameters that are left out.
    scores : float array (session, parameter)
        Gradient of each session's log-likelihood at the estimate.

    References
    ----------
    White (1982), Econometrica 50:1.
    """
    n_sessions = scores.shape[0]
    found = np.full(covariance.shape, np.nan)
    which = np.flatnonzero(np.isfinite(np.diag(covariance)))
    if n_sessions < 2 or which.size == 0:
        return found
    bread, filling = covariance[np.ix_(which, which)], scores[:, which]
    filling = filling - filling.mean(axis=0)
    meat = filling.T @ filling * n_sessions / (n_sessions - 1)
    found[np.ix_(which, which)] = bread @ meat @ bread
    return found
