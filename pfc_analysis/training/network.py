"""The recurrent network: one LSTM layer, a policy and a value read out from the same units.

This is the reference. It reads like the equations and takes any input; wherever a faster
implementation serves the same recipe, it is held to this one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

READOUT_SCALE = 0.1
"""Readouts start at a tenth of the usual size, so that the first policy is close to uniform."""

INPUT_BOUND = 3.0
"""Input weights start uniform within this, so that gates open and close from the start.

In the two-step task the agent must learn a product of second state and reward. Gates close to
linear, as the usual 1 / sqrt(n_units) leaves them, give no gradient towards a product, and agents
stay at chance for long. Steps until reward a trial passed 0.55: 3 to more than 7 million at
1 / sqrt(48) (nine runs, learning rates and forget biases differing), 1.6 to 4.3 million at 1 (eight
seeds), 0.4 to 0.7 million at 3 (the eight seeds that are shipped)."""


class State(NamedTuple):
    """State of the LSTM: output `hidden` and memory `cell`, each (session, unit)."""

    hidden: Tensor
    cell: Tensor


class LSTMActorCritic(nn.Module):
    r"""LSTM with a policy and a value head on the same units (Wang et al. 2018, Methods).

    .. math::
        (i, f, o, g) &= W [h_{t-1}, x_t] + b \\
        c_t &= \sigma(f) c_{t-1} + \sigma(i) \tanh(g) \\
        h_t &= \sigma(o) \tanh(c_t)

    The input x is the observation (one-hot), the last action (one-hot) and the last reward. Policy
    logits and value are linear in h. The state at the start of a session is learned.

    Parameters
    ----------
    n_observations, n_actions : int
        Sizes of the one-hot codes.
    n_units : int
        LSTM units (published: 48).
    generator : torch.Generator
        Source of the initial weights: uniform, recurrent ones within 1 / sqrt(n_units), those of
        the inputs within `INPUT_BOUND`, readouts within a tenth of 1 / sqrt(n_units).
    """

    observation_codes: Tensor
    action_codes: Tensor

    def __init__(
        self, n_observations: int, n_actions: int, n_units: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.n_observations, self.n_actions, self.n_units = n_observations, n_actions, n_units
        self.n_inputs = n_observations + n_actions + 1
        bound = 1.0 / math.sqrt(n_units)

        def uniform(rows: int, columns: int, bound: float) -> Tensor:
            return (torch.rand(rows, columns, generator=generator) * 2.0 - 1.0) * bound

        self.register_buffer("observation_codes", torch.eye(n_observations), persistent=False)
        self.register_buffer("action_codes", torch.eye(n_actions), persistent=False)
        # Rows: units, then inputs. Columns: input gate, forget gate, output gate, candidate.
        recurrent = uniform(n_units, 4 * n_units, bound)
        inputs = uniform(self.n_inputs, 4 * n_units, INPUT_BOUND)
        self.recurrent_weight = nn.Parameter(torch.cat((recurrent, inputs)))
        self.recurrent_bias = nn.Parameter(torch.zeros(4 * n_units))
        self.policy_weight = nn.Parameter(uniform(n_units, n_actions, READOUT_SCALE * bound))
        self.policy_bias = nn.Parameter(torch.zeros(n_actions))
        self.value_weight = nn.Parameter(uniform(n_units, 1, READOUT_SCALE * bound))
        self.value_bias = nn.Parameter(torch.zeros(1))
        self.initial_hidden = nn.Parameter(torch.zeros(n_units))
        self.initial_cell = nn.Parameter(torch.zeros(n_units))

    def begin(self, n_sessions: int) -> State:
        """Return the learned initial state, for `n_sessions` sessions."""
        shape = (n_sessions, self.n_units)
        return State(self.initial_hidden.expand(shape), self.initial_cell.expand(shape))

    def encode(self, observation: Tensor, action: Tensor | None, reward: Tensor) -> Tensor:
        """Lay out the input of a step.

        Parameters
        ----------
        observation : Tensor of int64, shape (session,)
            Codes of what is shown.
        action : Tensor of int64, shape (session,), or None
            Codes of the last action; None before the first, which leaves its inputs 0.
        reward : Tensor, shape (session,)
            Last reward.

        Returns
        -------
        Tensor, shape (session, n_inputs)
        """
        shown = self.observation_codes[observation]
        if action is None:
            done = self.action_codes.new_zeros(len(observation), self.n_actions)
        else:
            done = self.action_codes[action]
        return torch.cat((shown, done, reward[:, None].to(shown.dtype)), dim=1)

    def forward(self, inputs: Tensor, state: State) -> State:
        """Advance the LSTM by one step.

        Parameters
        ----------
        inputs : Tensor, shape (session, n_inputs)
            Input of the step (`encode`).
        state : State
            Hidden and cell state after the step before.

        Returns
        -------
        State
            Hidden and cell state after this step.
        """
        joined = torch.cat((state.hidden, inputs), dim=1)
        gates = torch.addmm(self.recurrent_bias, joined, self.recurrent_weight)
        opening, candidate = gates.split((3 * self.n_units, self.n_units), dim=1)
        write, keep, show = opening.sigmoid().chunk(3, dim=1)
        cell = keep * state.cell + write * candidate.tanh()
        return State(show * cell.tanh(), cell)

    def policy(self, hidden: Tensor) -> Tensor:
        """Logits of the actions, (..., action), from hidden states (..., unit)."""
        return hidden @ self.policy_weight + self.policy_bias

    def value(self, hidden: Tensor) -> Tensor:
        """Estimate of discounted future reward, (...), from hidden states (..., unit)."""
        return (hidden @ self.value_weight + self.value_bias).squeeze(-1)
