"""Bandits against their definition, by chi-square and Kolmogorov-Smirnov."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy.stats import kstest, pearsonr

from pfc_analysis.tasks.bandit import LEFT, Arms, Bandit, step
from pfc_analysis.tasks.contract import SessionBatch


def at_random(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 2, len(batch.done))


@pytest.fixture(scope="module")
def play_table(play_out):
    """Trial table, by name, of sessions chosen at random."""

    def played(task: Bandit, n_sessions: int = 2000) -> dict[str, np.ndarray]:
        table = task.trial_table(play_out(task, at_random, n_sessions))
        return {name: entry[1] for name, entry in table.items()}

    return played


def arms_of(task: Bandit, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    sessions = task.begin(task.draw_uniforms(np.random.default_rng(4), n)[0])
    return sessions.left, sessions.right


def test_defaults_are_the_published_settings():
    task = Bandit()
    assert (task.arms, task.trials, task.max_steps) == ("independent", 100, 100)
    assert (task.left, task.right) == (0.25, 0.75)
    assert task.actions == ("left", "right")


@pytest.mark.parametrize(("arm", "probability"), [(0, 0.25), (1, 0.75)])
def test_rewards_of_fixed_arms(play_table, assert_share, arm, probability):
    table = play_table(Bandit(arms="fixed"))
    assert (table["reward_probability"] == [0.25, 0.75]).all()
    assert_share(table["reward"][table["choice"] == arm] == 1.0, probability)
    assert np.isin(table["reward"], (0.0, 1.0)).all()


def test_rewards_follow_whatever_was_drawn(play_table):
    """Calibration: in bins of the arm chosen's probability, rewards are as frequent as it says."""
    table = play_table(Bandit())
    chosen = np.take_along_axis(
        table["reward_probability"], table["choice"][..., None].astype(int), -1
    )[..., 0]
    bins = np.minimum((chosen * 10).astype(int), 9)
    for k in range(10):
        p, reward = chosen[bins == k], table["reward"][bins == k]
        error = np.sqrt((p * (1 - p)).sum()) / p.size
        assert abs(reward.mean() - p.mean()) < 4 * error


def test_rewards_are_independent_from_trial_to_trial(play_table):
    table = play_table(Bandit(arms="fixed", left=0.5, right=0.5))
    assert pearsonr(table["reward"][:, 1:].ravel(), table["reward"][:, :-1].ravel()).pvalue > 1e-4


def test_independent_arms_are_uniform_and_independent():
    left, right = arms_of(Bandit())
    assert kstest(left, "uniform").pvalue > 1e-4
    assert kstest(right, "uniform").pvalue > 1e-4
    assert pearsonr(left, right).pvalue > 1e-4
    # A function of both that correlation alone would not see.
    assert kstest((left + right) % 1.0, "uniform").pvalue > 1e-4


def test_correlated_arms_are_uniform_and_sum_to_one():
    left, right = arms_of(Bandit(arms="correlated"))
    assert kstest(left, "uniform").pvalue > 1e-4
    assert left + right == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize(("arms", "worse"), [("easy", 0.1), ("medium", 0.25), ("hard", 0.4)])
def test_arms_of_known_difficulty_on_either_side(assert_share, arms, worse):
    left, right = arms_of(Bandit(arms=arms), 40_000)
    assert set(np.unique(left)) == {worse, 1 - worse}
    assert left + right == pytest.approx(1.0)
    assert_share(left == worse, 0.5)


def test_arms_stay_throughout_a_session(play_table):
    for arms in get_args(Arms):
        p = play_table(Bandit(arms=arms, trials=20), 50)["reward_probability"]
        assert p.shape == (50, 20, 2)
        assert (p == p[:, :1]).all()


def test_cue_is_the_share_of_trials_that_is_over():
    task = Bandit(trials=8)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 2))
    seen = [batch.cues.copy()]
    while not batch.done.all():
        batch.step(np.array([0, 1]))
        seen.append(batch.cues.copy())
    assert np.stack(seen)[..., 0] == pytest.approx(np.outer(np.arange(9) / 8, [1, 1]))


def session(**fields: float) -> np.recarray:
    record = np.zeros(1, Bandit.session_type).view(np.recarray)
    for name, value in {"n_trials": 5, "left": 0.3, "right": 0.6, **fields}.items():
        record[name] = value
    return record


@pytest.mark.parametrize(("action", "probability"), [(0, 0.3), (1, 0.6)])
def test_uniform_numbers_decide_at_the_arms_probability(action, probability):
    for uniform, reward in ((probability - 0.01, 1.0), (probability + 0.01, 0.0)):
        record = session()
        assert step(record[0], action, np.array([uniform, 0.0])) == (0, reward)
        assert record.trial[0] == 1


def test_arms_that_always_or_never_pay():
    for uniform in (0.0, np.nextafter(1.0, 0.0)):
        record = session(left=0.0, right=1.0)
        assert [step(record[0], a, np.array([uniform, 0.5]))[1] for a in (0, 1)] == [0.0, 1.0]


def test_session_ends_after_its_trials():
    task = Bandit(trials=3)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(0), 1))
    for _ in range(3):
        assert not batch.done[0]
        batch.step(np.array([LEFT]))
    assert batch.done[0]


def test_table_says_what_was_done(play_out):
    task = Bandit(trials=7)
    log = play_out(task, at_random, 12)
    table = {name: entry[1] for name, entry in task.trial_table(log).items()}
    assert np.array_equal(table["choice"], log.action.T)
    assert np.array_equal(table["reward"], log.reward.T)
    assert np.array_equal(table["reward_probability"][:, 0, 0], log.before["left"][0])
    assert task.trial_table(log)["choice"][2] == {"labels": ["left", "right"]}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"arms": "both"}, r"arms = 'both': expected one of \['independent', 'correlated'"),
        ({"left": 1.2}, r"left = 1.2: expected a probability"),
        ({"right": -0.1}, r"right = -0.1: expected a probability"),
        ({"left": float("nan")}, r"left = nan: expected a probability"),
        ({"trials": 0}, r"trials = 0: expected a whole number of at least 1"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Bandit(**settings)
