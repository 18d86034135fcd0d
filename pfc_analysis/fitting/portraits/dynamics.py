"""Networks and learners as systems whose state a trial moves."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.cell_equations import advance, differentiate, read_out
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.networks.network_inputs import code_kinds
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.play_state import PlayState

STEP = 1e-30
"""Imaginary part that derivatives travel in; see `pfc_analysis.learners.definition.likelihood`."""


class Dynamics(Protocol):
    """A model of choice, seen as a map of states for each kind of trial.

    Points are float arrays (point, state).
    """

    size: int
    """Numbers in a state."""

    def start(self) -> FloatArray:
        """State at the start of a session, (state,)."""

    def move(self, points: FloatArray, choice: int, second_state: int, reward: float) -> FloatArray:
        """Compute the states after a trial; float array (point, state)."""

    def jacobian(
        self, points: FloatArray, choice: int, second_state: int, reward: float
    ) -> FloatArray:
        """Compute the derivatives of `move`; float array (point, state after, state before)."""

    def preferences(self, points: FloatArray) -> FloatArray:
        """Compute the preferences; float array (point, arm)."""


class RepeatedTrial:
    """One kind of trial, as a map of states; see `pfc_analysis.analysis.dynamics.state_map`."""

    def __init__(self, dynamics: Dynamics, choice: int, second_state: int, reward: float) -> None:
        self._dynamics, self._trial = dynamics, (choice, second_state, reward)
        self.size: int = dynamics.size

    def move(self, points: FloatArray) -> FloatArray:
        """Compute the states after the trial."""
        return self._dynamics.move(points, *self._trial)

    def jacobian(self, points: FloatArray) -> FloatArray:
        """Compute the derivatives of `move`."""
        return self._dynamics.jacobian(points, *self._trial)


class NetworkDynamics:
    """The dynamics of one fitted network; see `Dynamics`.

    Raises
    ------
    AnalysisError
        If the preferences are an average of several networks, which have a state each.
    """

    def __init__(self, network: FittedNetwork) -> None:
        if network.n_networks > 1:
            raise AnalysisError(
                f"network: found {network.n_networks} networks whose preferences are averaged, "
                "expected one; take `network.single`"
            )
        self._network, self._cell = network, network.settings.cell
        self.size: int = network.begin(1).shape[-1]
        self.bounded = self._cell != "lstm"  # whether no state lies beyond 1 in size

    def start(self) -> FloatArray:
        """State at the start of a session: 0."""
        return np.zeros(self.size)

    def move(self, points: FloatArray, choice: int, second_state: int, reward: float) -> FloatArray:
        """Compute the states after a trial."""
        kind = np.full(len(points), self._kind(choice, second_state))
        rewards = np.full(len(points), reward)
        after = advance(self._cell, self._network.weights, points[:, None], kind, rewards)
        return np.asarray(after[:, 0], dtype=np.float64)

    def jacobian(
        self, points: FloatArray, choice: int, second_state: int, reward: float
    ) -> FloatArray:
        """Compute the derivatives of `move`."""
        kind = self._kind(choice, second_state)
        return differentiate(self._cell, self._network.weights, points, kind, reward)

    def preferences(self, points: FloatArray) -> FloatArray:
        """Compute the preferences."""
        return np.asarray(read_out(self._network.weights, points[:, None])[:, 0])

    def _kind(self, choice: int, second_state: int) -> int:
        return int(code_kinds(self._network.questions, choice, second_state))


class LearnerDynamics:
    """The dynamics of a learner: its state are the numbers that it remembers; see `Dynamics`.

    Whole numbers in its memory, such as the last choice, are set by a trial and not differentiated.
    """

    def __init__(self, learner: Learner, n_arms: int = 2) -> None:
        self._learner, self._n_arms = learner, n_arms
        memory = PlayState(learner, 1, n_arms).memory
        names = memory.dtype.names or ()
        self._complex = [name for name in names if memory[name].dtype.kind == "c"]
        self._start = self._read(memory)[0].real
        self.size: int = self._start.size

    def start(self) -> FloatArray:
        """State at the start of a session."""
        return self._start.copy()

    def move(self, points: FloatArray, choice: int, second_state: int, reward: float) -> FloatArray:
        """Compute the states after a trial."""
        return self._read(self._play(points, choice, second_state, reward).memory).real

    def jacobian(
        self, points: FloatArray, choice: int, second_state: int, reward: float
    ) -> FloatArray:
        """Compute the derivatives of `move`."""
        moved = points[:, None, :] + 1j * STEP * np.eye(self.size)
        played = self._play(moved.reshape(-1, self.size), choice, second_state, reward)
        slope = self._read(played.memory).imag / STEP
        return slope.reshape(len(points), self.size, self.size).transpose(0, 2, 1)

    def preferences(self, points: FloatArray) -> FloatArray:
        """Compute the preferences."""
        return self._place(points).prefer()

    def _play(self, points: Any, choice: int, second_state: int, reward: float) -> PlayState:
        state = self._place(points)
        state.update(choice, second_state, reward)
        return state

    def _place(self, points: Any) -> PlayState:
        state = PlayState(self._learner, len(points), self._n_arms)
        begin = 0
        for name in self._complex:
            column = state.memory[name]
            end = begin + int(np.prod(column.shape[1:], dtype=int))
            state.memory[name] = points[:, begin:end].reshape(column.shape)
            begin = end
        return state

    def _read(self, memory: Any) -> Any:
        return np.concatenate([memory[name].reshape(len(memory), -1) for name in self._complex], 1)


def dynamics_of(model: FittedNetwork | Learner, n_arms: int = 2) -> Dynamics:
    """See a network or a learner as a system whose state a trial moves."""
    if isinstance(model, FittedNetwork):
        return NetworkDynamics(model)
    return LearnerDynamics(model, n_arms)
