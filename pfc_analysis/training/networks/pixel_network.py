"""The network that reads pictures: convolutions, features, then the LSTM (simulation 5)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.network import LSTMActorCritic, State
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import CONTRAST, GREY


class PixelActorCritic(LSTMActorCritic):
    r"""Convolutions, features, an LSTM, policy and value (Wang et al. 2018, simulation 5).

    .. math::
        a_1 &= [K_1 * (x_t - 127.5) / 64 + b_1]_+ \\
        a_2 &= [K_2 * a_1 + b_2]_+, \; \ldots \\
        y_t &= [W_y a_n + b_y]_+

    The LSTM (`LSTMActorCritic`) reads the features y, the last action (one-hot) and the last
    reward. Its state is 0 at the start of a session. The published network has 16 filters of 8 x 8
    pixels with stride 4, 32 filters of 4 x 4 with stride 2, 256 features and 256 LSTM units, for
    pictures of 84 x 84 pixels.

    Parameters
    ----------
    weights : dict
        Its weights (`conv_weights.pixel_weight_shapes`). The parameters share memory with these
        arrays.
    strides : sequence of int
        Stride of each convolution, in pixels.
    feedback : Feedback
        What the network reads after each response: the reward.
    """

    features_weight: Tensor
    features_bias: Tensor

    def __init__(
        self, weights: Weights, strides: Sequence[int], feedback: Feedback = REWARD
    ) -> None:
        super().__init__(weights, feedback=feedback)
        self.strides = tuple(strides)

    def begin(self, n_sessions: int) -> State:
        """Return the initial state of `n_sessions` sessions, which is 0."""
        zeros = self.recurrent_bias.new_zeros(n_sessions, self.n_units)
        return State(zeros, zeros)

    def extract_features(self, views: Tensor) -> Tensor:
        """Compute the features of pictures.

        Parameters
        ----------
        views : Tensor of uint8, shape (picture, row, column, colour)
            The pictures, 0 to 255.

        Returns
        -------
        Tensor, shape (picture, feature)
        """
        # Keeping the colours of a pixel next to each other in memory is several times faster.
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
        """Return the input of a step, as `LSTMActorCritic.encode` does, but with features.

        `observation` holds pictures, uint8 of shape (session, row, column, colour). `cues` is not
        used: tasks with pictures have no graded inputs.
        """
        return self.join_inputs(self.extract_features(observation), action, reward)

    def join_inputs(self, features: Tensor, action: Tensor | None, reward: Tensor) -> Tensor:
        """Return the inputs, (..., n_inputs), that belong to features, (..., feature)."""
        if action is None:
            done = features.new_zeros(*features.shape[:-1], self.n_actions)
        else:
            done = self.action_codes[action].to(features.dtype)
        paid = self.feedback.scale * reward.unsqueeze(-1).to(features.dtype)
        return torch.cat((features, done, paid), dim=-1)

    def unroll(self, features: Tensor, action: Tensor, reward: Tensor) -> Tensor:
        """Run the LSTM through whole sessions by torch's own LSTM, faster than step by step.

        Parameters
        ----------
        features : Tensor, shape (time step, session, feature)
            Features of the pictures shown (`extract_features`).
        action, reward : Tensor, shape (time step, session)
            Action and reward of each step; the next step reads them.

        Returns
        -------
        Tensor, shape (time step, session, unit)
            Output of the LSTM.
        """
        first = self.join_inputs(features[:1], None, torch.zeros_like(reward[:1]))
        inputs = torch.cat((first, self.join_inputs(features[1:], action[:-1], reward[:-1])))
        n, start = self.n_units, self.begin(features.shape[1])
        # Torch orders the gates as input, forget, candidate, output, and has two biases.
        gates = torch.arange(4 * n, device=features.device).view(4, n)[[0, 1, 3, 2]].flatten()
        weight, bias = self.recurrent_weight[:, gates].T, self.recurrent_bias[gates]
        own = weight[:, n:].contiguous(), weight[:, :n].contiguous(), bias, torch.zeros_like(bias)
        state = start.hidden[None], start.cell[None]
        hidden: Tensor = torch.lstm(inputs, state, own, True, 1, 0.0, True, False, False)[0]
        return hidden
