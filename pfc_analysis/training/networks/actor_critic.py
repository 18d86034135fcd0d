"""Advantage actor-critic in torch: play sessions, and compute the loss and its gradient.

This follows Wang et al. 2018 (Methods, after Mnih et al. 2016). The gradient is backpropagated
through the whole session. The advantage is the return of the rest of the session minus the value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pfc_analysis.tasks.contract import Array, SessionBatch, StepLog, Task
from pfc_analysis.training.interface.activity import Activity, ActivityCallback
from pfc_analysis.training.interface.engine_protocol import EngineProtocol, StepHook, refuse_hook
from pfc_analysis.training.interface.memory_log import MemoryLog
from pfc_analysis.training.interface.outcome import LossCosts, Outcome, make_outcome
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.network import LSTMActorCritic, make_network
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import check_coded


@dataclass(frozen=True)
class Episode:
    """A batch of sessions that was played; all tensors are (time step, session[, unit]).

    Attributes
    ----------
    hidden, cell : Tensor
        Output and cell state of the LSTM; part of torch's graph if played with gradients.
    observation, action : Tensor of int64
        Codes of what was shown and done.
    reward : Tensor
        Reward of each step.
    active : Tensor
        1 while a session goes on, 0 once it is over.
    sessions : structured ndarray
        State of the sessions before each step (`StepLog.before`).
    n_trials : int
        Number of trials played, over all sessions.
    """

    hidden: Tensor
    cell: Tensor
    observation: Tensor
    action: Tensor
    reward: Tensor
    active: Tensor
    sessions: Array
    n_trials: int

    def log(self) -> StepLog:
        """Return what was shown, done and paid as numpy arrays, for a task's trial table."""
        return StepLog(
            before=self.sessions,
            observation=self.observation.cpu().numpy(),
            action=self.action.cpu().numpy(),
            reward=self.reward.cpu().numpy().astype(np.float64),
            active=self.active.cpu().numpy() > 0,
        )


@dataclass(frozen=True)
class Loss:
    """The total loss and its terms (without costs), each averaged over the steps played."""

    total: Tensor
    policy: Tensor
    value: Tensor
    entropy: Tensor


