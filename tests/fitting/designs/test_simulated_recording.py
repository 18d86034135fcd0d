"""Simulated trials as a recording: the same as what they were read from, where nothing is new."""

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.designs.simulate_design import simulate_design
from pfc_analysis.fitting.designs.simulated_recording import recording_of
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.fitting.sessions.option_choices import name_options
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.risky_choice import RiskyChoice
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.tasks.two_step import TwoStep

TASKS = (TwoStep(), Matching(), RiskyChoice(), SerialReversal(criterion=8, window=10), Bandit())


def record(task):
    if task.name == "two_step":
        learner = pfc.learners.MixtureOfAgents()
    else:
        learner = pfc.learners.QLearning()
    return pfc.simulate(learner, task, sessions=8, seed=1, subject="one")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_what_follows_from_choices_and_rewards_is_as_recorded(task):
    recording = record(task)
    trials = read_fit_trials(recording, task.questions)
    made = validate(recording_of(trials, read_design(recording, trials), recording))
    recording = name_options(recording)
    for name in made.variables:
        assert np.array_equal(made[name].values, recording[name].values), name
        assert made[name].dtype == recording[name].dtype, name
    inside = {"observation", "action", "step"}
    assert set(recording.variables) - set(made.variables) <= inside


def test_states_of_mirrored_subjects_have_their_own_numbers():
    recording = record(TwoStep()).copy(deep=True)
    recording["second_state"] = (1 - recording["second_state"]).astype(np.int8)
    recording["second_state"].attrs["labels"] = ["left", "right"]
    trials = read_fit_trials(recording, "two_step")
    made = recording_of(trials, read_design(recording, trials), recording)
    assert np.array_equal(made["second_state"], recording["second_state"])
    assert np.array_equal(made["common_transition"], recording["common_transition"])


@pytest.mark.parametrize("times", [1, 3])
def test_analyses_run_on_simulated_choices(times):
    recording = record(TwoStep())
    design = read_design(recording, read_fit_trials(recording, "two_step")).repeat(times)
    planner = pfc.learners.MixtureOfAgents(weight_model_based=8.0, weight_model_free=0.0)
    trials = simulate_design(planner, design, np.random.default_rng(1))
    made = validate(recording_of(trials, design, recording))
    assert made.sizes["trial"] == times * recording.sizes["trial"]
    stay = pfc.analysis.compute_stay_probability(made).sel(subject="one")
    assert stay["n_sessions"] == 8 * times
    assert stay["model_based_index"] > 0.2
    lags = pfc.analysis.fit_choice_history(made, n_lags=2, ridge=1.0).sel(subject="one")
    assert lags["planning_index"] > 2.0


def test_matching_is_analysed_in_simulated_choices():
    recording = record(Matching())
    design = read_design(recording, read_fit_trials(recording, "matching"))
    learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=2.0)
    made = recording_of(
        simulate_design(learner, design, np.random.default_rng(1)), design, recording
    )
    line = pfc.analysis.fit_matching(pfc.analysis.compute_log_ratios(made))
    assert np.isfinite(line["slope"].item())
