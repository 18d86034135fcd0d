"""The network that sees: convolutions and features before the LSTM (simulation 5)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.network import LSTMActorCritic, State
from pfc_analysis.training.networks.weights import Weights

GREY, CONTRAST = 127.5, 64.0
"""Colours, 0 to 255, are taken as distance from grey in units of their usual contrast, so that what
is seen, not how bright it is, makes features differ."""


class PixelActorCritic(LSTMActorCritic):
    r"""Convolutions, features, an LSTM, policy and value (Wang et al. 2018, simulation 5).

    .. math::
        a_1 &= [K_1 * (x_t - 127.5) / 64 + b_1]_+ \\
        a_2 &= [K_2 * a_1 + b_2]_+, \; \ldots \\
        y_t &= [W_y a_n + b_y]_+

    The LSTM (`LSTMActorCritic`) reads the features y, the last action (one-hot) and the last
    reward; its state is 0 at the start of a session. Published: 16 filters of 8 x 8 at every fourth
    pixel, 32 of 4 x 4 at every second, 256 features, 256 LSTM units, at 84 x 84 pixels.

    Parameters
    ----------
    weights : dict
        Its weights (`conv_weights.pixel_weight_shapes`); the parameters are these arrays, not
        copies.
    strides : sequence of int
        Pixels from one place of a filter to the next, a number a convolution.
    feedback : Feedback
        What it reads of its last response: the reward.
    """

    features_weight: Tensor
    features_bias: Tensor

    def __init__(
        self, weights: Weights, strides: Sequence[int], feedback: Feedback = REWARD
    ) -> None:
        super().__init__(weights, feedback=feedback)
        self.strides = tuple(strides)

    def begin(self, n_sessions: int) -> State:
        """Return the state before the first step of `n_sessions` sessions: 0."""
        nothing = self.recurrent_bias.new_zeros(n_sessions, self.n_units)
        return State(nothing, nothing)

    def see(self, views: Tensor) -> Tensor:
        """Turn pictures into features.

        Parameters
        ----------
        views : Tensor of uint8, shape (picture, row, column, colour)
            What is shown.

        Returns
        -------
        Tensor, shape (picture, feature)
        """
        # Colours stay next to each other in memory, as pictures come: several times faster.
        seen = views.permute(0, 3, 1, 2).to(self.features_weight.dtype) - GREY
        scale = 1.0 / CONTRAST
        for k, stride in enumerate(self.strides, start=1):
            weight = (scale * getattr(self, f"conv{k}_weight")).contiguous(
                memory_format=torch.channels_last
            )
            seen = conv2d(seen, weight, getattr(self, f"conv{k}_bias"), stride).relu()
            scale = 1.0
        flat = seen.permute(0, 2, 3, 1).flatten(1)
        return torch.addmm(self.features_bias, flat, self.features_weight).relu()

    def encode(
        self, observation: Tensor, cues: Tensor, action: Tensor | None, reward: Tensor
    ) -> Tensor:
        """Lay out the input of a step.

        Parameters
        ----------
        observation : Tensor of uint8, shape (session, row, column, colour)
            What is shown.
        cues : Tensor
            Not used: tasks with pictures have no other inputs.
        action : Tensor of int64, shape (session,), or None
            Codes of the last action; None before the first, which leaves its inputs 0.
        reward : Tensor, shape (session,)
            Last reward.

        Returns
        -------
        Tensor, shape (session, n_inputs)
        """
        return self.join(self.see(observation), action, reward)

    def join(self, features: Tensor, action: Tensor | None, reward: Tensor) -> Tensor:
        """Lay out inputs, (..., n_inputs), as `encode` does, from features, (..., feature)."""
        if action is None:
            done = features.new_zeros(*features.shape[:-1], self.n_actions)
        else:
            done = self.action_codes[action].to(features.dtype)
        paid = self.feedback.scale * reward.unsqueeze(-1).to(features.dtype)
        return torch.cat((features, done, paid), dim=-1)

    def unroll(self, features: Tensor, action: Tensor, reward: Tensor) -> Tensor:
        """Run the LSTM through whole sessions, by torch's own: `forward` step by step, but faster.

        Parameters
        ----------
        features : Tensor, shape (time step, session, feature)
            Of what was shown (`see`).
        action, reward : Tensor, shape (time step, session)
            What was done and paid at each step, which the next step reads.

        Returns
        -------
        Tensor, shape (time step, session, unit)
            LSTM output.
        """
        first = self.join(features[:1], None, torch.zeros_like(reward[:1]))
        inputs = torch.cat((first, self.join(features[1:], action[:-1], reward[:-1])))
        n, start = self.n_units, self.begin(features.shape[1])
        # torch orders the gates input, forget, candidate, output, and has a bias twice.
        gates = torch.arange(4 * n, device=features.device).view(4, n)[[0, 1, 3, 2]].flatten()
        weight, bias = self.recurrent_weight[:, gates].T, self.recurrent_bias[gates]
        own = weight[:, n:].contiguous(), weight[:, :n].contiguous(), bias, torch.zeros_like(bias)
        state = start.hidden[None], start.cell[None]
        hidden: Tensor = torch.lstm(inputs, state, own, True, 1, 0.0, True, False, False)[0]
        return hidden
