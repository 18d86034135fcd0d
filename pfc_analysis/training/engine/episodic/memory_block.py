"""A block of sessions of a network with an episodic memory, and the memory it plays in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract import Task, memory_of
from pfc_analysis.training.engine import gradient_kernels
from pfc_analysis.training.engine.block import Array, Block
from pfc_analysis.training.engine.episodic.memory_gradient import differentiate_episodic
from pfc_analysis.training.engine.episodic.memory_kernels import (
    NEAREST,
    Episodes,
    look_up,
    make_rules,
    play_episodic_block,
)
from pfc_analysis.training.engine.kernels import LSTM, sample_actions
from pfc_analysis.training.engine.packing import PackedGradient, PackedLSTM
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.interface.memory_log import MemoryLog, count_cues
from pfc_analysis.training.networks.feedback import Feedback


class MemoryBlock(Block):
    """Sessions of a network with an episodic memory, played side by side on one thread.

    Parameters
    ----------
    task, weights, feedback, n_sessions, differentiable, lstms, sample
        As in `Block`. There is one LSTM.
    reinstatement : float
        By what the reinstatement gate is multiplied.

    Attributes
    ----------
    episodes : Episodes
        The memory. Hooks may set `chosen` and `gain` for the next step; `begin` and each call of
        the hook reset them (`reset_recall`).
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
        reinstatement: float = 1.0,
    ) -> None:
        self.reinstatement = reinstatement
        super().__init__(task, weights, feedback, n_sessions, differentiable, lstms, sample)
        self.episodes = _make_episodes(task, n_sessions, self.lstms[0].cell.shape[2])
        self._logs = not differentiable

    @property
    def n_read(self) -> int:
        """Number of graded cues that the network reads, the first ones."""
        return count_cues(self.task)[0]

    def _compile(self, sample: Any) -> None:
        self._rules = make_rules(self.task, self.feedback.scale, self.n_read, sample)

    def begin(self, uniforms: Array, draws: Array, keep_records: bool) -> None:
        """Begin new sessions with an empty memory; see `Block.begin`."""
        super().begin(uniforms, draws, keep_records)
        self.episodes.n_stored[:] = 0
        self.reset_recall()
        n_logged = len(draws) if self._logs else 0
        if len(self.episodes.share) != n_logged:
            shape = n_logged, *self.episodes.recalled.shape
            self.episodes = self.episodes._replace(
                gate=np.zeros(shape, np.float32), share=np.zeros(shape[:2], np.float32)
            )

    def reset_recall(self) -> None:
        """Let the next step reinstate the nearest state, through the gate as it is trained."""
        self.episodes.chosen[:] = NEAREST
        self.episodes.gain[:] = self.reinstatement

    def find_nearest(self, cues: Array, rows: Array, first: Array) -> Array:
        """Return which stored states are nearest to contexts; -1 where there is none.

        Parameters
        ----------
        cues : float64 ndarray, shape (row, cue)
            Cues, of which the last ones name the context.
        rows : int64 ndarray, shape (row,)
            The session of each.
        first : int64 ndarray, shape (row,)
            Number of the oldest state that is looked at.
        """
        found = np.zeros(len(rows), np.int64)
        look_up(np.ascontiguousarray(cues), rows, first, self.episodes, found)
        return found

    def _play_to(self, last: int) -> int:
        return int(
            play_episodic_block(
                self._rules,
                memory_of(self.sessions),
                self._uniforms,
                self._draws,
                (self.n_steps, last),
                self.lstms[0],
                self.episodes,
                self.played,
                self.effects,
            )
        )

    def differentiate(self, costs: Array, gradients: Sequence[PackedGradient], sums: Array) -> None:
        """Add the gradient of the loss of the sessions played; see `Block.differentiate`."""
        gradient_kernels.differentiate_losses(
            self.n_steps, costs, self.played, self._d_outputs, sums
        )
        differentiate_episodic(
            self.n_steps,
            self._d_outputs,
            self.weights[0],
            self.lstms[0],
            self.episodes,
            gradients[0],
        )

    def activity(self, units: bool = True) -> Activity:
        """Return the sessions played; see `Block.activity`."""
        activity = super().activity(units)
        return replace(activity, memory=self._memory_log(units)) if self._logs else activity

    def _memory_log(self, units: bool) -> MemoryLog:
        """Return what was stored and reinstated; the arrays are not views."""
        steps, episodes = slice(self.n_steps), self.episodes
        retrieved = episodes.retrieved[steps]
        sessions = np.arange(self.n_sessions)
        times = episodes.times[sessions, np.maximum(retrieved, 0)]
        stored = np.zeros(retrieved.shape, np.bool_)
        for i, count in enumerate(episodes.n_stored):
            stored[episodes.times[i, :count], i] = True
        gate = episodes.gate[steps]
        return MemoryLog(
            (gate if units else gate[..., :0]).copy(),
            episodes.share[steps].copy(),
            np.where(retrieved < 0, -1, times),
            stored,
        )


def _make_episodes(task: Task, n_sessions: int, n_units: int) -> Episodes:
    """Allocate a memory for as many states as there are trials."""
    n_states, n_bits = task.n_trials, count_cues(task)[1]
    return Episodes(
        keys=np.zeros((n_sessions, n_bits, n_states)),
        norms=np.zeros((n_sessions, n_states)),
        times=np.zeros((n_sessions, n_states), np.int64),
        n_stored=np.zeros(n_sessions, np.int64),
        similarity=np.zeros((n_sessions, n_states)),
        retrieved=np.zeros((task.max_steps, n_sessions), np.int64),
        recalled=np.zeros((n_sessions, n_units), np.float32),
        chosen=np.zeros(n_sessions, np.int64),
        gain=np.zeros(n_sessions, np.float32),
        gate=np.zeros((0, n_sessions, n_units), np.float32),
        share=np.zeros((0, n_sessions), np.float32),
    )
