import hashlib
import json
import os
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pynwb
import pytest
import xarray as xr
from nwbinspector import Importance, inspect_nwbfile

import pfc_analysis
from pfc_analysis.recording.exports.export import export_recording
from pfc_analysis.recording.exports.nwb_facts import species_of
from pfc_analysis.recording.exports.nwb_writer import DESCRIPTION, write_nwb
from pfc_analysis.recording.exports.sessions import list_sessions
from pfc_analysis.recording.nwb_sessions import read_nwb
from pfc_analysis.recording.readers.formats.exported_nwb import read_exported_nwb
from pfc_analysis.recording.schema import RecordingError

from .same import assert_same

MAP = {
    "choice": "choice",
    "choice_values": {"left": 0, "right": 1, "none": -1},
    "reward": "reward",
}


@pytest.fixture
def one(recording):
    """One session of the small recording."""
    return recording.isel(trial=slice(3, 6))


def write_one(recording, path):
    left_out = write_nwb(recording, list_sessions(recording)[0], 1, path)
    assert left_out == {}
    return path


def test_agents_come_back(agents, tmp_path):
    export = export_recording(agents, tmp_path / "all")
    assert [file.relative_to(tmp_path).as_posix() for file in export.files] == [
        f"all/sub-seed-{seed}/sub-seed-{seed}_ses-00{session}.nwb"
        for seed in (1, 2)
        for session in (0, 1)
    ]
    assert export.left_out == {}
    assert_same(read_exported_nwb(tmp_path / "all"), agents)
    for file in export.files:
        assert pynwb.validate(path=str(file)) == []


def test_units_and_dtypes_are_stored_as_they_were(risky_choice, tmp_path):
    session = risky_choice.isel(trial=slice(0, 30))
    with pynwb.NWBHDF5IO(str(write_one(session, tmp_path / "a.nwb")), "r") as io:
        file = io.read()
        hidden = file.processing["network"]["hidden"]
        assert hidden.data.dtype == np.float32
        np.testing.assert_array_equal(
            hidden.data[:], session["hidden"].values.reshape(-1, session.sizes["unit"])
        )
        assert (hidden.starting_time, hidden.rate) == (0.0, 1.0)
        rpe = file.processing["network"]["rpe"]
        assert (rpe.starting_time, rpe.rate) == (0.5, 1.0)
        np.testing.assert_array_equal(rpe.data[:], session["rpe"].values.ravel())
        units = file.processing["network"]["units"].to_dataframe()
        assert units["lstm"].tolist() == session["lstm"].values.tolist()
        assert units["unit"].tolist() == session["unit"].values.tolist()
        assert "no clock" in hidden.description
        assert "2 a trial (fixation, stimulus)" in hidden.description


def test_trials_table_says_what_it_holds(one, tmp_path):
    with pynwb.NWBHDF5IO(str(write_one(one, tmp_path / "a.nwb")), "r") as io:
        file = io.read()
        table = file.trials.to_dataframe()
        assert table["choice"].tolist() == [0, 1, -1]
        assert file.trials["choice"].data.dtype == np.int8
        assert table["start_time"].tolist() == [0.0, 2.0, 4.0]
        assert (table["stop_time"].values[:-1] < table["start_time"].values[1:]).all()
        assert table["reward_probability_left"].tolist() == [0.9] * 3
        assert file.trials["choice"].description.endswith("-1 none, 0 left, 1 right.")
        meanings = file.trials["choice"].get_meanings().to_dataframe()
        assert meanings["meaning"].tolist() == ["none", "left", "right"]
        assert meanings["value"].tolist() == [-1, 0, 1]
        assert "0 uncommon" in file.trials["common_transition"].description
        assert file.subject.subject_id == "replica_0"
        assert file.session_start_time.isoformat() == "1970-01-01T00:00:00+00:00"
        assert "The start of the session is not known" in file.notes


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("animals", "subject"),
    [
        ("rat_recording", "M055"),
        ("grackle_recording", "Adobo"),
        ("dopamine_recording", "HJ-FP-M2"),
        ("mouse_recording", "697062"),
    ],
)
def test_animals_come_back(animals, subject, request, tmp_path):
    recording = request.getfixturevalue(animals)
    export = export_recording(recording, tmp_path / "all", subjects=subject)
    whole = recording.isel(trial=np.flatnonzero(recording["subject"] == subject))
    assert len(export.files) == len(np.unique(whole["session"]))
    assert_same(read_exported_nwb(tmp_path / "all"), whole)
    for file in export.files[:2]:
        assert pynwb.validate(path=str(file)) == []


