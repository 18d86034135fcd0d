"""What a learner is: the methods it must have, and checks of its parameters.

A learner is a frozen dataclass of its parameters and keeps no memory itself. `begin` gives a state
for many sessions at once, `choice_probability` reads it, and `learn` changes it in place. All
arrays have one entry for each session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError

LearnerState = dict[str, FloatArray]
"""Memory of a learner, by name; the first dimension of every array counts sessions."""

PredictionErrors = dict[str, FloatArray]
"""Prediction errors at "second_state" and "outcome", one per session; NaN where none."""


@runtime_checkable
class Learner(Protocol):
    """Methods of a learner of the two-step task.

    Examples
    --------
    Any object with these four methods is a learner:

    >>> import pfc_analysis as pfc
    >>> isinstance(pfc.analysis.ModelBased(), pfc.analysis.Learner)
    True

    Your own learner can inherit from a shipped one and change a method. This one chooses at random:

    >>> import numpy as np
    >>> class Random(pfc.analysis.ModelBased):
    ...     def choice_probability(self, state):
    ...         return np.full_like(state["state_value"], 0.5)
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> recording = pfc.simulate(Random(), TwoStep(), sessions=20, seed=1, subject="random")
    >>> print(f"{float(recording['reward'].mean()):.1f} rewards a trial")
    0.5 rewards a trial
    """

    def begin(self, n_sessions: int) -> LearnerState:
        """State at the start of a session, for each of `n_sessions` sessions."""
        ...

    def action_value(self, state: LearnerState) -> FloatArray:
        """Compute the expected reward of each first-stage choice; float array (session, 2)."""
        ...

    def choice_probability(self, state: LearnerState) -> FloatArray:
        """Probability of each first-stage choice; float array (session, 2)."""
        ...

    def learn(
        self, state: LearnerState, choice: IntArray, second_state: IntArray, reward: FloatArray
    ) -> PredictionErrors:
        """Update `state` in place from one trial of every session.

        Parameters
        ----------
        state : LearnerState
            Memory, changed in place.
        choice, second_state : integer arrays (session,)
            0 or 1. A session with choice -1 had no valid trial: its memory stays as it is.
        reward : float array (session,)
            Reward earned.

        Returns
        -------
        dict of float arrays (session,)
            Prediction errors at "second_state" and "outcome"; NaN without a valid trial.
        """
        ...


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


def check_finite(learner: object, *fields: str) -> None:
    """Raise `AnalysisError` unless the fields are finite."""
    _check(learner, fields, np.isfinite, "a finite number")


def _check(
    learner: object, fields: tuple[str, ...], holds: Callable[[float], bool], expected: str
) -> None:
    for field in fields:
        value = getattr(learner, field)
        if not isinstance(value, (int, float, np.number)) or not holds(float(value)):
            raise AnalysisError(
                f"{type(learner).__name__}.{field}: found {value!r}, expected {expected}"
            )
