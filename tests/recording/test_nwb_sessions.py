import re
from dataclasses import replace

import h5py
import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.mapping.column_map_files import to_json
from pfc_analysis.recording.nwb_sessions import (
    CarriedColumn,
    ColumnMap,
    read_nwb,
    read_nwb_sessions,
)
from pfc_analysis.recording.readers.formats.nwb import FORMAT
from pfc_analysis.recording.readers.isolated import subprocess_reader
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording

NAN = np.nan
# Five trials: left, right, ignored, left, right.
TABLE = {
    "response": np.array([0.0, 1.0, 2.0, 0.0, 1.0]),
    "earned_l": np.array([True, False, False, False, False]),
    "earned_r": np.array([False, True, False, False, False]),
    "water": np.array([1, 1, 0, 0, 0]),
    "p_l": np.array([0.4, 0.4, 0.4, 0.1, 0.1]),
    "p_r": np.array([0.1, 0.1, 0.1, 0.4, 0.4]),
    "bait_l": np.array([True, False, False, False, True]),
    "bait_r": np.array([False, True, False, True, False]),
    "free_l": np.array([0, 0, 1, 1, 0]),
    "free_r": np.array([0, 0, 0, 1, 0]),
    "laser": np.array([0, 1, 0, 0, 1], dtype=np.int32),
    "instructed": np.array([False, False, False, False, True]),
    "aborted": np.array([0, 0, 0, 1, 0]),
    "cue": np.array([1.5, 2.5, NAN, 4.5, 5.5]),
    "stage": np.array(["a", "b", "b", "ü", "c"]),
    "curtain": np.array([True, False, False, False, True]),
}
COLUMNS = ColumnMap(
    choice="response",
    choice_values={"left": 0, "right": 1, "none": 2},
    reward=("earned_l", "earned_r"),
    reward_probability=("p_l", "p_r"),
    baited=("bait_l", "bait_r"),
    automatic_reward=("free_l", "free_r"),
    forced="instructed",
    stimulated="laser",
    others={
        "cue_time": CarriedColumn("cue", "time of the cue", "s"),
        "stage": CarriedColumn("stage", "stage of training"),
        "curtain": CarriedColumn("curtain", "1 where the curtain was down"),
    },
)
SIMPLE = ColumnMap(
    choice="response", choice_values={"left": 0, "right": 1, "none": 2}, reward="water"
)


def fault(path, columns=SIMPLE, engine="auto", **options) -> str:
    with pytest.raises(RecordingError) as caught:
        read_nwb(path, columns, engine=engine, **options)
    assert str(path) in str(caught.value)
    return str(caught.value)


def edited(write_nwb, **columns):
    return write_nwb({**TABLE, **columns})


# What is read


def test_every_variable(write_nwb, engine):
    recording = read_nwb(write_nwb(TABLE), COLUMNS, engine=engine)
    assert recording["choice"].values.tolist() == [0, 1, -1, 0, 1]
    assert recording["choice"].attrs["labels"] == ["left", "right"]
    assert recording["invalid"].values.tolist() == [0, 0, 1, 0, 0]
    assert recording["reward"].values.tolist() == [1, 1, 0, 0, 0]
    assert recording["forced"].values.tolist() == [0, 0, 0, 0, 1]
    assert recording["stimulated"].values.tolist() == [0, 1, 0, 0, 1]
    assert recording["arm"].values.tolist() == ["left", "right"]
    for name, left, right in (
        ("reward_probability", "p_l", "p_r"),
        ("baited", "bait_l", "bait_r"),
        ("automatic_reward", "free_l", "free_r"),
    ):
        assert recording[name].dims == ("trial", "arm")
        expected = np.stack([TABLE[left], TABLE[right]], axis=1)
        np.testing.assert_array_equal(recording[name].values, expected)
    assert recording["trial_in_session"].values.tolist() == [0, 1, 2, 3, 4]
    assert recording["subject"].values.tolist() == ["M1"] * 5
    assert recording["session"].values.tolist() == [0] * 5


