"""The engine of predictive networks that uses torch's autograd: slower, and the reference."""

from __future__ import annotations

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.activity import ActivityCallback
from pfc_analysis.training.interface.outcome import LossCosts, Outcome
from pfc_analysis.training.networks.actor_critic import (
    Loss,
    Reference,
    actor_critic_loss,
    describe_episode,
    play_episode,
)
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.predictive.predictive_network import PredictiveNetwork, prediction_loss
from pfc_analysis.training.predictive.predictive_weights import check_predictable


class PredictiveReference(Reference):
    """The engine of predictive networks in torch. Parameters are those of `EngineProtocol`."""

    network: PredictiveNetwork

    def __init__(
        self, weights: Weights, task: Task, n_sessions: int, feedback: Feedback = REWARD
    ) -> None:
        check_predictable(task)
        super().__init__(weights, task, n_sessions, feedback)

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play the whole batch as one part; the losses of both parts of the network are added."""
        episode = play_episode(self.network, self.task, self.n_sessions, rng)
        loss = actor_critic_loss(self.network, episode, *costs)
        total = loss.total + prediction_loss(self.network, episode)
        self.network.zero_grad(set_to_none=False)
        total.backward()
        if callback is not None:
            callback(self._activity(episode))
        loss = Loss(total, loss.policy, loss.value, loss.entropy)
        return describe_episode(self.task, episode, loss, episode.reward)
