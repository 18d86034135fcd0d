"""The what/where task against its definition, by chi-square on large samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from pfc_analysis.recording.schema import VARIABLES
from pfc_analysis.tasks.contract import GivenTrials, SessionBatch
from pfc_analysis.tasks.what_where import (
    CENTRE,
    FIXATION,
    IMAGE_A_LEFT,
    IMAGE_B_LEFT,
    LEFT,
    RIGHT,
    WHAT,
    WHERE,
    WhatWhere,
    step,
)


def tabulate(task, log) -> dict[str, np.ndarray]:
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


@pytest.fixture(scope="module")
def task() -> WhatWhere:
    return WhatWhere()


@pytest.fixture(scope="module")
def log(task, play_out, valid_at_random):
    return play_out(task, valid_at_random, n_sessions=1500)


@pytest.fixture(scope="module")
def table(task, log) -> dict[str, np.ndarray]:
    return tabulate(task, log)


def better_by_hand(log, kind: int) -> np.ndarray:
    """The better image, or side, in every trial, from the first and the trial of the reversal."""
    first = log.before[0]
    rows = first["block_kind"] == kind
    late = np.arange(80) >= first["reversal_trial"][rows, None]
    return np.where(late, 1 - first["better"][rows, None], first["better"][rows, None])


def test_defaults_are_those_of_the_monkeys(task):
    assert (task.reward_probability, task.earliest, task.latest) == (0.7, 30, 49)
    assert (task.trials, task.max_steps) == (80, 160)


def test_a_trial_shows_fixation_and_then_the_images(task, log, table):
    shown = log.by_trial(log.observation, 80, 2, -1)
    assert (shown[..., 0] == FIXATION).all()
    assert np.array_equal(shown[..., 1] == IMAGE_A_LEFT, table["option_on_left"] == 0)
    assert np.array_equal(shown[..., 1] == IMAGE_B_LEFT, table["option_on_left"] == 1)
    assert task.observations[IMAGE_A_LEFT] == "image_a_left"


def test_sides_are_random_and_independent_of_the_trial_before(table, assert_share):
    left = table["option_on_left"]
    assert_share(left == 0, 0.5)
    assert_share(left[:, 1:] == left[:, :-1], 0.5)


def test_half_of_the_blocks_are_about_images(play_out, valid_at_random, assert_share):
    task = WhatWhere(trials=1)
    first = play_out(task, valid_at_random, n_sessions=25_000).before[0]
    assert_share(first["block_kind"] == WHAT, 0.5)
    assert_share(first["better"] == 0, 0.5)
    assert_share((first["better"] == 0) == (first["block_kind"] == WHAT), 0.5)


def test_one_reversal_uniform_between_its_limits(table):
    assert (table["reversal"].sum(axis=1) == 1).all()
    at = table["reversal"].argmax(axis=1)
    counts = np.bincount(at, minlength=50)[30:]
    assert counts.sum() == len(at), "the 31st to the 50th trial"
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("kind", [WHAT, WHERE])
def test_the_better_image_or_side_pays_in_seven_of_ten(log, table, assert_share, kind):
    rows = table["block_kind"][:, 0] == kind
    chosen = table["chosen_option" if kind == WHAT else "choice"][rows]
    correct = chosen == better_by_hand(log, kind)
    assert np.array_equal(table["correct"][rows] == 1, correct)
    reward = table["reward"][rows]
    assert_share(reward[correct] == 1, 0.7)
    assert_share(reward[~correct] == 1, 0.3)


def test_the_other_feature_tells_nothing(table, assert_share):
    """In a what block either side pays in half of the trials, in a where block either image."""
    for kind, other in ((WHAT, "choice"), (WHERE, "chosen_option")):
        rows = table["block_kind"] == kind
        assert_share(table["reward"][rows & (table[other] == 0)] == 1, 0.5)


def test_chosen_image_follows_from_the_sides(table):
    expected = np.where(table["choice"] == 0, table["option_on_left"], 1 - table["option_on_left"])
    assert np.array_equal(table["chosen_option"], expected)
    assert np.array_equal(table["trial_in_block"], np.tile(np.arange(80), (1500, 1)))
    assert not table["block"].any()


def test_broken_trials_are_marked_and_count(play_out, valid_at_random):
    task = WhatWhere(trials=30, earliest=10, latest=10)

    def choose(batch, rng):
        action = valid_at_random(batch, rng)
        wrong = np.where(batch.sessions.step == 0, LEFT, CENTRE)
        return np.where(rng.random(len(action)) < 0.15, wrong, action)

    table = tabulate(task, play_out(task, choose, n_sessions=200))
    broken = table["invalid"] == 1
    assert 0.2 < broken.mean() < 0.35
    for name in ("choice", "chosen_option", "correct", "reward"):
        assert (table[name][broken] == -1).all(), name
        assert (table[name][~broken] >= 0).all(), name
    assert (table["reversal"].argmax(axis=1) == 10).all()


def test_table_speaks_the_schemas_names(task, log):
    for name, (dims, values, _) in task.trial_table(log).items():
        assert VARIABLES[name].dims == dims
        assert values.shape == (1500, 80)


@pytest.mark.parametrize(("at", "action"), [(0, LEFT), (0, RIGHT), (1, CENTRE)])
def test_invalid_response_costs_one_and_breaks_the_trial_off(task, at, action):
    record = task.begin(np.full((1, 4), 0.3))
    record.step = at
    assert step(record[0], action, np.zeros(4)) == (FIXATION, -1.0)
    assert (record.trial[0], record.step[0]) == (1, 0)


def test_session_ends_after_its_trials():
    task = WhatWhere(trials=2)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 1))
    for action in (LEFT, CENTRE, RIGHT):
        assert not batch.done[0]
        batch.step(np.array([action]))
    assert batch.done[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reward_probability": 1.5}, r"reward_probability = 1.5: expected a probability"),
        ({"earliest": -1}, r"earliest = -1: expected a whole number of at least 0"),
        ({"trials": 0}, r"trials = 0: expected a whole number of at least 1"),
        ({"earliest": 50}, r"earliest = 50, latest = 49: expected the earliest reversal not to be"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        WhatWhere(**settings)


def test_the_script_of_a_table_is_what_was_shown_done_and_paid(task, log):
    entries = task.trial_table(log)
    table = {name: values.reshape(-1) for name, (_, values, _) in entries.items()}
    labels = {name: about["labels"] for name, (_, _, about) in entries.items() if "labels" in about}
    since = np.tile(np.arange(80), 1500)
    given = GivenTrials(table, labels, since, "own recording")
    script = task.script(given)
    assert given.kept.all()
    assert script.steps == task.steps
    for part, logged in (
        (script.observation, log.observation),
        (script.action, log.action),
        (script.reward, log.reward),
    ):
        assert np.array_equal(part, log.by_trial(logged, 80, 2, -1).reshape(-1, 2))
    chosen = np.asarray(script.choice_actions)[table["choice"]]
    assert np.array_equal(chosen, script.action[:, script.choice_step])
