"""The pixel engine: plays sessions that show pictures, and takes the gradient of their loss.

Sessions are played without gradients. Then time runs backward through the LSTM at once, to the
features of every picture; and picture by picture, in large chunks, from those to the convolutions.
So memory holds pictures as bytes and the convolutions' activity for one chunk alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from pfc_analysis.tasks.contract import SessionBatch, Task, View
from pfc_analysis.training.networks.actor_critic import actor_critic_loss
from pfc_analysis.training.networks.conv_weights import check_view
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.pixel_network import PixelActorCritic
from pfc_analysis.training.networks.pixel_play import Shown, play_views
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.run.activity import Activity, Outcome, Watch, join_activity

BLOCK = 64
"""Sessions played side by side on a processor: their convolutions stay in its cache."""

CHUNK = {"cpu": 512, "cuda": 8192}
"""Pictures that the convolutions are differentiated for at once, by the kind of device."""


class PixelEngine:
    """Plays batches of sessions that show pictures, and takes the gradient of their loss.

    On a GPU where there is one: results then differ as rounding errors grow in training, and the
    same seed need not give the same bits twice.

    Parameters
    ----------
    weights : dict
        Of the network; read whenever something is played.
    task : Task
        What is played.
    n_sessions : int
        Sessions of a batch.
    feedback : Feedback
        What the network reads of its last response: the reward.
    strides : sequence of int
        Of the convolutions (`PixelActorCritic`).
    device : str, optional
        Where torch computes; `cuda` where there is a GPU, otherwise `cpu`.

    Attributes
    ----------
    gradients : dict
        Gradient of the last batch's loss, an array a weight.

    Raises
    ------
    ValueError
        If the task shows no pictures, or prediction errors are to be fed back.
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
                "feedback = 'rpe': networks that see pictures read rewards; expected 'reward'."
            )
        self.task, self.n_sessions = task, n_sessions
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        copies = {name: weight.copy() for name, weight in weights.items()}
        self.network = PixelActorCritic(copies, strides, feedback).to(self.device)
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._weights = weights
        self._views: dict[int, View] = {}

    def differentiate(
        self,
        rng: np.random.Generator,
        discount: float,
        value_cost: float,
        entropy_cost: float,
        watch: Watch | None = None,
        rpe_gain: float = 1.0,
    ) -> Outcome:
        """Play a batch and leave the gradient of its loss in `gradients`.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws what `play_episode` draws, in the same order.
        discount, value_cost, entropy_cost, rpe_gain : float
            gamma, beta_v, beta_e and kappa (`actor_critic.actor_critic_loss`).
        watch : callable, optional
            Called with the `Activity` of one block of sessions after another.

        Returns
        -------
        Outcome
            What was played.
        """
        costs = discount, value_cost, entropy_cost, rpe_gain
        self.network.zero_grad(set_to_none=True)
        outcomes = []
        for shown in self._play(rng):
            outcomes.append(self._differentiate_block(shown, costs))
            if watch is not None:
                watch(self._activity(shown))
        outcome = _average(outcomes)
        for name, parameter in self.network.named_parameters():
            assert parameter.grad is not None
            self.gradients[name][:] = parameter.grad.cpu().numpy()
            self.gradients[name] /= outcome.steps
        return outcome

    def play(self, rng: np.random.Generator, tamper: None = None) -> Activity:
        """Play a batch with the weights as they are.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws what `play_episode` draws, in the same order.
        tamper : None
            There is nothing to change signals with here.

        Returns
        -------
        Activity
            What was played, and what every unit did.
        """
        blocks = (self._activity(shown) for shown in self._play(rng, keep_views=False))
        return join_activity(blocks, self.task.max_steps, self.n_sessions)

    def _play(self, rng: np.random.Generator, keep_views: bool = True) -> Iterator[Shown]:
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
            yield play_views(self.network, batch, self._views[n], draws[:, part], keep_views)

    @torch.no_grad()
    def _read_weights(self) -> None:
        for name, parameter in self.network.named_parameters():
            parameter.copy_(torch.from_numpy(self._weights[name]))

    def _differentiate_block(
        self, shown: Shown, costs: tuple[float, float, float, float]
    ) -> Outcome:
        """Add the gradient of the loss, summed over steps."""
        episode, network = shown.episode, self.network
        features = shown.features.requires_grad_()
        hidden = network.unroll(features, episode.action, episode.reward)
        loss = actor_critic_loss(network, replace(episode, hidden=hidden), *costs)
        steps = episode.active.sum()
        (steps * loss.total).backward()
        assert features.grad is not None
        by_picture = features.grad[episode.active > 0]
        size = CHUNK["cpu" if self.device.type == "cpu" else "cuda"]
        for views, gradient in zip(shown.views.split(size), by_picture.split(size), strict=True):
            network.see(views).backward(gradient)
        return Outcome(
            steps=int(steps),
            trials=episode.n_trials,
            reward=float(shown.reward.sum()),
            invalid=float((shown.reward < 0).sum()) * self.task.punishes_invalid,
            loss=float(loss.total.detach()),
            value_loss=float(loss.value.detach()),
            entropy=float(loss.entropy.detach()),
        )

    @torch.no_grad()
    def _activity(self, shown: Shown) -> Activity:
        episode, network = shown.episode, self.network
        told = network.feedback.scale * episode.reward
        units = (episode.hidden, episode.cell, network.value(episode.hidden), told)
        arrays = (tensor.cpu().numpy().astype(np.float32, copy=False) for tensor in units)
        return Activity(replace(episode.log(), reward=shown.reward), *arrays)


def _average(blocks: list[Outcome]) -> Outcome:
    """Put blocks together; their losses are averages over steps."""
    steps = np.array([block.steps for block in blocks])

    def mean(name: str) -> float:
        return float(np.average([getattr(block, name) for block in blocks], weights=steps))

    return Outcome(
        steps=int(steps.sum()),
        trials=sum(block.trials for block in blocks),
        reward=sum(block.reward for block in blocks),
        invalid=sum(block.invalid for block in blocks),
        loss=mean("loss"),
        value_loss=mean("value_loss"),
        entropy=mean("entropy"),
    )
