"""Sessions that the compiled engine plays side by side, and the memory for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract import PLAY, StepLog, Task, memory_of
from pfc_analysis.training.engine import gradient_kernels, play_kernels
from pfc_analysis.training.engine.kernels import LSTM, Played, aligned
from pfc_analysis.training.engine.packing import PackedGradient, PackedLSTM
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.run.activity import Activity

Array = np.ndarray[Any, Any]


class Block:
    """Sessions played side by side on one thread.

    Parameters
    ----------
    task : Task
        What is played.
    weights : sequence of PackedLSTM
        Of the agent.
    feedback : Feedback
        What it reads of its last response.
    n_sessions : int
        How many.

    Attributes
    ----------
    n_steps : int
        Steps of the longest session so far.
    sessions : numpy.recarray, shape (session,)
        The sessions' records as they are now.
    lstms : tuple of LSTM
        What the units do; arrays are (time step, session, ...), and hold what was played up to
        this step. The first one chooses.
    played : Played
        What was shown, done and paid, likewise.
    effects : float32 ndarray, shape (2, 2, session)
        Gain and shift of the value and of the prediction error that is fed back at the next step
        (`play_kernels.play_block`).
    """

    def __init__(
        self, task: Task, weights: Sequence[PackedLSTM], feedback: Feedback, n_sessions: int
    ) -> None:
        self.task, self.weights, self.feedback = task, weights, feedback
        self.n_steps, self.n_sessions = 0, n_sessions
        self.lstms = tuple(_make_lstm(task, packed, n_sessions) for packed in weights)
        self.played = _make_played(task, n_sessions)
        self.effects = np.zeros((2, 2, n_sessions), np.float32)
        self._d_outputs = np.zeros_like(self.played.outputs)
        _compile_play_block()
        task.play_kernel.compile(PLAY)

    @property
    def n_trials(self) -> int:
        """Trials played in all sessions."""
        return int(self.sessions["trial"].sum())

    def begin(self, uniforms: Array, draws: Array, keep_records: bool) -> None:
        """Begin sessions.

        Parameters
        ----------
        uniforms, draws : ndarray, shapes (max_steps + 1, session, ...) and (max_steps, session)
            Random numbers of the task, and of the choice of actions.
        keep_records : bool
            Keep the sessions' records before each step, which a recording needs.
        """
        self.n_steps = 0
        self.sessions = self.task.begin(uniforms[0])
        self._uniforms, self._draws = map(np.ascontiguousarray, (uniforms, draws))
        for lstm, packed in zip(self.lstms, self.weights, strict=True):
            n = packed.start.shape[1]
            lstm.joined[0, :, :n], lstm.cell[0] = packed.start
            lstm.joined[0, :, n:-1] = 0.0
            lstm.joined[0, :, n] = 1.0  # every task begins at its first observation
        self.played.done[:] = False
        self._keep(len(draws) if keep_records else 0)
        self.effects[:, play_kernels.GAIN] = 1.0
        self.effects[:, play_kernels.SHIFT] = 0.0
        self.keep_units([lstm.kept[:0] for lstm in self.lstms])

    def advance(self, steps: int) -> bool:
        """Play some steps on, at most to the end; return whether any session goes on."""
        last = min(self.n_steps + steps, len(self._draws))
        self.n_steps = play_kernels.play_block(
            self.task.play_kernel,
            memory_of(self.sessions),
            self._uniforms,
            self._draws,
            (self.n_steps, last),
            (np.float32(self.feedback.scale), np.float32(self.feedback.discount)),
            self.lstms[0],
            self.lstms[1] if len(self.lstms) > 1 else NO_LSTM,
            self.played,
            self.effects,
        )
        return self.n_steps < len(self._draws) and not self.played.done.all()

    def keep_units(self, kept: Sequence[Array]) -> None:
        """Multiply, from the next step on, what each LSTM puts out; arrays (session, unit)."""
        self.lstms = tuple(
            lstm._replace(kept=share) for lstm, share in zip(self.lstms, kept, strict=True)
        )

    def differentiate(self, costs: Array, gradients: Sequence[PackedGradient], sums: Array) -> None:
        """Add the gradient of what was played, LSTM by LSTM, and sums of what it came to.

        Parameters
        ----------
        costs, sums : ndarray
            As for `gradient_kernels.differentiate_losses`.
        gradients : sequence of PackedGradient
            The gradient is added.
        """
        shaped = self.n_steps, costs, self.played, self._d_outputs, sums
        gradient_kernels.differentiate_losses(*shaped)
        for lstm, packed, gradient in zip(self.lstms, self.weights, gradients, strict=True):
            gradient_kernels.differentiate_block(
                self.n_steps,
                self._d_outputs,
                packed.back,
                packed.readout_back,
                lstm,
                gradient.gates,
                gradient.readout,
                gradient.start,
            )

    def activity(self) -> Activity:
        """Return what was played with `keep_records`; views, good until it plays again."""
        steps, after = slice(self.n_steps), slice(1, self.n_steps + 1)
        played = self.played
        log = StepLog(
            played.before[steps].view(self.task.session_type),
            played.observation[steps],
            played.action[steps],
            played.reward[steps],
            played.active[steps],
        )
        hidden = [lstm.joined[after, :, : lstm.cell.shape[2]] for lstm in self.lstms]
        cell = [lstm.cell[after] for lstm in self.lstms]
        value, fed_back = played.outputs[steps, :, -1], self.lstms[0].joined[after, :, -2]
        return Activity(log, _join_units(hidden), _join_units(cell), value, fed_back)

    def _keep(self, n_steps: int) -> None:
        """Make room for the sessions' records at so many steps."""
        if len(self.played.before) != n_steps:
            size = self.n_sessions * self.task.session_type.itemsize
            self.played = self.played._replace(before=np.zeros((n_steps, size), np.uint8))


