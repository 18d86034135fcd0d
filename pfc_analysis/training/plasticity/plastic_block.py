"""Sessions that are played with learning switched on, side by side, each with its own weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.engine.packing import PackedLSTM
from pfc_analysis.training.engine.play_kernels import ON_RPE
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.plasticity.plastic_lstm import Rates, learn, make_plastic
from pfc_analysis.training.plasticity.taught_errors import (
    Steps,
    average_steps,
    differentiate_taught,
)
from pfc_analysis.training.predictive.predictive_kernels import differentiate_predictions

MeanSquare = list[dict[str, Array]]
"""RMSprop's mean squares, (row, column), by name of matrix, for each LSTM."""


@dataclass(frozen=True)
class Learning:
    """How weights change while sessions are played.

    Attributes
    ----------
    costs : LossCosts
        Discount, and the weights of the terms of the loss.
    rates : Rates
        Learning rate and settings of RMSprop.
    unroll : int
        Number of steps after which the weights are changed, by the gradient through these steps.
    mean_square : list of dict
        RMSprop's mean squares that every session begins with; empty: 0.
    """

    costs: LossCosts
    rates: Rates
    unroll: int
    mean_square: MeanSquare


class PlasticBlock(Block):
    """Sessions played side by side, whose weights change from step to step.

    Weights are changed after every `Learning.unroll` steps, by the same losses as in training:
    those of prediction errors, with the value of the next step in place of what is still to come,
    and in predictive networks those of predictions. No gradient reaches further back than these
    steps, nor the state at the start of a session.

    Parameters
    ----------
    task, weights, feedback, n_sessions
        As in `Block`.
    learning : Learning
        How weights change.

    Attributes
    ----------
    n_learned : int
        How often the weights have been changed.
    """

    def __init__(
        self,
        task: Task,
        weights: Sequence[PackedLSTM],
        feedback: Feedback,
        n_sessions: int,
        learning: Learning,
    ) -> None:
        super().__init__(task, weights, feedback, n_sessions, differentiable=False)
        self.learning = learning

    def begin(self, uniforms: Array, draws: Array, keep_records: bool) -> None:
        """Begin new sessions, all with the same weights."""
        super().begin(uniforms, draws, keep_records)
        self.plastic = tuple(make_plastic(each, self.n_sessions) for each in self.weights)
        for lstm, squares in zip(self.plastic, self.learning.mean_square, strict=False):
            for name, square in squares.items():
                lstm.mean_square[name][:] = square
        self._first = self.n_learned = 0
        shape = 2, len(draws), self.n_sessions
        self._taught = np.ones(shape, np.float32)

    def advance(self, steps: int) -> bool:
        """Play up to `steps` more steps; return whether any session is not over yet."""
        last = min(self.n_steps + steps, len(self._draws))
        while self.n_steps < last and not self.played.done.all():
            self._note_effects()
            if self.n_steps - self._first == self.learning.unroll:
                self._learn()
            self._choose()
            self._play_task()
        return self.n_steps < len(self._draws) and not self.played.done.all()

    def _note_effects(self) -> None:
        """Keep what rules do to the prediction error of the step just played, for learning."""
        if self.n_steps:
            self._taught[:, self.n_steps - 1] = self.effects[ON_RPE]

    def _choose(self) -> None:
        """Advance the network by a step, and sample actions."""
        t, outputs = self.n_steps, self.played.outputs
        outputs[t] = self._evaluate(keep=True)
        logits = outputs[t, :, :-1]
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        policy = self.played.policy[t]
        policy[:] = np.exp(logits)
        below = self._draws[t][:, None] >= np.cumsum(policy, axis=1)[:, :-1]
        self.played.action[t] = below.sum(axis=1)

    def _evaluate(self, keep: bool) -> Array:
        """Return logits and value of the next step, (session, action + 1); perhaps keep states."""
        t, outputs = self.n_steps, np.zeros_like(self.played.outputs[0])
        for k in reversed(range(len(self.plastic))):  # the value's LSTM goes first
            lstm, own = self.lstms[k], self.plastic[k]
            if k == 0 and len(self.plastic) == 2 and t > 0:
                self._write_error(outputs[:, -1])
            hidden, cell = own.advance(lstm.joined[t], lstm.cell[t])
            outputs += own.read_out(hidden, lstm.joined[t])
            if keep:
                lstm.joined[t + 1, :, : own.n_units], lstm.cell[t + 1] = hidden, cell
        return outputs

    def _write_error(self, value: Array) -> None:
        """Write the last prediction error, as changed by rules, to the policy's input."""
        t, (gain, shift) = self.n_steps, self.effects[ON_RPE]
        scale, discount = np.float32(self.feedback.scale), np.float32(self.feedback.discount)
        gained = discount * value - self.played.outputs[t - 1, :, -1]
        error = self.lstms[-1].joined[t, :, -2] + scale * gained
        self.lstms[0].joined[t, :, -2] = error * gain + scale * shift

    def _play_task(self) -> None:
        """Play the step of the task, and write what the network reads next."""
        t, played = self.n_steps, self.played
        if len(played.before):
            played.before[t] = self.sessions.view(np.uint8).reshape(-1)
        played.active[t] = ~played.done
        played.observation[t + 1] = played.observation[t]
        played.cues[t + 1] = played.cues[t]
        shown = played.observation[t + 1], played.cues[t + 1]
        self.task.play(
            self.sessions, played.action[t], self._uniforms[t + 1], *shown, played.reward[t],
            played.done,
        )  # fmt: skip
        self.n_steps += 1
        for lstm in self.lstms:
            self._write_inputs(lstm.joined[t + 1], lstm.cell.shape[2])

    def _write_inputs(self, joined: Array, n_units: int) -> None:
        t, sessions = self.n_steps, np.arange(self.n_sessions)
        n_cues, n_actions = self.played.cues.shape[2], self.played.policy.shape[2]
        first_action = joined.shape[1] - 2 - n_actions
        joined[:, n_units:-1] = 0.0
        joined[sessions, n_units + self.played.observation[t]] = 1.0
        joined[:, first_action - n_cues : first_action] = self.played.cues[t]
        joined[sessions, first_action + self.played.action[t - 1]] = 1.0
        joined[:, -2] = self.feedback.scale * self.played.reward[t - 1]

    def _learn(self) -> None:
        """Change the weights by the steps since they were last changed."""
        self.find_gradients()
        learn(self.plastic, ~self.played.done, self.learning.rates)
        self._first, self.n_learned = self.n_steps, self.n_learned + 1

    def find_gradients(self) -> None:
        """Compute the gradient of each session's losses in the steps since the last change."""
        first, last = self._first, self.n_steps
        part, after = slice(first, last), slice(first + 1, last + 1)
        next_value = self._evaluate(keep=False)[:, -1] * ~self.played.done
        played = self.played
        steps = Steps(
            played.outputs[part], played.action[part], played.reward[part], played.active[part],
            next_value, *self._taught[:, part],
        )  # fmt: skip
        d_outputs = differentiate_taught(steps, self.learning.costs)
        for lstm, own in zip(self.lstms, self.plastic, strict=True):
            hidden = lstm.joined[after, :, : own.n_units]
            predicted = self._differentiate_predictions(hidden) if own.is_predictive else None
            cell = lstm.cell[first : last + 1]
            own.backpropagate(lstm.joined[part], hidden, cell, d_outputs, predicted)

    def _differentiate_predictions(self, hidden: Array) -> Array:
        """Return the gradient of the loss of predictions, averaged over the steps."""
        (own,), first, last = self.plastic, self._first, self.n_steps
        part, longer = slice(first, last), slice(first, last + 1)
        seen = own.see(hidden, self.lstms[0].joined[part])
        columns = np.matmul(seen.transpose(1, 0, 2), own.weights["prediction"])
        predicted = np.zeros((len(hidden) + 1, *columns.shape[::2]), np.float32)
        predicted[:-1] = columns.transpose(1, 0, 2)
        played = self.played
        active = np.concatenate((played.active[part], ~played.done[None]))
        # One step more, which is not active, so that the observation after the last step counts.
        steps = played._replace(
            action=played.action[longer],
            reward=played.reward[longer],
            active=active,
            observation=played.observation[longer],
            policy=played.policy[longer],
        )
        scale = np.float32(self.feedback.scale)
        differentiate_predictions(len(predicted), scale, steps, predicted, np.zeros(1))
        return average_steps(predicted[:-1], played.active[part])
