"""A block of sessions in which a habit learner chooses beside the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pfc_analysis.call_by_address import address_of
from pfc_analysis.tasks.contract import Task, memory_of
from pfc_analysis.training.engine import play_kernels
from pfc_analysis.training.engine.block import EMPTY_LSTM, Array, Block
from pfc_analysis.training.engine.habit.habit_kernels import (
    GAINS,
    ON_HABIT,
    ON_LEARNING,
    ON_NETWORK,
    TABLE,
    choose_with_habit,
)
from pfc_analysis.training.engine.kernels import LSTM, sample_actions
from pfc_analysis.training.engine.packing import PackedLSTM
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.interface.habit_log import HabitLog, HabitSettings
from pfc_analysis.training.networks.feedback import Feedback


class HabitBlock(Block):
    """Sessions of a network with a habit learner beside it, played side by side on one thread.

    `networks.habit_network` defines what the habit learner does. Each session has values of its
    own, which begin as those of the agent.

    Parameters
    ----------
    task, weights, feedback, n_sessions, differentiable, lstms, sample
        As in `Block`. There is one LSTM.
    start : float32 ndarray, shape (observation, action)
        Values of the agent's habit, read when sessions begin.
    settings : HabitSettings
        Rate and weight.

    Attributes
    ----------
    gains : float32 ndarray, shape (3, session)
        Gains of the network's logits, of the habit's logits, and of the habit's learning rate in
        the next step (`habit_kernels.ON_NETWORK`, ...). Hooks may set them; `begin` and each call
        of the hook reset them to 1.
    table : float32 ndarray, shape (observation, action, session)
        The habit's values.
    """

    def __init__(
        self,
        task: Task,
        weights: Sequence[PackedLSTM],
        feedback: Feedback,
        n_sessions: int,
        differentiable: bool = True,
        lstms: tuple[LSTM, ...] = (),
        sample: Any = sample_actions,
        *,
        start: Array,
        settings: HabitSettings,
    ) -> None:
        super().__init__(task, weights, feedback, n_sessions, differentiable, lstms, sample)
        (n_observations, n_actions), self._start, self._settings = start.shape, start, settings
        shape = TABLE + n_observations, max(n_actions, 2), n_sessions
        self._signals = np.zeros(shape, np.float32)
        self.table = self._signals[TABLE:, :n_actions]
        self.gains = np.ones((3, n_sessions), np.float32)
        self._marked = np.zeros(self.table.shape, np.bool_)
        self._earned = np.zeros(n_sessions, np.float32)
        n_logged = 0 if differentiable else task.max_steps
        self._logits = np.zeros((n_logged, n_sessions, n_actions), np.float32)

    def _compile(self, sample: Any) -> None:
        super()._compile(sample)
        choose = address_of(choose_with_habit, play_kernels.CHOOSE_ACTIONS)
        self._addresses = self._addresses._replace(choose_actions=choose)

    def begin(self, uniforms: Array, draws: Array, keep_records: bool) -> None:
        """Begin new sessions with the agent's habit; see `Block.begin`."""
        super().begin(uniforms, draws, keep_records)
        self.table[:] = self._start[:, :, None]
        self._marked[:], self._earned[:], self.gains[:] = False, 0.0, 1.0

    def _play_to(self, last: int) -> int:
        n_steps = self.n_steps
        while n_steps < last and not self.played.done.all():
            trial = self.sessions["trial"].copy()
            self._write_signals(n_steps)
            n_steps = self._play_step(n_steps)
            self._learn(n_steps - 1, self.sessions["trial"] != trial)
        return n_steps

    def _write_signals(self, t: int) -> None:
        """Write what the kernel adds in step `t`, and keep the habit's part of it."""
        signals, weight = self._signals, np.float32(self._settings.weight)
        signals[:GAINS, :2] = self.effects
        signals[GAINS, ON_NETWORK] = self.gains[ON_NETWORK]
        signals[GAINS, ON_HABIT] = weight * self.gains[ON_HABIT]
        if len(self._logits):
            shown, sessions = self.played.observation[t], np.arange(self.n_sessions)
            own = signals[GAINS, ON_HABIT][:, None] * self.table[shown, :, sessions]
            self._logits[t] = own

    def _play_step(self, t: int) -> int:
        return int(
            play_kernels.play_block(
                self._addresses,
                memory_of(self.sessions),
                self._uniforms,
                self._draws,
                (t, t + 1),
                (np.float32(self.feedback.scale), np.float32(self.feedback.discount)),
                self.lstms[0],
                EMPTY_LSTM,
                self.played,
                self._signals,
            )
        )

    def _learn(self, t: int, over: Array) -> None:
        """Mark what was done in step `t`; learn from the trial where it is `over`."""
        played = self.played
        active = np.flatnonzero(played.active[t])
        self._marked[played.observation[t, active], played.action[t, active], active] = True
        self._earned[active] += played.reward[t, active].astype(np.float32)
        rows = np.flatnonzero((over | played.done) & played.active[t])
        if rows.size:
            marked, table = self._marked[:, :, rows], self.table[:, :, rows]
            rate = np.float32(self._settings.rate) * self.gains[ON_LEARNING, rows]
            self.table[:, :, rows] += rate * marked * (self._earned[rows] - table)
            self._marked[:, :, rows], self._earned[rows] = False, 0.0

    def activity(self, units: bool = True) -> Activity:
        """Return the sessions played; see `Block.activity`."""
        activity = super().activity(units)
        if not len(self._logits):
            return activity
        habit = _centre(self._logits[: self.n_steps])
        whole = _centre(self.played.outputs[: self.n_steps, :, :-1])
        return replace(activity, habit=HabitLog(whole - habit, habit, self.table.copy()))


def _centre(logits: Array) -> Array:
    """Subtract the mean over actions, which does not change a policy."""
    return np.asarray(logits - logits.mean(axis=-1, keepdims=True))
