"""Serial reversal against its definition, by chi-square on large samples."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from pfc_analysis.recording.schema import VARIABLES
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.serial_reversal import (
    CENTRE,
    DARK,
    DARK_LEFT,
    FIXATION,
    LEFT,
    LIGHT,
    LIGHT_LEFT,
    RIGHT,
    SerialReversal,
    step,
)

ALWAYS = np.array([0.0, 0.0, 0.0])
"""Numbers that pay and reverse wherever that is possible, and put light on the left next."""


def choose_well(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    """Centre, then the option that pays in 80 % of the trials."""
    s = batch.sessions
    option = np.where(rng.random(len(batch.done)) < 0.8, s.rewarded_option, 1 - s.rewarded_option)
    return np.where(s.step == 0, CENTRE, np.where(option == s.option_on_left, LEFT, RIGHT))


def tabulate(task, log) -> dict[str, np.ndarray]:
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


@pytest.fixture(scope="module")
def task() -> SerialReversal:
    return SerialReversal()


@pytest.fixture(scope="module")
def log(task, play_out):
    return play_out(task, choose_well, n_sessions=500)


@pytest.fixture(scope="module")
def table(task, log) -> dict[str, np.ndarray]:
    return tabulate(task, log)


def reversals_by_hand(correct: np.ndarray, criterion: int, window: int) -> np.ndarray:
    """Reversals before each trial of one session, from the outcomes alone; -1 is no choice."""
    number, since, found = 0, [], []
    for outcome in correct:
        found.append(number)
        if outcome >= 0:
            since.append(outcome)
        if len(since) >= window and sum(since[-window:]) >= criterion:
            number, since = number + 1, []
    return np.array(found)


def test_defaults(task):
    assert (task.criterion, task.window, task.reward_probability) == (9, 10, 1.0)
    assert (task.trials, task.max_steps) == (100, 200)


def test_a_trial_shows_fixation_and_then_the_options(task, log, table):
    shown = log.by_trial(log.observation, 100, 2, -1)
    assert (shown[..., 0] == FIXATION).all()
    assert np.array_equal(shown[..., 1] == LIGHT_LEFT, table["option_on_left"] == LIGHT)
    assert np.array_equal(shown[..., 1] == DARK_LEFT, table["option_on_left"] == DARK)
    assert [task.observations[code] for code in (LIGHT_LEFT, DARK_LEFT)] == [
        "light_left",
        "dark_left",
    ]


def test_sides_are_random_and_tell_nothing(table, assert_share):
    left = table["option_on_left"]
    assert_share(left == LIGHT, 0.5)
    assert_share(left[:, 1:] == left[:, :-1], 0.5)
    assert_share(left == table["rewarded_option"], 0.5)


def test_either_option_may_pay_at_first(play_out, assert_share):
    log = play_out(SerialReversal(trials=1), choose_well, n_sessions=25_000)
    assert_share(log.before["rewarded_option"][0] == LIGHT, 0.5)


def test_reward_follows_the_option_whatever_its_side(log, table):
    chosen_by_hand = np.where(
        log.by_trial(log.action, 100, 2, -1)[..., 1] == LEFT,
        table["option_on_left"],
        1 - table["option_on_left"],
    )
    assert np.array_equal(table["chosen_option"], chosen_by_hand)
    assert np.array_equal(table["correct"], chosen_by_hand == table["rewarded_option"])
    assert np.array_equal(table["reward"], table["correct"])
    for side in (0, 1):
        assert 0.7 < table["reward"][table["choice"] == side].mean() < 0.9


def test_other_reward_probabilities(play_out, assert_share):
    task = SerialReversal(reward_probability=0.75)
    table = tabulate(task, play_out(task, choose_well, n_sessions=1500))
    assert_share(table["reward"][table["correct"] == 1] == 1, 0.75)
    assert_share(table["reward"][table["correct"] == 0] == 1, 0.25)


@pytest.mark.parametrize(("criterion", "window"), [(9, 10), (17, 20), (3, 3), (40, 62), (1, 1)])
def test_what_pays_reverses_as_soon_as_the_criterion_is_met(play_out, criterion, window):
    task = SerialReversal(criterion=criterion, window=window)
    table = tabulate(task, play_out(task, choose_well, n_sessions=60))
    for row, correct in enumerate(table["correct"]):
        expected = reversals_by_hand(correct, criterion, window)
        assert np.array_equal(table["reversal_number"][row], expected)
    assert table["reversal_number"].max() > 0
    flipped = (table["rewarded_option"] - table["rewarded_option"][:, :1]) % 2
    assert np.array_equal(flipped, table["reversal_number"] % 2)
    assert np.array_equal(table["reversal"][:, 1:], np.diff(table["reversal_number"]) == 1)
    assert not table["reversal"][:, 0].any()


def test_reversals_that_cannot_be_foreseen(play_out, assert_share):
    """Each choice with which the criterion is met reverses with the probability asked for."""
    task = SerialReversal(criterion=4, window=5, reversal_probability=0.3, trials=200)
    table = tabulate(task, play_out(task, choose_well, n_sessions=600))
    reversed_ = []
    for correct, number in zip(table["correct"], table["reversal_number"], strict=True):
        for start, stop in spans(number):
            ends = np.arange(start + 5, stop + 1)
            met = ends[[correct[end - 5 : end].sum() >= 4 for end in ends]]
            last_counts = stop < number.size
            assert not last_counts or met[-1] == stop, "no reversal without the criterion"
            reversed_ += [last_counts and end == stop for end in met if end < number.size]
    assert_share(np.array(reversed_), 0.3)


def spans(number: np.ndarray) -> list[tuple[int, int]]:
    """First trial of each problem of a session, and the trial after its last."""
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1), number.size]
    return list(pairwise(edges))


def test_no_reversal_where_its_probability_is_zero(play_out):
    task = SerialReversal(criterion=1, window=1, reversal_probability=0.0)
    table = tabulate(task, play_out(task, choose_well, n_sessions=50))
    assert (table["reversal_number"] == 0).all()


def test_at_random_a_run_of_k_takes_as_long_as_theory_says(play_out, valid_at_random):
    """Expected trials until k in a row of a fair coin: 2 ** (k + 1) - 2 (Feller 1968, XIII.7)."""
    task = SerialReversal(criterion=3, window=3, trials=400)
    table = tabulate(task, play_out(task, valid_at_random, n_sessions=2000))
    first = (table["reversal_number"] == 0).sum(axis=1)
    assert first.max() < 400
    assert first.mean() == pytest.approx(14, abs=4 * first.std() / np.sqrt(2000))


def test_broken_trials_are_marked_and_do_not_count(play_out):
    task = SerialReversal(criterion=4, window=5, trials=30)

    def choose(batch, rng):
        action = choose_well(batch, rng)
        wrong = np.where(batch.sessions.step == 0, LEFT, CENTRE)
        return np.where(rng.random(len(action)) < 0.15, wrong, action)

    log = play_out(task, choose, n_sessions=200)
    table = tabulate(task, log)
    broken = table["invalid"] == 1
    early = log.by_trial(log.observation, 30, 2, -1)[..., 1] == -1
    assert 0.2 < broken.mean() < 0.35
    assert early.sum() > 500 < (broken & ~early).sum()
    for name in ("choice", "chosen_option", "correct", "reward"):
        assert (table[name][broken] == -1).all(), name
        assert (table[name][~broken] >= 0).all(), name
    assert np.isin(table["option_on_left"], (0, 1)).all()
    for row, correct in enumerate(table["correct"]):
        assert np.array_equal(table["reversal_number"][row], reversals_by_hand(correct, 4, 5))


def test_table_speaks_the_schemas_names(task, log):
    for name, (dims, values, _) in task.trial_table(log).items():
        assert VARIABLES[name].dims == dims
        assert values.shape == (500, 100)


def session(**fields: float) -> np.recarray:
    record = np.zeros(1, SerialReversal.session_type).view(np.recarray)
    settings = {
        "n_trials": 5,
        "criterion": 2,
        "window": 3,
        "reward_probability": 1.0,
        "reversal_probability": 1.0,
    }
    for name, value in {**settings, **fields}.items():
        record[name] = value
    return record


@pytest.mark.parametrize(("at", "action"), [(0, LEFT), (0, RIGHT), (1, CENTRE)])
def test_invalid_response_costs_one_and_breaks_the_trial_off(at, action):
    record = session(step=at, recent=1)
    assert step(record[0], action, ALWAYS) == (FIXATION, -1.0)
    assert (record.trial[0], record.step[0], record.recent[0]) == (1, 0, 1)


@pytest.mark.parametrize("on_left", [LIGHT, DARK])
@pytest.mark.parametrize("pays", [LIGHT, DARK])
@pytest.mark.parametrize("action", [LEFT, RIGHT])
def test_every_choice(on_left, pays, action):
    record = session(option_on_left=on_left, rewarded_option=pays)
    assert step(record[0], CENTRE, ALWAYS) == (LIGHT_LEFT if on_left == LIGHT else DARK_LEFT, 0.0)
    chosen = {LEFT: on_left, RIGHT: 1 - on_left}[action]
    assert step(record[0], action, ALWAYS) == (FIXATION, float(chosen == pays))


def test_session_ends_after_its_trials():
    task = SerialReversal(trials=2)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 1))
    for action in (LEFT, CENTRE, RIGHT):
        assert not batch.done[0]
        batch.step(np.array([action]))
    assert batch.done[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"criterion": 0}, r"criterion = 0: expected a whole number of at least 1"),
        ({"window": 0}, r"window = 0: expected a whole number of at least 1"),
        ({"trials": 0}, r"trials = 0: expected a whole number of at least 1"),
        ({"reward_probability": 1.5}, r"reward_probability = 1.5: expected a probability"),
        ({"reversal_probability": -0.1}, r"reversal_probability = -0.1: expected a probability"),
        (
            {"criterion": 11},
            r"criterion = 11, window = 10: expected the criterion to be at most the",
        ),
        ({"window": 63}, r"criterion = 9, window = 63: .* the window at most 62"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        SerialReversal(**settings)
