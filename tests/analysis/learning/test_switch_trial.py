"""Switches from exploring to exploiting: known ones are found, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import integrate, special, stats

from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.analysis.learners.bandit_learners import BayesOptimal, UpperConfidenceBound
from pfc_analysis.analysis.learning import switch_trial
from pfc_analysis.analysis.learning.switch_trial import (
    compute_switch_trial,
    find_switch,
    find_switches,
)
from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.bandit import Bandit


def switcher(rng: np.random.Generator, n: int, at: int, slips: float) -> tuple[np.ndarray, int]:
    """Choices at random until `at`, then one arm but for slips; and that arm."""
    arm = int(rng.integers(2))
    kept = np.where(rng.random(n - at) < slips, 1 - arm, arm)
    return np.concatenate([rng.integers(0, 2, at), kept]), arm


def make(sessions: list[np.ndarray], subjects: list[str]) -> xr.Dataset:
    lengths = [len(session) for session in sessions]
    choice = np.concatenate(sessions)
    return xr.Dataset(
        {"choice": ("trial", choice), "reward": ("trial", np.zeros(choice.size))},
        coords={
            "subject": ("trial", np.repeat(subjects, lengths)),
            "session": ("trial", np.repeat(np.arange(len(sessions)), lengths)),
            "trial_in_session": ("trial", np.concatenate([np.arange(n) for n in lengths])),
        },
    )


@pytest.mark.parametrize(("at", "slips"), [(10, 0.0), (30, 0.0), (30, 0.05), (30, 0.1), (60, 0.02)])
def test_known_switches_are_found(at, slips):
    rng = np.random.default_rng(at)
    n_sessions = 400
    error, inside, right_arm = [], 0, 0
    for _ in range(n_sessions):
        choice, arm = switcher(rng, 100, at, slips)
        found = find_switch(choice)
        error.append(found.trial - at)
        inside += found.lower <= at <= found.upper
        right_arm += found.preferred == arm
    assert right_arm == n_sessions
    # About one trial early on average, within one or two trials in most sessions.
    assert -2.0 < np.mean(error) < 0.5
    assert np.median(np.abs(error)) <= 2
    assert inside / n_sessions > 0.95 - 3 * np.sqrt(0.05 * 0.95 / n_sessions)


def test_choosing_at_random_passes_for_settled_in_less_than_one_session_in_twenty():
    rng = np.random.default_rng(0)
    for n in (30, 100):
        settled = [find_switch(rng.integers(0, 2, n)).preferred >= 0 for _ in range(1500)]
        assert np.mean(settled) < 0.05


def test_expected_bayes_factor_of_random_choices_is_one():
    """Exactly, over all sequences of ten choices: what the bound of one in twenty rests on."""
    sequences = np.arange(2**10)[:, None] >> np.arange(10) & 1
    factors = [np.exp(find_switch(choice).evidence) for choice in sequences]
    assert np.mean(factors) == pytest.approx(1.0, rel=1e-12)


def test_evidence_equals_the_integral_over_the_rate():
    choice = np.array([0, 1, 0, 1, 1, 1, 1, 0, 1, 1])
    likelihood = [
        integrate.quad(lambda p, c=choice[t:]: stats.bernoulli.pmf(c, p).prod(), 0, 1)[0] * 0.5**t
        for t in range(10)
    ]
    expected = np.log(np.mean(likelihood) / 0.5**10)
    assert find_switch(choice).evidence == pytest.approx(expected, rel=1e-8)


def test_one_late_slip_does_not_move_the_switch():
    choice = np.concatenate([[0, 1] * 5, np.ones(90, int)])
    assert find_switch(choice).trial == 9  # the tenth choice is already the arm kept to
    choice[99] = 0
    found = find_switch(choice)
    assert found.trial == 9
    assert found.preference == pytest.approx(90 / 91)
    assert found.preferred == 1


def test_who_never_explores_is_settled_from_the_start():
    found = find_switch(np.zeros(50, int))
    assert (found.trial, found.preferred, found.preference) == (0, 0, 1.0)
    assert found.lower == 0


def test_who_changes_arms_once_settles_there():
    assert find_switch(np.repeat([0, 1], [12, 60])).trial == 12


def test_ten_choices_are_the_fewest_that_settle():
    assert find_switch(np.ones(9, int)).preferred == -1
    assert find_switch(np.ones(9, int)).trial == 9
    assert find_switch(np.ones(10, int)).preferred == 1


def test_sessions_of_a_recording():
    rng = np.random.default_rng(2)
    long, arm = switcher(rng, 80, 20, 0.0)
    sessions = [long, np.tile([0, 1], 20), np.zeros(15, int)]
    result = find_switches(make(sessions, ["a", "a", "b"]))
    assert result["subject"].values.tolist() == ["a", "a", "b"]
    assert result["settled"].values.tolist() == [1, 0, 1]
    assert result["switch_trial"].values.tolist() == [find_switch(long).trial, 40, 0]
    assert result["preferred"].values.tolist() == [arm, -1, 0]
    assert result["lower"].isnull().values.tolist() == [False, True, False]


def test_many_sessions_together_as_each_by_the_formula(monkeypatch):
    """Sessions of several lengths, invalid trials among them, in parts of a few sessions."""
    monkeypatch.setattr(switch_trial, "MOST_VALUES", 200)
    rng = np.random.default_rng(7)
    sessions = [switcher(rng, n, n // 4, 0.05)[0] for n in (12, 60, 61, 60, 60, 12, 60)]
    sessions[3] = np.insert(sessions[3], [5, 30], -1)
    found = find_switches(make(sessions, list("aabbbcc")))
    assert found["settled"].sum() >= 5
    for k, session in enumerate(sessions):
        position = np.flatnonzero(session >= 0)
        choice = session[position]
        after = [choice[t:] for t in range(choice.size)]
        odds = [2.0**c.size * special.beta(c.sum() + 1, c.size - c.sum() + 1) for c in after]
        one = found.isel(session=k)
        assert one["evidence"].item() == pytest.approx(np.log(np.mean(odds)))
        if one["settled"] == 1:
            share = np.cumsum(odds) / np.sum(odds)
            assert one["switch_trial"] == position[np.argmax(odds)]
            assert one["lower"] == position[np.argmax(share >= 0.025)]
            assert one["upper"] == position[np.argmax(share >= 0.975)]
            kept = np.bincount(after[int(np.argmax(odds))], minlength=2)
            assert one["preferred"] == np.argmax(kept)
            assert one["preference"].item() == pytest.approx(kept.max() / kept.sum())


def test_invalid_and_missing_trials_are_passed_over():
    choice = np.concatenate([[0, 1] * 5, np.ones(40, int)])
    invalid = np.insert(choice, [3, 20, 20], -1)
    result = find_switches(make([invalid], ["a"]))
    assert result["switch_trial"].item() == find_switch(choice).trial + 1
    whole = make([choice], ["a"])
    late = whole.isel(trial=slice(4, None))
    assert find_switches(late)["switch_trial"].item() == find_switch(choice[4:]).trial + 4
    empty = find_switches(make([np.full(5, -1)], ["a"]))
    assert (empty["settled"].item(), empty["switch_trial"].item()) == (0, 5)


def test_mean_over_sessions_by_subject():
    rng = np.random.default_rng(3)
    sessions = [switcher(rng, 100, at, 0.02)[0] for at in (5, 20, 30, 50)]
    sessions.append(np.tile([0, 1], 50))
    result = compute_switch_trial(make(sessions, ["a", "a", "b", "b", "b"]))
    found = [find_switch(choice).trial for choice in sessions]
    assert result["switch_trial"].values == pytest.approx([np.mean(found[:2]), np.mean(found[2:])])
    low, high = stats.t.interval(0.95, 2, np.mean(found[2:]), stats.sem(found[2:]))
    assert result["lower"].sel(subject="b").item() == pytest.approx(low)
    assert result["upper"].sel(subject="b").item() == pytest.approx(high)
    assert result["settled"].values == pytest.approx([1, 2 / 3])
    assert (result["settled_upper"] <= 1).all()
    assert result["n_sessions"].values.tolist() == [2, 3]


def test_difference_between_conditions():
    """Five subjects that switch ten trials later in the second condition."""
    rng = np.random.default_rng(4)

    def condition(at: int) -> xr.Dataset:
        sessions = [switcher(rng, 100, at + 4 * k, 0.02)[0] for k in range(5) for _ in range(80)]
        return compute_switch_trial(make(sessions, [str(k) for k in range(5) for _ in range(80)]))

    difference = condition(20)["switch_trial"] - condition(10)["switch_trial"]
    mean = compute_subject_mean(difference)
    assert mean["lower"] < 10 < mean["upper"]
    assert mean["lower"] > 5


def test_learners_settle_the_later_the_harder_the_task():
    """Wang et al. (2016): exploration lasts longer where the arms are harder to tell apart."""
    found = {
        arms: compute_switch_trial(
            simulate(BayesOptimal(), Bandit(arms=arms), sessions=300, seed=1, subject="x")
        )
        for arms in ("easy", "medium", "hard")
    }
    assert found["easy"]["upper"] < found["medium"]["lower"]
    assert found["medium"]["upper"] < found["hard"]["lower"]
    assert found["easy"]["settled"] > 0.99


def test_who_explores_more_settles_later():
    medium = Bandit(arms="medium")
    optimal, bounds = (
        compute_switch_trial(simulate(learner, medium, sessions=300, seed=2, subject="x"))
        for learner in (BayesOptimal(), UpperConfidenceBound(2.0))
    )
    assert optimal["upper"] < bounds["lower"]


def test_missing_choice_is_named():
    with pytest.raises(MissingVariableError, match="choice: the recording has no such variable"):
        find_switches(make([np.ones(3, int)], ["a"]).drop_vars("choice"))
