"""The compiled engine with an episodic memory against torch's autograd in double precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numba import njit

from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract import Task, Trials, TrialTable, code, number
from pfc_analysis.training.engine.compiled_engine import BLOCK, Engine
from pfc_analysis.training.engine.episodic.memory_engine import MemoryEngine
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.networks.actor_critic import actor_critic_loss, play_episode
from pfc_analysis.training.networks.episodic_network import EpisodicReference
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.weights import Weights, draw_weights, sizes_of

COSTS = LossCosts(0.9, 0.3, 0.07)
SHORT = {"trials": 12, "uncued_trials": 6, "cue_blocks": 1}
REWARD, SCALED = Feedback(), Feedback("reward", 0.3)


@njit(cache=True)
def begin(session, uniform):
    """Draw how long trials are."""
    session.long = 1 if uniform[0] < 0.5 else 0


@njit(cache=True)
def step(session, action, uniform):
    """Trials of one or two steps; the last one pays the second action."""
    session.step += 1
    if session.step == 1 and session.long == 1:
        return 1, 0.0
    session.step = 0
    session.trial += 1
    session.context_now = uniform[0]
    return 0, 1.0 * action


@njit(cache=True)
def show(session, cues):
    """A cue that is no context, then a graded context of two numbers, in two of three trials."""
    cues[0] = 0.5 * session.step
    shown = 1.0 if session.trial % 3 > 0 else 0.0
    cues[1] = shown * session.context_now
    cues[2] = shown * (1.0 - session.context_now)


@dataclass(frozen=True)
class Graded(Task):
    """A toy with a graded context besides another cue; some sessions never reach the last step."""

    trials: int = 12

    name = "graded"
    why_no_questions = "it is a toy"
    observations = ("begin", "second")
    actions = ("left", "right")
    steps = ("first", "second")
    cues = ("other", "one", "two")
    context = ("one", "two")

    class Session:
        """Hidden variables."""

        long: int
        context_now: float

    def tabulate(self, trials: Trials) -> TrialTable:
        """Choice and reward."""
        return {"choice": code(trials.action("first")), "reward": number(trials.reward)}


EPISODIC = find_task("episodic_two_step")
CASES = {
    "short sessions": (EPISODIC(**SHORT), 5, 16, REWARD, 1.0),
    "invalid trials, barcodes as inputs": (
        EPISODIC(**SHORT, fixation=True, barcode_input=True, barcode_bits=4), 5, 16, SCALED, 1.0),
    "more sessions than a block": (EPISODIC(**SHORT), 48, BLOCK + 6, REWARD, 1.0),
    "whole sessions": (EPISODIC(), 16, 8, REWARD, 1.0),
    "a weakened gate": (EPISODIC(**SHORT), 5, 16, REWARD, 0.4),
    "a gate held at 0": (EPISODIC(**SHORT), 5, 16, REWARD, 0.0),
    "graded contexts": (Graded(), 5, 16, REWARD, 1.0),
}  # fmt: skip


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def draw(task, units: int, n_random: int = 1) -> Weights:
    """With every weight far from 0, so that no term of the gradient can hide."""
    rng = np.random.default_rng(n_random)
    weights = draw_weights(sizes_of(task, units, memory=True), rng)
    for weight in weights.values():
        weight += 0.1 * rng.normal(size=weight.shape).astype(np.float32)
    weights["policy_weight"] *= 4.0
    return weights


def make_engines(case) -> tuple[MemoryEngine, EpisodicReference]:
    task, units, n_sessions, feedback, reinstatement = case
    parts = draw(task, units), task, n_sessions, feedback, reinstatement
    reference = EpisodicReference(*parts)
    reference.network.double()
    return MemoryEngine(*parts), reference


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    return float(np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-12))


def join(arrays: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([arrays[name].ravel() for name in sorted(arrays)])


def test_plays_the_same_sessions_and_reinstates_the_same_states(case):
    engine, reference = make_engines(case)
    mine, theirs = (each.play(np.random.default_rng(3)) for each in (engine, reference))
    active = theirs.log.active
    assert np.array_equal(mine.log.active, active)
    for name in ("before", "observation", "action", "reward"):
        assert np.array_equal(getattr(mine.log, name)[active], getattr(theirs.log, name)[active])
    for name in ("hidden", "cell", "value"):
        assert relative(getattr(mine, name)[active], getattr(theirs, name)[active]) < 1e-5, name
    for name in ("retrieved", "stored"):
        found = getattr(mine.memory, name)[active]
        assert np.array_equal(found, getattr(theirs.memory, name)[active]), name
        assert (found > 0).any()
    for name in ("gate", "share"):
        found = getattr(mine.memory, name)[active]
        assert relative(found, getattr(theirs.memory, name)[active]) < 1e-5, name
        assert found.any() == (case[-1] > 0)


def test_gradient_equals_autograd_in_double_precision(case):
    """Through the memory too: states that were stored are the values that later steps read."""
    engine, reference = make_engines(case)
    outcome = engine.differentiate(np.random.default_rng(4), COSTS)
    network = reference.network
    episode = play_episode(network, case[0], case[2], np.random.default_rng(4))
    loss = actor_critic_loss(network, episode, *COSTS)
    network.zero_grad()
    loss.total.backward()
    assert outcome.steps == int(episode.active.sum())
    assert outcome.loss == pytest.approx(float(loss.total.detach()), rel=1e-5)
    expected = {name: each.grad.numpy() for name, each in network.named_parameters()}
    for name, each in expected.items():  # some are sums of large terms that cancel
        assert relative(engine.gradients[name], each) < 1e-4, name
    assert relative(join(engine.gradients), join(expected)) < 1e-6


def test_the_reinstatement_gate_learns_unless_it_is_held_at_0(case):
    engine, _ = make_engines(case)
    engine.differentiate(np.random.default_rng(4), COSTS)
    n = case[1]
    of_gate = engine.gradients["recurrent_weight"][:, 3 * n : 4 * n]
    assert of_gate.any() == (case[-1] > 0)


def test_without_reinstatement_it_is_the_network_without_a_memory():
    """With the gate held at 0, the other weights make an LSTM that is known already."""
    task = EPISODIC(**SHORT, barcode_input=True)
    weights = draw(task, 5)
    plain = dict(weights)
    for name in ("recurrent_weight", "recurrent_bias"):
        plain[name] = np.ascontiguousarray(np.delete(weights[name], np.s_[15:20], axis=-1))
    with_memory = MemoryEngine(weights, task, 16, reinstatement=0.0)
    without = Engine(plain, task, 16)
    one, other = (each.play(np.random.default_rng(2)) for each in (with_memory, without))
    assert np.array_equal(one.log.action, other.log.action)
    assert np.abs(one.hidden - other.hidden).max() < 1e-6
    for engine in (with_memory, without):
        engine.differentiate(np.random.default_rng(4), COSTS)
    found = np.delete(with_memory.gradients["recurrent_weight"], np.s_[15:20], axis=-1)
    assert relative(found, without.gradients["recurrent_weight"]) < 1e-5


def test_barcodes_are_inputs_only_where_the_task_says_so():
    sizes = [sizes_of(EPISODIC(barcode_input=each), 5, memory=True) for each in (False, True)]
    assert [each.cues for each in sizes] == [0, 10]
    assert sizes_of(EPISODIC(), 5).cues == 10


def test_the_same_numbers_whatever_was_played_before_and_step_by_step():
    task = EPISODIC(**SHORT)
    engine = MemoryEngine(draw(task, 5), task, BLOCK + 6)
    first = engine.play(np.random.default_rng(1))
    engine.differentiate(np.random.default_rng(9), COSTS)
    engine.play(np.random.default_rng(2), units=False)
    stepped = engine.play(np.random.default_rng(1), lambda block: None)
    without = engine.play(np.random.default_rng(1), units=False)
    for again in (stepped, without):
        for name in ("retrieved", "stored", "share"):
            assert np.array_equal(getattr(first.memory, name), getattr(again.memory, name)), name
    assert np.array_equal(first.cell, stepped.cell)
    assert np.array_equal(first.memory.gate, stepped.memory.gate)
    assert without.memory.gate.shape[-1] == 0


@pytest.mark.parametrize("kind", [MemoryEngine, EpisodicReference])
def test_tasks_without_a_context_are_refused(kind):
    task = find_task("two_step")()
    weights = draw_weights(sizes_of(EPISODIC(), 5, memory=True), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"'two_step' names no context, which is the key"):
        kind(weights, task, 2)
