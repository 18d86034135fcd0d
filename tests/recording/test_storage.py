import hashlib
import re
import signal
import subprocess
import sys
from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording import storage
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import atomic_path, open_recording, save_recording

ENDINGS = [".nc", ".zarr"]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("ending", ENDINGS)
def test_round_trip(recording, tmp_path, ending):
    path = save_recording(recording, tmp_path / f"deeper/agent{ending}")
    assert path == tmp_path / f"deeper/agent{ending}"
    with open_recording(path) as back:
        xr.testing.assert_equal(back, recording)
        assert set(back.variables) == set(recording.variables)
        for name in recording.variables:
            assert back[name].dtype == recording[name].dtype, name
            assert (name in back.coords) == (name in recording.coords), name
        assert back["subject"].values.tolist() == ["replica_0"] * 6 + ["Jürgen"] * 6
        assert dict(back.attrs) == recording.attrs
        assert list(back["choice"].attrs["labels"]) == ["left", "right"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_one_label_comes_back_as_a_list(recording, tmp_path, ending):
    recording["choice"].attrs["labels"] = ["left"]
    recording["choice"][:] = 0
    with open_recording(save_recording(recording, tmp_path / f"a{ending}")) as back:
        assert back["choice"].attrs["labels"] == ["left"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_not_a_number_stays_in_place(recording, tmp_path, ending):
    recording["value"][3, 1] = np.nan
    with open_recording(save_recording(recording, tmp_path / f"a{ending}")) as back:
        np.testing.assert_array_equal(back["value"], recording["value"])


@pytest.mark.parametrize("kind", [object, np.dtypes.StringDType()])
def test_text_of_any_kind_becomes_plain_text(recording, tmp_path, kind):
    subject = recording["subject"].values.astype(kind)
    recording = recording.assign_coords(subject=("trial", subject))
    with open_recording(save_recording(recording, tmp_path / "a.nc")) as back:
        assert back["subject"].dtype.kind == "U"
        assert back["subject"].values.tolist() == [str(name) for name in subject]


def test_times_stay_numbers(recording, tmp_path):
    latency = ("trial", np.full(12, 0.25), {"long_name": "time to respond", "units": "s"})
    recording = recording.assign(latency=latency)
    with open_recording(save_recording(recording, tmp_path / "a.nc")) as back:
        xr.testing.assert_equal(back, recording)
        assert back["latency"].dtype == np.float64


def test_any_netcdf_reader_makes_sense_of_the_file(recording, tmp_path):
    path = save_recording(recording, tmp_path / "a.nc")
    with xr.open_dataset(path) as back:
        xr.testing.assert_equal(back, recording)
        assert all(array.attrs["long_name"] for array in back.variables.values())
        assert back["reward"].attrs["units"] == "1"
        assert back["choice"].attrs["flag_meanings"] == "none left right"
        assert back["choice"].attrs["flag_values"].tolist() == [-1, 0, 1]
    with h5netcdf.File(path) as file:
        assert not [name for name in file.variables if "_FillValue" in file.variables[name].attrs]
        assert not [name for name in file.variables if file.variables[name].filters()["zlib"]]


def test_saving_leaves_the_recording_as_it_was(recording, tmp_path):
    before = recording.copy(deep=True)
    save_recording(recording, tmp_path / "a.nc")
    xr.testing.assert_identical(recording, before)


def test_same_recording_same_bytes(recording, tmp_path):
    first = save_recording(recording, tmp_path / "a.nc")
    second = save_recording(recording.copy(deep=True), tmp_path / "b.nc")
    with open_recording(first) as back:
        third = save_recording(back.load(), tmp_path / "c.nc")
    assert digest(first) == digest(second) == digest(third)


def test_same_bytes_whatever_the_hash_seed(recording, tmp_path):
    first = save_recording(recording, tmp_path / "a.nc")
    program = (
        "import sys; from pfc_analysis.recording.storage import *; "
        "save_recording(open_recording(sys.argv[1]).load(), sys.argv[2])"
    )
    for seed in ("1", "2"):
        again = tmp_path / f"{seed}.nc"
        subprocess.run(
            [sys.executable, "-c", program, str(first), str(again)],
            env={"PYTHONHASHSEED": seed},
            check=True,
        )
        assert digest(again) == digest(first)


def test_opening_leaves_the_arrays_on_disk(recording, tmp_path):
    with open_recording(save_recording(recording, tmp_path / "a.nc")) as back:
        assert not back["hidden"].variable._in_memory
        assert not back["reward"].variable._in_memory


def test_invalid_recordings_are_not_written(recording, tmp_path):
    with pytest.raises(RecordingError, match=r"a\.nc: not a valid recording, 1 fault"):
        save_recording(recording.drop_vars("reward"), tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []


def test_unknown_ending(recording, tmp_path):
    with pytest.raises(
        RecordingError,
        match=re.escape("a.csv: unknown ending '.csv', expected one of ['.nc', '.zarr']"),
    ):
        save_recording(recording, tmp_path / "a.csv")
    with pytest.raises(RecordingError, match="unknown ending ''"):
        open_recording(tmp_path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_missing_file(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    with pytest.raises(
        FileNotFoundError,
        match=re.escape(f"{path}: no such recording. Make one with: pfc record EXPERIMENT --out"),
    ):
        open_recording(path)


def test_truncated_file(recording, tmp_path):
    path = save_recording(recording, tmp_path / "a.nc")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(
        RecordingError,
        match=rf"a\.nc: damaged or cut off \({len(whole) // 2} bytes; .*\)\. Get it again from",
    ):
        open_recording(path)


@pytest.mark.parametrize("content", [b"", b"subject,choice\nM055,1\n" * 100])
def test_files_of_another_kind(tmp_path, content):
    path = tmp_path / "a.nc"
    path.write_bytes(content)
    with pytest.raises(
        RecordingError, match=rf"found {len(content)} bytes that begin with .* expected a recording"
    ):
        open_recording(path)


def test_folder_in_place_of_a_file(tmp_path):
    path = tmp_path / "a.nc"
    path.mkdir()
    with pytest.raises(RecordingError, match="found a folder, expected a recording"):
        open_recording(path)


def test_file_in_place_of_a_folder(tmp_path):
    path = tmp_path / "a.zarr"
    path.write_text("no folder")
    with pytest.raises(RecordingError, match="found a file of 9 bytes, expected a folder of Zarr"):
        open_recording(path)


def test_netcdf_that_is_no_recording(tmp_path):
    path = tmp_path / "a.nc"
    xr.Dataset({"sst": ("time", np.ones(3))}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(RecordingError, match=r"a\.nc: no dimension 'trial', found \('time'\)"):
        open_recording(path)


def test_zarr_not_installed(recording, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "find_spec", lambda name: None)
    message = r"which is not installed\. Install it with: pip install 'pfc_analysis\[zarr\]'"
    with pytest.raises(ModuleNotFoundError, match=message):
        save_recording(recording, tmp_path / "a.zarr")
    with pytest.raises(ModuleNotFoundError, match=message):
        open_recording(tmp_path / "a.zarr")


@pytest.mark.parametrize("ending", ENDINGS)
def test_replacing_a_recording(recording, tmp_path, ending):
    path = save_recording(recording, tmp_path / f"a{ending}")
    save_recording(recording.isel(trial=slice(0, 6)), path)
    with open_recording(path) as back:
        assert back.sizes["trial"] == 6
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("old", [True, False])
def test_failed_write_leaves_the_old_file_or_none(recording, tmp_path, monkeypatch, old):
    path = tmp_path / "a.nc"
    if old:
        save_recording(recording, path)
    before = digest(path) if old else None

    def fail(dataset, target, encoding):
        Path(target).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(storage, "write_netcdf", fail)
    with pytest.raises(OSError, match="disk full"):
        save_recording(recording, path)
    assert [file.name for file in tmp_path.iterdir()] == (["a.nc"] if old else [])
    assert (digest(path) if old else None) == before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize("old", [True, False])
def test_killed_writer_leaves_the_old_file_or_none(recording, tmp_path, old):
    source = save_recording(recording, tmp_path / "source.nc")
    path = tmp_path / "out" / "a.nc"
    if old:
        save_recording(recording.isel(trial=slice(0, 6)), path)
    before = digest(path) if old else None
    program = """
import os, signal, sys
from pathlib import Path
from pfc_analysis.recording import storage
from pfc_analysis.recording.storage import open_in_this_process, save_recording

write = storage.write_netcdf

def write_and_die(dataset, target, encoding):
    write(dataset, target, encoding)
    whole = Path(target).read_bytes()
    Path(target).write_bytes(whole[: len(whole) // 2])
    os.kill(os.getpid(), signal.SIGKILL)

recording = open_in_this_process(Path(sys.argv[1])).load()
storage.write_netcdf = write_and_die
save_recording(recording, sys.argv[2])
"""
    done = subprocess.run([sys.executable, "-c", program, str(source), str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.exists() == old
    assert (digest(path) if old else None) == before
    assert len(list(path.parent.glob(".a.*.partial.nc"))) == 1
    save_recording(recording, path)  # removes what the killed writer left
    assert [file.name for file in path.parent.iterdir()] == ["a.nc"]
    with open_recording(path) as back:
        xr.testing.assert_equal(back, recording)


def test_atomic_path_makes_folders_and_keeps_the_ending(tmp_path):
    with atomic_path(tmp_path / "a" / "b.csv") as temporary:
        assert temporary.parent == tmp_path / "a"
        assert temporary.suffix == ".csv"
        temporary.write_text("x")
    assert (tmp_path / "a" / "b.csv").read_text() == "x"
