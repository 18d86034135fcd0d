"""Play and differentiate a block of sessions side by side, and hold the memory for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract import StepLog, Task, memory_of
from pfc_analysis.training.engine import gradient_kernels, play_kernels
from pfc_analysis.training.engine.kernels import LSTM, Played, aligned, sample_actions
from pfc_analysis.training.engine.packing import PackedGradient, PackedLSTM
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.networks.feedback import Feedback

Array = np.ndarray[Any, Any]


class Block:
    """Sessions played side by side on one thread.

    Parameters
    ----------
    task : Task
        The task to play.
    weights : sequence of PackedLSTM
        The agent's weights. The first LSTM computes the policy.
    feedback : Feedback
        What the network reads after each response.
    n_sessions : int
        Number of sessions.
    differentiable : bool
        Whether to keep the gates of all steps, as `differentiate` needs. A block that is
        differentiated has at most `play_kernels.WIDTH` sessions.
    lstms : tuple of LSTM
        Those of a block that is not needed any more, with the same task, weights and number of
        sessions, whose memory is used again; empty: new memory.
    sample : numba dispatcher
        What computes the policy and chooses actions, with the signature of `sample_actions`.

    Attributes
    ----------
    n_steps : int
        Number of time steps played so far, those of the longest session.
    sessions : numpy.recarray, shape (session,)
        The current state of the sessions (the task's records).
    lstms : tuple of LSTM
        Inputs, gates and states of each LSTM; arrays are (time step, session, ...), filled up to
        the current step. The first LSTM computes the policy, the last one the value.
    played : Played
        What was shown, done and paid, filled up to the current step.
    effects : float32 ndarray, shape (2, 2, session)
        Gain and shift by which the next step changes the value, and the prediction error that the
        network reads (see `play_kernels.play_block`). Hooks may set them.
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
    ) -> None:
        self.task, self.weights, self.feedback = task, weights, feedback
        self.n_steps, self.n_sessions = 0, n_sessions
        n_gates = task.max_steps if differentiable else 1
        self.lstms = lstms or tuple(
            _make_lstm(task, packed, n_sessions, n_gates) for packed in weights
        )
        self.played = _make_played(task, n_sessions)
        self.effects = np.zeros((2, 2, n_sessions), np.float32)
        if differentiable:
            self._d_outputs = np.zeros_like(self.played.outputs)
        self._compile(sample)

    def _compile(self, sample: Any) -> None:
        """Compile what plays the sessions, or load it from the cache on disk."""
        _compile_play_block()
        advance = self.weights[0].advance
        self._addresses = play_kernels.find_addresses(self.task, sample, advance)

    @property
    def n_read(self) -> int:
        """Number of graded cues that the network reads, the first ones."""
        return len(self.task.cues)

    @property
    def n_trials(self) -> int:
        """Number of trials played so far, over all sessions."""
        return int(self.sessions["trial"].sum())

    def begin(self, uniforms: Array, draws: Array, keep_records: bool) -> None:
        """Begin new sessions.

        Parameters
        ----------
        uniforms, draws : ndarray, shapes (max_steps + 1, session, ...) and (max_steps, session)
            Uniform random numbers: those of the task, and those that sample actions.
        keep_records : bool
            Whether to keep the state of the sessions before each step, as recordings need.
        """
        self.n_steps = 0
        self.sessions = self.task.begin(uniforms[0])
        self._uniforms, self._draws = map(np.ascontiguousarray, (uniforms, draws))
        for lstm, packed in zip(self.lstms, self.weights, strict=True):
            n = packed.start.shape[1]
            lstm.joined[0, :, :n], lstm.cell[0] = packed.start
            lstm.joined[0, :, n:-1] = 0.0
            lstm.joined[0, :, n] = 1.0  # every task begins with its observation of code 0
        self.played.done[:] = False
        self._allocate_records(len(draws) if keep_records else 0)
        self.effects[:, play_kernels.GAIN] = 1.0
        self.effects[:, play_kernels.SHIFT] = 0.0
        self.scale_units([lstm.unit_gain[:0] for lstm in self.lstms])

    def advance(self, steps: int) -> bool:
        """Play up to `steps` more steps; return whether any session is not over yet."""
        last = min(self.n_steps + steps, len(self._draws))
        self.n_steps = self._play_to(last)
        return self.n_steps < len(self._draws) and not self.played.done.all()

    def _play_to(self, last: int) -> int:
        """Play on, and stop before step `last`; return the number of steps played so far."""
        n_steps: int = play_kernels.play_block(
            self._addresses,
            memory_of(self.sessions),
            self._uniforms,
            self._draws,
            (self.n_steps, last),
            (np.float32(self.feedback.scale), np.float32(self.feedback.discount)),
            self.lstms[0],
            self.lstms[1] if len(self.lstms) > 1 else EMPTY_LSTM,
            self.played,
            self.effects,
        )
        return n_steps

    def scale_units(self, gains: Sequence[Array]) -> None:
        """Multiply the outputs of units by gains, (session, unit) per LSTM, from the next step on.

        An array without sessions, (0, unit), leaves the outputs as they are.
        """
        self.lstms = tuple(
            lstm._replace(unit_gain=gain) for lstm, gain in zip(self.lstms, gains, strict=True)
        )

    def differentiate(self, costs: Array, gradients: Sequence[PackedGradient], sums: Array) -> None:
        """Add the gradient of the loss of the sessions played, and the sums that describe them.

        Parameters
        ----------
        costs, sums : ndarray
            As in `gradient_kernels.differentiate_losses`; the results are added to `sums`.
        gradients : sequence of PackedGradient
            One for each LSTM; the gradient is added to it.
        """
        gradient_kernels.differentiate_losses(
            self.n_steps, costs, self.played, self._d_outputs, sums
        )
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

    def activity(self, units: bool = True) -> Activity:
        """Return the sessions played, begun with `keep_records`.

        The arrays are views: the next block overwrites them. Without `units`, `hidden` and `cell`
        have no units, and no array is a view of the memory of the LSTMs.
        """
        steps, after = slice(self.n_steps), slice(1, self.n_steps + 1)
        played = self.played
        log = StepLog(
            self.records(0, self.n_steps),
            played.observation[steps],
            played.action[steps],
            played.reward[steps],
            played.active[steps],
        )
        value, fed_back = played.outputs[steps, :, -1], self.lstms[0].joined[after, :, -2]
        if not units:
            none = np.zeros((*value.shape, 0), np.float32)
            return Activity(log, none, none, value, fed_back.copy())
        hidden = [lstm.joined[after, :, : lstm.cell.shape[2]] for lstm in self.lstms]
        cell = [lstm.cell[after] for lstm in self.lstms]
        return Activity(log, _join_units(hidden), _join_units(cell), value, fed_back)

    def records(self, first: int, last: int) -> Array:
        """Return the sessions' records before steps `first` to `last` - 1, (time step, session)."""
        return self.played.before[first:last].view(self.task.session_type)

    def _allocate_records(self, n_steps: int) -> None:
        """Allocate memory for the states of the sessions before each of `n_steps` steps."""
        if len(self.played.before) != n_steps:
            size = self.n_sessions * self.task.session_type.itemsize
            self.played = self.played._replace(before=np.zeros((n_steps, size), np.uint8))


