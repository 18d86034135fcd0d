import json

import numcodecs
import numpy as np
import pytest
import zarr

from pfc_analysis.recording.readers.trees.zarr_chunks import check_chunks, missing_chunks
from pfc_analysis.recording.schema import RecordingError

FULL = {"write_empty_chunks": True}

LAYOUTS = [
    {"zarr_format": 2},
    {"zarr_format": 2, "chunk_key_encoding": {"name": "v2", "separator": "/"}},
    {"zarr_format": 3},
    {"zarr_format": 3, "chunk_key_encoding": {"name": "default", "separator": "."}},
    {"zarr_format": 3, "chunk_key_encoding": {"name": "v2", "separator": "."}},
]


def write(folder, layout, shape=(5, 4), chunks=(2, 3), **more):
    array = zarr.create_array(
        str(folder), shape=shape, chunks=chunks, dtype="f8", config=FULL, **layout, **more
    )
    array[...] = 0.0
    return folder


def chunk_files(folder):
    return sorted(
        f for f in folder.rglob("*") if f.is_file() and not f.name.startswith((".z", "z"))
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_missing_chunks_are_counted(tmp_path, layout):
    folder = write(tmp_path / "a.zarr", layout)
    assert missing_chunks(folder) == (0, 6)
    (folder / "extra").write_text("no chunk")
    first, *_, last = chunk_files(folder)[:-1]
    first.unlink()
    assert missing_chunks(folder) == (1, 6)
    last.unlink()
    assert missing_chunks(folder) == (2, 6)
    with pytest.raises(RecordingError, match=r"a\.zarr, \.: 2 of 6 chunk\(s\) are missing"):
        check_chunks(folder)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_value_and_no_value(tmp_path, layout):
    assert missing_chunks(write(tmp_path / "one", layout, (), ())) == (0, 1)
    assert missing_chunks(write(tmp_path / "none", layout, (0,), (3,))) == (0, 0)
    chunk_files(tmp_path / "one")[0].unlink()
    assert missing_chunks(tmp_path / "one") == (1, 1)


def test_shards(tmp_path):
    folder = write(tmp_path / "a", {"zarr_format": 3}, (8,), (2,), shards=(4,))
    assert missing_chunks(folder) == (0, 2)
    chunk_files(folder)[0].unlink()
    assert missing_chunks(folder) == (1, 2)


def test_a_folder_that_claims_many_chunks(tmp_path):
    folder = write(tmp_path / "a", {"zarr_format": 2})
    metadata = json.loads((folder / ".zarray").read_text())
    (folder / ".zarray").write_text(json.dumps(metadata | {"shape": [10**15, 10**15]}))
    missing, total = missing_chunks(folder)
    assert missing > 10**28
    assert total > missing


@pytest.mark.parametrize(
    "wrong", [{"chunks": [0, 3]}, {"shape": "5"}, {"chunks": [2]}, {"chunks": 3}]
)
def test_damaged_metadata(tmp_path, wrong):
    folder = write(tmp_path / "a", {"zarr_format": 2})
    metadata = json.loads((folder / ".zarray").read_text())
    (folder / ".zarray").write_text(json.dumps(metadata | wrong))
    with pytest.raises(RecordingError, match="damaged metadata"):
        missing_chunks(folder)


def test_values_as_zarr_reads_them(tmp_path):
    folder = write(tmp_path / "a", {"zarr_format": 2})
    chunk_files(folder)[0].unlink()
    np.testing.assert_array_equal(zarr.open(str(folder), mode="r")[...], np.zeros((5, 4)))


@pytest.mark.parametrize("version", [2, 3])
def test_a_chunk_that_was_cut_is_counted(tmp_path, version):
    blosc = numcodecs.Blosc() if version == 2 else zarr.codecs.BloscCodec()
    array = zarr.create_array(
        tmp_path / "a", shape=(64,), dtype="f8", zarr_format=version, compressors=blosc
    )
    array[:] = np.random.default_rng(1).normal(size=64)
    assert missing_chunks(tmp_path / "a") == (0, 1)
    chunk = tmp_path / "a" / ("0" if version == 2 else "c/0")
    whole = chunk.read_bytes()
    for kept in (len(whole) - 6, 10, 0):
        chunk.write_bytes(whole[:kept])
        assert missing_chunks(tmp_path / "a") == (1, 1)