@pytest.mark.real_data
def test_recorded_clock_start_and_species_are_kept(mouse_recording, tmp_path):
    path = tmp_path / "a.nwb"
    export_recording(mouse_recording, path, subjects="697062", sessions=1)
    whole = mouse_recording
    of = whole.isel(
        trial=np.flatnonzero((whole["subject"] == "697062") & (whole["session"] == 1).values)
    )
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        file = io.read()
        assert file.session_start_time.isoformat() == "2023-11-20T10:39:40.763579+00:00"
        assert file.protocol == "Coupled Baiting"
        np.testing.assert_allclose(file.trials["start_time"].data[:], of["cue_time"], atol=1e-9)
        assert file.subject.species == "Mus musculus"
        assert file.session_id == "001"
        assert "licence: MIT" in file.notes
        assert "on the clock it names" in file.notes


@pytest.mark.real_data
def test_inspector_finds_nothing_but_what_is_not_known(dopamine_recording, tmp_path):
    path = tmp_path / "a.nwb"
    export_recording(dopamine_recording, path, subjects="HJ-FP-M2")
    found = {
        message.check_function_name: message
        for message in inspect_nwbfile(nwbfile_path=str(path))
        if message.importance is not Importance.BEST_PRACTICE_SUGGESTION
    }
    assert set(found) <= {"check_subject_age"}


def test_inspector_has_nothing_against_the_data_of_agents(two_step, tmp_path):
    export = export_recording(two_step, tmp_path / "all", subjects="seed_1", sessions=0)
    found = {
        message.check_function_name
        for message in inspect_nwbfile(nwbfile_path=str(export.files[0]))
        if message.importance is not Importance.BEST_PRACTICE_SUGGESTION
    }
    # A network has neither age, sex nor species.
    assert found <= {"check_subject_age", "check_subject_sex", "check_subject_species_exists"}


def test_the_readers_of_nwb_take_it(one, tmp_path):
    back = read_nwb(write_one(one, tmp_path / "a.nwb"), MAP)
    np.testing.assert_array_equal(back["choice"], one["choice"])
    np.testing.assert_array_equal(back["reward"], one["reward"])
    assert back["subject"].values.tolist() == ["replica_0"] * 3


def awkward() -> xr.Dataset:
    said = {"long_name": 'a "note",\nÜber', "flags": np.array([1, 2], "int16")}
    nan = np.float32([np.nan, -0.0, 1e-45])
    return xr.Dataset(
        {
            "choice": ("trial", np.int8([0, -1, 1]), {"labels": ["l/r: ü", "b"]}),
            "reward": ("trial", np.array([0.1, -0.0, 1e300])),
            "start_time": ("trial", np.array([3.0, 2.0, 1.0]), said | {"units": "s"}),
            "id": ("trial", np.array(["", "日本", "a\nb"]), said),
            "a/b": ("trial", nan, said),
            "a.b": ("trial", np.float16([np.nan, 0.1, np.inf]), said),
            "truth": ("trial", np.array([True, False, True]), said),
            "base_probability": (("trial", "arm"), np.full((3, 2), 1 / 3)),
            "rotated": (("arm", "trial"), np.arange(6, dtype="uint64").reshape(2, 3), said),
            "per_unit": (("unit", "trial"), np.arange(12, dtype="int32").reshape(4, 3), said),
            "film": (
                ("time", "trial", "unit", "arm"),
                np.arange(48, dtype="float32").reshape(2, 3, 4, 2),
                said,
            ),
            "seen": (("trial", "step"), np.ones((3, 1), bool), said),
            "depth": ("unit", np.float32([0.1, 0.2, 0.3, np.nan]), said | {"units": "mm"}),
            "total": ((), np.float64(np.nan), said),
        },
        coords={
            "subject": ("trial", np.full(3, "../ü_1", "<U20")),
            "session": ("trial", np.full(3, 1000, "int16")),
            "trial_in_session": ("trial", np.array([0, 5, 9])),
            "arm": ["l/r", "l.r"],
            "time": ("time", np.array([-0.5, 0.1])),
            "lstm": ("unit", ["a", "b", "c", "ü"], said),
        },
        attrs={"kind": "animal", "seed": np.int64(3), "p": float("nan"), "all": ["x", "ü\n"]},
    )


