"""The matching task against its definition, by chi-square and Kolmogorov-Smirnov."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.matching import (
    CENTRE,
    FIXATION,
    LEFT,
    RIGHT,
    TARGETS,
    Matching,
    step,
)

N_SESSIONS = 4000


@pytest.fixture(scope="module")
def log(play_out, valid_at_random):
    return play_out(Matching(range="whole"), valid_at_random, N_SESSIONS)


@pytest.fixture(scope="module")
def table(log):
    """Trial table, by name; trials that no session reached are left out."""
    task = Matching(range="whole")
    begun = log.by_trial(log.active, task.n_trials, 2, False)[:, :, 0]
    entries = task.trial_table(log).items()
    return {name: e[1][begun] if e[0][0] == "trial" else e[1] for name, e in entries}


def begun_sessions(task: Matching, n: int = 20_000) -> np.recarray:
    return task.begin(task.draw_uniforms(np.random.default_rng(4), n)[0])


def chosen(table: dict[str, np.ndarray], name: str) -> np.ndarray:
    return np.take_along_axis(table[name], table["choice"][:, None].astype(int), -1)[:, 0]


def test_defaults_are_the_published_settings():
    task = Matching()
    assert (task.total, task.range, task.shortest, task.longest) == (0.5, "gaps", 50, 100)
    assert (task.n_trials, task.max_steps) == (100, 200)


@pytest.mark.parametrize("waited", range(5))
def test_an_arm_pays_the_more_likely_the_longer_it_was_left_alone(table, waited):
    """p = 1 - (1 - p0)^(n + 1): what was earned against the sum of the trials' probabilities."""
    rows = chosen(table, "trials_since_choice") == waited
    p = 1 - (1 - chosen(table, "base_probability")[rows]) ** (waited + 1)
    assert rows.sum() > 5000
    variance = (p * (1 - p)).sum()
    assert (table["reward"][rows].sum() - p.sum()) ** 2 / variance < 15.1  # chi-square, p = 1e-4


@pytest.mark.parametrize("waited", range(5))
def test_reward_at_one_base_probability(waited):
    """The same without the task's own table: left alone n times, then chosen; p0 = .3 and .2."""
    n = 40_000
    task = Matching(range="whole", shortest=waited + 1, longest=waited + 1)
    batch = SessionBatch(task, task.draw_uniforms(np.random.default_rng(waited), n))
    batch.sessions["left"], batch.sessions["right"] = 0.3, 0.2
    for _ in range(waited):
        for action in (CENTRE, RIGHT):
            batch.step(np.full(n, action))
    for action in (CENTRE, LEFT):
        batch.step(np.full(n, action))
    expected = 1 - 0.7 ** (waited + 1)
    paid = batch.reward.sum()
    assert chisquare([paid, n - paid], [n * expected, n * (1 - expected)]).pvalue > 1e-4
    assert batch.done.all()


def test_waits_are_counted_from_the_choices(table, log):
    """From the actions alone: trials since each arm was chosen; nothing is waited for at first."""
    action = log.action[1::2].T  # (session, trial)
    active = log.active[1::2].T
    waited = np.zeros((*action.shape, 2), int)
    for t in range(1, action.shape[1]):
        for arm, code in enumerate((LEFT, RIGHT)):
            waited[:, t, arm] = np.where(action[:, t - 1] == code, 0, waited[:, t - 1, arm] + 1)
    assert np.array_equal(table["trials_since_choice"], waited[active])


def test_base_probabilities_are_constant_and_sum_to_the_total(log):
    for t in (1, 50, 120):
        assert np.array_equal(log.before["left"][t], log.before["left"][0])
    assert log.before["left"] + log.before["right"] == pytest.approx(0.5)


def test_whole_range_is_uniform():
    left = begun_sessions(Matching(range="whole")).left
    assert kstest(left / 0.5, "uniform").pvalue > 1e-4


def test_training_leaves_gaps():
    left = begun_sessions(Matching()).left
    assert not (((left > 0.1) & (left < 0.2)) | ((left > 0.3) & (left < 0.4))).any()
    counts = [((left >= low) & (left <= low + 0.1)).sum() for low in (0.0, 0.2, 0.4)]
    assert sum(counts) == left.size
    assert chisquare(counts).pvalue > 1e-4
    for low in (0.0, 0.2, 0.4):
        inside = left[(left >= low) & (left <= low + 0.1)]
        assert kstest((inside - low) / 0.1, "uniform").pvalue > 1e-4


def test_gaps_have_no_leaks_at_their_edges():
    edges = [np.nextafter(k / 3, side) for k in (1, 2) for side in (0.0, 1.0)]
    shares = np.array([0.0, 1 / 3, 2 / 3, np.nextafter(1.0, 0.0), *edges])
    left = Matching().begin(np.stack([shares, np.zeros_like(shares)], axis=1)).left
    assert not (((left > 0.1) & (left < 0.2)) | ((left > 0.3) & (left < 0.4))).any()
    assert left.min() >= 0.0
    assert left.max() <= 0.5


def test_lengths_are_uniform_from_50_to_100():
    lengths = begun_sessions(Matching()).n_trials
    counts = np.bincount(lengths, minlength=101)
    assert counts[:50].sum() == 0
    assert counts.size == 101
    assert chisquare(counts[50:]).pvalue > 1e-4


