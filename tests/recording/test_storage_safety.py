"""Recordings that would run code, read other files, or read as zeros are refused."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

import pfc_analysis
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import COORDINATES, VARIABLES
from pfc_analysis.recording.storage import open_recording, save_recording

WAYS_IN = [pytest.param(open_recording, id="open"), pytest.param(pfc_analysis.load, id="load")]


@pytest.fixture
def path(recording, tmp_path):
    return save_recording(recording, tmp_path / "a.nc")


@pytest.fixture
def folder(recording, tmp_path):
    return save_recording(recording, tmp_path / "a.zarr")


def fault(way_in, path) -> str:
    with pytest.raises(RecordingError) as caught:
        way_in(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def replace_reward(path, make):
    with h5py.File(path, "r+") as file:
        attributes = dict(file["reward"].attrs)
        values = file["reward"][()]
        del file["reward"]
        make(file, values)
        if isinstance(file.get("reward", getlink=True), h5py.HardLink):
            named = {k: v for k, v in attributes.items() if k != "DIMENSION_LIST"}
            file["reward"].attrs.update(named)
            file["reward"].dims[0].attach_scale(file["trial"])


def raw(file, values):
    Path(file.filename).with_name("other.bin").write_bytes(np.ones(99).tobytes())
    other = str(Path(file.filename).with_name("other.bin"))
    file.create_dataset("reward", values.shape, "f8", external=[(other, 0, values.nbytes)])


def virtual(file, values):
    other = Path(file.filename).with_name("other.h5")
    with h5py.File(other, "w") as source:
        source["r"] = values
    layout = h5py.VirtualLayout(values.shape, "f8")
    layout[:] = h5py.VirtualSource(str(other), "r", values.shape)
    file.create_virtual_dataset("reward", layout)


def link_outside(file, values):
    other = Path(file.filename).with_name("other.h5")
    with h5py.File(other, "w") as source:
        source["r"] = values
    file["reward"] = h5py.ExternalLink("other.h5", "/r")


def link_inside(file, values):
    file["hidden_away"] = values
    file["reward"] = h5py.SoftLink("/hidden_away")


def never_written(file, values):
    file.create_dataset("reward", values.shape, "f8")


def half_written(file, values):
    file.create_dataset("reward", values.shape, "f8", chunks=(5,))[:5] = values[:5]


def unknown_filter(file, values):
    packed = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    packed.set_chunk((len(values),))
    packed.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (1,))
    space = h5py.h5s.create_simple(values.shape)
    array = h5py.h5d.create(file.id, b"reward", h5py.h5t.IEEE_F64LE, space, packed)
    array.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


@pytest.mark.parametrize("way_in", WAYS_IN)
@pytest.mark.parametrize(
    ("make", "found"),
    [
        (raw, "/reward: found external storage, whose values lie in other files"),
        (virtual, "/reward: found a virtual data set, whose values lie in other files"),
        (link_outside, "/reward: found a link to '/r' in the file 'other.h5', expected the data"),
        (link_inside, "/reward: found a link to '/hidden_away', expected the data themselves"),
        (never_written, "/reward: 12 of 12 values are missing, and would be read as 0"),
        (half_written, "/reward: 2 of 3 chunks are missing, and would be read as 0"),
        (unknown_filter, "/reward: found values packed by filter 32015, expected one of deflate"),
    ],
)
def test_values_that_lie_outside_or_nowhere(path, way_in, make, found):
    replace_reward(path, make)
    assert found in fault(way_in, path)


def edit(file, **change):
    file.write_text(json.dumps(json.loads(file.read_text()) | change))


@pytest.mark.parametrize("way_in", WAYS_IN)
@pytest.mark.parametrize(
    "change",
    [
        {"filters": [{"id": "pickle"}]},
        {"compressor": {"id": "pickle", "protocol": 5}},
        {"compressor": {"id": "zlib", "name": "numcodecs.pickle"}},
        {"filters": [{"id": "delta", "codecs": [{"name": "pickle"}]}]},
        {"filters": ["pickle"]},
    ],
)
def test_pickle_is_never_a_codec(folder, way_in, change):
    (folder / ".zmetadata").unlink()
    edit(folder / "reward" / ".zarray", **change)
    assert "which can run any code when it is read" in fault(way_in, folder)


def test_a_missing_chunk(folder):
    (folder / "reward" / "0").unlink()
    for way_in in (open_recording, pfc_analysis.load):
        assert "reward: 1 of 1 chunk(s) are missing, and would be read as 0" in fault(
            way_in, folder
        )


def test_chunks_of_zeros_are_written(recording, tmp_path):
    recording["reward"][:] = 0.0
    folder = save_recording(recording, tmp_path / "a.zarr")
    assert (folder / "reward" / "0").is_file()
    with open_recording(folder) as back:
        assert not back["reward"].any()


@pytest.mark.parametrize("content", [b"", b"\0" * 40])
def test_a_damaged_chunk(folder, content):
    (folder / "reward" / "0").write_bytes(content)
    assert "reward" in fault(open_recording, folder) or "damaged" in fault(open_recording, folder)


def test_a_file_that_is_no_chunk_does_no_harm(folder, recording):
    (folder / "reward" / "1").write_bytes(b"of a longer recording")
    (folder / ".DS_Store").write_bytes(b"of a desktop")
    with open_recording(folder) as back:
        xr.testing.assert_equal(back, recording)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_in_a_folder(folder, tmp_path):
    chunk = folder / "reward" / "0"
    chunk.rename(tmp_path / "elsewhere")
    chunk.symlink_to(tmp_path / "elsewhere")
    for way_in in (open_recording, pfc_analysis.load):
        assert "found a link, expected the data themselves" in fault(way_in, folder)


def test_metadata_in_one_file_cannot_differ_from_those_that_count(folder, recording):
    document = json.loads((folder / ".zmetadata").read_text())
    document["metadata"]["reward/.zarray"]["shape"] = [6]
    (folder / ".zmetadata").write_text(json.dumps(document))
    with open_recording(folder) as back:
        xr.testing.assert_equal(back, recording)


def test_relative_paths_after_a_change_of_folder(path, recording, monkeypatch):
    with open_recording(path):
        monkeypatch.chdir(path.parent)
    with open_recording("a.nc") as back:
        xr.testing.assert_equal(back, recording)


def test_the_home_folder(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert save_recording(recording, "~/a.nc") == tmp_path / "a.nc"
    with open_recording("~/a.nc") as back:
        xr.testing.assert_equal(back, recording)


ENDINGS = [".nc", ".zarr"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_half_precision_is_widened(recording, tmp_path, ending):
    values = np.linspace(-2, 2, 12).astype(np.float16)
    recording["dff"] = ("trial", values, {"long_name": "signal"})
    saved = save_recording(recording, tmp_path / f"a{ending}")
    with open_recording(saved) as back:
        assert back["dff"].dtype == np.float32
        np.testing.assert_array_equal(back["dff"], values.astype(np.float32))
    assert recording["dff"].dtype == np.float16
    if ending == ".nc" and find_spec("netCDF4"):
        code = f"import xarray; xarray.open_dataset({str(saved)!r}, engine='netcdf4').load()"
        subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "u4", "u8", "i1", "i8", "f4", "f8"])
def test_types_that_stay(recording, tmp_path, ending, dtype):
    recording["mark"] = ("trial", (np.arange(12) % 2).astype(dtype), {"long_name": "a mark"})
    with open_recording(save_recording(recording, tmp_path / f"a{ending}")) as back:
        assert back["mark"].dtype == np.dtype(dtype)
        np.testing.assert_array_equal(back["mark"], recording["mark"])


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.arange(12) * 1j, "mark: found complex128; netCDF has no complex numbers; write real"),
        (np.arange(12).astype("M8[s]"), r"mark: found datetime64[s]; netCDF has no dates"),
        (np.array(["a", 1.5] * 6, object), "mark: found float 1.5 among its values"),
        (np.array(["a\0b"] * 12, object), "mark: found 'a\\x00b', expected text without NUL"),
        (np.array(["\ud800"] * 12), "mark: found '\\ud800', expected text without NUL"),
        (np.arange(12, dtype=np.longdouble), "expected 64 bits at most"),
    ],
)
def test_types_that_netcdf_lacks(recording, tmp_path, ending, values, found):
    recording["mark"] = ("trial", values, {"long_name": "a mark"})
    if values.dtype == np.float64:  # where long doubles are doubles
        pytest.skip("this machine has no longer floating-point type")
    assert found in fault(lambda target: save_recording(recording, target), tmp_path / f"a{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "value",
    [
        *(None, True, np.True_, {"a": 1}, [], [None], [[1, 2]], [1, "a"], b"bytes", "a\0b", 2**70),
        *(1j, np.float16(1), np.array([True]), np.zeros((2, 2)), object()),
    ],
)
def test_attributes_that_netcdf_lacks(recording, tmp_path, ending, value):
    recording["choice"].attrs["rig"] = value
    said = fault(lambda target: save_recording(recording, target), tmp_path / f"a{ending}")
    assert f"choice, attribute 'rig': found {type(value).__name__} " in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "value", ["", "ü", 1, -(2**63), 1.5, np.inf, np.float32(2), [1, 2], [1.5, 2.5], ["a", "b"]]
)
def test_attributes_that_stay(recording, tmp_path, ending, value):
    recording["choice"].attrs["rig"] = value
    with open_recording(save_recording(recording, tmp_path / f"a{ending}")) as back:
        np.testing.assert_array_equal(back["choice"].attrs["rig"], value)


@pytest.mark.parametrize("name", ["a/b", " "])
def test_names_that_netcdf_lacks(recording, tmp_path, name):
    recording[name] = ("trial", np.zeros(12), {"long_name": "a mark"})
    expected = re.escape(f"{name!r}: a name that netCDF cannot hold")
    with pytest.raises(RecordingError, match=expected):
        save_recording(recording, tmp_path / "a.nc")


@pytest.mark.parametrize("ending", ENDINGS)
def test_names_as_long_as_the_file_system_takes(recording, tmp_path, ending):
    name = "x" * (255 - len(ending)) + ending
    with open_recording(save_recording(recording, tmp_path / name)) as back:
        xr.testing.assert_equal(back, recording)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", [".zattrs", "reward"])
def test_a_linked_part_of_a_folder_is_refused_before_it_is_read(name, folder, tmp_path):
    away = tmp_path / "away"
    (folder / name).rename(away)
    (folder / name).symlink_to(away)
    for file in [away, *away.rglob("*")]:
        os.utime(file, (1, 1))
    for way_in in (pfc_analysis.load, open_recording):
        assert f"{folder / name}: found a link" in fault(way_in, folder)
    assert all(file.stat().st_atime == 1 for file in [away, *away.rglob("*")] if file.is_file())


def test_variables_of_a_folder_come_in_one_order(folder, path):
    with open_recording(folder) as first, open_recording(folder) as again:
        assert list(first.variables) == list(again.variables)
        standard = [name for name in [*COORDINATES, *VARIABLES] if name in first.variables]
        assert list(first.variables)[: len(standard)] == standard