def test_columns_carried_over(write_nwb, engine):
    recording = read_nwb(write_nwb(TABLE), COLUMNS, engine=engine)
    np.testing.assert_array_equal(recording["cue_time"], TABLE["cue"])
    assert recording["cue_time"].attrs == {"long_name": "time of the cue", "units": "s"}
    assert recording["stage"].values.tolist() == ["a", "b", "b", "ü", "c"]
    assert recording["curtain"].values.tolist() == [1, 0, 0, 0, 1]
    assert recording["curtain"].dtype == np.int8


def test_what_the_file_says_of_its_session(write_nwb, engine):
    path = write_nwb(TABLE, protocol="Coupled", institution="Institute")
    attributes = read_nwb(path, COLUMNS, engine=engine).attrs
    assert attributes == {
        "title": "1 subject, 1 session as loaded from session.nwb",
        "kind": "animal",
        "source": ["session.nwb"],
        "species": ["Mus musculus"],
        "institution": ["Institute"],
        "sessions": ["M1, session 0: 5 trial(s), 4 with a valid choice, session.nwb"],
        "session_start": ["2024-06-12T11:10:53-07:00"],
        "protocol": ["Coupled"],
        "identifier": ["identifier of session.nwb"],
        "columns": to_json(COLUMNS),
        "assumed": [
            "reward: found 0 and 1 in columns 'earned_l' and 'earned_r', which are not changed; "
            "a trial counts as rewarded if its reward is above 0",
            "session: each file or table is one session of a subject, in the order in which "
            "they started",
            "columns that are not used: 'start_time', 'stop_time', 'water', 'aborted'",
        ],
    }
    assert read_nwb(write_nwb(TABLE), COLUMNS, engine=engine).attrs["protocol"] == ["unknown"]


def test_both_engines_give_the_same(write_nwb):
    pytest.importorskip("pynwb", reason="the extra nwb is not installed")
    for start in ("2024-06-12T11:10:53-07:00", "2024-06-12T11:10:53", "2024-06-12T11:10:53Z"):
        path = write_nwb(TABLE, start=start)
        by_h5py, by_pynwb, auto = (
            read_nwb(path, COLUMNS, engine=name) for name in ("h5py", "pynwb", "auto")
        )
        xr.testing.assert_identical(by_h5py, by_pynwb)
        xr.testing.assert_identical(by_h5py, auto)
        for name in by_h5py.variables:
            assert by_h5py[name].dtype == by_pynwb[name].dtype


def test_a_file_that_pynwb_wrote(tmp_path, engine):
    pynwb = pytest.importorskip("pynwb", reason="the extra nwb is not installed")
    from datetime import UTC, datetime

    file = pynwb.NWBFile("a test", "an identifier", datetime(2024, 5, 1, tzinfo=UTC))
    file.subject = pynwb.file.Subject(
        subject_id="M7", species="Mus musculus", sex="U", age="P90D", description="a mouse"
    )
    file.add_trial_column("response", "left, right or miss")
    file.add_trial_column("water", "whether rewarded")
    for number, (response, water) in enumerate([("L", True), ("R", False), ("miss", False)]):
        file.add_trial(
            start_time=float(number), stop_time=number + 0.5, response=response, water=water
        )
    path = tmp_path / "mouse.nwb"
    with pynwb.NWBHDF5IO(str(path), "w") as io:
        io.write(file)
    columns = replace(SIMPLE, choice_values={"left": "L", "right": "R", "none": "miss"})
    recording = read_nwb(path, columns, engine=engine)
    assert recording["choice"].values.tolist() == [0, 1, -1]
    assert recording["reward"].values.tolist() == [1, 0, 0]
    assert recording["subject"].values.tolist() == ["M7"] * 3
    assert recording.attrs["session_start"] == ["2024-05-01T00:00:00+00:00"]


