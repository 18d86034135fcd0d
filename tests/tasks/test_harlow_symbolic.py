"""Harlow's task without pixels against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from pfc_analysis.recording.play_log import lay_out_trials
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.harlow_symbolic import (
    CENTRE,
    FIXATION,
    LEFT,
    OBJECTS,
    RIGHT,
    HarlowSymbolic,
    step,
)


def learner(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    """One-shot learning, from cues and rewards alone: win stay, lose shift on objects."""
    features = batch.cues.shape[1] // 2
    left, right = batch.cues[:, :features], batch.cues[:, features:]
    if batch.steps_played == 0:
        batch.good = np.full(left.shape, np.nan)
    at_choice = batch.observation == OBJECTS
    known = ~np.isnan(batch.good[:, 0])
    guess = rng.integers(LEFT, RIGHT + 1, len(at_choice))
    choice = np.where(known, np.where((batch.good == left).all(1), LEFT, RIGHT), guess)
    # Where it guesses, it peeks at the outcome that is to come, as its next input would tell.
    right_one = np.where(batch.sessions.rewarded_side == 0, LEFT, RIGHT)
    seen = np.where((right_one == LEFT)[:, None], left, right)
    batch.good = np.where((at_choice & ~known)[:, None], seen, batch.good)
    return np.where(at_choice, choice, CENTRE)


@pytest.fixture(scope="module")
def task() -> HarlowSymbolic:
    return HarlowSymbolic()


@pytest.fixture(scope="module")
def log(task, play_out):
    return play_out(task, learner, n_sessions=5000)


@pytest.fixture(scope="module")
def table(task, log):
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


def test_one_shot_learner_guesses_once_and_is_right_ever_after(table):
    assert abs(table["correct"][:, 0].mean() - 0.5) < 4 * np.sqrt(0.25 / 5000)
    assert (table["correct"][:, 1:] == 1).all()
    assert np.allclose(table["reward"], np.where(table["correct"], 1.2, -0.8))


def test_sides_are_drawn_by_chance_and_independently(table, assert_share):
    side = table["rewarded_side"]
    assert_share(side == 0, 0.5)
    assert_share(side[:, 1:] == side[:, :-1], 0.5)


def test_objects_stay_for_the_session_and_differ_between_sessions(table):
    for name in ("rewarded_image", "other_image"):
        assert (table[name] == table[name][:, :1]).all()
    numbers = np.concatenate((table["rewarded_image"][:, 0], table["other_image"][:, 0]))
    assert np.unique(numbers).size == numbers.size


def test_cues_are_the_objects_on_their_sides(task):
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(1), 400))
    shown = []
    for _ in range(4):
        assert (batch.cues == 0).all()
        batch.step(np.full(400, CENTRE))
        assert (batch.reward == 0.2).all()
        side = batch.sessions.rewarded_side[:, None] == 0
        left, right = batch.cues[:, :16], batch.cues[:, 16:]
        shown.append((np.where(side, left, right), np.where(side, right, left)))
        batch.step(np.full(400, LEFT))
        assert np.array_equal(batch.reward, np.where(side[:, 0], 1.0, -1.0))
    for good, bad in shown[1:]:
        assert np.array_equal(good, shown[0][0])
        assert np.array_equal(bad, shown[0][1])
    values = np.concatenate(shown[0]).ravel()
    assert kstest(values, "uniform").pvalue > 1e-4
    assert np.unique(values).size == values.size
    correlation = np.corrcoef(np.concatenate(shown[0]), rowvar=False)
    assert np.abs(correlation - np.eye(16)).max() < 0.2


def session(**fields: float) -> np.recarray:
    record = np.zeros(1, HarlowSymbolic.session_type).view(np.recarray)
    for name, value in {"n_trials": 6, **fields}.items():
        record[name] = value
    return record


@pytest.mark.parametrize(("at", "action"), [(0, LEFT), (0, RIGHT), (1, CENTRE)])
def test_invalid_response_pays_nothing_and_breaks_the_trial_off(at, action):
    record = session(step=at)
    assert step(record[0], action, np.array([0.7, 0, 0])) == (FIXATION, 0.0)
    assert (record.trial[0], record.step[0], record.rewarded_side[0]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("side", "action", "reward"), [(0, LEFT, 1), (0, RIGHT, -1), (1, LEFT, -1), (1, RIGHT, 1)]
)
def test_rewards(side, action, reward):
    record = session(step=1, rewarded_side=side)
    assert step(record[0], action, np.array([0.2, 0, 0])) == (FIXATION, reward)


def test_broken_trials_count_as_incorrect_and_make_a_valid_recording(task, play_out):
    log = play_out(task, lambda batch, rng: rng.integers(0, 3, len(batch.done)), n_sessions=300)
    recording = validate(lay_out_trials(task, log, "nobody"))
    assert recording.sizes["trial"] == 300 * 6
    broken = recording.invalid.values == 1
    assert 0.5 < broken.mean() < 0.9
    assert (recording.choice.values[broken] == -1).all()
    assert (recording.correct.values[broken] == 0).all()
    assert np.isin(recording.reward.values[broken], (0.0, 0.2)).all()
    chose = recording.choice == recording.rewarded_side
    assert np.array_equal(recording.correct.values == 1, chose.values)


@pytest.mark.parametrize("name", ["features", "trials"])
def test_settings_are_checked(name):
    with pytest.raises(ValueError, match=rf"{name} = 0: expected a whole number of at least 1"):
        HarlowSymbolic(**{name: 0})


def test_names_fit_the_numbers():
    task = HarlowSymbolic(features=3, trials=2)
    assert task.cues == ("left_0", "left_1", "left_2", "right_0", "right_1", "right_2")
    assert task.max_steps == 4
    assert task.view_shape is None
    with pytest.raises(TypeError, match=r"'harlow_symbolic' shows no pictures"):
        task.open_view(1)
