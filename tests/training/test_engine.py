"""The compiled engine against torch's autograd: activity, actions, loss and gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.training import kernels
from pfc_analysis.training.actor_critic import Reference, actor_critic_loss, play_episode
from pfc_analysis.training.engine import Engine, discounted
from pfc_analysis.training.network import LSTMActorCritic
from pfc_analysis.training.replica import Replica, single_thread

COSTS = (0.9, 0.3, 0.07)
SESSIONS = 16


@pytest.fixture(params=list_tasks())
def task(request):
    return find_task(request.param)(trials=12)


@pytest.fixture
def network(task) -> LSTMActorCritic:
    """With every weight far from 0, so that no term of the gradient can hide."""
    generator = torch.Generator().manual_seed(1)
    network = LSTMActorCritic(len(task.observations), len(task.actions), 48, generator)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
        network.policy_weight *= 4.0
    return network


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("seed", [3, 4])
def test_plays_the_same_sessions_with_the_same_activity(task, network, seed):
    engine = Engine(network, task, SESSIONS)
    n_steps = engine.play(np.random.default_rng(seed))
    with torch.no_grad():
        episode = play_episode(network, task, SESSIONS, np.random.default_rng(seed))
    assert n_steps == len(episode.action)
    active = episode.active.numpy() > 0
    assert active.mean() < 1  # sessions end at different steps
    assert np.array_equal(engine.active[:n_steps] > 0, active)
    assert np.array_equal(engine.action[:n_steps][active], episode.action.numpy()[active])
    assert np.array_equal(engine.reward[:n_steps][active], episode.reward.numpy()[active])
    for mine, theirs in ((engine.hidden, episode.hidden), (engine.cell[1:], episode.cell)):
        assert relative(mine[:n_steps][active], theirs.numpy()[active]) < 1e-5


@pytest.mark.parametrize("seed", [3, 4])
def test_gradient_equals_autograd(task, network, seed):
    outcome = Reference(network, task, SESSIONS).differentiate(np.random.default_rng(seed), *COSTS)
    expected = {name: p.grad.numpy().copy() for name, p in network.named_parameters()}
    mine = Engine(network, task, SESSIONS).differentiate(np.random.default_rng(seed), *COSTS)
    for name, parameter in network.named_parameters():
        assert relative(parameter.grad.numpy(), expected[name]) < 1e-5, name
    assert (mine.steps, mine.reward, mine.invalid) == (
        outcome.steps, outcome.reward, outcome.invalid,
    )  # fmt: skip
    for name in ("loss", "value_loss", "entropy"):
        assert getattr(mine, name) == pytest.approx(getattr(outcome, name), rel=1e-5)


def test_each_term_of_the_gradient_alone(task, network):
    """The costs weigh the terms: a wrong sign of a small one must not hide behind the others."""
    for costs in ((0.9, 0.0, 0.0), (0.9, 5.0, 0.0), (0.9, 0.0, 5.0)):
        with torch.enable_grad():
            episode = play_episode(network, task, SESSIONS, np.random.default_rng(7))
            network.zero_grad()
            actor_critic_loss(network, episode, *costs).total.backward()
        expected = network.recurrent_weight.grad.numpy().copy()
        Engine(network, task, SESSIONS).differentiate(np.random.default_rng(7), *costs)
        assert relative(network.recurrent_weight.grad.numpy(), expected) < 1e-5


def test_batches_leave_no_trace_on_each_other(task, network):
    used, fresh = Engine(network, task, SESSIONS), Engine(network, task, SESSIONS)
    used.differentiate(np.random.default_rng(1), *COSTS)
    used.differentiate(np.random.default_rng(2), *COSTS)
    first = used.gradients["recurrent_weight"].copy()
    fresh.differentiate(np.random.default_rng(2), *COSTS)
    assert np.array_equal(first, fresh.gradients["recurrent_weight"])


def test_weights_follow_the_network(task, network):
    engine = Engine(network, task, SESSIONS)
    with torch.no_grad():
        network.recurrent_weight.zero_()
        network.recurrent_bias.zero_()
        network.initial_cell.zero_()
    engine.play(np.random.default_rng(1))
    assert (engine.hidden[0] == 0).all()


def test_engines_train_alike_to_rounding(small_recipe):
    runs = []
    for engine in ("compiled", "torch"):
        replica = Replica(small_recipe, seed=2, engine=engine)
        with single_thread():
            replica.learn()
            replica.learn()
        runs.append(replica)
    assert np.allclose(runs[0].log, runs[1].log, rtol=1e-4)
    weights = [run.progress().weights["recurrent_weight"].numpy() for run in runs]
    assert relative(weights[0], weights[1]) < 1e-4


def test_tanh_is_tanh_to_single_precision():
    gates = np.linspace(-20, 20, 4 * 50_001, dtype=np.float32).reshape(1, -1)
    inputs, n = gates.copy(), gates.shape[1] // 4
    empty = [np.zeros((1, n), np.float32) for _ in range(4)]
    kernels.advance(gates, np.zeros(4 * n, np.float32), *empty)
    expected = inputs.astype(np.float64)
    expected[:, : 3 * n] = 1 / (1 + np.exp(-expected[:, : 3 * n]))
    expected[:, 3 * n :] = np.tanh(expected[:, 3 * n :])
    assert np.abs(gates - expected).max() < 5e-7
    assert np.abs(gates).max() <= 1.0


def test_discounted_return_is_the_sum_to_the_end():
    reward = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)
    for t, found in enumerate(discounted(reward, 0.9)):
        weights = 0.9 ** np.arange(7 - t)
        assert found == pytest.approx((weights[:, None] * reward[t:]).sum(0), rel=1e-5)
