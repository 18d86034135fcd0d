"""Tables that say which earlier trial was cued: what is read, and what is refused by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfc_analysis as pfc
from pfc_analysis.recording.schema import RecordingError

MAP = {
    "subject": "who",
    "session": "day",
    "trial": "number",
    "choice": "pick",
    "choice_values": {"left": 0, "right": 1},
    "reward": "won",
    "common_transition": "common",
    "cued_trial": "reminder",
}


def table(**others) -> pd.DataFrame:
    """Two people with two sessions of four trials, numbered from 1."""
    frame = pd.DataFrame(
        {
            "who": np.repeat(["ann", "bob"], 8),
            "day": np.tile(np.repeat([1, 2], 4), 2),
            "number": np.tile([1, 2, 3, 4], 4),
            "pick": [0, 1] * 8,
            "won": [1, 0, 0, 1] * 4,
            "common": [1, 1, 0, 1] * 4,
            "reminder": [np.nan, -1, 1, 2] * 4,
        }
    )
    return frame.assign(**others)


def test_numbers_become_trials_of_the_session():
    recording = pfc.load(table(), columns=MAP)
    assert recording["cued_trial"].values.tolist() == [-1, -1, 0, 1] * 4
    assert recording["cued_trial"].attrs["long_name"]
    said = [text for text in recording.attrs["assumed"] if text.startswith("cued_trial")]
    assert said == [
        "cued_trial: column 'reminder' names earlier trials of the session by the numbers of "
        "column 'number'; 8 of 16 trials have a cue"
    ]


def test_numbers_that_go_on_from_session_to_session():
    frame = table(number=np.tile(np.arange(1, 9), 2))
    frame["reminder"] = frame["number"].where(frame["number"] % 4 == 0) - 2
    recording = pfc.load(frame, columns=MAP)
    assert recording["cued_trial"].values.tolist() == [-1, -1, -1, 1] * 4


def test_rows_of_people_that_are_mixed_are_put_together():
    frame = table().sort_values(["day", "number", "who"], kind="stable")
    recording = pfc.load(frame, columns=MAP)
    assert recording["cued_trial"].values.tolist() == [-1, -1, 0, 1] * 4


def test_cued_trials_that_the_file_lacks_are_counted():
    frame = table()
    recording = pfc.load(frame[frame["number"] != 2], columns=MAP)
    assert recording["cued_trial"].values.tolist() == [-1, 0, 1] * 4
    assert "cued_trial: 4 of the cued trials are not in the file" in recording.attrs["assumed"]


@pytest.mark.parametrize(
    ("reminder", "message"),
    [
        ([np.nan, 2, 1, 2], r"column 'reminder': found 2\.0 at .*of an earlier trial"),
        ([np.nan, -1, 1, 9], r"column 'reminder': found 9\.0 at .*of an earlier trial"),
        ([np.nan, -1, 1.5, 2], r"column 'reminder': found 1\.5 .*by which column 'number' names"),
        ([np.nan, 0, 1, 2], r"column 'reminder'.* found 0\.0 at .*before the start of session 0"),
        (["", "", "one", "2"], r"column 'reminder': found 'one'"),
    ],
)
def test_wrong_numbers_are_refused_by_name(reminder, message):
    with pytest.raises(RecordingError, match=message):
        pfc.load(table(reminder=list(reminder) * 4), columns=MAP)


def test_a_trial_of_another_session_is_refused():
    frame = table(number=np.tile(np.arange(1, 9), 2))
    frame["reminder"] = np.where(frame["number"] == 6, 2, -1)
    with pytest.raises(RecordingError, match=r"before the start of session 1 of subject ann"):
        pfc.load(frame, columns=MAP)


def test_numbers_without_a_column_of_trials_are_refused():
    given = {name: column for name, column in MAP.items() if name != "trial"}
    with pytest.raises(RecordingError, match=r"cued_trial.*found it without trial"):
        pfc.load(table(), columns=given)


def test_the_preset_knows_the_names_of_columns():
    names = {"who": "subject", "day": "session", "number": "trial", "pick": "choice",
             "won": "reward", "common": "common_transition", "reminder": "cued_trial"}  # fmt: skip
    recording = pfc.load(table().rename(columns=names))
    assert recording["cued_trial"].values.tolist() == [-1, -1, 0, 1] * 4
    assert recording.attrs["task"] == "episodic two-step task"


def test_an_exported_recording_keeps_its_cues(tmp_path):
    from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep

    learner = pfc.analysis.EpisodicLearner(episodic_model_based=2.0)
    played = pfc.simulate(learner, EpisodicTwoStep(), sessions=3, seed=1, subject="one")
    path = tmp_path / "people.csv"
    names = ["subject", "session", "trial_in_session", "choice", "reward", "common_transition"]
    frame = played[[*names[3:], "cued_trial"]].to_dataframe().reset_index()
    frame[[*names, "cued_trial"]].to_csv(path, index=False)
    np.testing.assert_array_equal(pfc.load(path)["cued_trial"], played["cued_trial"])
