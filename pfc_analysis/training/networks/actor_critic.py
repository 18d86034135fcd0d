"""Advantage actor-critic: how an episode is played, and the loss that is learned from it.

Follows Wang et al. 2018 (Methods, after Mnih et al. 2016): the gradient runs backward through the
whole session; the advantage is the return of the rest of the session minus the value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pfc_analysis.tasks.contract import Array, SessionBatch, StepLog, Task
from pfc_analysis.training.networks.conv_weights import check_coded
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.network import LSTMActorCritic, make_network
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.run.activity import Activity, Outcome, Watch


@dataclass(frozen=True)
class Episode:
    """A batch of sessions as played; all tensors are (time step, session[, unit]).

    Attributes
    ----------
    hidden, cell : Tensor
        LSTM output and memory, on the graph if the episode was played with gradients.
    observation, action : Tensor of int64
        What was shown and done.
    reward : Tensor
        What the step paid.
    active : Tensor
        1 while the session goes on, 0 once it is over.
    sessions : structured ndarray
        The sessions' records before each step (`StepLog.before`).
    n_trials : int
        Trials played in all sessions.
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
        """Return what was played as numpy arrays, for a task's trial table."""
        return StepLog(
            before=self.sessions,
            observation=self.observation.cpu().numpy(),
            action=self.action.cpu().numpy(),
            reward=self.reward.cpu().numpy().astype(np.float64),
            active=self.active.cpu().numpy() > 0,
        )


@dataclass(frozen=True)
class Loss:
    """The loss and its parts, each averaged over the steps played."""

    total: Tensor
    policy: Tensor
    value: Tensor
    entropy: Tensor


class Reference:
    """Plays batches of sessions and takes the gradient of their loss by torch's autograd.

    Parameters
    ----------
    weights : dict
        Of the network; read whenever something is played.
    task : Task
        What is played.
    n_sessions : int
        Sessions of a batch.
    feedback : Feedback
        What the network reads of its last response.

    Attributes
    ----------
    gradients : dict
        Gradient of the last batch's loss, an array a weight.

    Raises
    ------
    ValueError
        If the task shows pictures.
    """

    def __init__(
        self, weights: Weights, task: Task, n_sessions: int, feedback: Feedback = REWARD
    ) -> None:
        check_coded(task, "torch")
        self.network = make_network(weights, len(task.cues), feedback)
        self.task, self.n_sessions = task, n_sessions
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        for name, parameter in self.network.named_parameters():
            parameter.grad = torch.from_numpy(self.gradients[name])

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
            As for `play_episode`.
        discount, value_cost, entropy_cost, rpe_gain : float
            gamma, beta_v, beta_e and kappa (`actor_critic_loss`).
        watch : callable, optional
            Called with the `Activity` of what was played.

        Returns
        -------
        Outcome
            What was played.
        """
        episode = play_episode(self.network, self.task, self.n_sessions, rng)
        costs = discount, value_cost, entropy_cost, rpe_gain
        loss = actor_critic_loss(self.network, episode, *costs)
        self.network.zero_grad(set_to_none=False)
        loss.total.backward()
        if watch is not None:
            watch(self._activity(episode))
        return Outcome(
            steps=int(episode.active.sum()),
            trials=episode.n_trials,
            reward=float(episode.reward.sum()),
            invalid=float((episode.reward < 0).sum()) * self.task.punishes_invalid,
            loss=float(loss.total.detach()),
            value_loss=float(loss.value.detach()),
            entropy=float(loss.entropy.detach()),
        )

    @torch.no_grad()
    def play(self, rng: np.random.Generator) -> Activity:
        """Play a batch with the weights as they are.

        Parameters
        ----------
        rng : numpy.random.Generator
            As for `play_episode`.

        Returns
        -------
        Activity
            What was played, and what every unit did.
        """
        return self._activity(play_episode(self.network, self.task, self.n_sessions, rng))

    @torch.no_grad()
    def _activity(self, episode: Episode) -> Activity:
        value, scale = self.network.value(episode.hidden), self.network.feedback.scale
        told = episode.reward.clone()
        if self.network.feedback.is_rpe:
            told[:-1] += self.network.feedback.discount * value[1:] - value[:-1]
        units = (episode.hidden, episode.cell, value, scale * told)
        return Activity(episode.log(), *(tensor.detach().numpy() for tensor in units))


def play_episode(
    network: LSTMActorCritic, task: Task, n_sessions: int, rng: np.random.Generator
) -> Episode:
    """Play whole sessions; actions are sampled from the policy.

    Parameters
    ----------
    network : LSTMActorCritic
        The agent.
    task : Task
        What it plays.
    n_sessions : int
        Sessions played side by side.
    rng : numpy.random.Generator
        Draws the task's random numbers, then those that sample actions, all before the first step.

    Returns
    -------
    Episode
        What was played.
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
        action = sample_action(network, state.hidden, draw)
        batch.step(action.numpy())
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
        Its policy is read out.
    hidden : Tensor, shape (session, unit)
        LSTM output.
    draw : Tensor, shape (session,)
        Uniform on [0, 1).

    Returns
    -------
    Tensor of int64, shape (session,)
        Codes of the actions.
    """
    cumulative = network.policy(hidden).softmax(-1).cumsum(-1)
    # The last entry is left out: rounding may leave it below 1.
    return (draw[:, None] >= cumulative[:, :-1]).sum(-1)


def discounted_return(reward: Tensor, discount: float) -> Tensor:
    r"""Return of the rest of the session, :math:`R_t = r_t + \gamma R_{t+1}`, 0 past its end.

    Parameters
    ----------
    reward : Tensor, shape (time step, session)
        Rewards; 0 once a session is over.
    discount : float
        Discount a step.

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
    r"""Loss of an episode.

    .. math::
        L = \langle \kappa (-\bar\delta_t \log \pi(a_t) + \tfrac{1}{2} \beta_v \delta_t^2)
            - \beta_e H(\pi_t) \rangle, \qquad \delta_t = R_t - V_t

    where the bar stops the gradient and the average is over all steps of all sessions.

    Parameters
    ----------
    network : LSTMActorCritic
        The agent that played.
    episode : Episode
        What it played, with gradients.
    discount, value_cost, entropy_cost : float
        gamma, beta_v and beta_e.
    rpe_gain : float
        kappa: what is left of the prediction error where it teaches; 1 leaves it whole.

    Returns
    -------
    Loss
        Total and parts.
    """
    log_policy = network.policy(episode.hidden).log_softmax(-1)
    log_chosen = log_policy.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
    delta = discounted_return(episode.reward, discount) - network.value(episode.hidden)
    entropy = -(log_policy.exp() * log_policy).sum(-1)

    def average(quantity: Tensor) -> Tensor:
        return (quantity * episode.active).sum() / episode.active.sum()

    policy = average(-delta.detach() * log_chosen)
    value = average(0.5 * delta.square())
    mean_entropy = average(entropy)
    total = rpe_gain * (policy + value_cost * value) - entropy_cost * mean_entropy
    return Loss(total, policy, value, mean_entropy)
