"""The methods that players of bandits must have, and checks of their parameters.

A player is a frozen dataclass of its parameters and keeps no memory itself. `begin` gives a state
for many sessions at once, `choice_probability` reads it, and `learn` changes it in place. All
arrays have one entry for each session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError

LearnerState = dict[str, FloatArray]
"""Memory of a player, by name; the first dimension of every array counts sessions."""


class BanditLearner(Protocol):
    """Methods of a learner of a task with two arms, left and right."""

    def begin(self, n_sessions: int) -> Any:
        """State at the start of a session, for each of `n_sessions` sessions."""

    def choice_probability(self, state: Any) -> FloatArray:
        """Probability of choosing the left and the right arm; float array (session, 2)."""

    @property
    def learn(self) -> Callable[..., None]:
        """Update the state in place from one trial of every session.

        Called as ``learn(state, choice, reward)`` with arrays of one entry for each session:
        `choice` is 0 for left, 1 for right and -1 in a session without a valid trial; `reward` is
        what the choice earned, paid if above 0.
        """


class SideLearner(Protocol):
    """Methods of a learner that says which side it believes to be the better one."""

    def begin(self, n_sessions: int) -> Any:
        """State at the start of a session, for each of `n_sessions` sessions."""

    @property
    def learn(self) -> Callable[..., None]:
        """Update the state in place, as in `BanditLearner`."""

    def describe(self, state: Any) -> dict[str, FloatArray]:
        """Beliefs before a trial, by name; float arrays (session,)."""


def check_fraction(learner: object, *fields: str) -> None:
    """Raise `AnalysisError` unless the fields lie between 0 and 1."""
    _check(learner, fields, lambda v: 0.0 <= v <= 1.0, "a number from 0 to 1")


def check_at_least_zero(learner: object, *fields: str) -> None:
    """Raise `AnalysisError` unless the fields are finite and at least 0."""
    _check(learner, fields, lambda v: 0.0 <= v < np.inf, "a finite number of at least 0")


def _check(
    learner: object, fields: tuple[str, ...], holds: Callable[[float], bool], expected: str
) -> None:
    for field in fields:
        value = getattr(learner, field)
        if not isinstance(value, (int, float, np.number)) or not holds(float(value)):
            raise AnalysisError(
                f"{type(learner).__name__}.{field}: found {value!r}, expected {expected}"
            )
