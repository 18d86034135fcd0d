import numpy as np
import pytest
import xarray as xr

from pfc_analysis import simulate
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners import MixtureOfAgents, QLearning
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.two_step import TwoStep


def recording_of(choice, reward, session=None, subject=None, **more):
    choice = np.asarray(choice)
    session = np.zeros(choice.size, int) if session is None else np.asarray(session)
    subject = np.repeat("one", choice.size) if subject is None else np.asarray(subject)
    start = np.append(True, (np.diff(session) != 0) | (subject[1:] != subject[:-1]))
    place = np.arange(choice.size) - np.maximum.accumulate(
        np.where(start, np.arange(choice.size), 0)
    )
    return xr.Dataset(
        {"choice": ("trial", choice), "reward": ("trial", np.asarray(reward, float))}
        | {name: ("trial", np.asarray(values)) for name, values in more.items()},
        coords={
            "subject": ("trial", subject),
            "session": ("trial", session),
            "trial_in_session": ("trial", place),
        },
    )


def test_trials_lie_session_after_session():
    recording = recording_of(
        [0, 1, 1, 0, 1], [1, 0, 1, 0, 0], session=[0, 0, 1, 0, 0], subject=["a"] * 3 + ["b"] * 2
    )
    trials = read_fit_trials(recording, "bandit")
    assert trials.subjects == ("a", "b")
    assert trials.subject.tolist() == [0, 0, 1]
    assert trials.first.tolist() == [0, 2, 3, 5]
    assert trials.session_of_trial.tolist() == [0, 0, 1, 2, 2]
    assert trials.n_predicted.tolist() == [2, 1, 2]
    assert trials.records["rewarded"].tolist() == [1, 0, 1, 0, 0]
    assert trials.records["second_state"].tolist() == [-1] * 5


def test_sessions_are_selected_with_their_trials():
    recording = simulate(QLearning(), Bandit(), sessions=4, seed=1, subject="Q")
    trials = read_fit_trials(recording, "bandit")
    chosen = trials.select_sessions(np.array([3, 1]))
    assert chosen.session.tolist() == [3, 1]
    assert chosen.first.tolist() == [0, 100, 200]
    expected = recording["choice"].values.reshape(4, 100)[[3, 1]].ravel()
    assert chosen.records["choice"].tolist() == expected.tolist()
    assert (recording["choice"].values[chosen.rows] == expected).all()


def test_forced_invalid_and_marked_trials():
    recording = recording_of(
        [0, 1, 1, 0, 1, 0],
        [1, 0, 1, 0, 0, 1],
        forced=[0, 1, 0, 0, 0, 0],
        invalid=[0, 0, 1, 0, 0, 0],
        stimulated=[0, 0, 0, 1, 0, 0],
    )
    records = read_fit_trials(recording, "bandit").records
    assert records["predicted"].tolist() == [1, 0, 0, 0, 1, 1]
    assert records["learned"].tolist() == [1, 1, 0, 1, 1, 1]


def test_rewards_are_divided_by_the_largest():
    trials = read_fit_trials(recording_of([0, 1, 0], [25, -25, 0]), "bandit")
    assert trials.reward_scale == 25
    assert trials.records["reward"].tolist() == [1, -1, 0]


def test_trials_without_reward_keep_their_scale():
    assert read_fit_trials(recording_of([0, 1], [0, 0]), "bandit").reward_scale == 1


def test_three_arms():
    assert read_fit_trials(recording_of([0, 2, 1], [1, 0, 1]), "bandit").n_arms == 3


def test_second_states_are_named_by_the_choice_that_leads_there():
    recording = simulate(MixtureOfAgents(), TwoStep(), sessions=3, seed=1, subject="mixture")
    records = read_fit_trials(recording, "two_step").records
    same = records["second_state"] == records["choice"]
    assert (same == (recording["common_transition"].values == 1)).all()
    mirrored = recording.assign(second_state=("trial", 1 - recording["second_state"].values))
    again = read_fit_trials(mirrored, "two_step").records
    assert (again["second_state"] == records["second_state"]).all()


def test_a_learner_does_not_learn_without_a_second_state():
    recording = recording_of(
        [0, 1, 0], [1, 0, 1], second_state=[0, -1, 1], common_transition=[1, -1, 0]
    )
    records = read_fit_trials(recording, "two_step").records
    assert records["learned"].tolist() == [1, 0, 1]
    assert records["predicted"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("recording", "questions", "error", "text"),
    [
        (
            recording_of([1, 1, 1], [1, 0, 1]),
            "bandit",
            EmptySelectionError,
            r"subject 'one' made the same choice \(1\) in all 3 trials.*Check the column",
        ),
        (
            recording_of([1, 0], [1, 0], forced=[1, 1]),
            "bandit",
            EmptySelectionError,
            "subject 'one' has no free valid choice to predict, of 2 trials",
        ),
        (
            recording_of([0, 1], [1, 0]),
            "two_step",
            MissingVariableError,
            "common_transition: the recording has no such variable",
        ),
        (
            recording_of([0, 1], [1, np.nan]),
            "bandit",
            AnalysisError,
            "reward: found nan at trial 1",
        ),
        (
            recording_of([0, 2], [1, 0], second_state=[0, 1], common_transition=[1, 1]),
            "two_step",
            AnalysisError,
            "choice: found 2 at trial 1",
        ),
    ],
)
def test_bad_input_is_named(recording, questions, error, text):
    with pytest.raises(error, match=text):
        read_fit_trials(recording, questions)


def test_a_subject_that_cannot_be_fitted_is_left_out():
    recording = recording_of(
        [0, 0, 1, 0, 1, 1], [1, 0, 1, 0, 1, 0], subject=["a", "a", "b", "b", "c", "c"]
    )
    trials = read_fit_trials(recording, "bandit")
    assert trials.subjects == ("b",)
    assert trials.subject.tolist() == [0]
    assert trials.rows.tolist() == [2, 3]
    assert len(trials.left_out) == 2
    assert "'a' made the same choice (0)" in trials.left_out[0]


def test_choices_are_of_options_where_these_change_sides():
    options = {"chosen_option": [0, 1, 0], "option_on_left": [0, 0, 1]}
    records = read_fit_trials(recording_of([0, 1, 1], [1, 0, 1], **options), "serial_reversal")
    assert records.records["choice"].tolist() == [0, 1, 0]
    options["option_on_left"] = [0, 0, 0]
    still = read_fit_trials(recording_of([0, 1, 1], [1, 0, 1], **options), "serial_reversal")
    assert still.records["choice"].tolist() == [0, 1, 1]