def test_awkward_names_text_and_numbers_come_back(tmp_path):
    recording = awkward()
    export = export_recording(recording, tmp_path / "folder")
    assert export.files[0].relative_to(tmp_path).as_posix() == "folder/sub-ü-1/sub-ü-1_ses-1000.nwb"
    assert_same(read_exported_nwb(tmp_path / "folder"), recording)
    assert_same(read_exported_nwb(export.files[0]), recording)
    assert pynwb.validate(path=str(export.files[0])) == []
    with h5py.File(export.files[0]) as file:
        names = set(file["intervals/trials"])
        assert {"recorded_start_time", "recorded_id", "a_b", "a_b_2", "rotated_l_r_2"} <= names
        assert file["processing/network/seen/data"].shape == (3,)
        assert file["processing/ophys/film/data"].shape == (6, 4, 2)


def test_what_nwb_cannot_hold_is_named(recording, tmp_path):
    recording["word"] = ("trial", "step"), np.full((12, 2), "a"), {"long_name": "words"}
    recording["nul"] = "trial", np.full(12, "a\0b"), {"long_name": "a character"}
    recording["day"] = "trial", np.full(12, np.datetime64("2024", "ns")), {"long_name": "day"}
    export = export_recording(recording, tmp_path / "all")
    assert set(export.left_out) == {"word", "nul", "day"}
    assert "not written: nul, text with the character NUL" in str(export)
    assert_same(read_exported_nwb(tmp_path / "all"), recording.drop_vars(["word", "nul", "day"]))


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_same_recording_same_bytes_in_any_process(one, tmp_path):
    first = digest(write_one(one, tmp_path / "a.nwb"))
    pfc_analysis.save_recording(one, tmp_path / "one.nc")
    # What is read from netCDF has the schema's attributes: exported anew, in two processes.
    code = (
        "import sys, pfc_analysis as p; "
        "p.export_recording(p.open_recording(sys.argv[1]), sys.argv[2])"
    )
    for name, seed in (("b.nwb", "1"), ("c.nwb", "2")):
        subprocess.run(
            [sys.executable, "-c", code, tmp_path / "one.nc", tmp_path / name],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
    assert digest(tmp_path / "b.nwb") == digest(tmp_path / "c.nwb")
    assert digest(write_one(one, tmp_path / "d.nwb")) == first


def test_identifier_follows_from_the_content(one, tmp_path):
    def identifier(recording):
        with h5py.File(write_one(recording, tmp_path / "a.nwb")) as file:
            return file["identifier"][()].decode()

    same = identifier(one)
    assert identifier(one.copy(deep=True)) == same
    changed = one.copy(deep=True)
    changed["hidden"][0, 0, 0] += 1e-3
    assert identifier(changed) != same
    assert identifier(one.assign_attrs(seed=4)) != same


def test_old_file_stays_where_writing_fails(one, tmp_path, monkeypatch):
    path = write_one(one, tmp_path / "a.nwb")
    before = digest(path)

    def breaks(self, *args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(pynwb.NWBHDF5IO, "write", breaks)
    with pytest.raises(OSError, match="disk full"):
        write_one(one.assign(reward=one["reward"] + 1), path)
    assert digest(path) == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.nwb"]


def test_without_pynwb_it_says_how_to_get_it(one, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynwb", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pfc_analysis\[nwb\]'"):
        export_recording(one, tmp_path / "a.nwb")


def change(path, edit):
    """Change the description in a file."""
    with h5py.File(path, "r+") as file:
        document = json.loads(file[f"scratch/{DESCRIPTION}"][()])
        edit(document)
        attributes = dict(file[f"scratch/{DESCRIPTION}"].attrs)
        del file[f"scratch/{DESCRIPTION}"]
        file[f"scratch/{DESCRIPTION}"] = json.dumps(document)
        file[f"scratch/{DESCRIPTION}"].attrs.update(attributes)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d.update(version=2), "found version 2 of the description, expected 1"),
        (lambda d: d.pop("sizes"), "damaged"),
        (lambda d: d["sizes"].update(trial=10**15), r"start_time: found shape \(3,\), expected"),
        (
            lambda d: d["variables"]["hidden"].update(series="processing/network/none"),
            "none/data: found no array",
        ),
        (
            lambda d: d["variables"]["hidden"].update(dims=["trial", "step"]),
            r"hidden/data: found shape \(6, 4\), expected shape \(6,\)",
        ),
        (
            lambda d: d["variables"]["choice"].update(columns=["trial_in_session"]),
            r"choice: found 2 at trial 2 \(1 such value",
        ),
    ],
)
def test_faults_of_a_file_are_named(one, tmp_path, edit, message):
    path = write_one(one, tmp_path / "a.nwb")
    change(path, edit)
    with pytest.raises(RecordingError, match=message):
        read_exported_nwb(path)


