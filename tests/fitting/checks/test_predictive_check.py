"""Predictive checks: a right learner passes, a wrong one does not."""

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.checks import choice_measures
from pfc_analysis.fitting.checks.predictive_check import check_predictions
from pfc_analysis.fitting.checks.predictive_summary import summarise_check
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.tasks.volatility import VolatileBandit

PLANNER = pfc.learners.ModelBased(alpha=0.5, inverse_temperature=5.0)
REPEATER = pfc.learners.ModelFreeDirect(alpha=0.5, inverse_temperature=5.0)


@pytest.fixture(scope="module")
def two_step():
    played = pfc.simulate(PLANNER, TwoStep(), sessions=20, seed=1, subject="one")
    return played, read_design(played, read_fit_trials(played, "two_step"))


@pytest.fixture(scope="module")
def check(two_step):
    played, design = two_step
    players = {"planner": [PLANNER], "repeater": [REPEATER]}
    rng = np.random.default_rng(1)
    return check_predictions(players, design, played, rng, n_replicas=40, n_threads=1)


def test_a_wrong_learner_is_rejected(check):
    assert float(check["misfit_p_value"].sel(learner="repeater").item()) == pytest.approx(1 / 41)
    outside = check["outside"].sel(learner="repeater", subject="one")
    assert outside.sel(measure="stay after uncommon_rewarded") == 1
    assert outside.sel(measure="lags: planning_index") == 1
    said = check.attrs["sentences"][1]
    assert said.startswith("repeater: simulated choices differ from those of 1 of 1 subject")


def test_a_right_learner_is_not(check):
    assert check["misfit_p_value"].sel(learner="planner").item() > 0.05
    assert 0.3 < check["misfit"].sel(learner="planner").item() < 2.0
    assert check.attrs["sentences"][0] == (
        "planner: simulated choices do not differ from those of any of 1 subject by these measures."
    )


def test_p_values_of_a_right_learner_are_even():
    rng = np.random.default_rng(1)
    mixed = rng.normal(0, 1, (8, 8))  # measures are correlated
    data = rng.normal(0, 1, (1, 40, 500, 8)) @ mixed
    names = {"learner": ["a"], "subject": [str(k) for k in range(500)], "measure": list("abcdefgh")}
    p_value = summarise_check(data[0, 0], data[:, 1:], names)["misfit_p_value"].values.ravel()
    for level in (0.05, 0.25, 0.5):  # of 500, within 4 standard errors
        assert abs(np.mean(p_value <= level) - level) < 4 * np.sqrt(level * (1 - level) / 500)


def test_measures_of_arms():
    learner = pfc.learners.QLearning(alpha=0.4, inverse_temperature=4.0)
    for task, expected in (
        (Matching(), {"matching: slope", "win-stay", "lag 1: reward", "reward"}),
        (
            VolatileBandit(),
            {"lose-shift", "better option", "better option, +3 trials from reversal"},
        ),
    ):
        played = pfc.simulate(learner, task, sessions=12, seed=1, subject="one")
        design = read_design(played, read_fit_trials(played, task.questions))
        found = check_predictions(
            {"q": [learner]}, design, played, np.random.default_rng(1), n_replicas=20, n_threads=1
        )
        assert expected <= set(found["measure"].values.tolist())
        assert np.isfinite(found["observed"].values).all()


def test_win_stay_and_choices_around_a_reversal_by_hand():
    import xarray as xr

    choice = np.array([0, 0, 1, 0, 1, 1, 1, 0])
    reward = np.array([1, 0, 0, 0, 1, 1, 0, 1], dtype=float)
    pays = np.repeat([[0.8, 0.2], [0.2, 0.8]], 4, axis=0)
    recording = xr.Dataset(
        {
            "choice": ("trial", choice),
            "reward": ("trial", reward),
            "reward_probability": (("trial", "arm"), pays),
        },
        {
            "subject": ("trial", ["a"] * 8),
            "session": ("trial", [0] * 8),
            "trial_in_session": ("trial", np.arange(8)),
        },
    )
    design = read_design(recording, read_fit_trials(recording, "volatility"))
    stay = choice_measures.measure_win_stay(recording, design)
    assert stay["win-stay"] == pytest.approx([3 / 3])  # after trials 0, 4 and 5
    assert stay["lose-shift"] == pytest.approx([4 / 4])  # after 1, 2, 3 and 6
    around = choice_measures.measure_reversals(recording, design)
    assert around["better option"] == pytest.approx([6 / 8])
    correct = [around[f"better option, {k:+d} trials from reversal"][0] for k in (-1, 0, 1, 2, 3)]
    assert correct == [1.0, 1.0, 1.0, 1.0, 0.0]


def test_intervals_are_quantiles_of_replicas():
    rng = np.random.default_rng(1)
    replicas = rng.normal(0, 1, (1, 200, 1, 2))
    observed = np.array([[0.0, 5.0]])
    names = {"learner": ["a"], "subject": ["s"], "measure": ["inside", "outside"]}
    found = summarise_check(observed, replicas, names)
    assert found["outside"].values.ravel().tolist() == [0, 1]
    assert found["lower"].values.ravel() == pytest.approx(
        np.quantile(replicas[0, :, 0], 0.025, axis=0)
    )
    assert found["p_value"].values[0, 0, 1] == pytest.approx(2 / 201)
    mean, sd = replicas.mean(axis=1)[0, 0], replicas.std(axis=1)[0, 0]
    expected = (((observed[0] - mean) / sd) ** 2).mean()
    assert found["misfit"].item() == pytest.approx(expected)


def test_too_few_replicas_are_refused(two_step):
    played, design = two_step
    with pytest.raises(AnalysisError, match="n_replicas: found 5, expected at least 20"):
        check_predictions(
            {"planner": [PLANNER]}, design, played, np.random.default_rng(1), n_replicas=5
        )


def test_mean_reward_is_that_of_the_analysis():
    recording = pfc.record("two_step", sessions=3, units=False)
    design = read_design(recording, read_fit_trials(recording, "two_step"))
    expected = pfc.analysis.compute_performance(recording)["reward"].values
    np.testing.assert_allclose(
        choice_measures.measure_reward(recording, design)["reward"], expected, rtol=1e-12
    )
