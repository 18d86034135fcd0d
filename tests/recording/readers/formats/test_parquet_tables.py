import numpy as np
import pandas as pd
import pytest

from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.formats import parquet_tables
from pfc_analysis.recording.readers.formats.parquet_tables import read_parquet_tables
from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.schema import RecordingError

pytest.importorskip("pyarrow", reason="the extra parquet is not installed")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "trials.parquet"
    frame = pd.DataFrame(
        {
            "subject": pd.Categorical(["m1", "m1", "m2"]),
            "choice": np.array([0, 1, -1], dtype=np.int8),
            "reward": [0.1, np.nan, 1.0],
            "hit": [True, False, True],
            "id": pd.array([12345678901234567, None, 12345678901234568], dtype="Int64"),
            "licks": [[1, 2], [], [3]],
        },
        index=[5, 6, 7],
    )
    frame.to_parquet(path)
    return path


def read(path):
    (table,) = read_parquet_tables(path)
    return table


def test_columns(path):
    table = read(path)
    assert table.size == 3
    assert table.columns["subject"].tolist() == ["m1", "m1", "m2"]
    assert table.columns["choice"].tolist() == [0, 1, -1]
    np.testing.assert_array_equal(table.columns["reward"], [0.1, np.nan, 1.0])
    assert table.columns["hit"].dtype == np.bool_
    # As floating-point numbers, which empty cells would make of them, these would be one.
    assert table.columns["id"].tolist() == ["12345678901234567", "", "12345678901234568"]
    assert table.unusable == {"licks": "a list of values or a record"}


def test_an_index_with_a_name_is_a_column(path, tmp_path):
    assert not any("index" in name for name in read(path).columns)
    frame = pd.DataFrame({"choice": [1, 0]}, index=pd.Index([3, 4], name="trial"))
    frame.to_parquet(tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet").columns["trial"].tolist() == [3, 4]


def test_recognised_by_content(path):
    assert detect_format(path.rename(path.with_suffix(".data"))).name == "parquet"


def test_without_rows(tmp_path):
    pd.DataFrame({"choice": np.array([], dtype=float)}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(RecordingError, match=r"b\.parquet: found a table without rows"):
        read(tmp_path / "b.parquet")


def test_values_that_fill_memory(path, monkeypatch):
    allowed = MemoryLimit(path, size=path.stat().st_size, left=100, objects_left=9)
    monkeypatch.setattr(parquet_tables.MemoryLimit, "of", lambda path: allowed)
    with pytest.raises(RecordingError, match="the table: found a claim of 168 bytes"):
        read(path)


def test_the_library_is_not_installed(path, monkeypatch):
    monkeypatch.setattr(parquet_tables, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pfc_analysis\[parquet\]'"):
        read_parquet_tables(path)


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.parquet: no such file"):
        read_parquet_tables(tmp_path / "none.parquet")


def test_damaged_files(path, survives_damage):
    survives_damage(parquet_tables.FORMAT.read_tables, path)
