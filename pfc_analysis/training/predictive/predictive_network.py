"""The predictive network in torch, written like the equations: the reference.

After Blanco-Pozo, Akam & Walton (2024). Sizes, rates and the linear actor-critic are settings of
this toolkit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pfc_analysis.training.networks.actor_critic import Episode
from pfc_analysis.training.networks.network import LSTMActorCritic


class PredictiveNetwork(LSTMActorCritic):
    r"""A recurrent network that predicts, and an actor-critic that reads it.

    The recurrent network ("frontal cortex") is the LSTM of `LSTMActorCritic`, with the same inputs.
    From its output h it predicts, for each action a, the next observation and the reward that it
    would read, if a is taken:

    .. math::
        P(o_{t+1} \mid a) = \mathrm{softmax}(h_t P_a + p_a), \qquad
        \hat r_t(a) = h_t q_a + s_a

    The actor-critic ("basal ganglia") computes policy logits and value from the observation o and
    h, each by one layer of weights. No gradient passes from it to h.
    """

    prediction_weight: nn.Parameter
    prediction_bias: nn.Parameter
    policy_observation_weight: nn.Parameter
    value_observation_weight: nn.Parameter

    def read(self, hidden: Tensor, observation: Tensor) -> Tensor:
        """Return what the actor-critic reads, (..., unit + observation), without its gradient."""
        return torch.cat((hidden.detach(), self.observation_codes[observation]), dim=-1)

    def policy(self, hidden: Tensor) -> Tensor:
        """Return the logits of the actions, (..., action), given what the actor-critic reads."""
        weight = torch.cat((self.policy_weight, self.policy_observation_weight))
        return hidden @ weight + self.policy_bias

    def value(self, hidden: Tensor) -> Tensor:
        """Return the value, (...), given what the actor-critic reads."""
        weight = torch.cat((self.value_weight, self.value_observation_weight))
        return (hidden @ weight + self.value_bias).squeeze(-1)

    def predict(self, hidden: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """Predict what follows actions.

        Parameters
        ----------
        hidden : Tensor, shape (..., unit)
            Output of the LSTM.
        action : Tensor of int64, shape (...)
            Codes of the actions taken.

        Returns
        -------
        logits : Tensor, shape (..., observation)
            Of the next observation.
        reward : Tensor, shape (...)
            Predicted reward, scaled as the network reads it.
        """
        predicted = hidden @ self.prediction_weight + self.prediction_bias
        by_action = predicted.unflatten(-1, (self.n_actions, self.n_observations + 1))
        chosen = action[..., None, None].expand(*action.shape, 1, self.n_observations + 1)
        own = by_action.gather(-2, chosen).squeeze(-2)
        return own[..., :-1], own[..., -1]


def prediction_loss(network: PredictiveNetwork, episode: Episode) -> Tensor:
    r"""Compute the loss of predictions, averaged over the steps played.

    .. math::
        L = \langle -\log P(o_{t+1} \mid a_t) + \tfrac{1}{2} (r_t - \hat r_t(a_t))^2 \rangle

    At the last step of a session no observation follows, and only the reward counts.

    Parameters
    ----------
    network : PredictiveNetwork
        The network that played.
    episode : Episode
        The sessions, played with gradients.
    """
    logits, reward = network.predict(episode.hidden, episode.action)
    unexpected = 0.5 * (network.feedback.scale * episode.reward - reward).square()
    following = episode.observation[1:, ..., None]
    surprise = -logits[:-1].log_softmax(-1).gather(-1, following).squeeze(-1)
    total = (unexpected * episode.active).sum() + (surprise * episode.active[1:]).sum()
    return total / episode.active.sum()