def _join_units(parts: list[Array]) -> Array:
    """Join the units of several LSTMs; the array of a single one is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def _floats(steps: int, sessions: int, columns: int) -> Array:
    """Return float32 zeros, (step, session, column), aligned with the processor's cache."""
    return aligned(steps * sessions, columns).reshape(steps, sessions, columns)


def _make_lstm(task: Task, weights: PackedLSTM, n_sessions: int, steps_of_gates: int) -> LSTM:
    n_steps, (n_rows, n_gates) = task.max_steps, weights.gates.shape
    n_units = weights.start.shape[1]
    lstm = LSTM(
        weights.gates,
        weights.readout,
        _floats(n_steps + 1, n_sessions, n_rows),
        _floats(steps_of_gates, min(n_sessions, play_kernels.WIDTH), n_gates),
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


_EMPTY_2, _EMPTY_3 = np.zeros((0, 0), np.float32), np.zeros((0, 0, 0), np.float32)
EMPTY_LSTM = LSTM(_EMPTY_2, _EMPTY_2, _EMPTY_3, _EMPTY_3, _EMPTY_3, _EMPTY_2)
"""Passed in place of the value's LSTM if one LSTM computes both policy and value."""


@cache
def _compile_play_block() -> None:
    """Compile `play_block` for its only signature, or load it from the cache on disk."""
    play_kernels.play_block.compile(play_kernels.PLAY_BLOCK)
    play_kernels.play_block.disable_compile()
