"""Dopamine of seven mice: the files against pandas, and the times of their samples."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.analysis.trials.choice_trials import read_trials
from pfc_analysis.recording.catalogue.dopamine_mice import MICE, read_dopamine_mice
from pfc_analysis.recording.catalogue.local_copies import find_dataset
from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording


def write_cues(path, ids=(1, 2), cs=(0, 1)):
    samples = {f"photometry.{k}": 0.5 * k for k in range(1, 126)}
    rows = [
        {"id": i, "session": 1, "trial": 1 if c == 0 else None, "cs": c, **samples}
        for i in ids
        for c in cs
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def write_delay(path, sessions=((-1, 0), (0, 1))):
    samples = {f"photometry.{k}": 0.5 * k for k in range(1, 95)}
    rows = [
        {"id": "HJ-FP-F1", "session": s, "trial": 2, "cue": long, "cs": 1, **samples}
        for s, long in sessions
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_cues(tmp_path):
    recording = read_dopamine_mice(write_cues(tmp_path / "binary.csv"))
    assert recording["cue"].values.tolist() == [0, 1, 0, 1]
    assert recording["cue"].attrs["flag_meanings"] == "none CS+ CS-"
    assert recording["reward"].values.tolist() == [1, 0, 1, 0]
    assert recording["subject"].values.tolist() == ["HJ-FP-F1"] * 2 + ["HJ-FP-F2"] * 2
    assert recording["time"].values[[0, 49, 50, 124]].tolist() == [-1.968, -0.008, 0.032, 2.992]
    np.testing.assert_array_equal(recording["trial_of_cue"], [1, np.nan, 1, np.nan])
    with pytest.raises(MissingVariableError, match="choice: the recording has no such variable"):
        read_trials(recording)


def test_delay(tmp_path):
    recording = read_dopamine_mice(write_delay(tmp_path / "other.csv"), "delay")
    assert recording["session_label"].values.tolist() == [-1, 0]
    assert recording["session"].values.tolist() == [0, 1]
    assert recording["trial_in_session"].values.tolist() == [1, 1]
    assert recording["reward_delay"].values.tolist() == [3, 9]
    assert recording["cue_duration"].values.tolist() == [2, 8]
    assert recording["time"].values[[0, 15, 62, 93]].tolist() == [-0.968, -0.008, 3.0, 4.984]


def test_which_file(tmp_path):
    cues, delay = tmp_path / "binary.csv", tmp_path / "science_delay_sim_data.csv"
    write_cues(cues), write_delay(delay)
    assert read_dopamine_mice([cues, delay], "delay").sizes["time"] == 94
    assert read_dopamine_mice([delay, cues], "cues").sizes["time"] == 125
    with pytest.raises(RecordingError, match=r"expected one of \['binary.csv', .*`experiment`"):
        read_dopamine_mice([cues, delay])
    with pytest.raises(RecordingError, match="experiment: found 'cue', expected one of"):
        read_dopamine_mice(cues, "cue")
    with pytest.raises(RecordingError, match="no column 'cue', the columns are id, session"):
        read_dopamine_mice(cues, "delay")


def test_files_of_another_kind(tmp_path):
    path = write_cues(tmp_path / "binary.csv", cs=(0, 2))
    with pytest.raises(RecordingError, match=r"'cs': found '2' on line 3 .* mouse_dopamine_delay"):
        read_dopamine_mice(path)
    path = write_cues(tmp_path / "binary.csv", ids=(1, 8))
    with pytest.raises(RecordingError, match="column 'id': found '8', expected one of"):
        read_dopamine_mice(path)
    path = write_delay(tmp_path / "d.csv", sessions=((-1, 1), (0, 1)))
    with pytest.raises(RecordingError, match=r"found sessions \[-1, 0\] with cue \[1\], expected"):
        read_dopamine_mice(path, "delay")
    path = write_delay(tmp_path / "d.csv", sessions=((-2, 0), (0, 1)))
    with pytest.raises(RecordingError, match=r"found sessions \[-2, 0\] with cue"):
        read_dopamine_mice(path, "delay")


# The files themselves


@pytest.fixture(scope="module")
def tables(dopamine_recording) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both files by pandas."""
    return tuple(pd.read_csv(find_dataset(f"mouse_dopamine{end}")) for end in ("", "_delay"))


