"""The compiled engine against torch's autograd: activity, actions, loss and gradient."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from numba import vectorize

from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.training import kernels
from pfc_analysis.training.actor_critic import Reference, actor_critic_loss, play_episode
from pfc_analysis.training.engine import BLOCK, Engine
from pfc_analysis.training.network import LSTMActorCritic
from pfc_analysis.training.packing import Gradient, Weights
from pfc_analysis.training.replica import Replica, single_thread

COSTS = (0.9, 0.3, 0.07)
SESSIONS = 16
BATCHES = [1, SESSIONS, BLOCK + 6]
"""One session, one block, and a block with a smaller one."""

SETTINGS = [(name, {}) for name in list_tasks()] + [("two_step", {"fixation": False})]


@pytest.fixture(params=SETTINGS, ids=str)
def task(request):
    name, settings = request.param
    return find_task(name)(trials=12, **settings)


@pytest.fixture(params=[48, 5], ids="{} units".format)
def network(request, task) -> LSTMActorCritic:
    """With every weight far from 0, so that no term of the gradient can hide."""
    generator = torch.Generator().manual_seed(1)
    sizes = len(task.observations), len(task.actions), request.param
    network = LSTMActorCritic(*sizes, generator)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
        network.policy_weight *= 4.0
    return network


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("n_sessions", BATCHES)
def test_plays_the_same_sessions_with_the_same_activity(task, network, n_sessions):
    mine, theirs = (
        engine(network, task, n_sessions).play(np.random.default_rng(3))
        for engine in (Engine, Reference)
    )
    active = theirs.log.active
    assert np.array_equal(mine.log.active, active)
    for name in ("before", "observation", "action", "reward"):
        logged = getattr(mine.log, name)[active], getattr(theirs.log, name)[active]
        assert np.array_equal(*logged), name
        assert logged[0].dtype == logged[1].dtype
    for name in ("hidden", "cell", "value"):
        found, expected = getattr(mine, name)[active], getattr(theirs, name)[active]
        assert relative(found, expected) < 1e-5, name
        assert found.dtype == np.float32


def test_sessions_that_end_at_different_steps_are_among_them(network):
    task = find_task("two_step")(trials=12)
    network = LSTMActorCritic(4, 3, 5, torch.Generator().manual_seed(1))
    active = Engine(network, task, SESSIONS).play(np.random.default_rng(3)).log.active
    assert 0.5 < active.mean() < 1.0


@pytest.mark.parametrize("n_sessions", BATCHES)
def test_gradient_equals_autograd(task, network, n_sessions):
    theirs = Reference(network, task, n_sessions).differentiate(np.random.default_rng(4), *COSTS)
    expected = {name: p.grad.numpy().copy() for name, p in network.named_parameters()}
    mine = Engine(network, task, n_sessions).differentiate(np.random.default_rng(4), *COSTS)
    for name, parameter in network.named_parameters():
        assert relative(parameter.grad.numpy(), expected[name]) < 1e-5, name
    for name in ("steps", "reward", "invalid"):
        assert getattr(mine, name) == getattr(theirs, name)
    for name in ("loss", "value_loss", "entropy"):
        assert getattr(mine, name) == pytest.approx(getattr(theirs, name), rel=1e-5)


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


def gradient(network: LSTMActorCritic) -> np.ndarray:
    return np.concatenate([p.grad.numpy().ravel() for p in network.parameters()])


def test_batches_leave_no_trace_on_each_other(task, network):
    used, fresh = Engine(network, task, SESSIONS), Engine(network, task, SESSIONS)
    used.differentiate(np.random.default_rng(1), *COSTS)
    used.play(np.random.default_rng(3))
    used.differentiate(np.random.default_rng(2), *COSTS)
    first = gradient(network)
    fresh.differentiate(np.random.default_rng(2), *COSTS)
    assert np.array_equal(first, gradient(network))


def test_activity_is_not_overwritten_by_what_is_played_next(task, network):
    engine = Engine(network, task, SESSIONS)
    first = engine.play(np.random.default_rng(1))
    kept = first.hidden.copy(), first.log.action.copy(), first.log.before.copy()
    engine.play(np.random.default_rng(2))
    assert np.array_equal(kept[0], first.hidden)
    assert np.array_equal(kept[1], first.log.action)
    assert np.array_equal(kept[2], first.log.before)


def test_weights_are_those_of_the_network_at_the_time(task, network):
    engine = Engine(network, task, SESSIONS)
    with torch.no_grad():
        network.recurrent_weight.zero_()
        network.recurrent_bias.zero_()
        network.initial_cell.zero_()
    assert (engine.play(np.random.default_rng(1)).hidden == 0).all()


def test_packed_weights_hold_every_parameter_where_its_gradient_goes(network):
    """The gradient of a loss that is half the squared weights is the weights themselves."""
    weights, gradient = Weights(network), Gradient(Weights(network))
    weights.read(network)
    gradient.gates, gradient.readout, gradient.start = weights.gates, weights.readout, weights.start
    gradient.write(network, 1)
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter.grad, parameter.detach()), name
    assert np.array_equal(weights.back.T, weights.gates[: network.n_units])
    assert np.array_equal(weights.readout_back.T, weights.readout[: network.n_units])


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
    inputs = np.linspace(-20, 20, 200_001, dtype=np.float32)
    found = vectorize(kernels.tanh.py_func)(inputs)
    assert np.abs(found - np.tanh(inputs.astype(np.float64))).max() < 5e-7


@pytest.mark.parametrize("draw", [0.0, 0.2, 0.5, 0.999999, np.nextafter(np.float32(1), 0)])
def test_actions_are_drawn_by_inverting_the_cumulative_policy(draw):
    logits = np.log(np.array([[0.2, 0.3, 0.5, 7.0]], np.float32))  # the last one is a value
    policy, action = np.zeros((1, 3), np.float32), np.zeros(1, np.int64)
    kernels.choose(logits, np.array([draw], np.float32), policy, action)
    assert policy[0] == pytest.approx([0.2, 0.3, 0.5], rel=1e-6)
    assert logits[0, :3] == pytest.approx(np.log(policy[0]), rel=1e-6)
    assert logits[0, 3] == pytest.approx(np.log(7.0))
    assert action[0] == min(np.searchsorted(policy[0].cumsum(), draw, side="right"), 2)


def test_kernels_are_loaded_not_compiled_in_the_next_process():
    """Compiled for one signature each, whatever the task; otherwise every process would wait."""
    code = (
        "import numpy as np, torch; from pfc_analysis.tasks import find_task; "
        "from pfc_analysis.training import kernels; "
        "from pfc_analysis.training.engine import Engine; "
        "from pfc_analysis.training.network import LSTMActorCritic; "
        "task = find_task('two_step')(trials=2); "
        "network = LSTMActorCritic(4, 3, 5, torch.Generator()); "
        "Engine(network, task, 2).differentiate(np.random.default_rng(0), 0.9, 0.1, 0.1); "
        "used = (kernels.play_block, kernels.differentiate_block, task.play_kernel); "
        "print([kernel.stats.cache_misses.total() for kernel in used])"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[0, 0, 0]"
