"""Play sessions that show pictures with frozen weights, in compiled code on the CPU.

A session shows many of its pictures again and again, such as the cross at the start of each trial.
Each one is drawn, and its features are computed, only once in a session.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.tasks.contract import (
    Array,
    RepeatingView,
    SessionBatch,
    StepLog,
    Task,
    View,
    memory_of,
)
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.pixel_kernels import (
    advance,
    choose,
    number_pictures,
    write_inputs,
)
from pfc_analysis.training.networks.pixel_vision import PixelVision
from pfc_analysis.training.networks.weights import Weights

BLOCK = 64
"""Sessions that are played side by side on a CPU, so that convolutions stay in its cache."""


class ShownPictures:
    """The pictures that a block of sessions has shown, and their features.

    Parameters
    ----------
    view : View
        Draws the pictures. Unless it is a `RepeatingView`, every picture counts as new.
    vision : PixelVision
        Computes the features.
    n_sessions, max_steps : int
        Number of sessions, and of steps that each may have.
    """

    def __init__(self, view: View, vision: PixelVision, n_sessions: int, max_steps: int) -> None:
        self._view, self._vision = view, vision
        n_fields = len(view.depends_on) if isinstance(view, RepeatingView) else 0
        self._known = np.empty((n_sessions, max_steps, n_fields), np.int64)
        self._counts = np.zeros(n_sessions, np.int64)
        self._numbers = np.empty((n_sessions, max_steps), np.int64)
        self._n_pictures = 0
        self.features = np.empty((0, vision.n_features), np.float32)

    def find(self, sessions: Array, rows: Array) -> Array:
        """Return the rows of `features` with the pictures that sessions show now.

        Parameters
        ----------
        sessions : structured ndarray, shape (n_sessions,)
            Records of all sessions.
        rows : ndarray of int64, shape (row,)
            Sessions that are not over.

        Returns
        -------
        ndarray of int64, shape (row,)
        """
        before, view = self._n_pictures, self._view
        if not isinstance(view, RepeatingView):
            self._add(view.render(sessions)[rows])
            return np.arange(before, self._n_pictures)
        columns = [np.ascontiguousarray(sessions[name]) for name in view.depends_on]
        shown = np.stack([column.view(np.int64)[rows] for column in columns], axis=-1)
        found = np.empty(len(rows), np.int64)
        number_pictures(shown, rows, self._known, self._counts, self._numbers, before, found)
        new = rows[found >= before]
        if new.size:
            self._add(view.render_rows(sessions, new))
        return found

    def _add(self, views: Array) -> None:
        seen = self._vision.extract_features(views)
        stop = self._n_pictures + len(seen)
        if stop > len(self.features):
            grown = np.empty((2 * stop, seen.shape[1]), np.float32)
            grown[: self._n_pictures] = self.features[: self._n_pictures]
            self.features = grown
        self.features[self._n_pictures : stop] = seen
        self._n_pictures = stop


class _Core:
    """The LSTM, policy and value of a network, and the state of the sessions that go on."""

    def __init__(self, weights: Weights, scale: float, n_sessions: int) -> None:
        gates = weights["recurrent_weight"], weights["recurrent_bias"][None]
        self.gates = np.concatenate(gates).astype(np.float32)
        heads = ("policy", "value")
        self.readout = np.column_stack([weights[f"{head}_weight"] for head in heads])
        self.readout = np.ascontiguousarray(self.readout, np.float32)
        self.readout_bias = np.append(*(weights[f"{head}_bias"] for head in heads))
        self.readout_bias = self.readout_bias.astype(np.float32)
        self.n_units, self.scale = len(self.readout), np.float32(scale)
        self.joined = np.zeros((n_sessions, len(self.gates)), np.float32)
        self.joined[:, -1] = 1.0
        self.cell = np.zeros((n_sessions, self.n_units), np.float32)

    def step(
        self, features: Array, pictures: Array, action: Array, reward: Array, draws: Array
    ) -> tuple[Array, Array]:
        """Advance by one step; return the actions sampled, and the values."""
        write_inputs(self.joined, features, pictures, action, reward, self.scale, self.n_units)
        before, self.cell = self.cell, np.empty_like(self.cell)
        advance(self.joined @ self.gates, before, self.cell, self.joined)
        outputs = self.joined[:, : self.n_units] @ self.readout + self.readout_bias
        actions = np.empty(len(outputs), np.int64)
        policy = np.empty((len(outputs), outputs.shape[1] - 1), np.float32)
        choose(outputs, draws, policy, actions)
        return actions, outputs[:, -1]

    def keep(self, going_on: Array) -> None:
        """Drop the sessions that are over."""
        self.joined, self.cell = self.joined[going_on], self.cell[going_on]


class PixelPlayer:
    """Plays test sessions; the arrays of all sessions are filled block by block.

    Parameters
    ----------
    weights : dict
        Weights of the network, by name; they are read once.
    strides : sequence of int
        Stride of each convolution, in pixels.
    task : Task
        The task to play.
    n_sessions : int
        Number of sessions.
    feedback : Feedback
        What the network reads after each response.
    """

    def __init__(
        self,
        weights: Weights,
        strides: Sequence[int],
        task: Task,
        n_sessions: int,
        feedback: Feedback,
    ) -> None:
        self._weights, self._task, self._scale = weights, task, feedback.scale
        self._vision = PixelVision(weights, strides)
        shape = task.max_steps, n_sessions
        n_units, n_bytes = len(weights["policy_weight"]), task.session_type.itemsize
        self._before = np.zeros((*shape, n_bytes), np.uint8)
        self._log: dict[str, Array] = {
            "action": np.zeros(shape, np.int64),
            "reward": np.zeros(shape),
            "active": np.zeros(shape, np.bool_),
        }
        self._units = {name: np.zeros((*shape, n_units), np.float32) for name in ("hidden", "cell")}
        self._value = np.zeros(shape, np.float32)
        self._longest = 0

    def play_block(self, uniforms: Array, draws: Array, part: slice) -> None:
        """Play the sessions of a part to their ends.

        Parameters
        ----------
        uniforms, draws : ndarrays, shapes (step + 1, session, ...) and (step, session)
            Uniform random numbers of all sessions: those of the task, and those that sample
            actions.
        part : slice
            The sessions to play.
        """
        batch = SessionBatch(self._task, np.ascontiguousarray(uniforms[:, part]))
        n, steps = len(batch.done), self._task.max_steps
        pictures = ShownPictures(self._task.open_view(n), self._vision, n, steps)
        core, rows = _Core(self._weights, self._scale, n), np.arange(n)
        action, log = np.full(n, -1, np.int64), self._log
        for t in range(steps):
            going_on = ~batch.done[rows]
            if not going_on.all():
                rows = rows[going_on]
                core.keep(going_on)
            if not rows.size:
                break
            place, shown = part.start + rows, pictures.find(batch.sessions, rows)
            chosen, value = core.step(
                pictures.features, shown, action[rows], batch.reward[rows], draws[t, place]
            )
            action[rows] = chosen
            self._before[t, part] = memory_of(batch.sessions).reshape(n, -1)
            batch.step(action)
            log["action"][t, place], log["active"][t, place] = chosen, True
            log["reward"][t, part] = batch.reward
            self._units["hidden"][t, place] = core.joined[:, : core.n_units]
            self._units["cell"][t, place], self._value[t, place] = core.cell, value
            self._longest = max(self._longest, t + 1)

    def activity(self) -> Activity:
        """Return what was played so far. Sessions that are over are filled up with zeros."""
        log = {name: array[: self._longest] for name, array in self._log.items()}
        units = {name: array[: self._longest] for name, array in self._units.items()}
        before = self._before[: self._longest].view(self._task.session_type)[..., 0]
        fed_back = np.asarray(self._scale * log["reward"], dtype=np.float32)
        return Activity(
            StepLog(before=before, observation=np.zeros_like(log["action"]), **log),
            value=self._value[: self._longest],
            feedback=fed_back,
            **units,
        )
