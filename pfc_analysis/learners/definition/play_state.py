"""Memory of a learner in sessions that are played side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pfc_analysis.learners.definition.compiled import compile_learner, compile_optional
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.learners.definition.memory import TRIAL
from pfc_analysis.learners.definition.parameters import FloatArray
from pfc_analysis.learners.definition.player import (
    prefer_all,
    start_all,
    surprise_all,
    update_all,
)

if TYPE_CHECKING:
    from pfc_analysis.learners.definition.learner_class import Learner


class PlayState:
    """Memory of a learner in sessions that are played side by side.

    Parameters
    ----------
    learner : Learner
        The learner.
    n_sessions, n_arms : int
        Number of sessions and of arms.
    """

    def __init__(self, learner: Learner, n_sessions: int, n_arms: int = 2) -> None:
        self._learner = type(learner)
        self._code = compile_learner(type(learner), n_arms)
        self._sees_states = learner.suits == ("two_step",)
        self._parameters = np.zeros(1, self._code.parameters)
        for name in learner.parameter_names():
            self._parameters[name] = getattr(learner, name)
        self.memory = np.zeros(n_sessions, self._code.memory)
        start_all(self._code.start, *self._place(), n_sessions, self._parameters.ctypes.data)

    def _place(self) -> tuple[int, int]:
        return self.memory.ctypes.data, self.memory.itemsize

    def prefer(self) -> FloatArray:
        """Compute the preference for each arm; float array (session, arm)."""
        return self._on_arms(self._code.prefer)

    def expect(self) -> FloatArray:
        """Compute the reward expected of each arm; float array (session, arm)."""
        return self._on_arms(compile_optional(self._learner, "expect", self._code))

    def _on_arms(self, function: int) -> FloatArray:
        found = np.empty((self.memory.size, self._code.n_arms))
        prefer_all(function, *self._place(), self._parameters.ctypes.data, found)
        return found

    def surprise(
        self, choice: npt.ArrayLike, second_state: npt.ArrayLike, reward: npt.ArrayLike
    ) -> FloatArray:
        """Compute prediction errors; arguments as of `update`; float array (session, event)."""
        function = compile_optional(self._learner, "surprise", self._code)
        trials = self._as_trials(choice, second_state, reward)
        errors = np.full((self.memory.size, 2), np.nan)
        surprise_all(function, *self._place(), *self._along(trials), errors)
        return errors

    def update(
        self, choice: npt.ArrayLike, second_state: npt.ArrayLike, reward: npt.ArrayLike
    ) -> None:
        """Learn from one trial of every session; arrays (session,), choice -1 where none."""
        trials = self._as_trials(choice, second_state, reward)
        update_all(self._code.update, *self._place(), *self._along(trials))

    def _along(self, trials: np.ndarray[Any, Any]) -> tuple[int, np.ndarray[Any, Any], int, int]:
        return self._parameters.ctypes.data, trials, trials.ctypes.data, TRIAL.itemsize

    def _as_trials(
        self, choice: npt.ArrayLike, second_state: npt.ArrayLike, reward: npt.ArrayLike
    ) -> np.ndarray[Any, Any]:
        trials = np.zeros(self.memory.size, TRIAL)
        trials["choice"], trials["second_state"], trials["reward"] = choice, second_state, reward
        trials["rewarded"] = trials["reward"] > 0
        wrong = trials["choice"][(trials["choice"] < -1) | (trials["choice"] >= self._code.n_arms)]
        if wrong.size:
            raise LearnerError(
                f"choice: found {wrong[0]}, expected 0 to {self._code.n_arms - 1}, or -1 (none)"
            )
        trials["learned"] = trials["choice"] >= 0
        if self._sees_states:
            _check_states(trials["second_state"][trials["learned"] == 1])
        return trials


def _check_states(state: np.ndarray[Any, Any]) -> None:
    """Raise an error unless states are 0 or 1: an index of -1 would silently read the last."""
    wrong = state[(state < 0) | (state > 1)]
    if wrong.size:
        raise LearnerError(
            f"second_state: found {wrong[0]} in a trial with a valid choice, expected 0 or 1; a "
            "trial without a second stage takes choice -1"
        )