def test_length_does_not_depend_on_the_arms():
    sessions = begun_sessions(Matching(range="whole"))
    assert abs(np.corrcoef(sessions.left, sessions.n_trials)[0, 1]) < 4 / np.sqrt(20_000)


def test_sessions_are_played_to_their_own_end(log):
    played = log.active.sum(axis=0)
    assert np.array_equal(played, 2 * log.before["n_trials"][0])
    assert (log.active[:-1] | ~log.active[1:]).all()  # no session starts again
    assert (log.reward[~log.active] == 0).all()


def test_known_policies_earn_what_they_must(play_out):
    """Always the rich arm 0.375 a trial, the momentarily better arm 0.451 (ideal observer)."""

    def reward_of(choose) -> tuple[float, float]:
        def act(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
            return np.where(batch.sessions.step == FIXATION, CENTRE, choose(batch.sessions, rng))

        task = Matching(range="whole", shortest=100, longest=100)
        earned = play_out(task, act, 3000).reward.sum(axis=0) / 100
        return earned.mean(), earned.std() / np.sqrt(earned.size)

    def rich(s, rng):
        return np.where(s.left > s.right, LEFT, RIGHT)

    def momentary(s, rng):
        left, right = (
            1 - (1 - p) ** (n + 1.0)
            for p, n in ((s.left, s.waited_left), (s.right, s.waited_right))
        )
        return np.where(left > right, LEFT, RIGHT)

    mean, error = reward_of(rich)  # E max(p, .5 - p) over the range
    assert abs(mean - 0.375) < 4 * error
    mean, error = reward_of(momentary)
    assert abs(mean - 0.451) < 4 * error + 0.0005


def test_random_choice_earns_the_geometric_average(table):
    """With waits of probability 1/2^(n+1), an arm pays 1 - q / (2 - q), q = 1 - p0.

    On average over the range 2 - 4 ln 1.5 = 0.378.
    """
    q = 1 - table["base_probability"]
    expected = (1 - q / (2 - q)).mean()
    error = table["reward"].std() / np.sqrt(table["reward"].size)
    # The first trials of a session have not waited yet: a loss of less than a hundredth.
    assert -0.01 < table["reward"].mean() - expected < 4 * error


def session(**fields: float) -> np.recarray:
    record = np.zeros(1, Matching.session_type).view(np.recarray)
    for name, value in {"n_trials": 5, "left": 0.3, "right": 0.2, **fields}.items():
        record[name] = value
    return record


@pytest.mark.parametrize(("at", "action"), [(FIXATION, LEFT), (FIXATION, RIGHT), (TARGETS, CENTRE)])
def test_invalid_response_costs_one_and_leaves_the_arms_alone(at, action):
    record = session(step=at, waited_left=3, waited_right=0)
    assert step(record[0], action, np.zeros(2)) == (FIXATION, -1.0)
    assert (record.trial[0], record.step[0]) == (1, FIXATION)
    assert (record.waited_left[0], record.waited_right[0]) == (3, 0)


def test_fixation_needs_the_centre():
    record = session()
    assert step(record[0], CENTRE, np.zeros(2)) == (TARGETS, 0.0)
    assert (record.trial[0], record.step[0]) == (0, TARGETS)


@pytest.mark.parametrize(("action", "base", "waited"), [(LEFT, 0.3, 2), (RIGHT, 0.2, 1)])
def test_uniform_numbers_decide_at_the_baited_probability(action, base, waited):
    probability = 1 - (1 - base) ** (waited + 1)
    for uniform, reward in ((probability - 0.01, 1.0), (probability + 0.01, 0.0)):
        record = session(step=TARGETS, waited_left=2, waited_right=1)
        assert step(record[0], action, np.array([uniform, 0.0])) == (FIXATION, reward)
        assert (record.waited_left[0], record.waited_right[0]) == (
            (0, 2) if action == LEFT else (3, 0)
        )


def test_broken_trials_stay_in_the_table_marked(play_out, valid_at_random):
    task = Matching(shortest=4, longest=4)

    def choose(batch, rng):
        action = valid_at_random(batch, rng)
        return np.where((batch.sessions.trial == 1) & (batch.sessions.step == 1), CENTRE, action)

    played = play_out(task, choose, n_sessions=6)
    table = {name: entry[1] for name, entry in task.trial_table(played).items()}
    assert (table["invalid"] == [0, 1, 0, 0]).all()
    assert (table["choice"][:, 1] == -1).all()
    assert (table["choice"][:, [0, 2, 3]] >= 0).all()
    assert (table["reward"][:, 1] == -1).all()
    waits = table["trials_since_choice"]
    assert np.array_equal(waits[:, 2], waits[:, 1])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"total": 1.5}, r"total = 1.5: expected a probability"),
        ({"range": "half"}, r"range = 'half': expected one of \['gaps', 'whole'\]"),
        ({"shortest": 0}, r"shortest = 0: expected a whole number of at least 1"),
        ({"longest": 49}, r"longest = 49: expected at least shortest, 50"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Matching(**settings)
