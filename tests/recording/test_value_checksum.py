import zlib

import h5py
import numpy as np
import pytest
import xarray as xr

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
