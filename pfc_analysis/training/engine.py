"""The compiled engine: plays sessions and computes the gradient that torch would, only faster.

It serves the paper's small networks on tasks with coded observations. `network.py` and
`actor_critic.py` say what it computes, in the same interface; a test holds it to them. It reads the
network's weights in place and leaves the gradient in each parameter's `grad`, so that optimiser,
checkpoints and recordings are the same for both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pfc_analysis.tasks.task import SessionBatch, Task
from pfc_analysis.training import kernels
from pfc_analysis.training.actor_critic import Outcome
from pfc_analysis.training.network import LSTMActorCritic

Array = np.ndarray[Any, Any]


class Engine:
    """Plays one batch of sessions after another in the same memory.

    Parameters
    ----------
    network : LSTMActorCritic
        Its weights are read in place, its gradients written.
    task : Task
        What is played.
    n_sessions : int
        Sessions of a batch.
    """

    def __init__(self, network: LSTMActorCritic, task: Task, n_sessions: int) -> None:
        self.task, self.n_sessions = task, n_sessions
        self.n_observations, self.n_units = network.n_observations, network.n_units
        self.weights = {name: p.detach().numpy() for name, p in network.named_parameters()}
        self.gradients = {}
        for name, parameter in network.named_parameters():
            parameter.grad = torch.zeros_like(parameter)
            self.gradients[name] = parameter.grad.numpy()
        n_steps, n = task.max_steps, self.n_units

        def memory(*shape: int) -> Array:
            return np.zeros((n_steps, n_sessions, *shape), np.float32)

        # What enters each step's product: the last hidden state, then the inputs.
        self.joined = memory(n + network.n_inputs)
        self.gates, self.d_gates = memory(4 * n), memory(4 * n)
        self.hidden, self.tanh_cell = memory(n), memory(n)
        self.cell = np.zeros((n_steps + 1, n_sessions, n), np.float32)
        self.policy = memory(network.n_actions)
        self.action = np.zeros((n_steps, n_sessions), np.int64)
        self.reward, self.active = memory(), memory()

    def differentiate(
        self,
        rng: np.random.Generator,
        discount: float,
        value_cost: float,
        entropy_cost: float,
    ) -> Outcome:
        """Play a batch and leave the gradient of its loss in the parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws what `play_episode` draws, in the same order.
        discount, value_cost, entropy_cost : float
            gamma, beta_v and beta_e.

        Returns
        -------
        Outcome
            What was played.
        """
        n_steps = self.play(rng)
        d_readout, outcome = self._loss_gradient(n_steps, discount, value_cost, entropy_cost)
        self._go_back(n_steps, d_readout)
        return outcome

    def play(self, rng: np.random.Generator) -> int:
        """Play a batch; return the steps of its longest session."""
        batch = SessionBatch(self.task, self.task.draw_uniforms(rng, self.n_sessions))
        draws = rng.random((self.task.max_steps, self.n_sessions), dtype=np.float32)
        weights, n = self.weights, self.n_units
        self.cell[0] = weights["initial_cell"]
        self.joined[0, :, :n] = weights["initial_hidden"]
        self.joined[0, :, n:] = 0.0
        self.joined[0, :, n] = 1.0  # every task begins at its first observation
        for t, draw in enumerate(draws):
            np.matmul(self.joined[t], weights["recurrent_weight"], out=self.gates[t])
            kernels.advance(
                self.gates[t],
                weights["recurrent_bias"],
                self.cell[t],
                self.cell[t + 1],
                self.tanh_cell[t],
                self.hidden[t],
            )
            logits = self.hidden[t] @ weights["policy_weight"] + weights["policy_bias"]
            kernels.choose(logits, draw, self.policy[t], self.action[t])
            self.active[t] = ~batch.done
            batch.step(self.action[t])
            self.reward[t] = batch.reward
            if batch.done.all():
                return t + 1
            following = self.joined[t + 1]
            following[:, :n] = self.hidden[t]
            kernels.lay_out(
                following[:, n:],
                self.n_observations,
                batch.observation,
                self.action[t],
                batch.reward,
            )
        return len(draws)

    def _loss_gradient(
        self, n_steps: int, discount: float, value_cost: float, entropy_cost: float
    ) -> tuple[Array, Outcome]:
        """Gradient of the loss by logits and value, (step, session, action + 1)."""
        active, reward = self.active[:n_steps], self.reward[:n_steps]
        policy, hidden = self.policy[:n_steps], self.hidden[:n_steps]
        value = hidden @ self.weights["value_weight"][:, 0] + self.weights["value_bias"]
        delta = discounted(reward, discount) - value
        # A probability can underflow to 0; its contribution to the entropy is 0 then.
        log_policy = np.log(np.maximum(policy, np.finfo(np.float32).tiny))
        entropy = -(policy * log_policy).sum(-1)
        chosen = self.action[:n_steps, :, None]
        log_chosen = np.take_along_axis(log_policy, chosen, -1)[..., 0]

        weight = active / active.sum()
        by_logit = delta[..., None] * policy
        by_logit += entropy_cost * policy * (log_policy + entropy[..., None])
        taken = np.take_along_axis(by_logit, chosen, -1)
        np.put_along_axis(by_logit, chosen, taken - delta[..., None], -1)
        by_value = -value_cost * delta
        gradient = np.concatenate((by_logit, by_value[..., None]), -1) * weight[..., None]

        def average(quantity: Array) -> float:
            return float((quantity * weight).sum())

        value_loss, mean_entropy = average(0.5 * delta**2), average(entropy)
        policy_loss = average(-delta * log_chosen)
        return gradient.astype(np.float32, copy=False), Outcome(
            steps=int(active.sum()),
            reward=float(reward.sum()),
            invalid=float((reward < 0).sum()),
            loss=policy_loss + value_cost * value_loss - entropy_cost * mean_entropy,
            value_loss=value_loss,
            entropy=mean_entropy,
        )

    def _go_back(self, n_steps: int, d_readout: Array) -> None:
        """Take the gradient from the readouts back through all steps to every weight."""
        weights, gradients, n = self.weights, self.gradients, self.n_units
        readout = np.concatenate((weights["policy_weight"], weights["value_weight"]), axis=1)
        d_hidden_now = d_readout @ readout.T
        recurrent = np.ascontiguousarray(weights["recurrent_weight"][:n].T)
        d_hidden = np.zeros((self.n_sessions, n), np.float32)
        d_cell = np.zeros((self.n_sessions, n), np.float32)
        for t in reversed(range(n_steps)):
            d_hidden += d_hidden_now[t]
            kernels.retreat(
                d_hidden,
                d_cell,
                self.gates[t],
                self.cell[t],
                self.tanh_cell[t],
                self.d_gates[t],
            )
            np.matmul(self.d_gates[t], recurrent, out=d_hidden)

        flat_gates = self.d_gates[:n_steps].reshape(-1, 4 * n)
        flat_readout = d_readout.reshape(-1, d_readout.shape[-1])
        by_readout = self.hidden[:n_steps].reshape(-1, n).T @ flat_readout
        joined = self.joined[:n_steps].reshape(-1, self.joined.shape[-1])
        gradients["recurrent_weight"][:] = joined.T @ flat_gates
        gradients["recurrent_bias"][:] = flat_gates.sum(0)
        gradients["policy_weight"][:] = by_readout[:, :-1]
        gradients["value_weight"][:] = by_readout[:, -1:]
        gradients["policy_bias"][:] = flat_readout[:, :-1].sum(0)
        gradients["value_bias"][:] = flat_readout[:, -1:].sum(0)
        gradients["initial_hidden"][:] = d_hidden.sum(0)
        gradients["initial_cell"][:] = d_cell.sum(0)


def discounted(reward: Array, discount: float) -> Array:
    """Return of the rest of the session; as `discounted_return`, for float32 arrays."""
    returns = np.empty_like(reward)
    following = np.zeros_like(reward[0])
    for t in reversed(range(len(reward))):
        following = reward[t] + np.float32(discount) * following
        returns[t] = following
    return returns
