"""Play sessions that show pictures, and compute the gradient of their loss, by torch.

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
from pfc_analysis.training.interface.activity import Activity, ActivityCallback
from pfc_analysis.training.interface.outcome import LossCosts, Outcome, join_outcomes
from pfc_analysis.training.networks.actor_critic import actor_critic_loss, describe_episode
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.pixel_network import PixelActorCritic
from pfc_analysis.training.networks.pixel_play import PixelEpisode, play_pixel_sessions
from pfc_analysis.training.networks.torch_threads import single_torch_thread
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.pixel_engine import BLOCK

CHUNK = {"cpu": 512, "cuda": 8192}
"""Pictures in a chunk for which the convolutions are differentiated, by kind of device."""


class PixelGradient:
    """Plays sessions by torch, and computes the gradient of their loss.

    Parameters
    ----------
    weights : dict
        Weights of the network, by name; their current values are read whenever sessions are played.
    task : Task
        The task to play.
    feedback : Feedback
        What the network reads after each response.
    strides : sequence of int
        Strides of the convolutions (`PixelActorCritic`).
    device : str, optional
        Torch's device, "cuda" or "cpu"; by default "cuda" if there is a GPU.
    """

    def __init__(
        self,
        weights: Weights,
        task: Task,
        feedback: Feedback,
        strides: Sequence[int],
        device: str | None = None,
    ) -> None:
        self.task = task
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        copies = {name: weight.copy() for name, weight in weights.items()}
        self.network = PixelActorCritic(copies, strides, feedback).to(self.device)
        self._weights = weights
        self._views: dict[int, View] = {}

    def differentiate(
        self,
        rng: np.random.Generator,
        n_sessions: int,
        costs: LossCosts,
        callback: ActivityCallback | None = None,
    ) -> Outcome:
        """Play one block of sessions after another, and differentiate each by torch's autograd.

        Parameters are those of `EngineProtocol.differentiate`, and the number of sessions.
        """
        self.network.zero_grad(set_to_none=True)
        outcomes = []
        with single_torch_thread():
            for played in self._play_blocks(rng, n_sessions):
                outcomes.append(self._differentiate_block(played, costs))
                if callback is not None:
                    callback(self._activity(played))
        return join_outcomes(outcomes)

    def read_gradients(self) -> Weights:
        """Return the gradients of the last loss, summed over steps, by name of the weight."""
        gradients = {}
        for name, parameter in self.network.named_parameters():
            assert parameter.grad is not None
            gradients[name] = parameter.grad.cpu().numpy()
        return gradients

    def play(self, rng: np.random.Generator, n_sessions: int) -> Iterator[Activity]:
        """Play one block of sessions after another, without gradients."""
        with single_torch_thread():
            for played in self._play_blocks(rng, n_sessions):
                yield self._activity(played)

    def _play_blocks(self, rng: np.random.Generator, n_sessions: int) -> Iterator[PixelEpisode]:
        """Play block after block."""
        self._read_weights()
        uniforms = self.task.draw_uniforms(rng, n_sessions)
        draws = rng.random((self.task.max_steps, n_sessions), dtype=np.float32)
        size = BLOCK if self.device.type == "cpu" else n_sessions
        for start in range(0, n_sessions, size):
            part = slice(start, min(start + size, n_sessions))
            n = part.stop - part.start
            if n not in self._views:
                self._views[n] = self.task.open_view(n)
            batch = SessionBatch(self.task, np.ascontiguousarray(uniforms[:, part]))
            yield play_pixel_sessions(self.network, batch, self._views[n], draws[:, part])

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
        hidden, cell, value, feedback = (
            tensor.cpu().numpy().astype(np.float32, copy=False) for tensor in units
        )
        log = replace(episode.log(), reward=played.reward)
        return Activity(log, hidden, cell, value, feedback)
