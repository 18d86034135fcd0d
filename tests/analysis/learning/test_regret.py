"""Regret against counting by hand, and against what policies of known regret lose."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.learners.bandit_learners import CorrelatedBayesOptimal, Thompson
from pfc_analysis.analysis.learning.regret import compute_regret, compute_share_of_best
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.bandit import Bandit


def make(sessions: list[list[int]], arms: list[list[float]], subjects: list[str]) -> xr.Dataset:
    """One session a list of choices, with its two arms."""
    lengths = [len(session) for session in sessions]
    choice = np.concatenate(sessions)
    return xr.Dataset(
        {
            "choice": ("trial", choice),
            "reward": ("trial", np.zeros(choice.size)),
            "reward_probability": (("trial", "arm"), np.repeat(arms, lengths, axis=0)),
        },
        coords={
            "subject": ("trial", np.repeat(subjects, lengths)),
            "session": ("trial", np.repeat(np.arange(len(sessions)), lengths)),
            "trial_in_session": ("trial", np.concatenate([np.arange(n) for n in lengths])),
        },
    )


@pytest.fixture
def recording() -> xr.Dataset:
    sessions = [[0, 0, 1, 1], [1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 0]]
    arms = [[0.25, 0.75], [0.9, 0.1], [0.3, 0.3], [0.2, 1.0]]
    return make(sessions, arms, ["a", "a", "a", "b"])


def test_regret_by_hand(recording):
    result = compute_regret(recording)
    by_session = np.array([[0.5, 1.0, 1.0, 1.0], [0.8, 0.8, 1.6, 2.4], [0, 0, 0, 0]])
    assert result["regret"].dims == ("subject", "trial_in_session")
    assert result["regret"].sel(subject="a").values == pytest.approx(by_session.mean(axis=0))
    assert result["regret"].sel(subject="b").values == pytest.approx([0, 0, 0, 0.8])
    low, high = stats.t.interval(0.95, 2, by_session.mean(axis=0), stats.sem(by_session))
    assert result["lower"].sel(subject="a").values == pytest.approx(low)
    assert result["upper"].sel(subject="a").values == pytest.approx(high)
    assert result["lower"].sel(subject="b").isnull().all()
    assert result["n_sessions"].values.tolist() == [3, 1]
    assert result["trial_in_session"].values.tolist() == [0, 1, 2, 3]


def test_subjects_may_share_session_numbers(recording):
    session = np.repeat([0, 1, 2, 0], 4)
    renumbered = recording.assign_coords(session=("trial", session))
    assert compute_regret(renumbered).identical(compute_regret(recording))


def test_regret_of_choosing_at_random_grows_by_half_the_difference():
    class Coin(Thompson):
        def choice_probability(self, state):
            return np.full((len(state["rewarded"]), 2), 0.5)

    played = simulate(Coin(), Bandit(arms="fixed"), sessions=2000, seed=1, subject="coin")
    result = compute_regret(played).squeeze("subject")
    expected = 0.25 * np.arange(1, 101)
    error = (result["upper"] - result["lower"]) / 2 / stats.t.ppf(0.975, 1999)
    assert (np.abs(result["regret"] - expected) < 5 * error).all()
    # The loss of a trial is 0 or .5, so its standard deviation is a quarter.
    assert error.values == pytest.approx(0.25 * np.sqrt(np.arange(1, 101) / 2000), rel=0.1)


def test_missing_variable_is_named(recording):
    with pytest.raises(MissingVariableError, match="reward_probability: the recording has no such"):
        compute_regret(recording.drop_vars("reward_probability"))


def test_invalid_choices_are_refused(recording):
    recording["choice"][3] = -1
    with pytest.raises(AnalysisError, match=r"choice: found 1 trial\(s\) without a valid choice"):
        compute_regret(recording)


def test_unequal_sessions_are_refused_with_a_way_out(recording):
    shorter = recording.isel(trial=slice(0, 15))
    with pytest.raises(AnalysisError, match="session: found sessions of 3 to 4 trials, expected"):
        compute_regret(shorter)
    cut = shorter.isel(trial=(shorter.trial_in_session < 3).values)
    assert compute_regret(cut).sizes["trial_in_session"] == 3


def test_sessions_without_their_beginning_are_refused(recording):
    late = recording.isel(trial=(recording.trial_in_session > 0).values)
    with pytest.raises(AnalysisError, match="sessions that lack trials, expected 0 to 2"):
        compute_regret(late)


def test_impossible_probabilities_are_refused(recording):
    recording["reward_probability"][2, 1] = np.nan
    with pytest.raises(AnalysisError, match="reward_probability: found values below 0 or above 1"):
        compute_regret(recording)


def test_two_step_recordings_are_refused(recording):
    recording["second_state"] = recording["choice"]
    with pytest.raises(AnalysisError, match="second_state: found in the recording, so choices"):
        compute_regret(recording)


def test_share_of_best_by_hand():
    regret = xr.Dataset(
        {name: ("subject", [value]) for name, value in
         {"regret": 4.0, "lower": 3.0, "upper": 6.0}.items()}
    )  # fmt: skip
    share = compute_share_of_best(regret, chance=25.0, best=1.0)
    assert share["reward_share"].item() == pytest.approx(21 / 24)
    assert share["lower"].item() == pytest.approx(19 / 24)
    assert share["upper"].item() == pytest.approx(22 / 24)
    with pytest.raises(AnalysisError, match="best: found 25, expected less than chance"):
        compute_share_of_best(regret, chance=25.0, best=25.0)


def test_share_of_best_is_that_of_reward():
    """Thompson sampling on correlated arms: its share by regret is its share by reward."""
    arms = Bandit(arms="correlated")
    players = {"best": CorrelatedBayesOptimal(), "thompson": Thompson()}
    played = {
        name: simulate(player, arms, sessions=4000, seed=1, subject=name)
        for name, player in players.items()
    }
    at_end = {name: compute_regret(run).isel(trial_in_session=-1) for name, run in played.items()}
    best = at_end["best"]["regret"].item()
    share = compute_share_of_best(at_end["thompson"], 25.0, best)
    reward = {name: run["reward"].mean().item() - 0.5 for name, run in played.items()}
    # The same sessions for both, so that only luck within them is left.
    assert share["reward_share"].item() == pytest.approx(
        reward["thompson"] / reward["best"], abs=0.01
    )
