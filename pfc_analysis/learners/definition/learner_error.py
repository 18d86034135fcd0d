"""The error that a learner's definition or parameters raise."""

from __future__ import annotations


class LearnerError(ValueError):
    """A learner's parameters, memory or functions are not usable; the message says why.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> try:
    ...     pfc.learners.QLearning(alpha=1.5)
    ... except pfc.learners.LearnerError as error:
    ...     print(error)
    QLearning.alpha: found 1.5, expected a number from 0 to 1
    """
