"""The two-step task against the numbers of the paper, by chi-square on large samples."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.two_step import (
    CENTRE,
    LEFT,
    RIGHT,
    SECOND_STATE_LEFT,
    STAGE_1,
    TwoStep,
    step,
)


@pytest.fixture(scope="module")
def task() -> TwoStep:
    return TwoStep()


@pytest.fixture(scope="module")
def table(task: TwoStep, play_out, valid_at_random) -> dict[str, np.ndarray]:
    log = play_out(task, valid_at_random)
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


def test_defaults_are_the_published_settings(task):
    assert (task.common_probability, task.reward_probability) == (0.8, 0.9)
    assert (task.reversal_probability, task.trials, task.max_steps) == (0.025, 100, 300)


@pytest.mark.parametrize("choice", [0, 1])
def test_own_side_follows_in_four_of_five(table, choice, assert_share):
    assert_share((table["second_state"] == choice)[table["choice"] == choice], 0.8)


@pytest.mark.parametrize(("better", "probability"), [(True, 0.9), (False, 0.1)])
def test_reward_frequency_of_each_state(table, better, probability, assert_share):
    visited_better = table["second_state"] == table["better_state"]
    assert_share(table["reward"][visited_better == better], probability)


def test_reversal_hazard_and_its_independence_of_the_past(table, assert_share):
    changed = np.diff(table["better_state"], axis=1) != 0
    assert_share(changed, 0.025)
    # Runs between reversals are geometric: the hazard right after a reversal is the same.
    after = changed[:, 1:][changed[:, :-1]]
    assert abs(after.mean() - 0.025) < 4 * np.sqrt(0.025 * 0.975 / after.size)


def test_either_state_may_be_better_at_first(table):
    first = table["better_state"][:, 0]
    assert abs(first.mean() - 0.5) < 4 * np.sqrt(0.25 / first.size)


def test_reward_and_transition_are_independent_given_the_state(table):
    better = table["second_state"] == table["better_state"]
    common = table["common_transition"] == 1
    rates = [table["reward"][better & (common == c)].mean() for c in (True, False)]
    n = min((better & common).sum(), (better & ~common).sum())
    assert abs(rates[0] - rates[1]) < 4 * np.sqrt(2 * 0.09 / n)


def test_table_agrees_with_itself(table):
    assert np.array_equal(table["common_transition"] == 1, table["choice"] == table["second_state"])
    probability = np.take_along_axis(
        table["reward_probability"], table["better_state"][..., None].astype(int), axis=-1
    )
    assert (probability == 0.9).all()
    assert table["reward_probability"].sum(-1) == pytest.approx(1.0)
    assert not table["invalid"].any()


def session(**fields: float) -> np.recarray:
    record = np.zeros(1, TwoStep.session_type).view(np.recarray)
    settings = {"n_trials": 3, "fixation": 1, "common_probability": 0.8, "reward_probability": 0.9}
    for name, value in {**settings, **fields}.items():
        record[name] = value
    return record


@pytest.mark.parametrize(
    ("at", "action"),
    [(0, LEFT), (0, RIGHT), (1, CENTRE), (2, CENTRE)],
    ids=["side at fixation", "side at fixation", "centre at stage 1", "centre at second state"],
)
def test_invalid_response_costs_one_and_breaks_the_trial_off(at, action):
    record = session(step=at)
    observation, reward = step(record[0], action, np.array([0.0, 1.0]))
    assert (observation, reward) == (0, -1.0)
    assert (record.trial[0], record.step[0]) == (1, 0)


@pytest.mark.parametrize("response", [LEFT, RIGHT])
def test_either_side_is_accepted_in_the_second_state(response):
    record = session(step=2, second_state=1, better_state=1)
    assert step(record[0], response, np.array([0.89, 1.0])) == (0, 1.0)


def test_uniform_numbers_decide_at_the_published_thresholds():
    for uniform, side in ((0.79, 0), (0.81, 1)):
        record = session(step=1)
        assert step(record[0], LEFT, np.array([uniform, 1.0])) == (SECOND_STATE_LEFT + side, 0.0)
    for uniform, reward in ((0.09, 1.0), (0.11, 0.0)):
        record = session(step=2, second_state=0, better_state=1)
        assert step(record[0], LEFT, np.array([uniform, 1.0]))[1] == reward


def test_compiled_step_equals_plain_python():
    rng = np.random.default_rng(3)
    compiled, plain = (
        session(n_trials=50, reversal_probability=0.3),
        session(n_trials=50, reversal_probability=0.3),
    )
    for _ in range(140):
        action, uniform = int(rng.integers(3)), rng.random(2)
        assert step(compiled[0], action, uniform) == step.py_func(plain[0], action, uniform)
        assert compiled == plain


def test_session_ends_after_its_trials_and_then_stands_still(task):
    rng = np.random.default_rng(0)
    batch = SessionBatch(TwoStep(trials=2), TwoStep(trials=2).draw_uniforms(rng, 1))
    for action in (CENTRE, LEFT, RIGHT, LEFT):  # one whole trial, one broken off at once
        assert not batch.done[0]
        batch.step(np.array([action]))
    assert batch.done[0]
    ended = batch.sessions.copy()
    batch.step(np.array([CENTRE]))
    assert batch.sessions == ended
    assert batch.reward[0] == 0.0


def test_broken_trials_stay_in_the_table_marked(play_out, valid_at_random):
    task = TwoStep(trials=4)

    def choose(batch, rng):
        action = valid_at_random(batch, rng)
        return np.where((batch.sessions.trial == 1) & (batch.sessions.step == 1), CENTRE, action)

    log = play_out(task, choose, n_sessions=5)
    table = {name: entry[1] for name, entry in task.trial_table(log).items()}
    assert (table["invalid"] == [0, 1, 0, 0]).all()
    for name in ("choice", "second_state", "common_transition"):
        assert (table[name][:, 1] == -1).all()
        assert (table[name][:, [0, 2, 3]] >= 0).all()
    assert (table["reward"][:, 1] == -1).all()
    steps = log.by_trial(log.observation, 4, 3, -1)
    assert (steps[:, 1] == [0, STAGE_1, -1]).all()


def test_without_fixation_the_same_trials_are_played_a_step_shorter(task):
    """Numbers for fixation left out, the rest gives the same second states and rewards."""
    bare = TwoStep(fixation=False)
    assert (bare.max_steps, bare.observations[0], bare.actions) == (
        200,
        "stage_1",
        ("left", "right"),
    )
    rng = np.random.default_rng(9)
    uniforms = task.draw_uniforms(rng, 50)
    uniforms[1::3, :, 1] = 1.0  # no reversal is drawn at fixation anyway
    without = np.delete(uniforms, slice(1, None, 3), axis=0)
    full, short = SessionBatch(task, uniforms), SessionBatch(bare, without)
    for _ in range(100):
        full.step(np.full(50, CENTRE))
        choice, response = rng.integers(0, 2, (2, 50))
        for side in (choice, response):
            full.step(side + LEFT)
            short.step(side)
            assert np.array_equal(full.sessions.second_state, short.sessions.second_state)
            assert np.array_equal(full.reward, short.reward)
            assert np.array_equal(full.sessions.trial, short.sessions.trial)
            shown_later = full.sessions.step == 2
            assert np.array_equal(np.where(shown_later, full.observation - 1, 0), short.observation)
    assert full.done.all()
    assert short.done.all()


def test_table_without_fixation_has_the_same_columns(play_out, valid_at_random):
    task = TwoStep(fixation=False)
    log = play_out(task, lambda batch, rng: rng.integers(0, 2, len(batch.done)), n_sessions=20)
    table = {name: entry[1] for name, entry in task.trial_table(log).items()}
    assert np.array_equal(table["choice"], log.action[0::2].T)
    assert np.array_equal(table["second_state"], log.observation[1::2].T - 1)
    assert np.array_equal(table["reward"], log.reward[1::2].T)
    assert not table["invalid"].any()
    assert set(table) == set(TwoStep().trial_table(play_out(TwoStep(), valid_at_random, 2)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"common_probability": 1.2}, r"common_probability = 1.2: expected a probability"),
        ({"reversal_probability": -0.1}, r"reversal_probability = -0.1: expected a probability"),
        ({"trials": 0}, r"trials = 0: expected a whole number of at least 1"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        TwoStep(**settings)
