"""The reference for the compiled engine for pictures: torch plays, and computes gradients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.activity import Activity, ActivityCallback, join_activity
from pfc_analysis.training.interface.engine_protocol import EngineProtocol, StepHook, refuse_hook
from pfc_analysis.training.interface.outcome import LossCosts, Outcome
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.pixel_gradient import PixelGradient
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import check_pictures_read
from pfc_analysis.training.vision.pixel_engine import CANNOT_APPLY


class PixelReference(EngineProtocol):
    """The engine for tasks that show pictures that uses torch's autograd.

    It runs on a GPU if there is one. The same seed may then give different weights each time,
    because rounding errors grow during training.

    Parameters
    ----------
    weights, task, n_sessions, feedback
        See `EngineProtocol`.
    strides : sequence of int
        Strides of the convolutions (`PixelActorCritic`).
    device : str, optional
        Torch's device, "cuda" or "cpu"; by default "cuda" if there is a GPU.
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
        check_pictures_read(task, feedback, weights, strides)
        self.task, self.n_sessions, self.feedback = task, n_sessions, feedback
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._torch = PixelGradient(weights, task, feedback, strides, device)

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play one block of sessions after another, and differentiate each by torch's autograd."""
        outcome = self._torch.differentiate(rng, self.n_sessions, costs, callback)
        for name, gradient in self._torch.read_gradients().items():
            np.divide(gradient, outcome.steps, out=self.gradients[name])
        return outcome

    def play(
        self, rng: np.random.Generator, before_step: StepHook | None = None, units: bool = True
    ) -> Activity:
        """Play one block of sessions after another; hooks cannot be applied."""
        refuse_hook(before_step, *CANNOT_APPLY)
        parts = self._torch.play(rng, self.n_sessions)
        return join_activity(parts, self.task.max_steps, self.n_sessions)
