"""Returns and loss against their formulas, and the gradient against finite differences."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.training.networks.actor_critic import (
    Episode,
    actor_critic_loss,
    discounted_return,
    play_episode,
)
from pfc_analysis.training.networks.network import LSTMActorCritic
from pfc_analysis.training.networks.weights import Sizes, draw_weights


@pytest.fixture
def network() -> LSTMActorCritic:
    return LSTMActorCritic(draw_weights(Sizes(4, 0, 3, 6), np.random.default_rng(1)))


@pytest.fixture
def episode(network) -> Episode:
    return play_episode(network, TwoStep(trials=5), 8, np.random.default_rng(2))


def test_return_is_the_discounted_sum_to_the_end():
    reward = torch.tensor(np.random.default_rng(0).normal(size=(9, 3)))
    returns = discounted_return(reward, 0.9)
    for t in range(9):
        weights = 0.9 ** torch.arange(9 - t, dtype=torch.float64)
        torch.testing.assert_close(returns[t], (weights[:, None] * reward[t:]).sum(0))


def test_episode_holds_what_the_task_did(episode):
    active = episode.active.numpy() > 0
    assert active[0].all()
    assert (np.diff(active.astype(int), axis=0) <= 0).all()
    assert (episode.reward.numpy()[~active] == 0).all()
    steps = episode.sessions["step"]
    shown = np.where(steps < 2, steps, 2 + episode.sessions["second_state"])
    assert np.array_equal(episode.observation.numpy()[active], shown[active])
    valid = (episode.action.numpy() == 0) == (steps == 0)
    assert np.array_equal(episode.reward.numpy()[active] < 0, ~valid[active])


def test_loss_equals_its_formula(network, episode):
    loss = actor_critic_loss(network, episode, 0.9, 0.3, 0.07)
    policy = network.policy(episode.hidden).softmax(-1).detach().double().numpy()
    value = network.value(episode.hidden).detach().double().numpy()
    returns = discounted_return(episode.reward, 0.9).double().numpy()
    on = episode.active.numpy() > 0
    chosen = np.take_along_axis(policy, episode.action.numpy()[..., None], -1)[..., 0]
    delta = returns - value
    expected = {
        "policy": (-delta * np.log(chosen))[on].mean(),
        "value": (0.5 * delta**2)[on].mean(),
        "entropy": -(policy * np.log(policy)).sum(-1)[on].mean(),
    }
    for name, number in expected.items():
        assert float(getattr(loss, name).detach()) == pytest.approx(number, rel=1e-5)
    total = expected["policy"] + 0.3 * expected["value"] - 0.07 * expected["entropy"]
    assert float(loss.total.detach()) == pytest.approx(total, rel=1e-5)


def test_advantage_is_not_differentiated_in_the_policy_term(network, episode):
    loss = actor_critic_loss(network, episode, 0.9, 0.0, 0.0)
    loss.total.backward()
    assert network.value_weight.grad is None or network.value_weight.grad.abs().sum() == 0
    assert network.policy_weight.grad.abs().sum() > 0


def test_finished_sessions_carry_no_weight(network, episode):
    off = (episode.active == 0).unsqueeze(-1)
    assert off.any()
    disturbed = dataclasses.replace(episode, hidden=torch.where(off, 0.9, episode.hidden))
    one = actor_critic_loss(network, episode, 0.9, 0.05, 0.05).total
    other = actor_critic_loss(network, disturbed, 0.9, 0.05, 0.05).total
    assert torch.equal(one, other)


def replay(network: LSTMActorCritic, episode: Episode) -> Episode:
    """Run the network again over what was shown and done."""
    state, action, reward = network.begin(episode.action.shape[1]), None, torch.zeros(8).double()
    hidden = []
    for t in range(len(episode.action)):
        inputs = network.encode(episode.observation[t], torch.zeros(8, 0), action, reward).double()
        state = network(inputs, state)
        hidden.append(state.hidden)
        action, reward = episode.action[t], episode.reward[t].double()
    return dataclasses.replace(episode, hidden=torch.stack(hidden))


def test_gradient_through_the_whole_session_equals_finite_differences(network, episode):
    double = dataclasses.replace(
        episode, reward=episode.reward.double(), active=episode.active.double()
    )
    network.double()
    base = actor_critic_loss(network, replay(network, double), 0.9, 0.05, 0.05)
    base.total.backward()
    delta = (
        discounted_return(double.reward, 0.9)
        - network.value(replay(network, double).hidden).detach()
    )

    def frozen_advantage_loss() -> float:
        with torch.no_grad():
            again = replay(network, double)
            log_policy = network.policy(again.hidden).log_softmax(-1)
            chosen = log_policy.gather(-1, double.action.unsqueeze(-1)).squeeze(-1)
            error = discounted_return(double.reward, 0.9) - network.value(again.hidden)
            entropy = -(log_policy.exp() * log_policy).sum(-1)
            each = -delta * chosen + 0.05 * 0.5 * error**2 - 0.05 * entropy
            return float((each * double.active).sum() / double.active.sum())

    rng = np.random.default_rng(0)
    for parameter in network.parameters():
        flat, gradient = parameter.detach().view(-1), parameter.grad.view(-1)
        for index in rng.choice(len(flat), min(4, len(flat)), replace=False):
            kept = float(flat[index])
            sides = []
            for shift in (1e-5, -1e-5):
                flat[index] = kept + shift
                sides.append(frozen_advantage_loss())
            flat[index] = kept
            slope = (sides[0] - sides[1]) / 2e-5
            assert float(gradient[index]) == pytest.approx(slope, rel=1e-4, abs=1e-8)


def test_hidden_states_equal_a_replay_of_what_was_shown(network, episode):
    network.double()
    again = replay(network, episode).hidden
    on = episode.active.unsqueeze(-1)
    torch.testing.assert_close((again * on).float(), episode.hidden * on, rtol=1e-4, atol=1e-5)
