"""The inferred-value task against its definition, by chi-square on large samples."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.inferred_value import (
    CENTRE,
    CUE_LEFT,
    CUE_RIGHT,
    FIXATION,
    LEFT,
    ON_TARGET,
    OUTCOME,
    RIGHT,
    InferredValue,
    step,
)

NEITHER = np.array([0.9, 1.0])
"""Numbers that draw the right cue next and no reversal."""


def obey(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    """Centre, the cue's side, then anything."""
    s = batch.sessions
    asked = np.where(s.step == 0, CENTRE, LEFT + s.cue)
    return np.where(s.step < 2, asked, rng.integers(0, 3, len(batch.done)))


@pytest.fixture(scope="module")
def task() -> InferredValue:
    return InferredValue()


@pytest.fixture(scope="module")
def log(task, play_out):
    return play_out(task, obey, n_sessions=3000)


@pytest.fixture(scope="module")
def table(task, log) -> dict[str, np.ndarray]:
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


def block_ages(side: np.ndarray) -> np.ndarray:
    """Trials since the paying side changed, or the session began, counted from the sides alone."""
    age = np.zeros(side.shape, int)
    for t in range(1, side.shape[1]):
        age[:, t] = np.where(side[:, t] == side[:, t - 1], age[:, t - 1] + 1, 0)
    return age


def test_defaults(task):
    assert (task.reversal_probability, task.shortest_block, task.trials) == (0.1, 2, 20)
    assert task.max_steps == 80


def test_a_trial_shows_four_steps_in_order(task, log):
    shown = log.by_trial(log.observation, 20, 4, -1)
    assert (shown[..., 0] == FIXATION).all()
    assert np.isin(shown[..., 1], (CUE_LEFT, CUE_RIGHT)).all()
    assert (shown[..., 2] == ON_TARGET).all()
    assert (shown[..., 3] == OUTCOME).all()
    assert task.observations[ON_TARGET] == task.steps[2] == "on_target"


def test_reward_is_paid_on_leaving_the_target_on_the_side_that_pays(table, log):
    paid = log.by_trial(log.reward, 20, 4, np.nan)
    assert np.array_equal(paid[..., 2], table["cue"] == table["rewarded_side"])
    assert (paid[..., [0, 1, 3]] == 0).all()


def test_either_side_is_shown_equally_often_and_independently(table, assert_share):
    cue = table["cue"]
    assert_share(cue == 0, 0.5)
    assert_share(cue[:, 1:] == cue[:, :-1], 0.5)
    assert_share(cue == table["rewarded_side"], 0.5)


def test_either_side_may_pay_at_first(table):
    first = table["rewarded_side"][:, 0]
    assert abs(first.mean() - 0.5) < 4 * np.sqrt(0.25 / first.size)


def test_reversals_come_at_the_hazard_after_at_least_two_trials(table, assert_share):
    side = table["rewarded_side"]
    changed, age = side[:, 1:] != side[:, :-1], block_ages(side)[:, :-1]
    assert not changed[age == 0].any()
    assert_share(changed[age > 0], 0.1)
    for since in (1, 2, 5):  # no memory beyond that
        rate = changed[age == since]
        assert abs(rate.mean() - 0.1) < 4 * np.sqrt(0.09 / rate.size)


@pytest.mark.parametrize(("shortest", "hazard"), [(1, 0.3), (4, 0.25)])
def test_other_hazards_and_shortest_blocks(play_out, shortest, hazard):
    task = InferredValue(reversal_probability=hazard, shortest_block=shortest)
    side = play_out(task, obey, n_sessions=1500).before["rewarded_side"][::4].T
    changed, age = side[:, 1:] != side[:, :-1], block_ages(side)[:, :-1]
    may = age >= shortest - 1
    assert not changed[~may].any()
    assert abs(changed[may].mean() - hazard) < 4 * np.sqrt(hazard * (1 - hazard) / may.sum())


def test_reversals_are_independent_of_the_cue(table):
    side = table["rewarded_side"]
    changed, paid = side[:, 1:] != side[:, :-1], (table["cue"] == side)[:, :-1]
    rates = [changed[paid == p].mean() for p in (True, False)]
    assert abs(rates[0] - rates[1]) < 4 * np.sqrt(2 * 0.09 / (changed.size / 2))


