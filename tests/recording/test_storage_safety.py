"""Recordings neither run code, nor read other files, nor give zeros for what is missing."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from pfc_analysis.recording.load import load
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording


@pytest.fixture
def recording():
    """Return a recording of eight trials."""
    return load(
        pd.DataFrame({"subject": ["a"] * 8, "choice": [0, 1] * 4, "reward": [1.0, 0.0] * 4})
    )


def faults(path):
    """Return the texts of the errors of both ways to open a recording, which must agree."""
    found = []
    for way in (load, open_recording):
        with pytest.raises(RecordingError) as caught:
            way(path)
        found.append(str(caught.value))
    assert found[0] == found[1]
    return found[0]


def test_a_chunk_that_is_missing(recording, tmp_path):
    pytest.importorskip("zarr", reason="the extra zarr is not installed")
    path = save_recording(recording, tmp_path / "r.zarr")
    with open_recording(path) as again:
        assert again["invalid"].values.sum() == 0
    (path / "reward" / "0").unlink()
    assert "reward: found 0 of 1 chunk(s)" in faults(path)


def test_codecs_that_run_code(recording, tmp_path):
    pytest.importorskip("zarr", reason="the extra zarr is not installed")
    path = save_recording(recording, tmp_path / "r.zarr")
    metadata = path / "reward" / ".zarray"
    found = json.loads(metadata.read_text())
    metadata.write_text(json.dumps(found | {"filters": [{"id": "pickle"}]}))
    assert "packed by 'pickle'" in faults(path)
    metadata.write_text(json.dumps(found))
    (path / "reward" / "0").rename(tmp_path / "elsewhere")
    (path / "reward" / "0").symlink_to(tmp_path / "elsewhere")
    assert "found a link" in faults(path)


@pytest.mark.parametrize("way", ["link", "raw", "virtual", "soft"])
def test_values_in_other_files(recording, tmp_path, way):
    path = save_recording(recording, tmp_path / "r.nc")
    other = save_recording(recording, tmp_path / "other.nc")
    with h5py.File(path, "r+") as file:
        scale = file["trial"]
        del file["reward"]
        if way == "link":
            file["reward"] = h5py.ExternalLink(other.name, "/reward")
        elif way == "soft":
            file["reward"] = h5py.SoftLink("/choice")
        elif way == "raw":
            raw = tmp_path / "raw.bin"
            np.arange(8.0).tofile(raw)
            file.create_dataset("reward", (8,), "f8", external=[(str(raw), 0, 64)])
        else:
            layout = h5py.VirtualLayout((8,), "f8")
            layout[:] = h5py.VirtualSource(other, "reward", (8,))
            file.create_virtual_dataset("reward", layout)
        if way in ("raw", "virtual"):
            file["reward"].dims[0].attach_scale(scale)
    with pytest.raises(RecordingError, match=r"reward: found (a link|values that lie in other)"):
        open_recording(path)


def test_modules_beside_the_data_are_not_run(recording, tmp_path):
    save_recording(recording, tmp_path / "r.nc")
    for name in ("random", "signal", "h5py", "numpy", "tokenize", "pynwb"):
        (tmp_path / f"{name}.py").write_text("open('RAN', 'w').close()\n")
    package = str(Path(__file__).parents[2])
    code = (
        f"import sys; sys.path.append({package!r})\nimport pfc_analysis; pfc_analysis.load('r.nc')"
    )
    # The process itself is started in isolated mode, as the command pfc is.
    subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True)
    assert not (tmp_path / "RAN").exists()


def test_numbers_of_16_bits_are_widened(recording, tmp_path):
    values = np.linspace(0, 1, 8).astype(np.float16)
    wide = recording.assign(dff=("trial", values, {"long_name": "signal"}))
    with open_recording(save_recording(wide, tmp_path / "r.nc")) as again:
        assert again["dff"].dtype == np.float32
        np.testing.assert_array_equal(again["dff"].values, values)


@pytest.mark.parametrize("value", [None, True, {"a": 1}, [None], ["a", 1]])
def test_attributes_of_variables(recording, tmp_path, value):
    recording["choice"].attrs["rig"] = value
    with pytest.raises(RecordingError, match="choice, attribute 'rig': found"):
        save_recording(recording, tmp_path / "r.nc")
    assert not list(tmp_path.iterdir())


def test_long_names_and_leftovers(recording, tmp_path):
    path = tmp_path / ("n" * 250 + ".nc")
    assert save_recording(recording, path).is_file()
    short = tmp_path / "r.nc"
    code = (
        "import os, sys; from pfc_analysis.atomic import atomic_path\n"
        f"with atomic_path({str(short)!r}) as new:\n    new.write_text('half'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(tmp_path.glob(".*.partial*"))) == 1
    save_recording(recording, short)
    assert not list(tmp_path.glob(".*.partial*"))


def test_home(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert save_recording(recording, "~/r.nc") == tmp_path / "r.nc"
    with open_recording("~/r.nc") as again:
        assert again.sizes["trial"] == 8
