"""The recurrent network in torch: an LSTM layer whose units feed a policy and a value.

This is the reference: it is written like the equations. Tests compare the faster implementation
(the compiled engine) to it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from pfc_analysis.tasks.contract import Array, SessionBatch
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.predictive.predictive_weights import is_predictive


class State(NamedTuple):
    """State of the LSTM: output `hidden` and cell state `cell`, each (session, unit)."""

    hidden: Tensor
    cell: Tensor


class LSTMActorCritic(nn.Module):
    r"""An LSTM with a policy and a value head on the same units (Wang et al. 2018, Methods).

    .. math::
        (i, f, o, g) &= W [h_{t-1}, x_t] + b \\
        c_t &= \sigma(f) c_{t-1} + \sigma(i) \tanh(g) \\
        h_t &= \sigma(o) \tanh(c_t)

    The input x is the observation (one-hot), cues, the last action (one-hot) and the last reward.
    Policy logits and value are linear in h. The state at the start of a session is learned.

    Parameters
    ----------
    weights : dict
        Its weights (`weights.weight_shapes`). The parameters share memory with these arrays.
    n_cues : int
        Number of inputs that are graded cues.
    feedback : Feedback
        What the network reads after each response.
    """

    recurrent_weight: nn.Parameter
    recurrent_bias: nn.Parameter
    policy_weight: nn.Parameter
    policy_bias: nn.Parameter
    value_weight: nn.Parameter
    value_bias: nn.Parameter
    initial_hidden: nn.Parameter
    initial_cell: nn.Parameter
    observation_codes: Tensor
    action_codes: Tensor

    def __init__(self, weights: Weights, n_cues: int = 0, feedback: Feedback = REWARD) -> None:
        super().__init__()
        self.feedback = feedback
        self.n_units, self.n_actions = weights["policy_weight"].shape
        self.n_inputs = len(weights["recurrent_weight"]) - self.n_units
        self.n_observations = self.n_inputs - n_cues - self.n_actions - 1
        for name, weight in weights.items():
            self.register_parameter(name, nn.Parameter(torch.from_numpy(weight)))
        codes = torch.eye(self.n_observations), torch.eye(self.n_actions)
        self.register_buffer("observation_codes", codes[0], persistent=False)
        self.register_buffer("action_codes", codes[1], persistent=False)

    def begin(self, n_sessions: int) -> State:
        """Return the learned initial state, for `n_sessions` sessions."""
        shape = (n_sessions, self.n_units)
        return State(self.initial_hidden.expand(shape), self.initial_cell.expand(shape))

    def encode(
        self, observation: Tensor, cues: Tensor, action: Tensor | None, reward: Tensor
    ) -> Tensor:
        """Return the input of a step: observation, cues, last action, last reward.

        Parameters
        ----------
        observation : Tensor of int64, shape (session,)
            Codes of the observations.
        cues : Tensor, shape (session, n_cues)
            Graded inputs that are shown with the observation.
        action : Tensor of int64, shape (session,), or None
            Codes of the last action; None before the first action (its inputs are then 0).
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
        paid = self.feedback.scale * reward[:, None].to(shown.dtype)
        return torch.cat((shown, cues.to(shown.dtype), done, paid), dim=1)

    def step(
        self, observation: Tensor, cues: Tensor, action: Tensor | None, reward: Tensor, state: State
    ) -> State:
        """Advance by one step, given what `encode` takes; return the state after the step."""
        return self(self.encode(observation, cues, action, reward), state)

    def remember(self, state: State, cues: Tensor, at_end: Tensor) -> State:
        """Take note of a step that was played; only networks with a memory do.

        Parameters
        ----------
        state : State
            State after the step.
        cues : Tensor, shape (session, n_cues)
            Graded inputs that the task showed.
        at_end : Tensor of bool, shape (session,)
            Which sessions are at the last step of a trial.

        Returns
        -------
        State
            The state with which the network goes on.
        """
        return state

    def watch(
        self, before: Array, observation: Tensor, action: Tensor, batch: SessionBatch
    ) -> None:
        """Take note of what a step led to; only networks with a habit learner do.

        Parameters
        ----------
        before : structured ndarray, shape (session,)
            The sessions' records before the step.
        observation, action : Tensor of int64, shape (session,)
            Codes of what was shown and done.
        batch : SessionBatch
            The sessions after the step.
        """

    def forward(self, inputs: Tensor, state: State) -> State:
        """Advance the LSTM by one step.

        Parameters
        ----------
        inputs : Tensor, shape (session, n_inputs)
            Input of the step (`encode`).
        state : State
            State before the step.

        Returns
        -------
        State
            State after the step.
        """
        return advance(inputs, state, self.recurrent_weight, self.recurrent_bias)

    def read(self, hidden: Tensor, observation: Tensor) -> Tensor:
        """Return what policy and value read, given hidden states (..., unit): these."""
        return hidden

    def policy(self, hidden: Tensor) -> Tensor:
        """Return the logits of the actions, (..., action), given hidden states (..., unit)."""
        return hidden @ self.policy_weight + self.policy_bias

    def value(self, hidden: Tensor) -> Tensor:
        """Return the value, (...), given hidden states (..., unit)."""
        return (hidden @ self.value_weight + self.value_bias).squeeze(-1)


