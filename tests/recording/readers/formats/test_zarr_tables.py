import json
import warnings

import numpy as np
import pytest

from pfc_analysis.recording.readers.formats import zarr_tables
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import save_recording

read_zarr_tables = zarr_tables.FORMAT.read_tables

zarr = pytest.importorskip("zarr", reason="the extra zarr is not installed")

CHOICE = np.array([0, 1, 1, 0, 1], dtype=np.int8)
REWARD = np.array([1.0, 0.0, np.nan, 1.0, 0.0])
SIDE = np.array(["left", "right", "right", "left", "Süd"])


@pytest.fixture(params=[2, 3], ids=["v2", "v3"])
def write(request, tmp_path):
    """Make a folder of either version of the format."""

    def write_folder(change):
        path = tmp_path / "trials.zarr"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # version 3 has no specification for text
            change(zarr.open_group(str(path), mode="w", zarr_format=request.param))
        return path

    return write_folder


def put(group, name: str, values, **options) -> None:
    array = group.create_array(name, shape=np.shape(values), dtype=values.dtype, **options)
    array[...] = values


def fill(group) -> None:
    put(group, "choice", CHOICE, chunks=(2,))
    put(group, "reward", REWARD)


def fault(path, table: str | None = None) -> str:
    with pytest.raises(RecordingError) as caught:
        read_zarr_tables(path, table)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_arrays_at_the_root(write):
    def change(root):
        fill(root)
        put(root, "side", SIDE)
        put(root, "p", np.tile([0.9, 0.1], (5, 1)))
        put(root, "film", np.zeros((5, 9, 9)))
        put(root, "bias", np.array(0.25))
        root.attrs.update({"subject": "M1", "day": 3, "list": [1, 2]})

    (table,) = read_zarr_tables(write(change))
    assert (table.size, table.place) == (5, "")
    np.testing.assert_array_equal(table.columns["choice"], CHOICE)
    np.testing.assert_array_equal(table.columns["reward"], REWARD)
    assert table.columns["side"].tolist() == SIDE.tolist()
    assert table.columns["p_1"].tolist() == [0.1] * 5
    assert table.constants == {"subject": "M1", "day": 3.0, "bias": 0.25}
    assert table.unusable == {"film": "an array of shape (5, 9, 9)"}


def test_a_group_for_each_session(write):
    def change(root):
        for animal in ("M1", "M2"):
            group = root.create_group(animal)
            group.attrs["subject"] = animal
            fill(group.create_group("session_1"))

    path = write(change)
    first, second = read_zarr_tables(path)
    assert (first.place, second.place) == ("M1/session_1", "M2/session_1")
    assert second.constants == {"subject": "M2", "group": "M2/session_1"}
    assert [table.place for table in read_zarr_tables(path, "M2")] == ["M2/session_1"]


def test_recordings_are_zarr_too(tmp_path, recording):
    path = save_recording(recording, tmp_path / "agents.zarr")
    (table,) = read_zarr_tables(path)
    assert table.columns["subject"].tolist() == recording["subject"].values.tolist()
    assert table.columns["choice"].tolist() == recording["choice"].values.tolist()


def test_pickles_are_refused_before_anything_is_read(write, tmp_path, monkeypatch):
    path = write(fill)
    monkeypatch.setattr("zarr.open", None)  # not reached

    def fault(path) -> str:
        with pytest.raises(RecordingError) as caught:
            zarr_tables.read_zarr_tables(path)
        return str(caught.value)

    for name, change in {
        ".zarray": {"dtype": "|O", "filters": [{"id": "pickle", "protocol": 5}]},
        "zarr.json": {"codecs": [{"name": "numcodecs.pickle", "configuration": {}}]},
    }.items():
        file = path / "choice" / name
        metadata = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(metadata | change))
        message = fault(path)
        assert f"{file}: found values packed by" in message
        assert "pickle', which can run any code when it is read" in message
        file.write_text("{}")


def test_codecs_in_shards_are_seen_too(write):
    path = write(fill)
    inner = {"name": "sharding_indexed", "configuration": {"codecs": [{"name": "surprise"}]}}
    (path / "choice" / "zarr.json").write_text(json.dumps({"codecs": [inner]}))
    message = fault(path)
    assert "found values packed by 'surprise', expected one of adler32, astype, " in message


def test_links_are_refused(write, tmp_path):
    path = write(fill)
    (tmp_path / "elsewhere").mkdir()
    (path / "more").symlink_to(tmp_path / "elsewhere")
    assert "more: found a link, expected the data themselves" in fault(path)


def test_claims_beyond_the_folder(write):
    def change(root):
        for name in ("choice", "reward"):
            root.create_array(name, shape=(2**37,), chunks=(2**16,), dtype="f8")

    assert "found a claim of 1099512" in fault(write(change))


def test_claims_of_one_chunk(write):
    def change(root):
        for name in ("choice", "reward"):
            root.create_array(name, shape=(5,), chunks=(2**30,), dtype="f8")

    assert "made to fill memory" in fault(write(change))


def test_other_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.zarr: no such folder"):
        read_zarr_tables(tmp_path / "none.zarr")
    assert "expected a Zarr folder" in fault(tmp_path)


def test_zarr_is_an_extra(write, monkeypatch):
    path = write(fill)
    monkeypatch.setattr(zarr_tables, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pfc_analysis\[zarr\]'"):
        zarr_tables.read_zarr_tables(path)


def test_broken_metadata(write):
    path = write(fill)
    for name in (".zarray", "zarr.json"):
        file = path / "choice" / name
        file.write_text('{"shape": [5')
        assert f"{file}: damaged or cut off" in fault(path)
        file.write_text("[" * 100_000)
        assert f"{file}: damaged or cut off" in fault(path)
        file.unlink()


def test_damaged_folders(write, survives_damage):
    def change(root):
        fill(root)
        put(root, "side", SIDE)

    survives_damage(read_zarr_tables, write(change))


def test_a_folder_that_lost_its_root_is_named(write):
    path = write(fill)
    (path / ".zgroup").unlink(missing_ok=True)
    (path / "zarr.json").unlink(missing_ok=True)
    (path / ".zattrs").write_text("{}")
    with pytest.raises(RecordingError, match=r"found neither a group nor an array .* not whole"):
        read_zarr_tables(path)
