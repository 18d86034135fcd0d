"""Harlow's task from pixels: its rules, against their definition."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pfc_analysis.recording.play_log import lay_out_trials
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.harlow import Harlow, scripted_gaze
from pfc_analysis.tasks.vision.harlow_rules import (
    CHOOSE,
    FIXATE,
    INTERVAL,
    ROTATE_LEFT,
    ROTATE_RIGHT,
    STAY,
    step,
    wrap,
)

NONE = np.full(4, 0.9)


def always_right(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    return scripted_gaze(batch.sessions, batch.sessions.rewarded_side)


def at_random(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 3, len(batch.done))


def table_of(task: Harlow, log) -> dict[str, np.ndarray]:
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


@pytest.fixture(scope="module")
def task() -> Harlow:
    return Harlow()


@pytest.fixture(scope="module")
def log(task, play_out):
    return play_out(task, always_right, n_sessions=4000)


@pytest.fixture(scope="module")
def stumbling(task, play_out):
    return play_out(task, at_random, n_sessions=1500)


def session(**fields: float) -> np.recarray:
    record = np.zeros(1, Harlow.session_type).view(np.recarray)
    for name, value in {**Harlow().settings(), **fields}.items():
        record[name] = value
    return record


def test_published_settings_are_the_defaults(task):
    assert (task.step_angle, task.screen, task.trials) == (4.4, 65.0, 6)
    assert (task.cross_tolerance, task.image_tolerance) == (3.5, 7.0)
    assert (task.image_angle, task.image_size) == (16.25, 26.0)
    assert task.max_steps == 150
    # At the published view, images have the published 34 pixels.
    assert round(task.image_size / task.field_of_view * 84) == 34


def test_scripted_player_earns_all_there_is_in_few_steps(task, log):
    assert np.allclose(log.reward.sum(0), 6 * 1.2)
    table = table_of(task, log)
    assert (table["correct"] == 1).all()
    assert np.array_equal(table["choice"], table["rewarded_side"])
    # Three steps from the cross to an image (Wang et al. 2016: at least three decisions), or two
    # where the gaze was on that side of the cross.
    assert set(np.unique(table["choice_latency"])) <= {2, 3}
    assert table["fixation_latency"].max() <= 4
    assert log.active.sum(0).max() < 45


def test_a_player_of_one_side_is_right_by_chance(task, play_out, assert_share):
    log = play_out(task, lambda b, rng: scripted_gaze(b.sessions, 0 * b.sessions.step), 4000)
    table = table_of(task, log)
    assert (table["choice"] == 0).all()
    assert_share(table["correct"] == 1, 0.5)
    assert np.allclose(table["reward"], np.where(table["correct"], 1.2, -0.8))


def test_sides_are_drawn_by_chance_and_independently(task, log, assert_share):
    side = table_of(task, log)["rewarded_side"]
    assert_share(side == 0, 0.5)
    counts = np.bincount(side.sum(1), minlength=7) / len(side)
    expected = np.array([1, 6, 15, 20, 15, 6, 1]) / 64
    assert np.abs(counts - expected).max() < 4 * np.sqrt(0.25 / len(side))
    same = (side[:, 1:] == side[:, :-1]).mean()
    assert abs(same - 0.5) < 4 * np.sqrt(0.25 / side[:, 1:].size)


def test_balanced_sides_are_every_order_of_three_and_three(play_out):
    task = Harlow(balanced_sides=True)
    side = table_of(task, play_out(task, always_right, 8000))["rewarded_side"]
    assert (side.sum(1) == 3).all()
    orders, counts = np.unique(side, axis=0, return_counts=True)
    assert len(orders) == 20
    expected = 8000 / 20
    assert ((counts - expected) ** 2 / expected).sum() < 50  # chi-square, 19 degrees: P < 2e-4


def test_images_are_drawn_anew_for_each_session_and_kept(task, log):
    table = table_of(task, log)
    for name in ("rewarded_image", "other_image"):
        assert (table[name] == table[name][:, :1]).all()
    numbers = np.concatenate((table["rewarded_image"][:, 0], table["other_image"][:, 0]))
    assert np.unique(numbers).size == numbers.size
    assert (numbers >= 0).all()
    assert (numbers < 2**53).all()
    assert 0.45 < np.mean(numbers / 2**53) < 0.55


def test_a_session_begins_near_the_cross(task):
    start = SessionBatch(task, task.draw_uniforms(np.random.default_rng(1), 5000)).sessions.gaze
    assert np.abs(start).max() <= 15
    assert abs(start.mean()) < 4 * 15 / np.sqrt(3 * 5000)
    assert abs(start.std() - 15 / np.sqrt(3)) < 0.3


@pytest.mark.parametrize(
    ("gaze", "action", "expected"),
    [
        (0, ROTATE_LEFT, -4.4),
        (0, ROTATE_RIGHT, 4.4),
        (1.5, STAY, 1.5),
        (-178, ROTATE_LEFT, 177.6),
        (178, ROTATE_RIGHT, -177.6),
    ],
)
def test_actions_turn_the_gaze_all_the_way_round(gaze, action, expected):
    record = session(gaze=gaze, phase=INTERVAL, interval=9)
    step(record[0], action, NONE)
    assert record.gaze[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("gaze", "fixated"), [(0, 1), (3.5, 1), (-3.5, 1), (3.51, 0), (-3.51, 0), (179, 0)]
)
def test_fixation_at_the_edges_of_its_tolerance(gaze, fixated):
    record = session(gaze=gaze)
    assert step(record[0], STAY, NONE)[1] == 0.2 * fixated
    assert record.phase[0] == (CHOOSE if fixated else FIXATE)
    assert record.step[0] == fixated


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(
    ("gaze", "choice"),
    [
        *((-9.25, 0), (-23.25, 0), (9.25, 1), (23.25, 1), (-9.24, None), (9.24, None)),
        *((0, None), (-23.26, None), (23.26, None), (163.75, None)),
    ],
)
def test_choice_at_the_edges_of_its_tolerance(gaze, choice, side):
    record = session(gaze=gaze, phase=CHOOSE, step=1, rewarded_side=side)
    expected = 0.0 if choice is None else 1.0 if choice == side else -1.0
    assert step(record[0], STAY, NONE)[1] == expected
    assert (record.phase[0], record.step[0]) == ((CHOOSE, 2) if choice is None else (INTERVAL, 3))


def test_fixation_must_be_held_without_a_break():
    record = session(hold=3, gaze=0)
    actions = [STAY, STAY, ROTATE_LEFT, ROTATE_RIGHT, STAY, STAY]
    rewards = [step(record[0], action, NONE)[1] for action in actions]
    assert rewards == [0, 0, 0, 0, 0, 0.2]


@pytest.mark.parametrize("interval", [1, 2, 10])
def test_the_cross_comes_back_after_the_interval(interval):
    record = session(phase=INTERVAL, step=3, interval=interval, gaze=16)
    for waited in range(interval):
        assert (record.phase[0], record.trial[0]) == (INTERVAL, 0)
        assert record.step[0] == (3 if waited == 0 else -1)
        assert step(record[0], STAY, NONE)[1] == 0.0
    assert (record.phase[0], record.trial[0], record.step[0], record.held[0]) == (FIXATE, 1, 0, 0)
    assert record.rewarded_side[0] == 1


@pytest.mark.parametrize(("uniform", "side"), [(0.49, 0), (0.51, 1)])
def test_a_uniform_number_decides_on_the_side(uniform, side):
    record = session(phase=INTERVAL, interval=1)
    step(record[0], STAY, np.array([uniform, 0, 0, 0]))
    assert record.rewarded_side[0] == side


def test_session_ends_at_its_limit_and_then_stands_still():
    task = Harlow(step_limit=10)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 50))
    batch.sessions.gaze[:] = 90.0  # nothing to see there
    for _ in range(10):
        assert not batch.done.any()
        batch.step(np.full(50, ROTATE_RIGHT))
    assert batch.done.all()
    assert (batch.sessions.trial == 1).all()  # it was begun
    ended = batch.sessions.copy()
    batch.steps_played = 0  # its random numbers are used up
    batch.step(np.full(50, STAY))
    assert np.array_equal(batch.sessions, ended)
    assert (batch.reward == 0).all()


@pytest.mark.parametrize("limit", range(1, 24))
def test_trials_count_those_begun_wherever_the_limit_falls(play_out, limit):
    task = Harlow(step_limit=limit, trials=2)
    log = play_out(task, always_right, n_sessions=40)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(5), 40))
    while not batch.done.all():
        batch.step(always_right(batch, None))
    last = np.where(log.active, log.before["trial"], 0).max(0)
    assert np.array_equal(batch.sessions.trial, last + 1)


def test_moments_of_a_trial_are_what_they_are_called(task, stumbling):
    log = stumbling

    def at(values, missing=-1):
        return log.by_trial(values, 6, 4, missing)

    phase, reward = at(log.before["phase"]), at(log.reward, 0.0)
    begun = phase[..., 0] >= 0
    assert begun[:, 0].all()
    assert not begun.all()  # the limit comes first in some
    assert np.isin(phase[..., 0][begun], [FIXATE]).all()
    assert np.isin(phase[..., 1:3], [-1, CHOOSE]).all()
    assert np.isin(phase[..., 3], [-1, INTERVAL]).all()
    assert reward.sum() == pytest.approx(log.reward[log.active].sum())  # none falls elsewhere
    assert np.isin(reward[..., 0], (0.0, 0.2)).all()
    assert np.isin(reward[..., 2], (0.0, 1.0, -1.0)).all()
    assert (reward[..., [1, 3]] == 0).all()
    # Fixated means that images came (unless the session ended just then).
    played = at(log.before["played"])
    fixated = reward[..., 0] > 0
    shown = phase[..., 1] >= 0
    assert np.array_equal(fixated & (played[..., 0] < 149), shown)
    assert (played[..., 1] == played[..., 0] + 1)[shown].all()
    chose = reward[..., 2] != 0
    after = chose & (played[..., 2] < 149)
    assert (played[..., 3] == played[..., 2] + 1)[after].all()


def test_table_of_a_player_who_stumbles(task, stumbling):
    log = stumbling
    recording = validate(lay_out_trials(task, log, "nobody"))
    chose = recording.choice.values >= 0
    assert np.array_equal(recording.invalid.values == 0, chose)
    assert (recording.correct.values[~chose] == 0).all()
    correct = recording.choice == recording.rewarded_side
    assert np.array_equal(recording.correct.values == 1, correct.values)
    outcome = recording.reward.values - 0.2 * (recording.fixation_latency.values > 0)
    assert np.allclose(outcome, np.where(chose, np.where(correct, 1.0, -1.0), 0.0))
    # Latencies against a count of the steps of each phase.
    counts = {}
    for phase, name in ((FIXATE, "fixation_latency"), (CHOOSE, "choice_latency")):
        time, who = np.nonzero(log.active & (log.before["phase"] == phase))
        counts[name] = np.zeros((log.active.shape[1], 6), int)
        np.add.at(counts[name], (who, log.before["trial"][time, who]), 1)
    where = recording.session.values, recording.trial_in_session.values
    for name, happened in (
        ("fixation_latency", recording.fixation_latency.values > 0),
        ("choice_latency", chose),
    ):
        found = recording[name].values
        assert (found[~happened] == -1).all()
        assert np.array_equal(found[happened], counts[name][where][happened])


def test_folder_of_pictures(tmp_path, play_out):
    rng = np.random.default_rng(4)
    for k in range(24):
        plain = np.full((5, 5, 3), rng.integers(256, size=3), np.uint8)
        Image.fromarray(plain).save(tmp_path / f"{k}.png")
    seen = {}
    for split in ("train", "test"):
        task = Harlow(images=str(tmp_path), split=split)
        n = task.image_source.n_images
        table = table_of(task, play_out(task, always_right, n_sessions=3000))
        good, bad = table["rewarded_image"][:, 0], table["other_image"][:, 0]
        assert (good != bad).all()
        pairs = np.bincount(good * n + bad, minlength=n * n).reshape(n, n)
        off = pairs[~np.eye(n, dtype=bool)]
        expected = 3000 / off.size
        assert ((off - expected) ** 2 / expected).sum() < off.size + 5 * np.sqrt(2 * off.size)
        batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 200))
        batch.sessions.phase[:] = CHOOSE
        batch.sessions.gaze[:] = 0
        views = task.open_view(200).render(batch.sessions)
        seen[split] = {tuple(colour) for colour in views[:, 12, [6, 18]].reshape(-1, 3).tolist()}
        assert len(seen[split]) == n
    assert not seen["train"] & seen["test"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"view": 0}, r"view = 0: expected a whole number of at least 1"),
        ({"interval": 0}, r"interval = 0: expected a whole number"),
        ({"split": "dev"}, r"split = 'dev': expected one of \['train', 'test'\]"),
        ({"screen": -1}, r"screen = -1: expected degrees, above 0, at most 180"),
        ({"start": 181.0}, r"start = 181.0: expected degrees, from 0 to 180"),
        ({"cross_tolerance": 2.0}, r"cross_tolerance = 2.0: expected at least half of step_angle"),
        ({"step_angle": 6.0}, r"step_angle = 6.0: expected less than 5.75.*larger screen"),
        ({"balanced_sides": True, "trials": 5}, r"trials = 5: expected an even number"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        Harlow(**settings)


@pytest.mark.parametrize(("angle", "expected"), [(0, 0), (180, -180), (-180, -180), (190, -170)])
def test_wrap(angle, expected):
    assert wrap(float(angle)) == expected
