"""Rules on an episodic memory: what is looked up and reinstated, by hand calculation."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pfc_analysis.tasks import find_task
from pfc_analysis.training.engine.compiled_engine import BLOCK
from pfc_analysis.training.engine.episodic.memory_engine import MemoryEngine
from pfc_analysis.training.interventions.intervention import (
    Intervention,
    InterventionError,
    parse_intervention,
)
from pfc_analysis.training.interventions.intervention_hook import InterventionHook
from pfc_analysis.training.networks.feedback import REWARD
from pfc_analysis.training.networks.weights import draw_weights, sizes_of

SESSIONS = BLOCK + 6
STEPS = ("stage_1", "second_state", "outcome")
TASK = find_task("episodic_two_step")(trials=40, uncued_trials=20, barcode_bits=6)


def play(*rules, sessions=SESSIONS, task=TASK, seed=1):
    """An untrained network, with policies far from even; activity, and where rules acted."""
    weights = draw_weights(sizes_of(task, 5, memory=True), np.random.default_rng(1))
    weights["policy_weight"] *= 20.0
    engine = MemoryEngine(weights, task, sessions)
    hook = InterventionHook(rules, task, REWARD, sessions, seed, memory=True) if rules else None
    activity = engine.play(np.random.default_rng(3), hook)
    return activity, None if hook is None else hook.acted[: len(activity.value)]


def by_trial(activity, values):
    """Values, (time step, session), as (session, trial, step)."""
    return activity.log.by_trial(values, TASK.n_trials, len(STEPS), -1)


def contexts_of(activity):
    """The context shown at each step, (session, trial, step): a cue, then that of the trial."""
    table = {name: entry[1] for name, entry in TASK.trial_table(activity.log).items()}
    return np.stack([table["cued_trial"], table["context"], table["context"]], axis=-1)


def retrieved_trials(activity):
    trial = activity.log.before["trial"]
    return by_trial(activity, activity.memory.retrieved_trial(trial))


@pytest.fixture(scope="module")
def control():
    return play()[0]


def test_rules_that_never_hold_leave_every_byte(control):
    never = {"trial_in_session": -5}
    rules = [
        Intervention("reinstatement", STEPS, never, gain=0.0),
        Intervention("retrieval", STEPS, never, recall="random"),
        Intervention("retrieval", STEPS, recall="delayed", probability=0.0),
        Intervention("retrieval", STEPS, capacity=TASK.n_trials),
        Intervention("retrieval", STEPS, noise=0.0),
    ]
    activity, _ = play(*rules)
    for name, array in control.arrays().items():
        assert np.array_equal(array, activity.arrays()[name]), name
    assert np.array_equal(control.memory.retrieved, activity.memory.retrieved)
    assert np.array_equal(control.memory.gate, activity.memory.gate)


def test_the_cued_trial_is_retrieved_and_every_trial_is_stored(control):
    """A cue and the context that returns are found again by the trial that showed them last."""
    context, found = contexts_of(control), retrieved_trials(control)
    cued = context[..., 0] >= 0
    assert cued[:, 20:].all()
    assert np.array_equal(found[..., 0], context[..., 0])
    again = cued & (context[..., 0] == context[..., 1])
    assert np.array_equal(found[again][:, 1], context[again][:, 0])
    stored = by_trial(control, control.memory.stored)
    assert np.array_equal(stored, np.broadcast_to([False, False, True], stored.shape))


def test_a_gate_held_at_0_reinstates_nothing_and_a_halved_one_half():
    closed, acted = play(Intervention("reinstatement", STEPS, gain=0.0))
    assert acted.all()
    assert not closed.memory.gate.any()
    assert not closed.memory.share.any()
    assert (closed.memory.retrieved >= 0).any()
    half, _ = play(Intervention("reinstatement", "stage_1", gain=0.5))
    whole, _ = play(Intervention("reinstatement", "stage_1", gain=1.0))
    # Until the first cue is reinstated, both play the same; then the gate is half as open.
    first = 3 * 20
    assert np.array_equal(half.log.action[:first], whole.log.action[:first])
    assert half.memory.gate[first] == pytest.approx(0.5 * whole.memory.gate[first])


def test_a_closed_gate_is_a_network_trained_without_one():
    closed, _ = play(Intervention("reinstatement", STEPS, gain=0.0))
    weights = draw_weights(sizes_of(TASK, 5, memory=True), np.random.default_rng(1))
    weights["policy_weight"] *= 20.0
    engine = MemoryEngine(weights, TASK, SESSIONS, reinstatement=0.0)
    held = engine.play(np.random.default_rng(3))
    assert np.array_equal(closed.hidden, held.hidden)


def test_random_recall_is_of_another_trial_and_any_of_them():
    rule = Intervention("retrieval", "stage_1", {"cued_trial": {"least": 0}}, recall="random")
    activity, acted = play(rule, sessions=600)
    context, found = contexts_of(activity)[..., 0], retrieved_trials(activity)[..., 0]
    cued = context >= 0
    assert np.array_equal(by_trial(activity, acted)[..., 0], cued)
    assert (found[cued] >= 0).all()
    assert (found[cued] != context[cued]).all()
    # At the first cued trial, 19 of 20 stored trials are others, each as likely.
    first = found[:, 20]
    expected = 600 / 20
    counts = np.bincount(first, minlength=20)
    assert counts.sum() == 600
    assert ((counts - expected) ** 2 / expected).sum() < 60


def test_delayed_recall_comes_a_step_later_in_place_of_what_that_step_recalls(control):
    activity, _ = play(Intervention("retrieval", "stage_1", recall="delayed"))
    found, context = retrieved_trials(activity), contexts_of(activity)
    cued = context[..., 0] >= 0
    assert (found[..., 0] == -1).all()
    assert np.array_equal(found[cued][:, 1], context[cued][:, 0])
    assert not activity.memory.share[0::3].any()


def test_of_a_small_memory_only_the_latest_trials_are_found(control):
    rule = Intervention("retrieval", STEPS, capacity=3)
    activity, _ = play(rule)
    found = retrieved_trials(activity)
    trial = np.arange(TASK.n_trials)[:, None]
    kept = (found >= trial - 3) & (found < trial)
    assert (kept | (found == -1)).all()
    assert (found[:, 1:, 1:] >= 0).all()
    assert (retrieved_trials(control)[:, 20:, 0] < trial[20:, 0] - 3).any()


@pytest.mark.parametrize(("noise", "lowest", "highest"), [(0.02, 0.8, 0.99), (0.5, 0.0, 0.25)])
def test_noise_confuses_contexts_more_often_the_more_bits_are_mistaken(noise, lowest, highest):
    activity, _ = play(Intervention("retrieval", "stage_1", noise=noise))
    context, found = contexts_of(activity)[..., 0], retrieved_trials(activity)[..., 0]
    right = (found == context)[context >= 0].mean()
    assert lowest < right < highest


def test_without_mistaken_bits_the_cue_is_found():
    """With six bits and probability .1, no bit is mistaken in .9 ** 6 of cues."""
    activity, _ = play(Intervention("retrieval", "stage_1", noise=0.1), sessions=400)
    context, found = contexts_of(activity)[..., 0], retrieved_trials(activity)[..., 0]
    right = (found == context)[context >= 0]
    assert right.mean() > 0.9**6 - 4 * np.sqrt(0.25 / right.size)


def test_rules_act_alike_in_blocks_of_sessions():
    """Sessions of a block get the numbers that they would get among all sessions."""
    rule = Intervention("retrieval", STEPS, recall="random", noise=0.2, probability=0.5, seed=4)
    hook = InterventionHook([rule], TASK, REWARD, 2 * BLOCK, 1, memory=True)
    weights = draw_weights(sizes_of(TASK, 5, memory=True), np.random.default_rng(1))
    uniforms = np.random.default_rng(0).random((TASK.max_steps + 1, 2 * BLOCK, 3))
    draws = np.random.default_rng(1).random((TASK.max_steps, 2 * BLOCK), dtype=np.float32)

    def run(sessions, used):
        engine = MemoryEngine(weights, TASK, sessions.stop - sessions.start)
        engine._draw(np.random.default_rng(0))
        block = engine._open_block(sessions.stop - sessions.start, False)
        block.begin(uniforms[:, sessions], draws[:, sessions], keep_records=True)
        used(block)
        while block.advance(1):
            used(block)
        return block.activity()

    whole = run(slice(0, 2 * BLOCK), hook)
    hook = InterventionHook([rule], TASK, REWARD, 2 * BLOCK, 1, memory=True)
    parts = [run(slice(k * BLOCK, (k + 1) * BLOCK), hook) for k in range(2)]
    joined = np.concatenate([part.memory.retrieved for part in parts], axis=1)
    assert np.array_equal(whole.memory.retrieved, joined)


def test_rules_read_back_and_leave_out_what_they_do_not_use():
    rule = Intervention("retrieval", "stage_1", recall="delayed", capacity=5)
    assert parse_intervention(rule.describe(), "here") == rule
    assert "noise" not in rule.describe()
    plain = Intervention("reward", "outcome", shift=1.0).describe()
    assert not {"recall", "capacity", "noise"} & set(json.loads(plain))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"target": "retrieval"}, "expected at least one of them with target 'retrieval'"),
        ({"target": "hidden", "capacity": 3}, "and none with another target"),
        ({"target": "retrieval", "recall": "wrong"}, "recall"),
        ({"target": "retrieval", "recall": "random", "gain": 0.0}, "gain and shift: not with"),
        ({"target": "reinstatement", "shift": 1.0}, "can be scaled by a gain of at least 0 only"),
        ({"target": "reinstatement", "gain": -1.0}, "can be scaled by a gain of at least 0 only"),
        ({"target": "retrieval", "capacity": 0}, "capacity"),
        ({"target": "retrieval", "noise": 1.5}, "noise"),
    ],
)
def test_rules_that_make_no_sense_are_refused(content, message):
    with pytest.raises(InterventionError, match=message):
        parse_intervention({"at": "stage_1", **content}, "here")


@pytest.mark.parametrize("target", ["reinstatement", "retrieval"])
def test_networks_without_a_memory_are_named(target):
    extra = {"capacity": 3} if target == "retrieval" else {"gain": 0.0}
    rule = Intervention(target, "stage_1", **extra)
    with pytest.raises(InterventionError, match=r"this network has no memory; .*'episodic'"):
        InterventionHook([rule], TASK, REWARD, SESSIONS, 1)
