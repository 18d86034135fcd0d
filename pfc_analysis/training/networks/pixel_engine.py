"""The pixel engine: play sessions that show pictures, and compute the gradient of their loss.

Sessions are first played without gradients. The loss is then backpropagated through the LSTM over
all steps, to the features of every picture; and from there through the convolutions, one chunk of
pictures at a time. So memory holds all pictures only as bytes, and the activity of the convolutions
only for one chunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from pfc_analysis.tasks.contract import SessionBatch, Task, View
from pfc_analysis.training.interface.activity import Activity, ActivityCallback, join_activity
from pfc_analysis.training.interface.engine_protocol import EngineProtocol, StepHook, refuse_hook
from pfc_analysis.training.interface.outcome import LossCosts, Outcome, join_outcomes
from pfc_analysis.training.networks.actor_critic import actor_critic_loss, describe_episode
from pfc_analysis.training.networks.conv_weights import check_view
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.pixel_network import PixelActorCritic
from pfc_analysis.training.networks.pixel_play import PixelEpisode, play_pixel_sessions
from pfc_analysis.training.networks.weights import Weights

BLOCK = 64
"""Sessions that are played side by side on a CPU, so that convolutions stay in its cache."""

CHUNK = {"cpu": 512, "cuda": 8192}
"""Pictures in a chunk for which the convolutions are differentiated, by kind of device."""


class PixelEngine(EngineProtocol):
    """The engine for tasks that show pictures; their networks read rewards only.

    It uses a GPU if there is one. The same seed may then give different weights each time, because
    rounding errors grow during training.

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
        check_view(task)
        if feedback.is_rpe:
            raise ValueError(
                "feedback = 'rpe': networks with convolutions read rewards; expected 'reward'."
            )
        self.task, self.n_sessions = task, n_sessions
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        copies = {name: weight.copy() for name, weight in weights.items()}
        self.network = PixelActorCritic(copies, strides, feedback).to(self.device)
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._weights = weights
        self._views: dict[int, View] = {}

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play one block of sessions after another, and differentiate each by torch's autograd."""
        self.network.zero_grad(set_to_none=True)
        outcomes = []
        for played in self._play(rng):
            outcomes.append(self._differentiate_block(played, costs))
            if callback is not None:
                callback(self._activity(played))
        outcome = join_outcomes(outcomes)
        for name, parameter in self.network.named_parameters():
            assert parameter.grad is not None
            self.gradients[name][:] = parameter.grad.cpu().numpy()
            self.gradients[name] /= outcome.steps
        return outcome

    def play(
        self, rng: np.random.Generator, before_step: StepHook | None = None, units: bool = True
    ) -> Activity:
        """Play one block of sessions after another. It returns `hidden` and `cell` always.

        This engine cannot apply hooks.
        """
        refuse_hook(before_step, "pixels")
        blocks = (self._activity(played) for played in self._play(rng, keep_views=False))
        return join_activity(blocks, self.task.max_steps, self.n_sessions)

    def _play(self, rng: np.random.Generator, keep_views: bool = True) -> Iterator[PixelEpisode]:
        """Play block after block."""
        self._read_weights()
        uniforms = self.task.draw_uniforms(rng, self.n_sessions)
        draws = rng.random((self.task.max_steps, self.n_sessions), dtype=np.float32)
        size = BLOCK if self.device.type == "cpu" else self.n_sessions
        for start in range(0, self.n_sessions, size):
            part = slice(start, min(start + size, self.n_sessions))
            n = part.stop - part.start
            if n not in self._views:
                self._views[n] = self.task.open_view(n)
            batch = SessionBatch(self.task, np.ascontiguousarray(uniforms[:, part]))
            view, part_draws = self._views[n], draws[:, part]
            yield play_pixel_sessions(self.network, batch, view, part_draws, keep_views)

    @torch.no_grad()
    def _read_weights(self) -> None:
        for name, parameter in self.network.named_parameters():
            parameter.copy_(torch.from_numpy(self._weights[name]))

    def _differentiate_block(self, played: PixelEpisode, costs: LossCosts) -> Outcome:
        """Add the gradient of the loss, summed over steps, to torch's gradients."""
        episode, network = played.episode, self.network
        features = played.features.requires_grad_()
        hidden = network.unroll(features, episode.action, episode.reward)
        loss = actor_critic_loss(network, replace(episode, hidden=hidden), *costs)
        steps = episode.active.sum()
        (steps * loss.total).backward()
        assert features.grad is not None
        by_picture = features.grad[episode.active > 0]
        size = CHUNK["cpu" if self.device.type == "cpu" else "cuda"]
        for views, gradient in zip(played.views.split(size), by_picture.split(size), strict=True):
            network.extract_features(views).backward(gradient)
        return describe_episode(self.task, episode, loss, played.reward)

    @torch.no_grad()
    def _activity(self, played: PixelEpisode) -> Activity:
        episode, network = played.episode, self.network
        fed_back = network.feedback.scale * episode.reward
        units = (episode.hidden, episode.cell, network.value(episode.hidden), fed_back)
        arrays = (tensor.cpu().numpy().astype(np.float32, copy=False) for tensor in units)
        return Activity(replace(episode.log(), reward=played.reward), *arrays)