def test_table_agrees_with_itself(table):
    side = table["rewarded_side"]
    assert not table["reversal"][:, 0].any()
    assert np.array_equal(table["reversal"][:, 1:], side[:, 1:] != side[:, :-1])
    assert np.array_equal(table["choice"], table["cue"])
    assert np.array_equal(table["reward_probability"].argmax(-1), side)
    assert (table["reward_probability"].sum(-1) == 1).all()
    assert (table["forced"] == 1).all()
    assert not table["invalid"].any()
    assert np.array_equal(table["reward"], table["cue"] == side)


def session(**fields: float) -> np.recarray:
    record = np.zeros(1, InferredValue.session_type).view(np.recarray)
    settings = {"n_trials": 5, "shortest_block": 2, "reversal_probability": 0.1}
    for name, value in {**settings, **fields}.items():
        record[name] = value
    return record


@pytest.mark.parametrize(
    ("at", "cue", "action"),
    [(0, 0, LEFT), (0, 1, RIGHT), (1, 0, CENTRE), (1, 0, RIGHT), (1, 1, LEFT)],
)
def test_invalid_response_costs_one_and_breaks_the_trial_off(at, cue, action):
    record = session(step=at, cue=cue)
    assert step(record[0], action, NEITHER) == (FIXATION, -1.0)
    assert (record.trial[0], record.step[0]) == (1, 0)


@pytest.mark.parametrize("at", [2, 3])
@pytest.mark.parametrize("action", [CENTRE, LEFT, RIGHT])
def test_any_action_is_accepted_after_the_saccade(at, action):
    record = session(step=at, cue=1, rewarded_side=1)
    expected = (OUTCOME, 1.0) if at == 2 else (FIXATION, 0.0)
    assert step(record[0], action, NEITHER) == expected


@pytest.mark.parametrize(("uniform", "cue"), [(0.49, 0), (0.51, 1)])
def test_uniform_numbers_decide_on_the_next_cue(uniform, cue):
    record = session(step=3)
    step(record[0], CENTRE, np.array([uniform, 1.0]))
    assert step(record[0], CENTRE, NEITHER) == (CUE_LEFT + cue, 0.0)


@pytest.mark.parametrize(
    ("since", "uniform", "side"), [(0, 0.0, 0), (1, 0.09, 1), (1, 0.11, 0), (7, 0.09, 1)]
)
def test_uniform_numbers_decide_on_reversal(since, uniform, side):
    record = session(step=3, trials_since_reversal=since)
    step(record[0], CENTRE, np.array([0.0, uniform]))
    assert record.rewarded_side[0] == side
    assert record.trials_since_reversal[0] == (0 if side else since + 1)


def test_session_ends_after_its_trials_and_then_stands_still():
    task = InferredValue(trials=2)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 1))
    for action in (LEFT, CENTRE, None, CENTRE, CENTRE):  # one broken off at once, one whole
        assert not batch.done[0]
        batch.step(np.array([LEFT + batch.sessions.cue[0] if action is None else action]))
    assert batch.done[0]
    ended = batch.sessions.copy()
    batch.step(np.array([CENTRE]))
    assert batch.sessions == ended
    assert batch.reward[0] == 0.0


def test_broken_trials_stay_in_the_table_marked(play_out):
    task = InferredValue(trials=4)

    def choose(batch, rng):
        at = batch.sessions
        early = (at.trial == 1) & (at.step == 0)  # broken off before the cue
        late = (at.trial == 2) & (at.step == 1)  # at the cue
        action = obey(batch, rng)
        return np.where(early, RIGHT, np.where(late, CENTRE, action))

    log = play_out(task, choose, n_sessions=6)
    table = {name: entry[1] for name, entry in task.trial_table(log).items()}
    assert (table["invalid"] == [0, 1, 1, 0]).all()
    assert (table["choice"][:, 1:3] == -1).all()
    assert (table["reward"][:, 1:3] == -1).all()
    assert (table["cue"][:, 1] == -1).all()
    assert (table["cue"][:, [0, 2, 3]] >= 0).all()
    assert np.isin(table["rewarded_side"], (0, 1)).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reversal_probability": 1.2}, r"reversal_probability = 1.2: expected a probability"),
        ({"shortest_block": 0}, r"shortest_block = 0: expected a whole number of at least 1"),
        ({"trials": 0}, r"trials = 0: expected a whole number of at least 1"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        InferredValue(**settings)
