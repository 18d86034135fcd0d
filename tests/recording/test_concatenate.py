import re

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.schema import RecordingError, with_attributes
from pfc_analysis.recording.storage import open_recording, save_recording


def renamed(recording: xr.Dataset, suffix: str) -> xr.Dataset:
    subject = np.char.add(recording["subject"].values, suffix)
    return recording.assign_coords(subject=("trial", subject))


def test_trials_follow_one_another(recording):
    other = renamed(recording, "_again")
    whole = concatenate_recordings([recording, other])
    assert whole.sizes == {"trial": 24, "step": 2, "arm": 2, "unit": 4}
    xr.testing.assert_equal(whole.isel(trial=slice(0, 12)), recording)
    xr.testing.assert_equal(whole.isel(trial=slice(12, 24)), other)
    assert whole["choice"].attrs["labels"] == ["left", "right"]
    assert {name: array.dtype for name, array in recording.data_vars.items()} == {
        name: array.dtype for name, array in whole.data_vars.items()
    }


def test_one_recording_is_itself(recording):
    xr.testing.assert_identical(concatenate_recordings([recording]), recording)


def test_described_recordings_can_be_saved(recording, tmp_path):
    parts = [with_attributes(recording), with_attributes(renamed(recording, "_again"))]
    whole = concatenate_recordings(parts)
    saved = open_recording(save_recording(whole, tmp_path / "a.nc"))
    xr.testing.assert_equal(saved.load(), whole)
    saved.close()


def test_attributes_that_differ_become_lists(recording):
    other = renamed(recording, "_again").assign_attrs(seed=4, seeds=["2", "3"], host="b")
    attributes = concatenate_recordings([recording, other]).attrs
    assert attributes == {
        "kind": "agent",
        "seed": ["3", "4"],
        "discount": 0.9,
        "seeds": ["1", "2", "3"],
        "host": "b",
    }


def test_nothing(recording):
    with pytest.raises(RecordingError, match="found no recordings, expected at least 1"):
        concatenate_recordings([])


def test_same_session_twice(recording):
    with pytest.raises(RecordingError, match="found session 0 of subject replica_0 again at trial"):
        concatenate_recordings([recording, recording])


def test_other_variables(recording):
    other = renamed(recording, "_again").drop_vars("value")
    with pytest.raises(
        RecordingError,
        match=re.escape(
            "eight: recording 1: the variable(s) ['value'] are in only one of this recording and "
            "recording 0, expected them in both"
        ),
    ):
        concatenate_recordings([recording, other], source="eight")


def test_other_labels(recording):
    other = renamed(recording, "_again").copy(deep=True)
    other["choice"].attrs["labels"] = ["right", "left"]
    with pytest.raises(
        RecordingError,
        match=re.escape("the labels of choice are ['right', 'left'], expected ['left', 'right']"),
    ):
        concatenate_recordings([recording, other])


def test_other_steps(recording):
    other = renamed(recording, "_again").assign_coords(step=["fixation", "stage_2"])
    with pytest.raises(
        RecordingError,
        match=re.escape("step is ['fixation', 'stage_2'], expected ['fixation', 'stage_1'] as in"),
    ):
        concatenate_recordings([recording, other])


def test_other_units(recording):
    other = renamed(recording, "_again").isel(unit=slice(0, 3))
    with pytest.raises(RecordingError, match=r"unit is \[0, 1, 2\], expected \[0, 1, 2, 3\]"):
        concatenate_recordings([recording, other])