def test_the_map_may_be_a_plain_mapping(write_nwb):
    path = write_nwb(TABLE)
    plain = {
        "choice": "response",
        "choice_values": {"left": 0, "right": 1, "none": 2},
        "reward": ["earned_l", "earned_r"],
        "others": {"cue_time": {"column": "cue", "long_name": "time of the cue", "units": "s"}},
    }
    recording = read_nwb(path, plain)
    assert set(recording.data_vars) == {"choice", "reward", "invalid", "cue_time"}
    assert "arm" not in recording.coords


def test_several_values_text_and_nan_as_choices(write_nwb, engine):
    path = edited(write_nwb, response=np.array([-1.0, 1.0, NAN, -1.0, 0.0]))
    columns = replace(SIMPLE, choice_values={"right": -1, "left": 1, "none": (NAN, 0)})
    recording = read_nwb(path, columns, engine=engine)
    assert recording["choice"].values.tolist() == [0, 1, -1, 0, -1]
    assert recording["choice"].attrs["labels"] == ["right", "left"]
    path = edited(write_nwb, response=np.array([False, True, True, False, True]))
    columns = ColumnMap(choice="response", choice_values={"left": 0, "right": 1}, reward="water")
    assert read_nwb(path, columns, engine=engine)["choice"].values.tolist() == [0, 1, 1, 0, 1]


def test_trials_that_the_file_calls_invalid(write_nwb):
    columns = replace(SIMPLE, invalid="aborted")
    recording = read_nwb(write_nwb(TABLE), columns)
    assert recording["choice"].values.tolist() == [0, 1, -1, -1, 1]
    assert recording["invalid"].values.tolist() == [0, 0, 1, 1, 0]


def test_another_table(write_nwb, engine):
    path = write_nwb(TABLE, table="bandit_trials")
    recording = read_nwb(path, SIMPLE, table="bandit_trials", engine=engine)
    assert recording["choice"].values.tolist() == [0, 1, -1, 0, 1]
    message = fault(path, engine=engine, table="bandit_trial")
    assert "found no table 'bandit_trial' (did you mean 'bandit_trials'?)" in message
    message = fault(path, engine=engine)
    assert "only the intervals ['bandit_trials']. Expected one row per trial there" in message


def test_it_keeps_on_disk(write_nwb, tmp_path):
    paths = [write_nwb(TABLE), write_nwb(TABLE, name="b.nwb", start="2024-06-13T11:10:53-07:00")]
    recording = read_nwb_sessions(paths, COLUMNS)
    kept = open_recording(save_recording(recording, tmp_path / "mice.nc"))
    assert kept.attrs["session_start"] == recording.attrs["session_start"]
    xr.testing.assert_equal(recording, kept.load())


# Several sessions


def test_sessions_are_numbered_by_start(write_nwb):
    late = write_nwb(TABLE, name="a.nwb", start="2024-06-12T11:00:00-07:00")
    early = write_nwb(TABLE, name="b.nwb", start="2024-06-12T16:00:00+00:00")  # 09:00-07:00
    other = write_nwb(TABLE, name="c.nwb", subject="M0")
    recordings = [
        read_nwb_sessions(paths, COLUMNS) for paths in ([late, early, other], late.parent)
    ]
    xr.testing.assert_identical(*recordings)
    assert recordings[0]["subject"].values.tolist() == ["M0"] * 5 + ["M1"] * 10
    assert recordings[0]["session"].values.tolist() == [0] * 5 + [0] * 5 + [1] * 5
    assert recordings[0].attrs["source"] == ["c.nwb", "b.nwb", "a.nwb"]
    assert "left_out" not in recordings[0].attrs