class Reference(EngineProtocol):
    """The engine that uses torch's autograd: slower, and the reference for the compiled engine.

    Parameters are those of `EngineProtocol`.
    """

    def __init__(
        self, weights: Weights, task: Task, n_sessions: int, feedback: Feedback = REWARD
    ) -> None:
        check_coded(task)
        self._take_network(
            make_network(weights, len(task.cues), feedback), weights, task, n_sessions
        )

    def _take_network(
        self, network: LSTMActorCritic, weights: Weights, task: Task, n_sessions: int
    ) -> None:
        """Prepare to play with a network, whose gradients lie in `gradients`."""
        self.network, self.task, self.n_sessions = network, task, n_sessions
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        for name, parameter in self.network.named_parameters():
            parameter.grad = torch.from_numpy(self.gradients[name])

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play the whole batch as one part; autograd computes the gradient."""
        episode = play_episode(self.network, self.task, self.n_sessions, rng)
        loss = actor_critic_loss(self.network, episode, *costs)
        self.network.zero_grad(set_to_none=False)
        loss.total.backward()
        if callback is not None:
            callback(self._activity(episode))
        return describe_episode(self.task, episode, loss, episode.reward)

    @torch.no_grad()
    def play(
        self, rng: np.random.Generator, before_step: StepHook | None = None, units: bool = True
    ) -> Activity:
        """Play the whole batch as one part. It returns `hidden` and `cell` always.

        This engine cannot apply hooks.
        """
        refuse_hook(before_step, "the engine 'torch'", "use the engine 'compiled'")
        return self._activity(play_episode(self.network, self.task, self.n_sessions, rng))

    @torch.no_grad()
    def _activity(self, episode: Episode) -> Activity:
        read = self.network.read(episode.hidden, episode.observation)
        value, scale = self.network.value(read), self.network.feedback.scale
        fed_back = episode.reward.clone()
        if self.network.feedback.is_rpe:
            fed_back[:-1] += self.network.feedback.discount * value[1:] - value[:-1]
        return Activity(
            episode.log(),
            episode.hidden.detach().numpy(),
            episode.cell.detach().numpy(),
            value.detach().numpy(),
            (scale * fed_back).detach().numpy(),
            self._memory_log(),
        )

    def _memory_log(self) -> MemoryLog | None:
        """Return what was stored and reinstated in the sessions played last, if anything was."""
        return None


def play_episode(
    network: LSTMActorCritic, task: Task, n_sessions: int, rng: np.random.Generator
) -> Episode:
    """Play whole sessions side by side; actions are sampled from the policy.

    Parameters
    ----------
    network : LSTMActorCritic
        The network that plays.
    task : Task
        The task to play.
    n_sessions : int
        Number of sessions.
    rng : numpy.random.Generator
        Source of random numbers, used as in `EngineProtocol.differentiate`.

    Returns
    -------
    Episode
        The sessions.
    """
    batch = SessionBatch(task, task.draw_uniforms(rng, n_sessions))
    draws = torch.from_numpy(rng.random((task.max_steps, n_sessions), dtype=np.float32))
    state = network.begin(n_sessions)
    action: Tensor | None = None
    played = []
    for draw in draws:
        if batch.done.all():
            break
        observation = torch.from_numpy(batch.observation.copy())
        active = torch.from_numpy(~batch.done)
        before = batch.sessions.copy()
        cues = torch.from_numpy(batch.cues.copy())
        state = network.step(observation, cues, action, torch.from_numpy(batch.reward), state)
        at_end = ~batch.done & (batch.sessions["step"] == len(task.steps) - 1)
        state = network.remember(state, cues, torch.from_numpy(at_end))
        action = sample_action(network, network.read(state.hidden, observation), draw)
        batch.step(action.numpy())
        network.watch(before, observation, action, batch)
        reward = torch.from_numpy(batch.reward.astype(np.float32))
        played.append((state.hidden, state.cell, observation, action, reward, active, before))
    hidden, cell, observations, actions, rewards, actives, sessions = zip(*played, strict=True)
    return Episode(
        torch.stack(hidden),
        torch.stack(cell),
        torch.stack(observations),
        torch.stack(actions),
        torch.stack(rewards),
        torch.stack(actives).float(),
        np.stack(sessions),
        int(batch.sessions["trial"].sum()),
    )


@torch.no_grad()
def sample_action(network: LSTMActorCritic, hidden: Tensor, draw: Tensor) -> Tensor:
    """Sample actions by inverting the cumulative policy at uniform random numbers.

    Parameters
    ----------
    network : LSTMActorCritic
        The network whose policy is used.
    hidden : Tensor, shape (session, unit)
        What policy and value read (`LSTMActorCritic.read`).
    draw : Tensor, shape (session,)
        Random numbers, uniform on [0, 1).

    Returns
    -------
    Tensor of int64, shape (session,)
        Codes of the actions.
    """
    cumulative = network.policy(hidden).softmax(-1).cumsum(-1)
    # The last entry is not compared: rounding may leave it below 1.
    return (draw[:, None] >= cumulative[:, :-1]).sum(-1)


def discounted_return(reward: Tensor, discount: float) -> Tensor:
    r"""Compute the return of the rest of the session, :math:`R_t = r_t + \gamma R_{t+1}`.

    Parameters
    ----------
    reward : Tensor, shape (time step, session)
        Rewards; 0 once a session is over.
    discount : float
        gamma, per step.

    Returns
    -------
    Tensor, shape (time step, session)
    """
    returns = torch.empty_like(reward)
    following = torch.zeros_like(reward[0])
    for t in reversed(range(len(reward))):
        following = reward[t] + discount * following
        returns[t] = following
    return returns


def actor_critic_loss(
    network: LSTMActorCritic,
    episode: Episode,
    discount: float,
    value_cost: float,
    entropy_cost: float,
    rpe_gain: float = 1.0,
) -> Loss:
    r"""Compute the loss of an episode.

    .. math::
        L = \langle \kappa (-\bar\delta_t \log \pi(a_t) + \tfrac{1}{2} \beta_v \delta_t^2)
            - \beta_e H(\pi_t) \rangle, \qquad \delta_t = R_t - V_t

    where no gradient passes through the term under the bar, and the average is over all steps of
    all sessions.

    Parameters
    ----------
    network : LSTMActorCritic
        The network that played.
    episode : Episode
        The sessions, played with gradients.
    discount, value_cost, entropy_cost, rpe_gain : float
        gamma, beta_v, beta_e and kappa (`LossCosts`).

    Returns
    -------
    Loss
        The total loss and its terms.
    """
    read = network.read(episode.hidden, episode.observation)
    log_policy = network.policy(read).log_softmax(-1)
    log_chosen = log_policy.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
    delta = discounted_return(episode.reward, discount) - network.value(read)
    entropy = -(log_policy.exp() * log_policy).sum(-1)

    def average(quantity: Tensor) -> Tensor:
        return (quantity * episode.active).sum() / episode.active.sum()

    policy = average(-delta.detach() * log_chosen)
    value = average(0.5 * delta.square())
    mean_entropy = average(entropy)
    costs = LossCosts(discount, value_cost, entropy_cost, rpe_gain)
    return Loss(costs.total(policy, value, mean_entropy), policy, value, mean_entropy)


def describe_episode(task: Task, episode: Episode, loss: Loss, reward: Array | Tensor) -> Outcome:
    """Return counts, rewards and losses of an episode; `reward` has shape (time step, session)."""
    counts = int(episode.active.sum()), episode.n_trials
    rewards = float(reward.sum()), float((reward < 0).sum())
    losses = [float(term.detach()) for term in (loss.total, loss.value, loss.entropy)]
    return make_outcome(task, counts, rewards, losses)
