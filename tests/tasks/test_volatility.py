"""The volatility task against its definition, by chi-square."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare, pearsonr

from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.volatility import VolatileBandit


def at_random(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 2, len(batch.done))


@pytest.fixture(scope="module")
def play_table(play_out):
    """Trial table, by name, of sessions chosen at random; and `better`, the better side."""

    def played(task: VolatileBandit, n_sessions: int = 1000) -> dict[str, np.ndarray]:
        table = task.trial_table(play_out(task, at_random, n_sessions))
        arrays = {name: entry[1] for name, entry in table.items()}
        return arrays | {"better": arrays["reward_probability"].argmax(-1)}

    return played


@pytest.fixture(scope="module")
def training(play_table):
    return play_table(VolatileBandit(), 3000)


@pytest.fixture(scope="module")
def markov(play_table):
    task = VolatileBandit(schedule="markov", reversal_hazard=1 / 25, probabilities="by_regime")
    return play_table(task, 1500)


def test_defaults_and_name():
    task = VolatileBandit()
    assert (task.schedule, task.trials, task.max_steps) == ("training", 200, 200)
    assert find_task("volatility") is VolatileBandit
    assert (task.actions, task.cues) == (("left", "right"), ())


@pytest.mark.parametrize("schedule", ["training", "markov", "stable_first", "volatile_first"])
def test_rewards_come_as_often_as_the_arms_pay(play_table, assert_share, schedule):
    table = play_table(VolatileBandit(schedule=schedule))
    p = table["reward_probability"]
    assert p.sum(-1) == pytest.approx(1.0)
    chosen = np.take_along_axis(p, table["choice"][..., None].astype(int), -1)[..., 0]
    for value in np.unique(chosen.round(9)):
        assert_share(table["reward"][np.isclose(chosen, value)] == 1.0, value)


@pytest.mark.parametrize(("schedule", "first"), [("stable_first", 0), ("volatile_first", 1)])
def test_schedules_of_the_test(play_table, assert_share, schedule, first):
    task = VolatileBandit(schedule=schedule)
    table = play_table(task, 50)
    half = np.arange(200) >= 100
    assert (table["regime"] == np.where(half, 1 - first, first)).all()
    assert np.array_equal(table["volatility"], table["regime"] / 25)
    paid = table["reward_probability"].max(-1)
    assert paid == pytest.approx(np.where(table["regime"] == 1, 0.8, 0.75))
    reversals = np.flatnonzero(np.diff(table["better"][0])) + 1
    assert reversals.tolist() == ([100, 125, 150, 175] if first == 0 else [25, 50, 75, 100])
    assert (np.diff(table["better"]) != 0).sum(axis=0).tolist() == [
        50 if t in reversals else 0 for t in range(1, 200)
    ]
    uniforms = np.random.default_rng(4).random((40_000, 4))
    assert_share(task.begin(uniforms).better == 1, 0.5)


def test_one_order_of_the_test_is_the_others_mirror_image(play_table):
    one, other = (
        play_table(VolatileBandit(schedule=s), 5) for s in ("stable_first", "volatile_first")
    )
    mirrored = other["better"][:, ::-1]
    assert np.array_equal(one["regime"], other["regime"][:, ::-1])
    assert np.array_equal(np.diff(one["better"][0]) != 0, np.diff(mirrored[0]) != 0)


def test_training_changes_regime_once_uniformly(training):
    changes = np.diff(training["regime"]) != 0
    assert (changes.sum(axis=1) == 1).all()
    at = changes.argmax(axis=1) + 1
    counts = np.bincount(at, minlength=141)
    assert counts[:60].sum() == 0
    assert counts.size == 141
    assert chisquare(counts[60:]).pvalue > 1e-4
    starts = training["regime"][:, 0]
    assert chisquare([starts.sum(), (1 - starts).sum()]).pvalue > 1e-4
    assert pearsonr(starts, at).pvalue > 1e-4


def split_reversals(table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether the better side changed at a trial: in stable and volatile phases, at changes."""
    turned = np.diff(table["better"]) != 0
    switched = np.diff(table["regime"]) != 0
    volatile = table["regime"][:, 1:] == 1
    return turned[~switched & ~volatile], turned[~switched & volatile], turned[switched]


def test_training_reverses_at_its_hazard(training, assert_share):
    stable, volatile, switched = split_reversals(training)
    assert not stable.any()
    assert_share(volatile, 1 / 18)
    assert abs(switched.mean() - 0.5) < 4 * np.sqrt(0.25 / switched.size)
    assert np.array_equal(training["volatility"], np.where(training["regime"] == 1, 1 / 18, 0.0))


def test_training_draws_what_the_better_arm_pays_in_each_phase(training):
    paid = training["reward_probability"].max(-1)
    first, last = paid[:, 0], paid[:, -1]
    counts = [
        ((first == a) & (last == b) & (training["regime"][:, 0] == regime)).sum()
        for a in (0.75, 0.85) for b in (0.75, 0.85) for regime in (0, 1)
    ]  # fmt: skip
    assert sum(counts) == len(first)
    assert chisquare(counts).pvalue > 1e-4
    # Only a change of regime changes it.
    assert (np.diff(training["regime"])[np.diff(paid) != 0] != 0).all()


def test_markov_follows_its_hazards(markov, assert_share):
    assert_share(np.diff(markov["regime"]) != 0, 1 / 100)
    stable, volatile, switched = split_reversals(markov)
    assert not stable.any()
    assert_share(volatile, 1 / 25)
    assert abs(switched.mean() - 0.5) < 4 * np.sqrt(0.25 / switched.size)
    paid = markov["reward_probability"].max(-1)
    assert paid == pytest.approx(np.where(markov["regime"] == 1, 0.8, 0.75))


def test_session_ends_after_its_trials():
    task = VolatileBandit(trials=3)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 1))
    for _ in range(3):
        assert not batch.done[0]
        batch.step(np.array([0]))
    assert batch.done[0]


def test_recording_names_regime_and_volatility():
    class Left:
        def begin(self, n_sessions):
            return n_sessions

        def choice_probability(self, state):
            return np.tile([1.0, 0.0], (state, 1))

        def learn(self, state, choice, reward):
            return None

    played = simulate(Left(), VolatileBandit(), sessions=3, seed=1, subject="left")
    assert played["regime"].attrs["flag_meanings"] == "stable volatile"
    assert "hazard of reversal" in played["volatility"].attrs["long_name"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": "test"}, r"schedule = 'test': expected one of \['training', 'markov'"),
        (
            {"probabilities": "fixed"},
            r"probabilities = 'fixed': expected one of \['drawn', 'by_regime'\]",
        ),
        ({"low_probability": 1.2}, r"low_probability = 1.2: expected a probability"),
        ({"reversal_hazard": -0.1}, r"reversal_hazard = -0.1: expected a probability"),
        ({"trials": 0}, r"trials = 0: expected a whole number of at least 1"),
        ({"block": 0}, r"block = 0: expected a whole number of at least 1"),
        ({"earliest": 150}, r"latest = 140: expected at least earliest, 150"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        VolatileBandit(**settings)
