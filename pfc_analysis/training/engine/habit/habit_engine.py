"""The compiled engine for networks with a habit learner beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.engine.compiled_engine import Engine
from pfc_analysis.training.engine.habit.habit_block import HabitBlock
from pfc_analysis.training.engine.kernels import LSTM
from pfc_analysis.training.interface.activity import ActivityCallback
from pfc_analysis.training.interface.habit_log import HabitSettings
from pfc_analysis.training.interface.outcome import LossCosts, Outcome
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights


class HabitEngine(Engine):
    """The compiled engine for networks with a habit learner beside them.

    `networks.habit_network` defines what it computes; tests compare the two. `differentiate` also
    replaces the habit's values, ``weights["habit"]``, by their mean over the sessions after them.

    Parameters
    ----------
    weights, task, n_sessions, feedback
        As in `EngineProtocol`. `weights` holds "habit", whose gradient is 0.
    rate, weight : float
        As in `HabitSettings`.
    """

    def __init__(
        self,
        weights: Weights,
        task: Task,
        n_sessions: int,
        feedback: Feedback = REWARD,
        *,
        rate: float,
        weight: float,
    ) -> None:
        super().__init__(weights, task, n_sessions, feedback)
        self._habit, self._settings = weights["habit"], HabitSettings(rate, weight)
        self._total = np.zeros(self._habit.shape)

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play and differentiate the sessions; the habit learns in them. See `Engine`."""
        self._total[:] = 0.0
        outcome = super().differentiate(rng, costs, callback)
        self._habit[:] = self._total / self.n_sessions
        return outcome

    def _play(self, rng: np.random.Generator, keep_records: bool) -> Iterator[Block]:
        for block in super()._play(rng, keep_records):
            yield block
            assert isinstance(block, HabitBlock)
            self._total += block.table.sum(axis=-1, dtype=np.float64)

    def _open_block(
        self, n_sessions: int, differentiable: bool = True, lstms: tuple[LSTM, ...] = ()
    ) -> HabitBlock:
        parts = self.task, self._weights, self.feedback, n_sessions, differentiable, lstms
        return HabitBlock(*parts, start=self._habit, settings=self._settings)
