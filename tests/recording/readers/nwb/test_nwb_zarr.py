"""NWB in Zarr, laid out as hdmf-zarr writes it: format 2, texts as vlen-utf8, links by name."""

import json
import shutil

import h5py
import numcodecs
import numpy as np
import pytest

from pfc_analysis import load
from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.formats import nwb
from pfc_analysis.recording.readers.formats.nwb import read_nwb_tables
from pfc_analysis.recording.readers.nwb import nwb_zarr
from pfc_analysis.recording.schema import RecordingError

zarr = pytest.importorskip("zarr", reason="the extra zarr is not installed")

COLUMNS = {
    "choice": np.array(["left", "right", "Süd", "right"]),
    "rewarded": np.array([True, False, False, True]),
    "water": np.array([2.5, 0.0, np.nan, 1.0]),
}
MAP = {
    "choice": "choice",
    "choice_values": {"left": "left", "right": "right", "none": "Süd"},
    "reward": "rewarded",
}


def put(folder, values, zarr_dtype: str, **attributes) -> None:
    """Write an array in the bytes of format 2, which zarr does not have to write."""
    values = np.asarray(values)
    text = values.dtype.kind in "UO"
    codec = numcodecs.VLenUTF8()
    packed = codec.encode(values.astype(object)) if text else values.tobytes()
    folder.mkdir(parents=True)
    compressor = numcodecs.Blosc()
    (folder / ".".join("0" * values.ndim)).write_bytes(compressor.encode(packed))
    about = {
        "zarr_format": 2,
        "shape": list(values.shape),
        "chunks": list(values.shape),
        "dtype": "|O" if text else values.dtype.str,
        "fill_value": "" if text else 0,
        "order": "C",
        "filters": [codec.get_config()] if text else None,
        "compressor": compressor.get_config(),
    }
    (folder / ".zarray").write_text(json.dumps(about))
    (folder / ".zattrs").write_text(json.dumps({"zarr_dtype": zarr_dtype, **attributes}))


def group(folder, **attributes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / ".zattrs").write_text(json.dumps(attributes))


@pytest.fixture
def write(tmp_path):
    """Convert a file in HDF5 to Zarr, object by object."""

    def write(path) -> str:
        root = tmp_path / "session.nwb.zarr"
        with h5py.File(path) as file:
            group(root, **{k: str(v) for k, v in file.attrs.items()})

            def convert(place, found) -> None:
                about = {
                    k: v.tolist() if hasattr(v, "tolist") else v for k, v in found.attrs.items()
                }
                if isinstance(found, h5py.Group):
                    group(root / place, **about)
                    return
                text = h5py.check_string_dtype(found.dtype) is not None
                values = found.asstr()[()] if text else found[()]
                kind = "scalar" if found.shape == () else str(found.dtype)
                put(root / place, np.atleast_1d(values), kind, **about)

            file.visititems(convert)
        return root

    return write


@pytest.fixture
def folder(write, write_nwb):
    return write(write_nwb(COLUMNS, session_id="7", institution="Institut für Ratten"))


def fault(path, **options) -> str:
    with pytest.raises(RecordingError) as caught:
        read_nwb_tables(path, **options)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_the_same_as_in_hdf5(folder, tmp_path):
    (found,), (expected,) = (read_nwb_tables(path) for path in (folder, tmp_path / "session.nwb"))
    assert list(found.columns) == list(expected.columns)
    for name, values in expected.columns.items():
        assert found.columns[name].dtype == values.dtype
        np.testing.assert_array_equal(found.columns[name], values)
    assert (found.place, found.constants, found.about) == (
        expected.place,
        expected.constants,
        expected.about,
    )


def test_it_loads(folder):
    assert detect_format(folder).name == "nwb"
    recording = load(folder, MAP)
    assert recording["choice"].values.tolist() == [0, 1, -1, 1]
    assert recording["reward"].values.tolist() == [1, 0, 0, 1]
    assert set(recording["subject"].values.tolist()) == {"M1"}


def test_format_3(tmp_path):
    root = zarr.open_group(str(tmp_path / "a"), mode="w", zarr_format=3)
    root.attrs.update({"neurodata_type": "NWBFile", "nwb_version": "2.7.0"})
    trials = root.create_group("intervals/trials", attributes={"colnames": ["choice"]})
    for name in ("id", "choice"):
        trials.create_array(name, data=np.array([1, 2, 1]))
    start = root.create_array("session_start_time", shape=(1,), dtype=str)
    start[:] = "2024-06-12T11:10:53-07:00"
    (table,) = read_nwb_tables(tmp_path / "a")
    assert table.columns["choice"].tolist() == [1, 2, 1]
    assert table.about["session_start"] == "2024-06-12T11:10:53-07:00"


def test_columns_that_cannot_be_used(folder):
    trials = folder / "intervals" / "trials"
    pickled = json.loads((trials / "choice" / ".zarray").read_text())
    pickled["filters"] = [{"id": "pickle", "protocol": 5}]
    (trials / "choice" / ".zarray").write_text(json.dumps(pickled))
    put(trials / "water_index", np.arange(4), "int64")
    (trials / "rewarded" / "0").unlink()
    shutil.rmtree(trials / "stop_time")
    (trials / "start_time" / "0").rename(folder / "elsewhere")
    (trials / "start_time" / "0").symlink_to(folder / "elsewhere")
    (table,) = read_nwb_tables(folder)
    assert not table.columns
    found = table.unusable
    assert "packed by 'pickle', which can run any code" in found["choice"]
    assert "ragged" in found["water"]
    assert "0 of 1 chunks" in found["rewarded"]
    assert "no array 'stop_time'" in found["stop_time"]
    assert "a link, which is not followed" in found["start_time"]


def test_links_are_not_followed(folder):
    trials = folder / "intervals" / "trials"
    about = json.loads((trials / ".zattrs").read_text())
    link = {"name": "choice", "source": "../other.zarr", "path": "/intervals/trials/choice"}
    (trials / ".zattrs").write_text(json.dumps(about | {"zarr_link": [link]}))
    assert "a link, which is not followed" in read_nwb_tables(folder)[0].unusable["choice"]
    about["colnames"] = ["../../../session_start_time"]
    (trials / ".zattrs").write_text(json.dumps(about))
    (reason,) = read_nwb_tables(folder)[0].unusable.values()
    assert "no array '../../../session_start_time'" in reason


def test_what_is_refused(folder, monkeypatch):
    assert "found no table 'epochs', only the intervals ['trials']" in fault(folder, table="epochs")
    assert "found no table '..'" in fault(folder, table="..")
    shutil.rmtree(folder / "intervals" / "trials" / "id")
    assert "intervals/trials: found no array 'id'" in fault(folder)
    (folder / ".zattrs").write_text('{"nwb_version": "3.0.0", "neurodata_type": "NWBFile"}')
    assert "whose root is NWB 3.0.0, expected NWB 2" in fault(folder)
    (folder / ".zattrs").write_text("{}")
    assert "whose root is no NWB file" in fault(folder)
    monkeypatch.setattr(nwb_zarr, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pfc_analysis\[zarr\]'"):
        read_nwb_tables(folder)


def test_damaged_folders(folder, survives_damage):
    survives_damage(nwb.FORMAT.read_tables, folder)