class RPEActorCritic(LSTMActorCritic):
    """Two LSTMs: one reads rewards and computes the value, one reads RPEs and computes the policy.

    States and hidden states hold the units of the policy's LSTM, then those of the value's LSTM.
    Everything else is as in `LSTMActorCritic`; `feedback.Feedback` defines the reward prediction
    error (RPE).
    """

    value_recurrent_weight: nn.Parameter
    value_recurrent_bias: nn.Parameter
    value_initial_hidden: nn.Parameter
    value_initial_cell: nn.Parameter

    def begin(self, n_sessions: int) -> State:
        """Return the learned initial state, for `n_sessions` sessions."""
        hidden = torch.cat((self.initial_hidden, self.value_initial_hidden))
        cell = torch.cat((self.initial_cell, self.value_initial_cell))
        shape = (n_sessions, 2 * self.n_units)
        return State(hidden.expand(shape), cell.expand(shape))

    def step(
        self, observation: Tensor, cues: Tensor, action: Tensor | None, reward: Tensor, state: State
    ) -> State:
        """Advance the value's LSTM, then the policy's LSTM, which reads the prediction error."""
        inputs = self.encode(observation, cues, action, reward)
        policy_state, value_state = self._split(state)
        weights = self.value_recurrent_weight, self.value_recurrent_bias
        next_value = advance(inputs, value_state, *weights)
        error = torch.zeros_like(inputs[:, -1:])
        if action is not None:
            error = self.compute_error(reward, state.hidden, next_value.hidden)[:, None]
        policy_inputs = torch.cat((inputs[:, :-1], self.feedback.scale * error), dim=1)
        next_policy = self(policy_inputs, policy_state)
        return State(
            torch.cat((next_policy.hidden, next_value.hidden), dim=1),
            torch.cat((next_policy.cell, next_value.cell), dim=1),
        )

    def compute_error(self, reward: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """Compute the prediction error, (session,); no gradient passes through it.

        Parameters
        ----------
        reward : Tensor, shape (session,)
            Reward of the last step.
        before, after : Tensor, shapes (session, 2 * unit) and (session, unit)
            Hidden state of both LSTMs before this step, and of the value's LSTM after it.
        """
        with torch.no_grad():
            gained = self.feedback.discount * self._read_value(after)
            return reward.to(after.dtype) + gained - self.value(before)

    def policy(self, hidden: Tensor) -> Tensor:
        """Return the logits of the actions, (..., action), given hidden states (..., 2 * unit)."""
        return super().policy(hidden[..., : self.n_units])

    def value(self, hidden: Tensor) -> Tensor:
        """Return the value, (...), given hidden states (..., 2 * unit)."""
        return self._read_value(hidden[..., self.n_units :])

    def _read_value(self, hidden: Tensor) -> Tensor:
        return super().value(hidden)

    def _split(self, state: State) -> tuple[State, State]:
        n = self.n_units
        policy = State(state.hidden[:, :n], state.cell[:, :n])
        return policy, State(state.hidden[:, n:], state.cell[:, n:])


def advance(inputs: Tensor, state: State, weight: Tensor, bias: Tensor) -> State:
    """Advance an LSTM with the given weights by one step (`LSTMActorCritic.forward`)."""
    n_units = state.cell.shape[1]
    gates = torch.addmm(bias, torch.cat((state.hidden, inputs), dim=1), weight)
    opening, candidate = gates.split((3 * n_units, n_units), dim=1)
    write, keep, show = opening.sigmoid().chunk(3, dim=1)
    cell = keep * state.cell + write * candidate.tanh()
    return State(show * cell.tanh(), cell)


def make_network(weights: Weights, n_cues: int, feedback: Feedback) -> LSTMActorCritic:
    """Return a network of the kind that has these weights and reads this feedback."""
    if is_predictive(weights):
        from pfc_analysis.training.predictive.predictive_network import PredictiveNetwork

        return PredictiveNetwork(weights, n_cues, feedback)
    kind = RPEActorCritic if feedback.is_rpe else LSTMActorCritic
    return kind(weights, n_cues, feedback)
