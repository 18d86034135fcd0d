import zlib

import h5py
import numpy as np
import pytest
import xarray as xr

import pfc_analysis
from pfc_analysis.recording import value_checks
from pfc_analysis.recording.exports.export import export_recording
from pfc_analysis.recording.readers.formats.exported_nwb import read_exported_nwb
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.recording.value_checksum import value_checksum


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<i4", "u1", "?"])
@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (7, 3)])
def test_it_is_the_crc_of_the_bytes(dtype, shape, monkeypatch):
    monkeypatch.setattr(value_checks, "_BLOCK", 4)  # several blocks
    values = np.random.default_rng(1).integers(0, 2, shape).astype(dtype)
    expected = zlib.crc32(np.asarray(values, np.dtype(dtype).newbyteorder("<")).tobytes())
    assert value_checksum(xr.DataArray(values)) == f"crc32:{expected:08x}"


@pytest.mark.parametrize("kind", [str, object, np.dtypes.StringDType()])
def test_text_of_any_kind_has_one_checksum(kind):
    array = xr.DataArray(np.array(["a", "", "Jürgen"]).astype(kind))
    expected = zlib.crc32("a\0\0Jürgen\0".encode())
    assert value_checksum(array) == f"crc32:{expected:08x}"


def test_a_changed_value_is_noticed(recording, tmp_path):
    path = save_recording(recording, tmp_path / "a.nc")
    with h5py.File(path, "r+") as file:
        file["hidden"][3, 1, 2] += np.float32(1e-6)
    with pytest.raises(RecordingError, match=r"a\.nc, hidden: found values of crc32:.*damaged, or"):
        open_recording(path)
    with h5py.File(path, "r+") as file:
        del file["hidden"].attrs["checksum"]
    with open_recording(path) as back:
        assert "checksum" not in back["reward"].attrs


def test_a_changed_value_in_an_exported_session_is_noticed(recording, tmp_path):
    pytest.importorskip("pynwb", reason="the extra nwb is not installed")
    path = tmp_path / "a.nwb"
    export_recording(recording.isel(trial=slice(0, 3)), path)
    with h5py.File(path, "r+") as file:
        file["intervals/trials/reward"][1] += 1
    with pytest.raises(RecordingError, match=r"a\.nwb, reward: found values of crc32:"):
        read_exported_nwb(path)


def test_a_changed_attribute_in_a_file_is_noticed(recording, tmp_path):
    path = save_recording(recording, tmp_path / "a.nc")
    with h5py.File(path, "r+") as file:
        file["choice"].attrs["labels"] = ["right", "left"]
    with pytest.raises(RecordingError, match=r"a\.nc: found variables and attributes of crc32:"):
        open_recording(path)
    with h5py.File(path, "r+") as file:
        del file.attrs["checksum"]
    with open_recording(path) as back:
        assert back["choice"].attrs["labels"] == ["right", "left"]


@pytest.mark.parametrize("lost", ["hidden/.zarray", "choice/.zattrs"])
def test_a_lost_variable_or_attribute_of_a_folder_is_noticed(lost, recording, tmp_path):
    pytest.importorskip("zarr", reason="the extra zarr is not installed")
    path = save_recording(recording, tmp_path / "a.zarr")
    (path / lost).unlink()
    with pytest.raises(RecordingError, match=r"a\.zarr"):
        open_recording(path)


@pytest.mark.parametrize("ending", [".nc", ".zarr"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        "é",
        ["a"],
        ["a", "b"],
        [""],
        3,
        -1,
        2**64 - 1,
        0.1,
        np.float32(0.1),
        [1, 2],
        np.inf,
        np.nan,
        np.arange(3),
        np.array([1.5], "f4"),
    ],
    ids=repr,
)
def test_attributes_that_can_be_written_pass_their_checksum(value, ending, recording, tmp_path):
    if ending == ".zarr":
        pytest.importorskip("zarr", reason="the extra zarr is not installed")
    recording["reward"].attrs["mine"] = value
    if isinstance(value, (str, int, float, np.floating)) or isinstance(value[0], str):
        recording.attrs["mine"] = value
    with open_recording(save_recording(recording, tmp_path / f"a{ending}")) as back:
        assert "checksum" not in back.attrs


@pytest.mark.parametrize("way_in", [open_recording, pfc_analysis.load])
def test_a_variable_shorter_than_its_dimension_is_refused(way_in, recording, tmp_path):
    path = save_recording(recording, tmp_path / "a.nc")
    with h5py.File(path, "r+") as file:
        array = file["invalid"]
        values, named = array[:-1], dict(array.attrs)
        del file["invalid"]
        file["invalid"] = values  # the last of them is 0, as netCDF would fill it in
        file["invalid"].attrs["checksum"] = named["checksum"]
        file["invalid"].dims[0].attach_scale(file["trial"])
    with pytest.raises(RecordingError, match=r"/invalid: found 11 entries along /trial, expected"):
        way_in(path)


def test_a_recording_that_lost_what_says_so_is_not_read_as_a_table(recording, tmp_path):
    pytest.importorskip("zarr", reason="the extra zarr is not installed")
    path = save_recording(recording, tmp_path / "a.zarr")
    (path / "choice" / ".zattrs").unlink()
    with pytest.raises(RecordingError, match=r"a\.zarr"):
        pfc_analysis.load(path)
