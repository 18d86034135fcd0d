"""The pixel engine: plays sessions that show pictures, and computes the gradient of their loss.

Test sessions are played by compiled code (`PixelPlayer`). Training uses torch, which is loaded only
then (`PixelGradient`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.activity import Activity, ActivityCallback
from pfc_analysis.training.interface.engine_protocol import EngineProtocol, StepHook, refuse_hook
from pfc_analysis.training.interface.outcome import LossCosts, Outcome
from pfc_analysis.training.networks.conv_weights import check_view
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.pixel_player import BLOCK, PixelPlayer
from pfc_analysis.training.networks.weights import Weights

if TYPE_CHECKING:
    from pfc_analysis.training.networks.pixel_gradient import PixelGradient


class PixelEngine(EngineProtocol):
    """The engine for tasks that show pictures; their networks read rewards only.

    It trains on a GPU if there is one. The same seed may then give different weights each time,
    because rounding errors grow during training. Test sessions are always played on the CPU, in
    single precision.

    Parameters
    ----------
    weights, task, n_sessions, feedback
        See `EngineProtocol`.
    strides : sequence of int
        Strides of the convolutions (`PixelActorCritic`).
    device : str, optional
        Torch's device for training, "cuda" or "cpu"; by default "cuda" if there is a GPU.
    """

    def __init__(
        self,
        weights: Weights,
        task: Task,
        n_sessions: int,
        feedback: Feedback = REWARD,
        *,
        strides: Sequence[int],
        device: str | None = None,
    ) -> None:
        check_view(task)
        if feedback.is_rpe:
            raise ValueError(
                "feedback = 'rpe': networks with convolutions read rewards; expected 'reward'."
            )
        self.task, self.n_sessions, self.feedback = task, n_sessions, feedback
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._weights, self._strides, self._device = weights, strides, device
        self._trained: PixelGradient | None = None

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play one block of sessions after another, and differentiate each by torch's autograd."""
        from pfc_analysis.training.networks.pixel_gradient import PixelGradient

        if self._trained is None:
            self._trained = PixelGradient(
                self._weights, self.task, self.feedback, self._strides, self._device
            )
        outcome = self._trained.differentiate(rng, self.n_sessions, costs, callback)
        for name, gradient in self._trained.read_gradients().items():
            np.divide(gradient, outcome.steps, out=self.gradients[name])
        return outcome

    def play(
        self, rng: np.random.Generator, before_step: StepHook | None = None, units: bool = True
    ) -> Activity:
        """Play one block of sessions after another. It returns `hidden` and `cell` always.

        This engine cannot apply hooks.
        """
        refuse_hook(before_step, "pixels")
        uniforms = self.task.draw_uniforms(rng, self.n_sessions)
        draws = rng.random((self.task.max_steps, self.n_sessions), dtype=np.float32)
        player = PixelPlayer(
            self._weights, self._strides, self.task, self.n_sessions, self.feedback
        )
        for start in range(0, self.n_sessions, BLOCK):
            part = slice(start, min(start + BLOCK, self.n_sessions))
            player.play_block(uniforms, draws, part)
        return player.activity()
