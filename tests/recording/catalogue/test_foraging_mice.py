from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.trials.choice_trials import read_trials
from pfc_analysis.recording.catalogue.foraging_mice import (
    _ATTRIBUTES,
    MIN_CHOICES,
    PRESET,
    read_foraging_mice,
)
from pfc_analysis.recording.catalogue.public_data import describe_dataset, load_dataset
from pfc_analysis.recording.mapping.presets import find_preset
from pfc_analysis.recording.nwb_sessions import read_nwb
from pfc_analysis.recording.schema import RecordingError

FILES = [part.file for part in describe_dataset("mouse_dynamic_foraging").files]
ONE_TRIAL = "705599_2024-05-31_14-06-54.nwb"
EARLY = "697062_2023-11-14_11-12-44.nwb"
LASER = "689514_2024-02-01_18-06-43.nwb"
BAITING = "697062_2023-11-20_10-39-40.nwb"
SIDES = ("left", "right")
KEPT = [name for name in FILES if name != ONE_TRIAL]


def synthetic(size: int = 60) -> dict:
    """A session in the files' columns: every third trial ignored, right rewarded when chosen."""
    response = np.tile([0.0, 1.0, 2.0], size // 3)
    return {
        "animal_response": response,
        "rewarded_historyL": np.zeros(size, dtype=bool),
        "rewarded_historyR": response == 1,
        "reward_probabilityL": np.full(size, 0.1),
        "reward_probabilityR": np.full(size, 0.5),
        "bait_left": np.zeros(size, dtype=bool),
        "bait_right": np.ones(size, dtype=bool),
        "auto_waterL": np.zeros(size, dtype=np.int64),
        "auto_waterR": np.zeros(size, dtype=np.int64),
        "laser_on_trial": np.zeros(size, dtype=np.int64),
        "goCue_start_time": np.arange(size) + 0.1,
        "reward_outcome_time": np.arange(size) + 0.4,
    }


# Synthetic sessions


def test_variants_of_the_task_are_on_their_trials(write_nwb, engine):
    first = write_nwb(synthetic(), protocol="Coupled Baiting")
    second = write_nwb(
        synthetic(), name="b.nwb", subject="M0", protocol="Uncoupled Without Baiting"
    )
    recording = read_foraging_mice([first, second], min_choices=10, engine=engine)
    assert recording["protocol"].values.tolist() == (
        ["Uncoupled Without Baiting"] * 60 + ["Coupled Baiting"] * 60
    )
    assert recording.attrs["protocol"] == ["Uncoupled Without Baiting", "Coupled Baiting"]
    assert recording["choice"].values[:3].tolist() == [0, 1, -1]
    assert recording["reward"].values[:3].tolist() == [0, 1, 0]
    assert not recording["forced"].any()


def test_automatic_water_is_never_earned(write_nwb):
    session = synthetic()
    session["auto_waterR"][1] = 1  # where rewarded_historyR is true
    with pytest.raises(RecordingError) as caught:
        read_foraging_mice(write_nwb(session), min_choices=10)
    assert (
        "column 'rewarded_historyR': found True at trial 1 (1 such value(s)), expected 0 where "
        "'auto_waterR' is 1: what is free is not earned"
    ) in str(caught.value)
    session["rewarded_historyR"][1] = False
    recording = read_foraging_mice(write_nwb(session), min_choices=10)
    assert recording["reward"].values[1] == 0
    assert recording["automatic_reward"].values[1].tolist() == [0, 1]
    assert recording["choice"].values[1] == 1


def test_errors_say_the_way_out(write_nwb, tmp_path):
    path = write_nwb({**synthetic(), "animal_response": np.full(60, 3.0)})
    with pytest.raises(RecordingError) as caught:
        read_foraging_mice(path)
    message = str(caught.value)
    assert "found 3.0 at trial 0 (60 such value(s)), expected one of 0 (left); 1 (rig" in message
    assert "fetch_dataset('mouse_dynamic_foraging'). For other tables: " in message
    with pytest.raises(FileNotFoundError, match=r"none\.nwb: no such file"):
        read_foraging_mice(tmp_path / "none.nwb")


def test_a_session_needs_fifty_choices(write_nwb):
    with pytest.raises(RecordingError, match=r"60 trial\(s\), 40 with a valid choice, expected at"):
        read_foraging_mice(write_nwb(synthetic(60)))
    assert read_foraging_mice(write_nwb(synthetic(75))).sizes["trial"] == 75
    assert MIN_CHOICES == 50


def test_reader_and_catalogue_say_the_same():
    entry = describe_dataset("mouse_dynamic_foraging")
    for name in ("species", "task", "citation", "licence"):
        assert _ATTRIBUTES[name] == getattr(entry, name)


# The real mice, against what the raw arrays hold


def raw(folder: Path, name: str, *columns: str) -> list[np.ndarray]:
    with h5py.File(folder / name, "r") as file:
        return [file[f"intervals/trials/{column}"][()] for column in columns]


def of_file(recording: xr.Dataset, name: str) -> xr.Dataset:
    """The trials of one file, by its place among the sessions."""
    session = np.cumsum(recording["trial_in_session"].values == 0) - 1
    return recording.isel(trial=session == recording.attrs["source"].index(name))


@pytest.mark.real_data
@pytest.mark.parametrize("name", KEPT)
def test_counts(mouse_folder, mouse_recording, name):
    response, left, right = raw(
        mouse_folder, name, "animal_response", "rewarded_historyL", "rewarded_historyR"
    )
    session = of_file(mouse_recording, name)
    assert session.sizes["trial"] == len(response)
    for code, value in ((0, 0), (1, 1), (-1, 2)):
        assert (session["choice"] == code).sum() == np.sum(response == value)
    assert session["invalid"].sum() == np.sum(response == 2)
    assert session["reward"].sum() == left.sum() + right.sum()
    assert session["reward"].where(session["choice"] == 0).sum() == left.sum()
    assert session["reward"].where(session["choice"] == 1).sum() == right.sum()
    assert set(session["subject"].values) == {name[:6]}


@pytest.mark.real_data
@pytest.mark.parametrize("name", KEPT)
def test_every_trial(mouse_folder, mouse_recording, name):
    session = of_file(mouse_recording, name)
    pairs = {
        "reward_probability": ("reward_probabilityL", "reward_probabilityR"),
        "baited": ("bait_left", "bait_right"),
        "automatic_reward": ("auto_waterL", "auto_waterR"),
    }
    for variable, columns in pairs.items():
        expected = np.stack(raw(mouse_folder, name, *columns), axis=1)
        np.testing.assert_array_equal(session[variable].values, expected)
    for variable, column in (
        ("stimulated", "laser_on_trial"),
        ("cue_time", "goCue_start_time"),
        ("outcome_time", "reward_outcome_time"),
    ):
        np.testing.assert_array_equal(session[variable].values, *raw(mouse_folder, name, column))


@pytest.mark.real_data
def test_numbers_that_the_catalogue_gives(mouse_folder, mouse_recording):
    """Sizes and traps of the entry, in plain numbers."""
    sizes = [len(raw(mouse_folder, name, "id")[0]) for name in FILES]
    assert sizes == [432, 342, 470, 1, 225]
    entry = describe_dataset("mouse_dynamic_foraging")
    assert (entry.trials, entry.sessions) == (sum(sizes), len(sizes))
    assert entry.subjects == len({name[:6] for name in FILES})
    for part in entry.files:
        assert (mouse_folder / part.file).stat().st_size == part.size
    assert mouse_recording.sizes["trial"] == 1469
    assert of_file(mouse_recording, LASER)["stimulated"].sum() == 132
    assert mouse_recording["stimulated"].sum() == 132


@pytest.mark.real_data
def test_early_training(mouse_recording):
    early = of_file(mouse_recording, EARLY)
    free = early["automatic_reward"].any("arm")
    assert free.sum() == 222
    assert round(100 * float(free.mean())) == 65
    assert early["automatic_reward"].all("arm").sum() == 3
    assert early["reward"].sum() == 15
    assert early["reward"].where(free).sum() == 0
    assert (early["choice"].values[free.values] >= 0).sum() == 205  # the mouse chose there, too
    one = early.isel(trial=(early["automatic_reward"].sum("arm") == 1).values)
    chose = one["choice"] >= 0
    wet = one["automatic_reward"].argmax("arm") == one["choice"]
    assert (int(wet.sum()), int((chose & ~wet).sum())) == (117, 85)
    assert not mouse_recording["automatic_reward"].sum() - early["automatic_reward"].sum()


@pytest.mark.real_data
def test_automatic_water_came_with_the_cue(mouse_folder):
    for side, column in (("left", "auto_waterL"), ("right", "auto_waterR")):
        free, cue = raw(mouse_folder, EARLY, column, "goCue_start_time")
        with h5py.File(mouse_folder / EARLY) as file:
            drops = file[f"acquisition/{side}_reward_delivery_time/timestamps"][()]
        gaps = np.abs(drops[:, None] - cue[free == 1]).min(axis=0)
        assert gaps.max() < 0.005  # s


@pytest.mark.real_data
@pytest.mark.parametrize("name", KEPT)
def test_a_bait_is_earned_by_choosing_it(mouse_recording, name):
    session = of_file(mouse_recording, name)
    session = session.isel(trial=(session["choice"] >= 0).values)
    session = session.isel(trial=~session["automatic_reward"].any("arm").values)
    at_choice = session["baited"].isel(arm=session["choice"])
    np.testing.assert_array_equal(at_choice, session["reward"])


@pytest.mark.real_data
def test_baits_stay_only_with_baiting(mouse_recording):
    for name in KEPT:
        session = of_file(mouse_recording, name)
        free = session["automatic_reward"].any("arm").values[:-1, None]
        left = (session["choice"].values[:-1, None] != np.arange(2)) & ~free
        left &= session["baited"].values[:-1] == 1
        stayed = session["baited"].values[1:][left].mean()
        assert (stayed == 1) == ("Without Baiting" not in session["protocol"].values[0])


@pytest.mark.real_data
def test_drops_outside_the_table(mouse_folder):
    """Delivered, but neither earned nor automatic: as the catalogue's traps count them."""
    columns = find_preset(PRESET).column_map()
    extra = {}
    for name in FILES:
        known = sum(np.sum(c) for c in raw(mouse_folder, name, *columns.reward))
        known += sum(np.sum(c) for c in raw(mouse_folder, name, *columns.automatic_reward))
        with h5py.File(mouse_folder / name) as file:
            drops = [file[f"acquisition/{s}_reward_delivery_time/timestamps"] for s in SIDES]
            extra[name] = int(sum(len(times) for times in drops) - known)
    assert extra == {LASER: 0, EARLY: 2, BAITING: 4, ONE_TRIAL: 2, KEPT[-1]: 0}


@pytest.mark.real_data
def test_sessions_in_order(mouse_recording):
    assert mouse_recording.attrs["source"] == [LASER, EARLY, BAITING, KEPT[-1]]
    assert mouse_recording.attrs["protocol"] == [
        "Uncoupled Without Baiting",
        "Coupled Baiting",
        "Coupled Baiting",
        "Uncoupled Without Baiting",
    ]
    starts = mouse_recording["trial_in_session"] == 0
    assert mouse_recording["session"].values[starts.values].tolist() == [0, 0, 1, 0]
    assert read_trials(mouse_recording).subjects == ("689514", "697062", "727456")


@pytest.mark.real_data
def test_the_session_of_one_trial(mouse_folder, mouse_recording):
    with pytest.raises(RecordingError) as caught:
        read_foraging_mice(mouse_folder / ONE_TRIAL)
    assert str(caught.value).startswith(
        f"{mouse_folder / ONE_TRIAL}: found 1 trial(s), 0 with a valid choice, expected at least "
        "50 in a session. No other session was given; or lower `min_choices`. "
    )
    with pytest.raises(RecordingError, match=r"found 1 trial.* Pass skip_short=True to leave"):
        read_foraging_mice(mouse_folder)
    assert mouse_recording.attrs["left_out"] == [
        f"{ONE_TRIAL} (subject 705599): 1 trial(s), 0 with a valid choice, fewer than 50"
    ]
    alone = read_foraging_mice(mouse_folder / ONE_TRIAL, min_choices=0)
    assert alone["choice"].values.tolist() == [-1]


@pytest.mark.real_data
@pytest.mark.parametrize("name", FILES)
def test_pynwb_gives_the_same(mouse_folder, name):
    pytest.importorskip("pynwb", reason="the extra nwb is not installed")
    by_h5py, by_pynwb = (
        read_foraging_mice(mouse_folder / name, min_choices=0, engine=engine)
        for engine in ("h5py", "pynwb")
    )
    xr.testing.assert_identical(by_h5py, by_pynwb)


@pytest.mark.real_data
def test_load_dataset(mouse_folder, mouse_recording):
    loaded = load_dataset("mouse_dynamic_foraging")
    title = loaded.attrs["title"]
    assert title.startswith("Mice in a two-spout foraging task")
    read = read_foraging_mice(mouse_folder, skip_short=True)
    for other in (mouse_recording, read):
        expected = other.assign_attrs(title=title, experiment="matching")
        xr.testing.assert_identical(loaded, expected)


@pytest.mark.real_data
def test_text_columns_of_real_files(mouse_folder):
    plain = {
        "choice": "animal_response",
        "choice_values": {"left": 0, "right": 1, "none": 2},
        "reward": ["rewarded_historyL", "rewarded_historyR"],
        "others": {"location": {"column": "laser_location", "long_name": "where the laser was"}},
    }
    recording = read_nwb(mouse_folder / LASER, plain)
    lit = raw(mouse_folder, LASER, "laser_on_trial")[0] == 1
    assert set(recording["location"].values[lit]) == {"Left"}
    assert set(recording["location"].values[~lit]) == {"None"}
