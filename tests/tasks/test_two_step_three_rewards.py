"""The two-step task with three rewards against its definition, by chi-square on large samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from pfc_analysis.recording.schema import VARIABLES
from pfc_analysis.tasks.contract import GivenTrials
from pfc_analysis.tasks.two_step_three_rewards import (
    CENTRE,
    FIRST_FORCED,
    FIXATION,
    ONE,
    OTHER,
    SECOND_FORCED,
    TwoStepThreeRewards,
    step,
)

LEVELS = [f"level_{letter}" for letter in "cdef"]


def choose_offered(batch, rng) -> np.ndarray:
    """Centre, then a picture that is offered, at random."""
    s = batch.sessions
    free = rng.integers(ONE, OTHER + 1, len(batch.done))
    forced = (s.offer == s.step) & (s.step > 0)
    return np.where(s.step == 0, CENTRE, np.where(forced, ONE + s.only, free))


def tabulate(task, log) -> dict[str, np.ndarray]:
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


@pytest.fixture(scope="module")
def task() -> TwoStepThreeRewards:
    return TwoStepThreeRewards()


@pytest.fixture(scope="module")
def log(task, play_out):
    return play_out(task, choose_offered, n_sessions=1500)


@pytest.fixture(scope="module")
def table(task, log) -> dict[str, np.ndarray]:
    return tabulate(task, log)


def test_defaults(task):
    assert (task.common_probability, task.shortest, task.longest) == (0.7, 5, 9)
    assert (task.trials, task.max_steps) == (100, 300)


@pytest.mark.parametrize("choice", [0, 1])
def test_own_state_follows_in_seven_of_ten(table, choice, assert_share):
    chose = table["choice"] == choice
    assert_share((table["second_state"] == choice)[chose], 0.7)
    assert np.array_equal(table["common_transition"] == 1, table["choice"] == table["second_state"])


def test_the_picture_pays_its_level(table):
    levels = np.stack([table[name] for name in LEVELS], axis=-1)
    chosen = np.take_along_axis(levels, table["second_choice"][..., None].astype(int), -1)[..., 0]
    assert np.array_equal(table["reward"], np.array([1.0, 0.5, 0.0])[chosen])
    assert np.array_equal(table["second_choice"] // 2, table["second_state"])


@pytest.mark.parametrize("name", LEVELS)
def test_levels_are_drawn_anew_after_five_to_nine_trials(table, name):
    """Stays between changes: 5 to 9, or sums of them where the same level was drawn again."""
    level = table[name]
    assert chisquare(np.bincount(level[:, 0])).pvalue > 1e-4
    changed = np.diff(level, axis=1) != 0
    first = changed.argmax(axis=1) + 1
    counts = np.bincount(first[changed.any(axis=1)], minlength=10)
    assert counts[:5].sum() == 0, "the first level stays for at least 5 trials"
    # One fifth of the first draws come after each of 5 to 9 trials; two thirds change the level.
    expected = np.full(5, len(level) * 2 / 15)
    rest = len(level) - counts[5:10].sum()
    assert chisquare([*counts[5:10], rest], [*expected, len(level) / 3]).pvalue > 1e-4


def test_levels_change_equally_often_to_either_other_level_and_independently(table, assert_share):
    changes = np.stack([np.diff(table[name], axis=1) != 0 for name in LEVELS], axis=-1)
    # Renewal: one draw in 7 trials on average, of which two thirds change the level.
    late = changes[:, 40:]
    assert late.mean() == pytest.approx(2 / 21, abs=0.002)
    pairs = (late[..., 0] & late[..., 3]).mean()
    assert pairs == pytest.approx((2 / 21) ** 2, abs=0.0015)
    steps = np.concatenate([np.diff(table[name].astype(int), axis=1).ravel() for name in LEVELS])
    assert_share(steps[steps != 0] % 3 == 1, 0.5)


def test_forced_choices_have_their_shares_and_offer_either_picture(table, log, assert_share):
    first, second = table["forced"] == 1, table["second_choice_forced"] == 1
    assert_share(first, 0.075)
    assert_share(second, 0.075)
    assert not (first & second).any()
    shown = log.by_trial(log.observation, 100, 3, -1)
    assert np.array_equal(shown[..., 1], np.where(first, 2 + table["choice"], 1))
    place = table["second_choice"] % 2
    expected = 4 + 3 * table["second_state"] + np.where(second, 1 + place, 0)
    assert np.array_equal(shown[..., 2], expected)
    for forced, offered in ((first, table["choice"]), (second, place)):
        n = forced.sum()
        assert abs(offered[forced].mean() - 0.5) < 4 * np.sqrt(0.25 / n)


def test_forced_trials_and_rewards_do_not_hang_together(table):
    rates = [table["reward"][table["forced"] == forced].mean() for forced in (0, 1)]
    n = (table["forced"] == 1).sum()
    assert abs(rates[0] - rates[1]) < 4 * np.sqrt(2 / 12 / n) + 0.01


@pytest.mark.parametrize("offer", [FIRST_FORCED, SECOND_FORCED])
@pytest.mark.parametrize("only", [0, 1])
def test_a_picture_that_is_not_offered_is_invalid(task, offer, only):
    for action, valid in ((ONE + only, True), (OTHER - only, False)):
        record = task.begin(np.full((1, 6), 0.5))
        record.offer, record.only, record.step = offer, only, offer
        _, reward = step(record[0], action, np.full(6, 0.5))
        assert (reward >= 0) == valid
        if not valid:
            assert (reward, record.trial[0], record.step[0]) == (-1.0, 1, 0)


@pytest.mark.parametrize(("at", "action"), [(0, ONE), (0, OTHER), (1, CENTRE), (2, CENTRE)])
def test_invalid_response_costs_one_and_breaks_the_trial_off(task, at, action):
    record = task.begin(np.full((1, 6), 0.5))
    record.step = at
    assert step(record[0], action, np.full(6, 0.5)) == (FIXATION, -1.0)
    assert (record.trial[0], record.step[0]) == (1, 0)


def test_broken_trials_are_marked_and_time_passes(play_out):
    task = TwoStepThreeRewards(trials=30, shortest=4, longest=4)

    def choose(batch, rng):
        action = choose_offered(batch, rng)
        wrong = np.where(batch.sessions.step == 0, ONE, CENTRE)
        return np.where(rng.random(len(action)) < 0.15, wrong, action)

    table = tabulate(task, play_out(task, choose, n_sessions=300))
    broken = table["invalid"] == 1
    assert 0.25 < broken.mean() < 0.5
    for name in ("choice", "second_state", "second_choice", "common_transition", "reward"):
        assert (table[name][broken] == -1).all(), name
        assert (table[name][~broken] >= 0).all(), name
    changed = np.diff(table["level_c"], axis=1) != 0
    assert set(np.flatnonzero(changed.any(axis=0)) + 1) == {4, 8, 12, 16, 20, 24, 28}


def test_table_speaks_the_schemas_names(task, log):
    for name, (dims, values, _) in task.trial_table(log).items():
        assert VARIABLES[name].dims == dims
        assert values.shape == (1500, 100)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"common_probability": 1.2}, r"common_probability = 1.2: expected a probability"),
        ({"shortest": 0}, r"shortest = 0: expected a whole number of at least 1"),
        ({"shortest": 10}, r"shortest = 10, longest = 9: expected the shortest stay of a level"),
        (
            {"first_forced_probability": 0.6, "second_forced_probability": 0.5},
            r"first_forced_probability = 0.6, .* expected their sum to be at most 1",
        ),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        TwoStepThreeRewards(**settings)


def test_the_script_of_a_table_is_what_was_shown_done_and_paid(task, log):
    entries = task.trial_table(log)
    table = {name: values.reshape(-1) for name, (_, values, _) in entries.items()}
    labels = {name: about["labels"] for name, (_, _, about) in entries.items() if "labels" in about}
    since = np.tile(np.arange(100), 1500)
    given = GivenTrials(table, labels, since, "own recording")
    script = task.script(given)
    assert given.kept.all()
    assert script.steps == task.steps
    for part, logged in (
        (script.observation, log.observation),
        (script.action, log.action),
        (script.reward, log.reward),
    ):
        assert np.array_equal(part, log.by_trial(logged, 100, 3, -1).reshape(-1, 3))
    chosen = np.asarray(script.choice_actions)[table["choice"]]
    assert np.array_equal(chosen, script.action[:, script.choice_step])


def test_a_trial_whose_second_choice_does_not_fit_is_left_out(task):
    table = {
        "choice": np.array([0, 1, 0]),
        "second_state": np.array([0, 1, 1]),
        "second_choice": np.array([1, 3, 0]),
        "reward": np.array([4.0, 2.0, 0.0]),
        "second_choice_forced": np.array([0, 1, 0]),
        "forced": np.array([1, 0, 0]),
    }
    given = GivenTrials(table, {}, np.arange(3), "monkeys")
    script = task.script(given)
    assert given.kept.tolist() == [True, True, False]
    assert script.observation[:2].tolist() == [[0, 2, 4], [0, 1, 9]]
    assert script.action[:2].tolist() == [[0, 1, 2], [0, 2, 2]]
    assert script.reward[:2, 2].tolist() == [1.0, 0.5], "rewards in units of the largest"