def samples(table: pd.DataFrame) -> np.ndarray:
    return table.filter(regex=r"^photometry\.").to_numpy()


@pytest.mark.real_data
def test_every_trial_and_sample(tables, dopamine_recording, dopamine_delay_recording):
    for table, found in zip(tables, (dopamine_recording, dopamine_delay_recording), strict=True):
        np.testing.assert_allclose(found["photometry"], samples(table), rtol=0, atol=1e-12)
    assert dopamine_recording["cue"].values.tolist() == tables[0]["cs"].tolist()
    names = dict(enumerate(MICE, start=1))
    assert dopamine_recording["subject"].values.tolist() == tables[0]["id"].map(names).tolist()
    assert dopamine_delay_recording["subject"].values.tolist() == tables[1]["id"].tolist()
    assert (
        dopamine_delay_recording["session"].values.tolist() == (tables[1]["session"] + 1).tolist()
    )
    counts = tables[0].groupby("cs").size().tolist()
    assert counts == [346, 344]
    assert (dopamine_recording["cue"] == 0).sum() == 346
    assert (dopamine_delay_recording["session_label"] == -1).sum() == 350


@pytest.mark.real_data
def test_the_files_share_trials_and_so_tell_their_sampling(tables):
    """Every 5th sample of the one is every 8th of the other, in 346 trials of 7 mice."""
    cues = tables[0][tables[0]["cs"] == 0]
    delay = tables[1][tables[1]["session"] == -1]
    names = dict(enumerate(MICE, start=1))
    fine, coarse = samples(cues)[:, 25::8], samples(delay)[:, :65:5]
    assert fine.shape[1] == coarse.shape[1] == 13
    same = np.abs(fine[:, None] - coarse[None]).max(axis=2) < 1e-12
    assert same.sum(axis=1).tolist() == [1] * 346
    partner = delay["id"].to_numpy()[same.argmax(axis=1)]
    assert partner.tolist() == cues["id"].map(names).tolist()


@pytest.mark.real_data
def test_shared_samples_have_the_same_time(dopamine_recording, dopamine_delay_recording):
    np.testing.assert_allclose(
        dopamine_recording["time"][25::8], dopamine_delay_recording["time"][:65:5], atol=1e-9
    )


@pytest.mark.real_data
def test_the_mean_trace_leaves_its_rest_with_the_cue_and_with_reward(
    dopamine_recording, dopamine_delay_recording
):
    """The steepest rise is at the cue, and in session -1 that after 2.5 s is at 3 s; at 15 Hz it
    would seem to be at 3.1 s."""
    plus = dopamine_recording["photometry"][dopamine_recording["cue"].values == 0].mean("trial")
    before = dopamine_delay_recording["session_label"].values == -1
    delay = dopamine_delay_recording["photometry"][before].mean("trial")
    for trace, start, event in ((plus, -1.0, 0.0), (delay, -0.9, 0.0), (delay, 2.5, 3.0)):
        rest = trace.sel(time=slice(start, event - 0.1))
        line = rest.mean() + 4 * rest.std()
        onset = trace.sel(time=slice(event - 0.1, None))
        first = float(onset["time"][(onset > line).values.argmax()])
        assert abs(first - event) < 0.07


@pytest.mark.real_data
def test_recordings_keep_on_disk(dopamine_delay_recording, tmp_path):
    with open_recording(save_recording(dopamine_delay_recording, tmp_path / "mice.nc")) as back:
        xr.testing.assert_equal(back.load(), dopamine_delay_recording)


@pytest.mark.real_data
def test_load_dataset(dopamine_recording, dopamine_delay_recording):
    for name, read in (
        ("mouse_dopamine", dopamine_recording),
        ("mouse_dopamine_delay", dopamine_delay_recording),
    ):
        loaded = load_dataset(name)
        title = loaded.attrs["title"]
        xr.testing.assert_identical(
            loaded, read.assign_attrs(title=title, experiment="inferred_value")
        )