def test_short_sessions(write_nwb):
    short = write_nwb({**TABLE, "response": np.full(5, 2.0), "water": np.zeros(5)}, name="a.nwb")
    whole = write_nwb(TABLE, name="b.nwb", subject="M2")
    with pytest.raises(RecordingError) as caught:
        read_nwb_sessions([whole, short], SIMPLE, min_choices=3)
    assert str(caught.value) == (
        f"{short}: found 5 trial(s), 0 with a valid choice, expected at least 3 in a session. "
        "Pass skip_short=True to leave such sessions out, which the attribute 'left_out' then "
        "says; or lower `min_choices`."
    )
    recording = read_nwb_sessions([whole, short], SIMPLE, min_choices=3, skip_short=True)
    assert recording["subject"].values.tolist() == ["M2"] * 5
    assert recording.attrs["left_out"] == [
        "a.nwb (subject M1): 5 trial(s), 0 with a valid choice, fewer than 3"
    ]
    with pytest.raises(RecordingError, match=r"a\.nwb: found 5 trial\(s\), 0 .* No other session"):
        read_nwb_sessions(short, SIMPLE, skip_short=True)
    assert read_nwb_sessions(short, SIMPLE, min_choices=0).sizes["trial"] == 5


def test_sessions_that_cannot_be_ordered(write_nwb):
    first = write_nwb(TABLE, name="a.nwb")
    again = write_nwb(TABLE, name="b.nwb")
    with pytest.raises(RecordingError, match="subject M1: found two sessions that start at the"):
        read_nwb_sessions([first, again], SIMPLE)
    zoneless = write_nwb(TABLE, name="c.nwb", start="2024-07-01T10:00:00")
    with pytest.raises(RecordingError, match="at times with and without a time zone"):
        read_nwb_sessions([first, zoneless], SIMPLE)


def test_subject(write_nwb, engine):
    path = write_nwb(TABLE, subject=None)
    assert "found no name of the subject, expected one. Name the column" in fault(
        path, engine=engine
    )
    recording = read_nwb(path, SIMPLE, subject="Ada", engine=engine)
    assert set(recording["subject"].values) == {"Ada"}
    assert recording.attrs["species"] == ["unknown"]


def test_start_that_is_no_time(write_nwb):
    path = write_nwb(TABLE, start="yesterday")
    assert "found session_start_time 'yesterday', expected a date and time" in fault(path)


# Files of another kind


def test_missing_file_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.nwb: no such file, expected an NWB file"):
        read_nwb(tmp_path / "none.nwb", SIMPLE)
    assert "found no file that ends in .nwb, expected one or more" in fault(tmp_path)
    with pytest.raises(RecordingError, match="paths: found none, expected at least 1 NWB file"):
        read_nwb_sessions([], SIMPLE)
    (tmp_path / "inner.nwb").mkdir()
    with pytest.raises(RecordingError, match=r"inner\.nwb: found a folder, expected an NWB file"):
        read_nwb_sessions(tmp_path, SIMPLE)


@pytest.mark.parametrize("mark", [".zgroup", "zarr.json"])
def test_nwb_in_zarr_is_not_read_by_these_engines(tmp_path, engine, mark):
    folder = tmp_path / "session.nwb"
    folder.mkdir()
    (folder / mark).write_text("{}")
    message = fault(folder, engine=engine)
    assert "found NWB in a Zarr folder, expected NWB in one HDF5 file" in message
    assert "Leave out `engine`" in message
    with pytest.raises(RecordingError, match="found NWB in a Zarr folder"):
        read_nwb_sessions(tmp_path, SIMPLE, engine=engine)


@pytest.mark.parametrize("content", [b"", b"trial,choice\n0,1\n"])
def test_other_files(tmp_path, engine, content):
    path = tmp_path / "session.nwb"
    path.write_bytes(content)
    message = f"found {len(content)} bytes that begin with {content[:16]!r}, expected an NWB file"
    assert message in fault(path, engine=engine)


