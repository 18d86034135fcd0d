"""Habits beside networks: the compiled engine against autograd, and against the rule in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.tasks import find_task
from pfc_analysis.training.engine.compiled_engine import BLOCK, Engine
from pfc_analysis.training.engine.habit.habit_engine import HabitEngine
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.networks.actor_critic import actor_critic_loss, play_episode
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.habit_network import HabitReference
from pfc_analysis.training.networks.weights import draw_weights, sizes_of

COSTS = LossCosts(0.9, 0.3, 0.07)
TWO_STEP, SCALED = find_task("two_step"), Feedback("reward", 0.3)
CASES = {
    "invalid trials": (TWO_STEP(trials=12), 5, 16, REWARD, {"rate": 0.1, "weight": 2.0}),
    "more sessions than a block": (
        TWO_STEP(trials=12), 16, BLOCK + 6, REWARD, {"rate": 0.02, "weight": 5.0}),
    "two actions, graded inputs": (
        find_task("inferred_value")(), 5, 16, SCALED, {"rate": 0.3, "weight": 1.0}),
}  # fmt: skip


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def draw(task, units):
    rng = np.random.default_rng(1)
    weights = draw_weights(sizes_of(task, units, habit=True), rng)
    assert not weights["habit"].any()
    for weight in weights.values():
        weight += 0.1 * rng.normal(size=weight.shape).astype(np.float32)
    weights["policy_weight"] *= 4.0
    return weights


def make(kind, case):
    task, units, n_sessions, feedback, settings = case
    return kind(draw(task, units), task, n_sessions, feedback, **settings)


def relative(found, expected):
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    return float(np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-12))


def live(log, start, rate):
    """The habit by its rule, session by session: values at each step, and at the end."""
    shown = np.zeros((*log.action.shape, start.shape[1]))
    tables = []
    for i in range(log.action.shape[1]):
        table, marked, earned = start.astype(float).copy(), set(), 0.0
        steps = np.flatnonzero(log.active[:, i])
        for t in steps:
            shown[t, i] = table[log.observation[t, i]]
            marked.add((log.observation[t, i], log.action[t, i]))
            earned += log.reward[t, i]
            last = t == steps[-1]
            if last or log.before["trial"][t + 1, i] != log.before["trial"][t, i]:
                for pair in marked:
                    table[pair] += rate * (earned - table[pair])
                marked, earned = set(), 0.0
        tables.append(table)
    return shown, np.stack(tables, axis=-1)


def test_values_follow_the_rule_and_are_added_to_the_policy(case):
    engine, (task, units, _, _, settings) = make(HabitEngine, case), case
    activity = engine.play(np.random.default_rng(3))
    shown, table = live(activity.log, draw(task, units)["habit"], settings["rate"])
    assert relative(activity.habit.table, table) < 1e-5
    active = activity.log.active
    habit = settings["weight"] * (shown - shown.mean(axis=-1, keepdims=True))
    assert relative(activity.habit.habit[active], habit[active]) < 1e-5
    weights = draw(task, units)
    logits = activity.hidden @ weights["policy_weight"] + weights["policy_bias"]
    logits -= logits.mean(axis=-1, keepdims=True)
    assert relative(activity.habit.network[active], logits[active]) < 1e-4
    if task.name == "two_step":
        assert (activity.log.reward < 0).any()


def test_gradient_equals_autograd_in_double_precision(case):
    engine, reference = make(HabitEngine, case), make(HabitReference, case)
    network = reference.network.double()
    outcome = engine.differentiate(np.random.default_rng(4), COSTS)
    episode = play_episode(network, case[0], case[2], np.random.default_rng(4))
    loss = actor_critic_loss(network, episode, *COSTS)
    network.zero_grad()
    loss.total.backward()
    assert outcome.steps == int(episode.active.sum())
    assert outcome.loss == pytest.approx(float(loss.total.detach()), rel=1e-5)
    for name, each in network.named_parameters():
        if name == "habit":
            assert not engine.gradients[name].any()
        else:
            assert relative(engine.gradients[name], each.grad.numpy()) < 1e-4, name


def test_in_training_the_agents_values_become_the_mean_over_sessions(case):
    task, units, n_sessions, feedback, settings = case
    found, logs = {}, []
    for kind in (HabitEngine, HabitReference):
        weights = draw(task, units)
        engine = kind(weights, task, n_sessions, feedback, **settings)
        logs.clear()  # the callback of the reference, the last one, gets the whole batch
        engine.differentiate(np.random.default_rng(4), COSTS, lambda each: logs.append(each.log))
        found[kind] = weights["habit"]
    (log,) = logs
    _, table = live(log, draw(task, units)["habit"], settings["rate"])
    for kind, values in found.items():
        assert relative(values, table.mean(axis=-1)) < 1e-5, kind


def test_playing_changes_no_weight_and_is_the_same_step_by_step(case):
    task, units, n_sessions, feedback, settings = case
    weights = draw(task, units)
    engine = HabitEngine(weights, task, n_sessions, feedback, **settings)
    first = engine.play(np.random.default_rng(1))
    stepped = engine.play(np.random.default_rng(1), lambda block: None)
    without = engine.play(np.random.default_rng(1), units=False)
    for again in (stepped, without):
        assert np.array_equal(first.log.action, again.log.action)
        for name in ("network", "habit", "table"):
            assert np.array_equal(getattr(first.habit, name), getattr(again.habit, name)), name
    for name, weight in draw(task, units).items():
        assert np.array_equal(weight, weights[name])


def test_a_habit_that_knows_nothing_and_learns_nothing_leaves_every_byte(case):
    task, units, n_sessions, feedback, _ = case
    weights = draw(task, units)
    weights["habit"][:] = 0.0
    plain = {name: weight for name, weight in weights.items() if name != "habit"}
    one = HabitEngine(weights, task, n_sessions, feedback, rate=0.0, weight=5.0)
    other = Engine(plain, task, n_sessions, feedback)
    mine, theirs = (each.play(np.random.default_rng(2)) for each in (one, other))
    for name, array in theirs.arrays().items():
        assert np.array_equal(array, mine.arrays()[name]), name
    for engine in (one, other):
        engine.differentiate(np.random.default_rng(4), COSTS)
    for name in plain:
        assert np.array_equal(one.gradients[name], other.gradients[name]), name
