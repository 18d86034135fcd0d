"""The risky-choice task against its definition, by chi-square and KS on large samples."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.risky_choice import (
    CENTRE,
    CHOICE,
    FIXATION,
    FORCED_LEFT,
    LEFT,
    NONE,
    RIGHT,
    RISKY,
    SAFE,
    RiskyChoice,
    step,
)


def obey(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    """Centre, then the side asked for, or either where the choice is free."""
    s = batch.sessions
    free = rng.integers(LEFT, RIGHT + 1, len(batch.done))
    return np.where(s.step == 0, CENTRE, np.where(s.forced_side >= 0, LEFT + s.forced_side, free))


def stumble(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    """Mostly as asked, now and then anything."""
    anything = rng.integers(0, 3, len(batch.done))
    return np.where(rng.random(len(batch.done)) < 0.15, anything, obey(batch, rng))


def tabulate(task, log) -> dict[str, np.ndarray]:
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


@pytest.fixture(scope="module")
def task() -> RiskyChoice:
    return RiskyChoice()


@pytest.fixture(scope="module")
def log(task, play_out):
    return play_out(task, obey, n_sessions=6000)


@pytest.fixture(scope="module")
def table(task, log) -> dict[str, np.ndarray]:
    return tabulate(task, log)


def test_defaults(task):
    assert (task.schedule, task.probability, task.other_probability) == ("uniform", 0.5, 0.125)
    assert (task.forced, task.free, task.blocks, task.n_trials) == (5, 20, 1, 30)
    assert (task.safe_reward, task.risky_reward) == (1.0, 4.0)
    assert task.steps == ("fixation", "stimulus")
    assert task.events == ("stimulus", "outcome")
    assert task.observations == ("fixation", "choice", "forced_left", "forced_right")
    assert task.actions == ("centre", "left", "right")


def test_a_trial_shows_fixation_and_then_what_may_be_chosen(table, log):
    shown = log.by_trial(log.observation, 30, 2, -1)
    assert (shown[..., 0] == FIXATION).all()
    expected = np.where(table["forced"] == 1, FORCED_LEFT + table["choice"], CHOICE)
    assert np.array_equal(shown[..., 1], expected)


def test_ten_forced_pulls_open_the_block_five_of_each_arm(table):
    assert (table["forced"][:, :10] == 1).all()
    assert (table["forced"][:, 10:] == 0).all()
    assert (table["choice"][:, :10].sum(axis=1) == 5).all()


def test_every_order_of_forced_pulls_is_as_likely(table):
    codes = table["choice"][:, :10] @ (1 << np.arange(10))
    orders, counts = np.unique(codes, return_counts=True)
    assert orders.size == comb(10, 5)
    assert chisquare(counts).pvalue > 1e-4


def test_side_of_the_risky_arm_is_drawn_and_stays(play_out, assert_share):
    task = RiskyChoice(forced=0, free=1, blocks=3)
    side = tabulate(task, play_out(task, obey, n_sessions=30_000))["risky_side"]
    assert (side == side[:, :1]).all()
    assert_share(side[:, 0] == 0, 0.5)


def test_probability_is_uniform_and_independent_of_the_side(table):
    p, side = table["risky_probability"], table["risky_side"][:, 0]
    assert (p == p[:, :1]).all()
    assert kstest(p[:, 0], "uniform").pvalue > 1e-4
    for each in (0, 1):
        assert kstest(p[side == each, 0], "uniform").pvalue > 1e-4
    # nor does the order of forced pulls tell
    first = table["choice"][:, 0] == side
    assert abs(np.corrcoef(first, p[:, 0])[0, 1]) < 4 / np.sqrt(first.size)
    assert chisquare([first.sum(), (~first).sum()]).pvalue > 1e-4


def test_arms_pay_as_they_should(table):
    risky, reward = table["risky_choice"] == 1, table["reward"]
    assert (reward[~risky] == 1).all()
    paid, p = reward[risky] == 4, table["risky_probability"][risky]
    assert (reward[risky][~paid] == 0).all()
    tenth = (p * 10).astype(int)
    expected = np.bincount(tenth, p)
    expected_none = np.bincount(tenth, 1 - p)
    found = np.bincount(tenth, paid)
    variance = np.bincount(tenth, p * (1 - p))
    assert np.allclose(expected + expected_none, np.bincount(tenth))
    assert (np.abs(found - expected) < 4 * np.sqrt(variance)).all()


@pytest.mark.parametrize("p", [0.5, 0.125])
def test_fixed_probability(play_out, assert_share, p):
    task = RiskyChoice(schedule="fixed", probability=p, blocks=2)
    table = tabulate(task, play_out(task, obey, n_sessions=2500))
    assert (table["risky_probability"] == p).all()
    for forced in (0, 1):
        risky = (table["risky_choice"] == 1) & (table["forced"] == forced)
        assert_share(table["reward"][risky] == 4, p)


def test_luck_is_independent_of_what_comes_next(play_out):
    """Whether the arm paid tells nothing of the next forced arm or the next block."""
    task = RiskyChoice(forced=4, free=2, blocks=4)
    table = tabulate(task, play_out(task, obey, n_sessions=5000))
    risky, paid = table["risky_choice"] == 1, table["reward"] == 4
    luck = (paid - table["risky_probability"])[:, :-1]
    later_side, later_p = table["choice"][:, 1:], table["risky_probability"][:, 1:]
    for later, rows in (
        (later_side, risky[:, :-1] & (table["forced"][:, 1:] == 1)),
        (later_p, risky[:, :-1] & (np.diff(table["risky_probability"], axis=1) != 0)),
    ):
        assert rows.sum() > 3000
        assert abs(np.corrcoef(luck[rows], later[rows])[0, 1]) < 4 / np.sqrt(rows.sum())


def test_table_agrees_with_itself(table):
    assert np.array_equal(table["risky_choice"] == 1, table["choice"] == table["risky_side"])
    pays = table["reward_probability"]
    risky = np.take_along_axis(pays, table["risky_side"][..., None].astype(int), -1)[..., 0]
    safe = np.take_along_axis(pays, 1 - table["risky_side"][..., None].astype(int), -1)[..., 0]
    assert np.array_equal(risky, table["risky_probability"])
    assert (safe == 1).all()
    assert not table["invalid"].any()
    assert set(np.unique(table["reward"])) == {0.0, 1.0, 4.0}


def test_blocks_are_drawn_anew_behind_their_forced_pulls(play_out):
    task = RiskyChoice(forced=2, free=3, blocks=5)
    table = tabulate(task, play_out(task, obey, n_sessions=4000))
    assert task.n_trials == 35
    forced = table["forced"].reshape(-1, 5, 7)
    assert (forced == [1, 1, 1, 1, 0, 0, 0]).all()
    assert (table["choice"].reshape(-1, 5, 7)[..., :4].sum(-1) == 2).all()
    p = table["risky_probability"].reshape(-1, 5, 7)
    assert (p == p[..., :1]).all()
    p = p[..., 0]
    assert kstest(p.ravel(), "uniform").pvalue > 1e-4
    for one, other in pairwise(p.T):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(len(p))


def test_alternating_blocks_take_turns_either_first(play_out, assert_share):
    task = RiskyChoice(schedule="alternating", forced=1, free=1, blocks=3)
    table = tabulate(task, play_out(task, stumble, n_sessions=24_000))
    p = table["risky_probability"].reshape(-1, 3, 3)
    assert (p == p[..., :1]).all()
    p = p[..., 0]
    assert set(np.unique(p)) == {0.125, 0.5}
    assert (p[:, 1:] + p[:, :-1] == 0.625).all()
    assert_share(p[:, 0] == 0.5, 0.5)
    # whichever comes first, either side may be risky
    for first in (0.5, 0.125):
        side = table["risky_side"][p[:, 0] == first, 0]
        assert abs(side.mean() - 0.5) < 4 * np.sqrt(0.25 / side.size)


def test_broken_trials_count_and_take_their_place(play_out):
    task = RiskyChoice(forced=3, free=4, blocks=2)
    log = play_out(task, stumble, n_sessions=3000)
    table = tabulate(task, log)
    invalid = table["invalid"] == 1
    assert 0.1 < invalid.mean() < 0.3
    # No forced trial is made up for, whether it was broken off or not.
    side = log.by_trial(log.before["forced_side"], 20, 2, -9)[..., 0].reshape(-1, 2, 10)
    assert (np.sort(side[..., :6]) == [0, 0, 0, 1, 1, 1]).all()
    assert (side[..., 6:] == NONE).all()
    assert np.array_equal(table["forced"], (side != NONE).reshape(-1, 20))
    assert (table["reward"][invalid] == -1).all()
    assert (table["reward"][~invalid] >= 0).all()
    for name in ("choice", "risky_choice"):
        assert (table[name][invalid] == -1).all()
        assert (table[name][~invalid] >= 0).all()
    assert np.isin(table["risky_side"], (0, 1)).all()
    # In a forced trial the other side is among what breaks it off.
    action = log.by_trial(log.action, 20, 2, -1)[..., 1]
    other = (table["forced"] == 1) & (action == RIGHT - side.reshape(-1, 20))
    assert other.sum() > 100
    assert invalid[other].all()


def session(**fields: float) -> np.recarray:
    record = np.zeros(1, RiskyChoice.session_type).view(np.recarray)
    settings = RiskyChoice(schedule="fixed", probability=0.3).settings()
    at_hand = {"forced_side": NONE, "chosen": NONE, "risky_side": 1, "free_to_come": 9}
    for name, value in {**settings, **at_hand, **fields}.items():
        record[name] = value
    return record


UNLUCKY = np.array([0.31, 0.0, 0.0])
LUCKY = np.array([0.29, 0.0, 0.0])


@pytest.mark.parametrize(
    ("at", "forced", "action"),
    [
        (0, NONE, LEFT),
        (0, NONE, RIGHT),
        (0, 0, LEFT),
        (1, NONE, CENTRE),
        (1, 0, CENTRE),
        (1, 0, RIGHT),
        (1, 1, LEFT),
    ],
)
def test_invalid_response_costs_one_and_breaks_the_trial_off(at, forced, action):
    record = session(step=at, forced_side=forced, chosen=RISKY)
    assert step(record[0], action, LUCKY) == (FIXATION, -1.0)
    assert (record.trial[0], record.step[0], record.chosen[0]) == (1, 0, NONE)


@pytest.mark.parametrize(("forced", "shown"), [(NONE, CHOICE), (0, FORCED_LEFT), (1, 3)])
def test_fixation_leads_to_the_stimulus_and_keeps_what_was_chosen(forced, shown):
    record = session(forced_side=forced, chosen=SAFE)
    assert step(record[0], CENTRE, LUCKY) == (shown, 0.0)
    assert (record.trial[0], record.step[0], record.chosen[0]) == (0, 1, SAFE)


@pytest.mark.parametrize(
    ("action", "uniform", "reward", "chosen"),
    [
        (LEFT, UNLUCKY, 1.0, SAFE),
        (LEFT, LUCKY, 1.0, SAFE),
        (RIGHT, UNLUCKY, 0.0, RISKY),
        (RIGHT, LUCKY, 4.0, RISKY),
    ],
)
@pytest.mark.parametrize("is_forced", [False, True])
def test_outcome_and_what_was_chosen_come_in_the_same_step(
    action, uniform, reward, chosen, is_forced
):
    record = session(step=1, forced_side=action - LEFT if is_forced else NONE)
    assert step(record[0], action, uniform) == (FIXATION, reward)
    assert (record.trial[0], record.step[0], record.chosen[0]) == (1, 0, chosen)


def test_pays_are_settings(play_out):
    task = RiskyChoice(safe_reward=0.5, risky_reward=10.0, forced=1, free=4)
    table = tabulate(task, play_out(task, obey, n_sessions=200))
    assert set(np.unique(table["reward"][table["risky_choice"] == 0])) == {0.5}
    assert set(np.unique(table["reward"][table["risky_choice"] == 1])) == {0.0, 10.0}


def test_session_ends_after_its_trials_and_then_stands_still():
    task = RiskyChoice(forced=0, free=2)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 1))
    for action in (LEFT, CENTRE, RIGHT):  # one broken off at once, one whole
        assert not batch.done[0]
        batch.step(np.array([action]))
    assert batch.done[0]
    ended = batch.sessions.copy()
    batch.step(np.array([CENTRE]))
    assert batch.sessions == ended
    assert batch.reward[0] == 0.0


def test_same_seed_same_sessions_another_seed_others(task, play_out):
    logs = [play_out(task, stumble, n_sessions=20, seed=seed) for seed in (1, 1, 2)]
    assert logs[0].before.tobytes() == logs[1].before.tobytes()
    assert logs[0].reward.tobytes() == logs[1].reward.tobytes()
    assert not np.array_equal(logs[0].before["risky_side"][0], logs[2].before["risky_side"][0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": "blocks"}, r"schedule = 'blocks': expected one of \['uniform', 'fixed', 'al"),
        ({"probability": 1.2}, r"probability = 1.2: expected a probability"),
        ({"other_probability": -0.1}, r"other_probability = -0.1: expected a probability"),
        ({"forced": -1}, r"forced = -1: expected a whole number of at least 0"),
        ({"free": 0}, r"free = 0: expected a whole number of at least 1"),
        ({"blocks": 0}, r"blocks = 0: expected a whole number of at least 1"),
        ({"safe_reward": -1.0}, r"safe_reward = -1.0: expected a finite number of at least 0"),
        ({"risky_reward": np.inf}, r"risky_reward = inf: expected a finite number of at least 0"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        RiskyChoice(**settings)