def test_truncated_file(write_nwb, engine):
    path = write_nwb(TABLE)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    message = fault(path, engine=engine)
    assert f"damaged or cut off ({len(whole) // 2} bytes; " in message
    assert "Get it again from its source" in message


def test_other_hdf5_and_nwb_1(tmp_path, engine):
    path = tmp_path / "session.nwb"
    with h5py.File(path, "w") as file:
        file["sst"] = np.zeros(3)
    message = "found HDF5 whose root is no NWB object and holds ['sst'], expected an NWB file"
    assert message in fault(path, engine=engine)
    with h5py.File(path, "w") as file:
        file["nwb_version"] = "NWB-1.0.6"
    assert "found NWB 1, expected NWB 2 or later" in fault(path, engine=engine)


@pytest.fixture
def hide_pynwb(tmp_path, monkeypatch):
    """Take pynwb away from the process that reads files, until the test is over."""

    def hide():
        folder = tmp_path / "hidden"
        folder.mkdir()
        missing = "raise ModuleNotFoundError(\"No module named 'pynwb'\", name='pynwb')\n"
        (folder / "pynwb.py").write_text(missing)
        monkeypatch.syspath_prepend(folder)
        subprocess_reader._READER.close(kill=True)

    yield hide
    subprocess_reader._READER.close(kill=True)


def test_later_versions_are_for_pynwb(write_nwb, hide_pynwb):
    pytest.importorskip("pynwb", reason="the extra nwb is not installed")
    path = write_nwb(TABLE, version="3.0.0")
    assert "found NWB 3.0.0, expected NWB 2, whose layout engine='h5py' knows" in fault(
        path, engine="h5py"
    )
    assert read_nwb(path, SIMPLE)["choice"].values.tolist() == [0, 1, -1, 0, 1]
    hide_pynwb()
    with pytest.raises(ModuleNotFoundError, match=re.escape("pip install 'pfc_analysis[nwb]'")):
        read_nwb(path, SIMPLE)


def test_pynwb_is_not_needed(write_nwb, hide_pynwb):
    hide_pynwb()
    path = write_nwb(TABLE)
    assert read_nwb(path, SIMPLE).sizes["trial"] == 5
    with pytest.raises(ModuleNotFoundError, match="reading this file this way needs pynwb"):
        read_nwb(path, SIMPLE, engine="pynwb")


def test_what_only_pynwb_minds(write_nwb):
    pytest.importorskip("pynwb", reason="the extra nwb is not installed")
    path = write_nwb(TABLE)
    with h5py.File(path, "r+") as file:
        del file["session_description"]
    assert "pynwb cannot read it (" in fault(path, engine="pynwb")
    assert read_nwb(path, SIMPLE, engine="h5py").sizes["trial"] == 5


def test_unknown_engine(write_nwb):
    with pytest.raises(RecordingError, match=r"engine: found 'h5', .* \(did you mean 'h5py'\?\)"):
        read_nwb(write_nwb(TABLE), SIMPLE, engine="h5")


# Links that lead elsewhere


@pytest.mark.parametrize(
    "place",
    ["intervals/trials/response", "intervals/trials", "intervals", "general/subject", "identifier"],
)
def test_links_to_other_files(write_nwb, engine, place):
    path, other = write_nwb(TABLE), write_nwb(TABLE, name="other.nwb")
    with h5py.File(path, "r+") as file:
        del file[place]
        file[place] = h5py.ExternalLink(str(other), f"/{place}")
    message = fault(path, engine=engine)
    column = place == "intervals/trials/response" and engine == "h5py"
    assert f"{path}, {'intervals/trials, column ' if column else place}" in message
    assert "found a link, " in message
    assert "are not followed" in message
    assert "write_args={'link_data': False}" in message


