import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.statistics.subject_fits import split_by_subject
from pfc_analysis.analysis.trials.choice_trials import (
    ChoiceTrials,
    classify_trials,
    find_previous,
    mask_history,
    read_common_transition,
    read_trials,
)
from pfc_analysis.recording.validation import validate


def test_the_simulated_recordings_of_these_tests_are_valid(play):
    from pfc_analysis.learners import ModelBased

    assert validate(play(ModelBased(), 2, 5)).sizes["trial"] == 10


def test_previous_trial_stays_within_session_and_subject(make_recording):
    recording = make_recording(
        [0, 1, 0, 1, 0, 1],
        [1] * 6,
        [1] * 6,
        session=[0, 0, 1, 1, 1, 1],
        subject=["a", "a", "a", "a", "b", "b"],
    )
    trials = read_trials(recording)
    assert find_previous(trials).tolist() == [-1, 0, -1, 2, -1, 4]
    assert find_previous(trials, 2).tolist() == [-1] * 6
    assert trials.subjects == ("a", "b")


def test_a_gap_in_the_session_breaks_the_pair(make_recording):
    recording = make_recording([0, 0, 0, 0], [1] * 4, [1] * 4, position=[0, 1, 3, 4])
    trials = read_trials(recording)
    assert find_previous(trials, 1).tolist() == [-1, 0, -1, 2]
    assert find_previous(trials, 2).tolist() == [-1, -1, 1, -1]
    assert find_previous(trials, 3).tolist() == [-1, -1, 0, 1]


def test_same_session_number_of_two_subjects_is_two_sessions(make_recording):
    recording = make_recording([0, 0], [1, 1], [1, 1], subject=["b", "a"], position=[0, 1])
    trials = read_trials(recording)
    assert trials.session.tolist() == [0, 1]
    assert trials.subjects == ("b", "a")
    assert find_previous(trials).tolist() == [-1, -1]


def test_types_of_trials(make_recording):
    recording = make_recording([0, 0, 0, 1, -1, 1], [1, 0, 1, -1, 0, 1], [1, 1, 0, 0, 1, -1])
    trials = read_trials(recording)
    kind = classify_trials(trials, read_common_transition(recording))
    assert kind.tolist() == [0, 1, 2, 3, -1, -1]


def test_forced_and_invalid_trials(make_recording):
    recording = make_recording(
        [0, 0, 0, -1], [1] * 4, [1] * 4, forced=[0, 1, 0, 0], invalid=[0, 0, 1, 1]
    )
    trials = read_trials(recording)
    assert trials.predicted.tolist() == [True, False, False, False]
    assert mask_history(trials, "history").tolist() == [True, True, False, False]
    assert mask_history(trials, "drop").tolist() == [True, False, False, False]
    assert trials.counts() == {
        "n_trials_recorded": 4,
        "n_trials_forced": 1,
        "n_trials_invalid": 2,
    }
    with pytest.raises(AnalysisError, match="forced_trials: found 'keep', expected 'history'"):
        mask_history(trials, "keep")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["choice", "reward", "session", "subject", "trial_in_session"])
def test_missing_variables_are_named(make_recording, name):
    recording = make_recording([0], [1], [1]).drop_vars(name)
    with pytest.raises(MissingVariableError, match=f"^{name}: the recording has no such variable"):
        read_trials(recording)


def test_values_that_cannot_be(make_recording):
    with pytest.raises(
        AnalysisError, match=r"choice: found 2 at trial 1 \(1 such value\(s\)\), expected 0 \(left"
    ):
        read_trials(make_recording([0, 2], [1, 1], [1, 1]))
    with pytest.raises(AnalysisError, match=r"reward: found nan at trial 0 .* a finite number"):
        read_trials(make_recording([0, 1], [np.nan, 1], [1, 1]))
    with pytest.raises(AnalysisError, match="forced: found 3 at trial 1"):
        read_trials(make_recording([0, 1], [1, 1], [1, 1], forced=[0, 3]))
    with pytest.raises(AnalysisError, match="common_transition: found 5 at trial 0"):
        read_common_transition(make_recording([0, 1], [1, 1], [5, 1]))
    with pytest.raises(AnalysisError, match="choice: found on dimensions 'time', expected 'trial'"):
        read_trials(make_recording([0], [1], [1]).assign(choice=("time", [0])))


def test_no_trials(make_recording):
    with pytest.raises(EmptySelectionError, match="trial: found 0 trials, expected at least 1"):
        read_trials(make_recording([0], [1], [1]).isel(trial=slice(0)))


@pytest.mark.parametrize("gap", [False, True])
def test_previous_trials_are_those_of_a_plain_search(gap):
    session = np.repeat([0, 1, 2], [1, 7, 5])
    position = np.concatenate([[4], np.arange(7) + 3, np.arange(5)])
    if gap:
        position[4:8] += 2
    trials = ChoiceTrials(
        ("a",),
        np.zeros(13, dtype=np.int64),
        session,
        position,
        np.zeros(13, dtype=np.int64),
        np.zeros(13),
        np.zeros(13, dtype=np.bool_),
    )
    places = list(zip(session.tolist(), position.tolist(), strict=True))
    for lag in (1, 2, 6, 20):
        expected = [places.index((s, p - lag)) if (s, p - lag) in places else -1 for s, p in places]
        assert find_previous(trials, lag).tolist() == expected


def test_trials_are_split_by_subject_in_their_order():
    subject = np.array([0, 1, 0, 2, 1, 0])
    trials = ChoiceTrials(
        ("a", "b", "c", "d"), subject, *[np.zeros(6, dtype=np.int64)] * 3, np.zeros(6), subject > 9
    )
    used = np.array([True, True, False, False, True, True])
    found = [rows.tolist() for rows in split_by_subject(trials, used)]
    assert found == [[0, 5], [1, 4], [], []]
