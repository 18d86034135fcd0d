"""Play a block of sessions that show pictures, and compute the gradient of their loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.tasks.contract import Array, SessionBatch, StepLog, Task, memory_of
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.pixel_vision import PixelVision
from pfc_analysis.training.vision.session_steps import Core, make_steps, read_core
from pfc_analysis.training.vision.shown_pictures import ShownPictures
from pfc_analysis.training.vision.step_kernels import (
    backpropagate_steps,
    differentiate_outputs,
    play_step,
    sum_gates,
)


class PixelBlock:
    """Sessions that are played side by side, in memory that is used again for the next ones.

    Parameters
    ----------
    task : Task
        The task to play.
    weights : dict
        Weights of the network, by name; `play` reads their current values.
    strides : sequence of int
        Stride of each convolution, in pixels.
    scale : float
        Rewards are multiplied by it before they enter the network.
    n_sessions : int
        Number of sessions.
    """

    def __init__(
        self,
        task: Task,
        weights: Weights,
        strides: Sequence[int],
        scale: float,
        n_sessions: int,
    ) -> None:
        self._task, self._weights, self._strides, self._scale = task, weights, strides, scale
        n_units, n_actions = weights["policy_weight"].shape
        assert task.view_shape is not None
        self._steps = make_steps(task.max_steps * n_sessions, n_units, n_actions)
        self._pictures = ShownPictures(
            task.open_view(n_sessions),
            task.view_shape,
            n_sessions,
            task.max_steps,
            PixelVision(weights, strides),
            read_core(weights, scale),
        )
        n_bytes = task.session_type.itemsize
        self._before = np.zeros((task.max_steps, n_sessions, n_bytes), np.uint8)
        self._rows: list[Array] = []
        self._starts: Array = np.zeros(1, np.int64)
        self.n_trials = 0

    def play(self, uniforms: Array, draws: Array) -> None:
        """Play the sessions to their ends.

        Parameters
        ----------
        uniforms, draws : ndarrays, shapes (step + 1, session, ...) and (step, session)
            Uniform random numbers: those of the task, and those that sample actions.
        """
        self._core: Core = read_core(self._weights, self._scale)
        self._vision = PixelVision(self._weights, self._strides)
        self._pictures.begin(self._vision, self._core)
        batch = SessionBatch(self._task, np.ascontiguousarray(uniforms))
        n, steps = len(batch.done), self._steps
        last = np.full(n, -1, np.int64)
        action = np.zeros(n, np.int64)
        self._rows, starts = [], [0]
        for t in range(self._task.max_steps):
            rows = np.flatnonzero(~batch.done)
            if not rows.size:
                break
            start, stop = starts[-1], starts[-1] + rows.size
            steps.picture[start:stop] = self._pictures.find(batch.sessions, rows)
            steps.previous[start:stop] = last[rows]
            play_step(start, stop, self._core, steps, self._pictures.gates, draws[t, rows])
            action[rows] = steps.action[start:stop]
            last[rows] = np.arange(start, stop)
            self._before[t] = memory_of(batch.sessions).reshape(n, -1)
            batch.step(action)
            steps.reward[start:stop] = batch.reward[rows]
            self._rows.append(rows)
            starts.append(stop)
        self._starts = np.array(starts)
        self.n_trials = int(batch.sessions["trial"].sum())

    def differentiate(self, costs: LossCosts, gradients: Weights, sums: Array) -> None:
        """Add the gradient of the loss, summed over the steps that `play` has played.

        Parameters
        ----------
        costs : LossCosts
            Discount, and the weights of the terms of the loss.
        gradients : dict
            Arrays by name of weight; they are added to.
        sums : ndarray of float64, shape (6,)
            As for `gradient_kernels.differentiate_losses`.
        """
        core, steps, pictures, n = self._core, self._steps, self._pictures, self._starts[-1]
        d_outputs = np.empty((n, core.readout.shape[1]), np.float32)
        differentiate_outputs(self._starts, np.array(costs, np.float32), steps, d_outputs, sums)
        d_gates = np.empty((n, core.units.shape[1]), np.float32)
        back = np.ascontiguousarray(core.units.T), np.ascontiguousarray(core.readout.T)
        backpropagate_steps(self._starts, steps, *back, d_outputs, d_gates)
        by_picture = np.zeros_like(pictures.gates)
        by_action, by_reward = np.zeros_like(core.actions), np.zeros_like(core.reward)
        sum_gates(steps, n, d_gates, by_picture, by_action, by_reward)
        self._add_core(d_outputs, d_gates, by_picture, by_action, by_reward, gradients)
        d_features = by_picture @ core.features.T
        seen = pictures.views, pictures.maps, pictures.features
        self._vision.add_gradients(*seen, d_features, gradients)

    def _add_core(
        self,
        d_outputs: Array,
        d_gates: Array,
        by_picture: Array,
        by_action: Array,
        by_reward: Array,
        gradients: Weights,
    ) -> None:
        """Add the gradient by the weights of the LSTM and its readouts."""
        n, (n_units, n_features) = len(d_gates), (len(self._core.units), len(self._core.features))
        recurrent, n_actions = gradients["recurrent_weight"], len(self._core.actions)
        recurrent[:n_units] += self._steps.before[:n].T @ d_gates
        recurrent[n_units : n_units + n_features] += self._pictures.features.T @ by_picture
        recurrent[-1 - n_actions : -1] += by_action
        recurrent[-1] += np.float32(self._scale) * by_reward
        gradients["recurrent_bias"] += by_picture.sum(0)
        readout = self._steps.hidden[:n].T @ d_outputs
        gradients["policy_weight"] += readout[:, :-1]
        gradients["value_weight"] += readout[:, -1:]
        bias = d_outputs.sum(0)
        gradients["policy_bias"] += bias[:-1]
        gradients["value_bias"] += bias[-1:]

    def activity(self) -> Activity:
        """Return what was played, in new memory; sessions that are over are filled up with 0."""
        length, n_sessions = len(self._rows), self._before.shape[1]

        def spread(flat: Array) -> Array:
            filled = np.zeros((length, n_sessions, *flat.shape[1:]), flat.dtype)
            for t, rows in enumerate(self._rows):
                filled[t, rows] = flat[self._starts[t] : self._starts[t + 1]]
            return filled

        steps, before = self._steps, self._before[:length].copy()
        action, reward = spread(steps.action), spread(steps.reward)
        log = StepLog(
            before=before.view(self._task.session_type)[..., 0],
            observation=np.zeros_like(action),
            action=action,
            reward=reward,
            active=spread(steps.active),
        )
        return Activity(
            log,
            hidden=spread(steps.hidden),
            cell=spread(steps.cell),
            value=spread(np.ascontiguousarray(steps.outputs[:, -1])),
            feedback=np.asarray(self._scale * reward, dtype=np.float32),
        )
