"""The compiled engine for tasks that show pictures: it plays sessions, and computes gradients.

`networks.pixel_network` defines what it computes; tests compare it to torch's autograd. Torch is
not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.activity import Activity, ActivityCallback, join_activity
from pfc_analysis.training.interface.engine_protocol import EngineProtocol, StepHook, refuse_hook
from pfc_analysis.training.interface.outcome import LossCosts, Outcome, make_outcome
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import check_pictures_read
from pfc_analysis.training.vision.pixel_block import PixelBlock

CANNOT_APPLY = "the engine for tasks that show pictures", "play without interventions"
BLOCK = 64
"""Sessions that are played and differentiated side by side."""


class PixelEngine(EngineProtocol):
    """The engine for tasks that show pictures; their networks read rewards only.

    Parameters
    ----------
    weights, task, n_sessions, feedback
        See `EngineProtocol`.
    strides : sequence of int
        Strides of the convolutions (`PixelActorCritic`).

    Raises
    ------
    ValueError
        If the task shows no pictures, or the network would read prediction errors.
    """

    def __init__(
        self,
        weights: Weights,
        task: Task,
        n_sessions: int,
        feedback: Feedback = REWARD,
        *,
        strides: Sequence[int],
    ) -> None:
        check_pictures_read(task, feedback, weights, strides)
        self.task, self.n_sessions, self.feedback = task, n_sessions, feedback
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._weights, self._strides = weights, strides
        self._blocks: dict[int, PixelBlock] = {}

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play and differentiate one block of sessions after another."""
        for gradient in self.gradients.values():
            gradient[:] = 0.0
        sums, trials = np.zeros(6), 0
        for block in self._play(rng):
            block.differentiate(costs, self.gradients, sums)
            trials += block.n_trials
            if callback is not None:
                callback(block.activity())
        *losses, steps, reward, n_negative = sums.tolist()
        for gradient in self.gradients.values():
            gradient /= np.float32(steps)
        policy_loss, value_loss, entropy = (loss / steps for loss in losses)
        loss = costs.total(policy_loss, value_loss, entropy)
        counts = int(steps), trials
        return make_outcome(self.task, counts, (reward, n_negative), (loss, value_loss, entropy))

    def play(
        self, rng: np.random.Generator, before_step: StepHook | None = None, units: bool = True
    ) -> Activity:
        """Play one block of sessions after another. It returns `hidden` and `cell` always.

        Raises
        ------
        ValueError
            If a hook is given, which this engine cannot apply.
        """
        refuse_hook(before_step, *CANNOT_APPLY)
        parts = (block.activity() for block in self._play(rng))
        return join_activity(parts, self.task.max_steps, self.n_sessions)

    def _play(self, rng: np.random.Generator) -> Iterator[PixelBlock]:
        """Play block after block; the next block may overwrite the memory of this one."""
        uniforms = self.task.draw_uniforms(rng, self.n_sessions)
        draws = rng.random((self.task.max_steps, self.n_sessions), dtype=np.float32)
        for start in range(0, self.n_sessions, BLOCK):
            part = slice(start, min(start + BLOCK, self.n_sessions))
            size = part.stop - part.start
            if size not in self._blocks:
                network = self._weights, self._strides, self.feedback.scale
                self._blocks[size] = PixelBlock(self.task, *network, size)
            block = self._blocks[size]
            block.play(uniforms[:, part], draws[:, part])
            yield block
