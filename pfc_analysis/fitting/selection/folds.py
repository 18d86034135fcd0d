"""Which sessions are held out together."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.errors import AnalysisError


def assign_folds(n_sessions: int, n_folds: int) -> IntArray:
    """Assign sessions to folds in turn: session k is in fold ``k % n_folds``.

    With two folds these are the odd and the even sessions. Sessions of one fold are spread over the
    whole recording, so a slow drift of behaviour is in all of them.

    Parameters
    ----------
    n_sessions : int
        Number of sessions of one subject.
    n_folds : int
        Number of folds, at least 2.

    Returns
    -------
    int array (session,)
        Number of the fold of each session, from 0.

    Raises
    ------
    AnalysisError
        If there are fewer than two folds, or fewer sessions than folds.

    Examples
    --------
    >>> from pfc_analysis.fitting.selection.folds import assign_folds
    >>> assign_folds(n_sessions=5, n_folds=2).tolist()
    [0, 1, 0, 1, 0]
    """
    if n_folds < 2:
        raise AnalysisError(f"n_folds: found {n_folds}, expected at least 2")
    if n_sessions < n_folds:
        raise AnalysisError(
            f"n_folds: found {n_folds} with {n_sessions} session(s), expected at most one fold a "
            "session. Use fewer folds, or compare by AIC or BIC, which hold no session out"
        )
    return np.arange(n_sessions) % n_folds