def test_values_in_other_files(write_nwb, tmp_path, engine):
    path = write_nwb(TABLE)
    raw = tmp_path / "raw.bin"
    TABLE["response"].tofile(raw)
    with h5py.File(path, "r+") as file:
        table = file["intervals/trials"]
        attributes = dict(table["response"].attrs)
        del table["response"]
        table.create_dataset("response", (5,), float, external=[(str(raw), 0, 40)])
        table["response"].attrs.update(attributes)
    place = ", column 'response'" if engine == "h5py" else "/response"
    message = fault(path, engine=engine)
    assert f"{path}, intervals/trials{place}: found a link, " in message


def test_a_link_elsewhere_in_the_table_does_no_harm(write_nwb, tmp_path):
    path, other = write_nwb(TABLE), write_nwb(TABLE, name="other.nwb")
    with h5py.File(path, "r+") as file:
        del file["intervals/trials/stage"]
        file["intervals/trials/stage"] = h5py.ExternalLink(str(other), "/intervals/trials/stage")
    assert read_nwb(path, SIMPLE, engine="h5py").sizes["trial"] == 5
    (table,) = FORMAT.read_tables(path)
    assert table.unusable["stage"].startswith("a link, or values in another file")
    assert "stage" not in table.columns
    assert "intervals/trials/stage: found a link" in fault(path, engine="pynwb")


# Columns


def test_missing_column(write_nwb, engine):
    columns = replace(SIMPLE, choice="respons")
    message = fault(write_nwb(TABLE), columns, engine=engine)
    assert (
        "intervals/trials: no column 'respons' (did you mean 'response'?). It has 'start_time'"
        in (message)
    )


def test_column_that_is_listed_and_not_there(write_nwb):
    path = write_nwb(TABLE)
    with h5py.File(path, "r+") as file:
        del file["intervals/trials/water"]
    assert "column 'water': found no array, though the table lists it among its" in fault(path)
    with h5py.File(path, "r+") as file:
        del file["intervals/trials/id"]
    assert "column 'id': found none, expected one, with the number of each" in fault(path)


def test_ragged_column(write_nwb, engine):
    path = edited(write_nwb, water=np.arange(7))
    with h5py.File(path, "r+") as file:
        table = file["intervals/trials"]
        index = table.create_dataset("water_index", data=np.array([1, 2, 3, 5, 7], dtype=np.uint8))
        index.attrs.update({"namespace": "hdmf-common", "neurodata_type": "VectorIndex"})
        index.attrs.update({"object_id": "id-index", "description": "ends"})
        index.attrs["target"] = table["water"].ref
    message = fault(path, engine=engine)
    assert "column 'water': found a list of values per trial (a ragged column), expected" in message
    assert "expected one plain value per trial. Reduce it to that" in message


def test_columns_of_other_kinds(write_nwb, engine):
    path = edited(write_nwb, water=np.ones((5, 2)))
    assert (
        "column 'water': found an array of shape (5, 2), expected one plain value per trial"
        in fault(path, engine=engine)
    )
    path = write_nwb(TABLE)
    with h5py.File(path, "r+") as file:
        file["intervals/trials/water"].attrs["neurodata_type"] = "VectorIndex"
    assert "column 'water': found VectorIndex, which holds the ends of the lists" in fault(path)


def test_column_of_references(write_nwb):
    path = write_nwb(TABLE)
    with h5py.File(path, "r+") as file:
        table = file["intervals/trials"]
        attributes = dict(table["water"].attrs)
        del table["water"]
        table["water"] = np.array([table.ref] * 5, dtype=h5py.ref_dtype)
        table["water"].attrs.update(attributes)
    assert "column 'water': found values of object, expected one plain value" in fault(path)


def test_column_of_another_length(write_nwb):
    path = edited(write_nwb, water=np.zeros(4))
    assert (
        "column 'water': found 4 value(s) for 5 trials, expected one plain value per trial"
        in fault(path)
    )