def test_nothing_outside_the_file_is_read(one, tmp_path):
    path = write_one(one, tmp_path / "a.nwb")
    shutil.copy(path, tmp_path / "other.nwb")
    with h5py.File(path, "r+") as file:
        del file["intervals/trials/reward"]
        file["intervals/trials/reward"] = h5py.ExternalLink(
            str(tmp_path / "other.nwb"), "intervals/trials/reward"
        )
    with pytest.raises(RecordingError, match="intervals/trials/reward: found a link"):
        read_exported_nwb(path)


def test_claimed_sizes_are_checked(one, tmp_path):
    path = write_one(one, tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        del file["processing/network/hidden/data"]
        file.create_dataset(
            "processing/network/hidden/data", (2 * 10**9, 4), "f4", chunks=(10**6, 4)
        )
        del file["intervals/trials/start_time"]
        file.create_dataset("intervals/trials/start_time", (10**9,), "f8", chunks=(10**6,))
    change(path, lambda document: document["sizes"].update(trial=10**9))
    with pytest.raises(RecordingError, match="found 0 bytes that claim to be 8000000000"):
        read_exported_nwb(path)


def test_other_files_are_refused(tmp_path, one):
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_exported_nwb(tmp_path / "none.nwb")
    with pytest.raises(RecordingError, match="found no file sub-SUBJECT"):
        read_exported_nwb(tmp_path)
    path = write_one(one, tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        del file["scratch"]
    with pytest.raises(RecordingError, match="expected it in a file that this toolkit exported"):
        read_exported_nwb(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(RecordingError, match="damaged or cut off"):
        read_exported_nwb(path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mouse", ("Mus musculus", None)),
        ("rat (Long-Evans)", ("Rattus norvegicus", "Long-Evans")),
        ("great-tailed grackle (Quiscalus mexicanus)", ("Quiscalus mexicanus", None)),
        ("Homo sapiens", ("Homo sapiens", None)),
        ("unicorn", (None, None)),
        ("", (None, None)),
    ],
)
def test_species_by_their_latin_names(text, found):
    assert species_of(text) == found


@pytest.fixture(scope="module")
def exported(two_step, tmp_path_factory):
    """Four sessions of two subjects, a file each."""
    folder = tmp_path_factory.mktemp("exported") / "all"
    export_recording(two_step, folder)
    return folder


@pytest.mark.parametrize("way_in", [read_exported_nwb, pfc_analysis.load])
def test_a_folder_that_lacks_a_session_is_refused(exported, tmp_path, way_in):
    copied = shutil.copytree(exported, tmp_path / "copied")
    (copied / "sub-seed-2" / "sub-seed-2_ses-001.nwb").unlink()
    message = r"copied: found 3 files, expected the 4 that were exported together: the copy"
    with pytest.raises(RecordingError, match=message):
        way_in(copied)


def test_sessions_that_are_picked_are_read_and_counted(exported):
    one = exported / "sub-seed-1" / "sub-seed-1_ses-000.nwb"
    said = "{} of the 4 sessions that were exported together were read."
    assert pfc_analysis.load(one).attrs["assumed"] == [said.format(1)]
    two = pfc_analysis.load([one, one.with_name("sub-seed-1_ses-001.nwb")])
    assert two.attrs["assumed"] == [said.format(2)]
    assert "assumed" not in pfc_analysis.load(exported).attrs
