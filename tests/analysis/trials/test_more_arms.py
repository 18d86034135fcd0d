"""Three arms: what is defined for them is computed, and what needs two arms says so."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import xarray as xr

import pfc_analysis.analysis as an
from pfc_analysis import plot

CHOICE = np.array([0, 0, 2, 1, 1, 1, 2, 0, 2, 2, 2, 1])
PROBABILITY = np.repeat([[0.1, 0.3, 0.8], [0.5, 0.5, 0.2]], 6, axis=0)
"""Of two sessions of six trials; in the second, arms 0 and 1 share the largest."""


@pytest.fixture
def three_arms() -> xr.Dataset:
    """One subject, two sessions."""
    return xr.Dataset(
        {
            "choice": ("trial", CHOICE),
            "reward": ("trial", np.tile([1.0, 0.0, 1.0], 4)),
            "reward_probability": (("trial", "arm"), PROBABILITY),
        },
        coords={
            "subject": ("trial", ["a"] * 12),
            "session": ("trial", np.repeat([0, 1], 6)),
            "trial_in_session": ("trial", np.tile(np.arange(6), 2)),
        },
    )


def test_regret_is_the_best_arms_probability_minus_that_of_the_chosen_one(three_arms):
    lost = np.array([[0.7, 0.7, 0, 0.5, 0.5, 0.5], [0.3, 0, 0.3, 0.3, 0.3, 0]])
    regret = an.compute_regret(three_arms)["regret"].sel(subject="a")
    assert regret.values == pytest.approx(lost.cumsum(axis=1).mean(axis=0))
    assert plot.regret(three_arms).lines[-1].get_ydata() == pytest.approx(regret.values)


def test_performance_is_the_mean_reward(three_arms):
    assert an.compute_performance(three_arms)["reward"].values == pytest.approx([2 / 3])


def test_runs_of_the_best_arm_and_of_the_others(three_arms):
    """Complete runs: 0 0, 2 (best) of the first session; 2, 0, 2 2 2 of the second.

    Run 0 of the second session is of an arm that shares the largest probability.
    """
    runs = an.compute_run_lengths(three_arms).sel(subject="a")
    assert runs["n_runs"].sel(arm_kind="richer").item() == 1
    assert runs["mean_length"].sel(arm_kind="richer").item() == 1
    assert runs["n_runs"].sel(arm_kind="leaner").item() == 3
    assert runs["mean_length"].sel(arm_kind="leaner").item() == pytest.approx((2 + 1 + 3) / 3)
    assert runs.attrs["n_runs_equal_arms"] == 2


@pytest.mark.parametrize("name", ["compute_regret", "compute_run_lengths"])
def test_an_arm_without_a_probability_is_an_error(three_arms, name):
    two = three_arms.isel(arm=slice(2))
    with pytest.raises(an.AnalysisError, match=r"choices up to 2; expected .* at least 3 arms"):
        getattr(an, name)(two)


def test_a_choice_that_is_no_arm_is_an_error(three_arms):
    broken = three_arms.assign(choice=("trial", CHOICE + 0.5))
    with pytest.raises(an.AnalysisError, match=r"0, 1, 2, \.\.\. \(the arms\) or -1"):
        an.compute_performance(broken)


@pytest.mark.parametrize(
    "name",
    [
        "fit_reward_history",
        "compute_choice_since_reward",
        "compute_choice_since_visit",
        "compute_log_ratios",
        "find_switches",
        "compute_switch_trial",
        "compute_learning_rate",
        "compute_step_learning_rate",
        "compute_bayesian_volatility",
        "build_trial_factors",
        "compute_risky_preference",
        "compute_stay_probability",
        "compute_stay_regression",
        "fit_choice_history",
    ],
)
def test_what_needs_two_arms_says_so_and_names_what_takes_more(three_arms, name):
    analysis = getattr(an, name)
    asks = r"found 2 .* needs choices between two arms"
    with pytest.raises(an.AnalysisError, match=asks) as error:
        analysis(three_arms)
    for other in ("compute_performance", "compute_regret", "compute_run_lengths"):
        assert other in str(error.value)
        assert "Needs choices between two arms." not in inspect.getdoc(getattr(an, other))
    assert "Needs choices between two arms." in inspect.getdoc(analysis)
