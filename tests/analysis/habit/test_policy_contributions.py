"""What network and habit contribute: against formulas, and players whose policy is known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import pfc_analysis.analysis as an

RESPONSES = ["centre", "left", "right"]


def make(network, habit, follow="sum", n_subjects=1, sessions=40, seed=1):
    """Trials in which `network` and `habit` are log-odds of right against left, by a generator."""
    rng = np.random.default_rng(seed)
    n = n_subjects * sessions * 50
    added = [np.zeros((n, 2, 3)) for _ in range(2)]
    odds = [np.broadcast_to(make_one(rng, n), n) for make_one in (network, habit)]
    for array, own in zip(added, odds, strict=True):
        array[:, 1, 1], array[:, 1, 2] = -own / 2, own / 2
        array[:, 0, 0] = 2.0 / 3  # centre: 2/3 - (-1/3) = 1
        array[:, 0, 1:] = -1.0 / 3
    logit = {"sum": odds[0] + odds[1], "network": 1e9 * odds[0], "habit": 1e9 * odds[1]}[follow]
    right = rng.random(n) < 1 / (1 + np.exp(-np.clip(logit, -500, 500)))
    trial = np.arange(n)
    dims = ("trial", "step", "response")
    return xr.Dataset(
        {
            "choice": ("trial", right.astype(int)),
            "reward": ("trial", np.zeros(n)),
            "action": (("trial", "step"), np.stack([np.zeros(n, int), 1 + right], axis=1)),
            "network_preference": (dims, added[0]),
            "habit_preference": (dims, added[1]),
        },
        coords={
            "subject": ("trial", [f"s{k}" for k in trial // (sessions * 50)]),
            "session": ("trial", trial // 50 % sessions),
            "trial_in_session": ("trial", trial % 50),
            "step": ["fixation", "stage_1"],
            "response": RESPONSES,
        },
    )


def normal(sd, mean=0.0):
    return lambda rng, n: rng.normal(mean, sd, n)


def test_shares_of_independent_contributions_are_those_of_their_variances():
    found = an.compute_policy_contributions(make(normal(2.0, 0.5), normal(1.0, -0.3), n_subjects=3))
    np.testing.assert_allclose(found["habit_share"], 1 / 5, atol=0.03)
    np.testing.assert_allclose(found["log_odds_sd"].sel(system="network"), 2.0, atol=0.1)
    np.testing.assert_allclose(found["log_odds"].sel(system="habit"), -0.3, atol=0.1)
    assert found["n_sessions"].values.tolist() == [40, 40, 40]


def test_intervals_cover_the_truth_as_often_as_they_say():
    """Forty subjects of one truth, sessions that differ: about two miss a 95 % interval."""

    def clustered(rng, n):
        return np.repeat(rng.normal(0, 1, n // 50), 50) + rng.normal(0, 1, n)

    found = an.compute_policy_contributions(make(clustered, normal(1.0), n_subjects=40))
    for name, truth in (("habit_share", 1 / 3), ("disagreement", 0.5)):
        covered = (found[f"{name}_lower"] <= truth) & (found[f"{name}_upper"] >= truth)
        assert 33 <= int(covered.sum()) <= 40, name
    mean = found.sel(system="network")
    covered = (mean["log_odds_lower"] <= 0) & (mean["log_odds_upper"] >= 0)
    assert 33 <= int(covered.sum()) <= 40


def test_who_wins_where_both_disagree():
    for follow, expected in (("network", 1.0), ("habit", 0.0)):
        found = an.compute_policy_contributions(make(normal(1.0), normal(1.0), follow))
        assert found["disagreement"].item() == pytest.approx(0.5, abs=0.05)
        assert found["follows_network"].item() == expected
    # log-odds of 2 against -1: the network's response is made with probability 1 / (1 + e^-1)
    both = make(lambda rng, n: np.full(n, 2.0), lambda rng, n: np.full(n, -1.0))
    found = an.compute_policy_contributions(both)
    assert found["disagreement"].item() == 1.0
    assert found["follows_network"].item() == pytest.approx(1 / (1 + np.exp(-1)), abs=0.04)


def test_habits_that_oppose_the_network_have_a_share_below_0():
    rng = np.random.default_rng(5)
    own = rng.normal(0, 2.0, 2000)
    found = an.compute_policy_contributions(make(lambda r, n: own, lambda r, n: -0.25 * own))
    # cov(h, z + h) / var(z + h) with h = -z / 4 is -(3 / 16) / (9 / 16)
    assert found["habit_share"].item() == pytest.approx(-1 / 3)


def test_of_several_responses_the_mean_is_compared():
    recording = make(normal(1.0), normal(1.0))
    found = an.compute_policy_contributions(recording, "fixation", "centre", ["left", "right"])
    np.testing.assert_allclose(found["log_odds"], 1.0)
    np.testing.assert_allclose(found["log_odds_sd"], 0.0, atol=1e-6)
    assert np.isnan(found["habit_share"].item())
    assert found["disagreement"].item() == 0.0
    assert np.isnan(found["follows_network"].item())


def test_trials_that_did_not_reach_the_step_do_not_count():
    recording = make(normal(1.0), normal(1.0))
    for name in ("network_preference", "habit_preference"):
        recording[name][:100] = np.nan
    found = an.compute_policy_contributions(recording)
    assert found["n_trials"].item() == recording.sizes["trial"] - 100
    assert found["n_sessions"].item() == 38


def test_one_session_has_no_interval():
    found = an.compute_policy_contributions(make(normal(1.0), normal(1.0), sessions=1))
    assert np.isfinite(found["habit_share"]).all()
    assert np.isnan(found["habit_share_lower"]).all()


def test_faults_are_named():
    recording = make(normal(1.0), normal(1.0))
    with pytest.raises(an.MissingVariableError, match="network_preference"):
        an.compute_policy_contributions(recording.drop_vars("network_preference"))
    for wrong in ({"step": "outcome"}, {"response": "up"}, {"against": ["right"]}, {"against": []}):
        with pytest.raises(an.AnalysisError, match=r"expected a step among .*'stage_1'"):
            an.compute_policy_contributions(recording, **wrong)
    recording["habit_preference"][:] = np.nan
    with pytest.raises(an.EmptySelectionError, match="reach the step 'stage_1'"):
        an.compute_policy_contributions(recording)