def test_empty_table(write_nwb):
    path = write_nwb({name: values[:0] for name, values in TABLE.items()})
    assert "found 0 trials in the table, expected at least 1" in fault(path)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "response",
            [0.0, 1.0, 2.0, 3.0, 3.0],
            "found 3.0 at trial 3 (2 such value(s)), expected one of 0 (left); 1 (right); 2 (none)",
        ),
        ("response", [0, 1, NAN, 0, 1], "found nan at trial 2 (1 such value(s)), expected one of"),
        ("response", list("01x01"), "found 'x' at trial 2 (1 such value(s)), expected one of 0"),
        ("earned_l", [1, 0, 0, 0, NAN], "found nan at trial 4 (1 such value(s)), expected a fin"),
        (
            "earned_l",
            list("abcde"),
            "found 'a' at trial 0 (5 such value(s)), expected a finite number",
        ),
        (
            "earned_l",
            [True, True, False, False, False],
            "found True at trial 1 (1 such value(s)), expected 0 where the choice is not left",
        ),
        (
            "earned_l",
            [True, False, False, True, False],
            "found True at trial 3 (1 such value(s)), expected 0 where 'free_l' is 1: what is free",
        ),
        ("p_r", [40, 10, 10, 10, 10], "found 40 at trial 0 (5 such value(s)), expected a prob"),
        ("bait_l", [0, 2, 0, 0, 0], "found 2 at trial 1 (1 such value(s)), expected 0 or 1 (or"),
        ("laser", [0, 1, 0, -1, 0], "found -1 at trial 3 (1 such value(s)), expected 0 or 1 (or"),
    ],
)
def test_coding(write_nwb, engine, column, values, message):
    path = edited(write_nwb, **{column: np.array(values)})
    assert f"{path}, intervals/trials, column {column!r}: {message}" in fault(
        path, COLUMNS, engine=engine
    )


def test_a_column_needs_a_description():
    with pytest.raises(RecordingError, match="long_name: found '', expected a text that is not"):
        CarriedColumn("stage", "")


# Maps


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"choice_values": {"left": 0, "none": 2}},
            "choice_values: found the labels ['left'],",
        ),
        (
            {"choice_values": {"left": 0, "right": (1, 0)}},
            "choice_values: found 0 under two labels, expected one for each",
        ),
        ({"reward": ("earned_l",)}, "reward: found ('earned_l',), expected one column for each of"),
        ({"reward": ""}, "reward: found no column, expected one, or one for each of ['left', 'r"),
        ({"baited": "bait_l"}, "baited: found 'bait_l', expected one column for each of ['left', "),
        ({"rewards": "water"}, "rewards: found an unknown field (did you mean 'reward'?), exp"),
        (
            {"others": {"reward": {"column": "water", "long_name": "drops"}}},
            "others: found 'reward', expected other names than choice, reward, ",
        ),
        (
            {"others": {"drops": {"column": "water"}}},
            "others, drops: found only ['column'], expected also long_name.",
        ),
    ],
)
def test_faults_of_a_map(write_nwb, change, message):
    plain = {
        "choice": "response",
        "choice_values": {"left": 0, "right": 1, "none": 2},
        "reward": "water",
    }
    with pytest.raises(RecordingError) as caught:
        read_nwb(write_nwb(TABLE), plain | change)
    assert str(caught.value).startswith(f"column map, {message}")


def test_choices_in_words(write_nwb):
    path = write_nwb(
        {
            "response": np.array(["L", "R", "miss", "early"]),
            "water": np.array([1.0, 0.0, 0.0, 0.0]),
            "p_left": np.full(4, 0.4),
            "p_right": np.full(4, 0.1),
        }
    )
    columns = ColumnMap(
        choice="response",
        choice_values={"left": "L", "right": "R", "none": ("miss", "early")},
        reward="water",
        reward_probability=("p_left", "p_right"),
    )
    assert read_nwb(path, columns)["choice"].values.tolist() == [0, 1, -1, -1]