Tamper = Callable[[Block], None]
"""Changes signals of a block between its steps."""


def _join_units(parts: list[Array]) -> Array:
    """Join the units of several LSTMs; those of one are left where they are."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def _floats(steps: int, sessions: int, columns: int) -> Array:
    return aligned(steps * sessions, columns).reshape(steps, sessions, columns)


def _make_lstm(task: Task, weights: PackedLSTM, n_sessions: int) -> LSTM:
    n_steps, (n_rows, n_gates) = task.max_steps, weights.gates.shape
    n_units = n_gates // 4
    lstm = LSTM(
        weights.gates,
        weights.readout,
        _floats(n_steps + 1, n_sessions, n_rows),
        _floats(n_steps, n_sessions, n_gates),
        _floats(n_steps + 1, n_sessions, n_units),
        np.zeros((0, n_units), np.float32),
    )
    lstm.joined[:, :, -1] = 1.0
    return lstm


def _make_played(task: Task, n_sessions: int) -> Played:
    n_steps, n_actions = task.max_steps, len(task.actions)
    return Played(
        outputs=_floats(n_steps, n_sessions, n_actions + 1),
        policy=_floats(n_steps, n_sessions, n_actions),
        observation=np.zeros((n_steps + 1, n_sessions), np.int64),
        cues=np.zeros((n_steps + 1, n_sessions, len(task.cues))),
        action=np.zeros((n_steps, n_sessions), np.int64),
        reward=np.zeros((n_steps, n_sessions)),
        active=np.zeros((n_steps, n_sessions), np.bool_),
        before=np.zeros((0, n_sessions * task.session_type.itemsize), np.uint8),
        done=np.zeros(n_sessions, np.bool_),
    )


_NOTHING_2, _NOTHING_3 = np.zeros((0, 0), np.float32), np.zeros((0, 0, 0), np.float32)
NO_LSTM = LSTM(_NOTHING_2, _NOTHING_2, _NOTHING_3, _NOTHING_3, _NOTHING_3, _NOTHING_2)
"""Stands for the value's LSTM where one LSTM is both."""


@cache
def _compile_play_block() -> None:
    """Compile, or load, for the one signature that there is."""
    play_kernels.play_block.compile(play_kernels.PLAY_BLOCK)
    play_kernels.play_block.disable_compile()
