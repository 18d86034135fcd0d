import numpy as np
import pandas as pd
import pytest

from pfc_analysis.recording.readers.formats import alf
from pfc_analysis.recording.readers.formats.alf import read_alf_tables
from pfc_analysis.recording.schema import RecordingError

COLUMNS = {
    "choice": np.array([-1.0, 1.0, 0.0, 1.0]),
    "feedbackType": np.array([1, -1, -1, 1], dtype=np.int8),
    "intervals": np.arange(8.0).reshape(4, 2),
    "side": np.array(["left", "right", "Süd", "left"]),
}


@pytest.fixture
def folder(tmp_path):
    """A session as the laboratory keeps it: SUBJECT/DATE/NUMBER/alf."""
    path = tmp_path / "SWC_054" / "2020-10-05" / "001" / "alf"
    path.mkdir(parents=True)
    for column, values in COLUMNS.items():
        np.save(path / f"_ibl_trials.{column}.npy", values)
    np.save(path / "spikes.times.npy", np.arange(9.0))
    return path


def fault(path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_alf_tables(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_session(folder):
    (table,) = read_alf_tables(folder)
    assert (table.size, table.place) == (4, "")
    assert set(table.columns) == {"choice", "feedbackType", "intervals_0", "intervals_1", "side"}
    np.testing.assert_array_equal(table.columns["choice"], COLUMNS["choice"])
    np.testing.assert_array_equal(table.columns["intervals_1"], [1, 3, 5, 7])
    assert table.columns["side"].tolist() == COLUMNS["side"].tolist()
    assert table.constants == {"subject": "SWC_054", "session": "2020-10-05/001"}
    assert "subject SWC_054 and session 2020-10-05/001 are taken from the path" in table.notes


def test_the_folder_of_the_session(folder):
    (table,) = read_alf_tables(folder.parent)
    assert (table.path, table.place, table.size) == (folder.parent, "alf", 4)


@pytest.mark.parametrize(
    "name",
    [
        "trials.{}.npy",
        "_ibl_trials.{}.npy",
        "_ibl_trials.{}.b5f8c1a2-0000-4000-8000-1234567890ab.npy",
    ],
)
def test_names(tmp_path, name):
    for column in ("choice", "feedbackType"):
        np.save(tmp_path / name.format(column), COLUMNS[column])
    (table,) = read_alf_tables(tmp_path)
    assert list(table.columns) == ["choice", "feedbackType"]
    assert table.constants == {}


def test_columns_of_another_length_or_kind(folder):
    np.save(folder / "trials.late.npy", np.arange(3.0))
    np.save(folder / "trials.film.npy", np.zeros((4, 9, 9)))
    np.save(folder / "trials.phase.npy", np.full(4, 1j))
    (table,) = read_alf_tables(folder)
    assert table.unusable == {
        "film": "an array of shape (4, 9, 9)",
        "late": "3 values, where the table has 4 rows",
        "phase": "complex numbers",
    }


def test_objects_are_refused(folder):
    """A pickle that would leave a file behind if anybody opened it."""
    mark = folder / "opened"

    class Trap:
        def __reduce__(self):
            return (mark.touch, ())

    np.save(folder / "trials.odd.npy", np.array([Trap()] * 4, dtype=object), allow_pickle=True)
    message = fault(folder)
    assert "trials.odd.npy: found objects of Python, expected numbers or text" in message
    assert not mark.exists()


def test_the_table_in_parquet(folder, tmp_path):
    """Since 2022, ONE keeps the trials of a session in one table."""
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    (before,) = read_alf_tables(folder)
    other = tmp_path / "table"
    other.mkdir()
    pd.DataFrame(dict(before.columns)).to_parquet(other / "_ibl_trials.table.pqt")
    (table,) = read_alf_tables(other)
    assert list(table.columns) == list(before.columns)
    for name, values in before.columns.items():
        np.testing.assert_array_equal(table.columns[name], values)
    assert "columns of _ibl_trials.table.pqt are read" in table.notes
    np.save(other / "_ibl_trials.choice.npy", -before.columns["choice"])
    (table,) = read_alf_tables(other)
    np.testing.assert_array_equal(table.columns["choice"], -before.columns["choice"])
    assert "column choice is that of _ibl_trials.choice.npy, not of the table" in table.notes
    (other / "_ibl_trials.table.pqt").write_bytes(b"PAR1")
    with pytest.raises(RecordingError, match=r"_ibl_trials\.table\.pqt: damaged or cut off"):
        read_alf_tables(other)


def test_the_table_without_the_library(folder, monkeypatch):
    monkeypatch.setattr(alf, "find_spec", lambda name: None)
    (folder / "_ibl_trials.table.pqt").write_bytes(b"PAR1")
    (table,) = read_alf_tables(folder)
    assert "_ibl_trials.table.pqt was not read: pip install" in " ".join(table.notes)
    np.testing.assert_array_equal(table.columns["choice"], COLUMNS["choice"])


def test_two_files_for_one_column(folder):
    np.save(folder / "trials.choice.npy", COLUMNS["choice"])
    message = fault(folder)
    assert "found two files, _ibl_trials.choice.npy and trials.choice.npy, expected one" in message


def test_a_session_of_one_trial_and_of_none(tmp_path):
    np.save(tmp_path / "trials.choice.npy", np.array([1.0]))
    np.save(tmp_path / "trials.intervals.npy", np.array([[0.0, 1.0]]))
    (table,) = read_alf_tables(tmp_path)
    assert (table.size, table.columns["choice"].tolist()) == (1, [1])
    assert table.columns["intervals_1"].tolist() == [1]
    np.save(tmp_path / "trials.choice.npy", np.empty(0))
    (tmp_path / "trials.intervals.npy").unlink()
    assert "found files without trials (trials.choice.npy)" in fault(tmp_path)


def test_other_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="none: no such folder"):
        read_alf_tables(tmp_path / "none")
    (tmp_path / "notes.txt").write_text("no trials")
    assert "found ['notes.txt'], expected a folder with files such as trials.choice.npy" in fault(
        tmp_path
    )


@pytest.mark.parametrize("size", [0, 5, 60, 130, 159])
def test_cut_off(folder, size):
    file = folder / "_ibl_trials.choice.npy"
    file.write_bytes(file.read_bytes()[:size])
    message = fault(folder)
    assert str(file) in message
    assert "Get it again" in message


def test_bytes_too_many(folder):
    file = folder / "_ibl_trials.choice.npy"
    file.write_bytes(file.read_bytes() + bytes(8))
    assert "damaged or cut off (168 bytes; its header tells of 160" in fault(folder)


def test_claims_beyond_the_file(folder):
    file = folder / "_ibl_trials.choice.npy"
    content = file.read_bytes()
    file.write_bytes(content.replace(b"(4,), }         ", b"(9999999999999,)}"[:17]))
    assert "damaged or cut off" in fault(folder)


def test_damaged_files(folder, survives_damage):
    survives_damage(read_alf_tables, folder)


def test_a_link_to_a_file_outside_is_not_followed(tmp_path):
    folder = tmp_path / "alf"
    folder.mkdir()
    np.save(folder / "trials.choice.npy", np.array([1, -1, 1]))
    np.save(tmp_path / "other.npy", np.array([1.0, 1.0, 1.0]))
    (folder / "trials.feedbackType.npy").symlink_to(tmp_path / "other.npy")
    with pytest.raises(RecordingError, match=r"feedbackType\.npy: found a link .* cp -rL"):
        read_alf_tables(folder)
    (folder / "trials.feedbackType.npy").unlink()
    (tmp_path / "named").symlink_to(folder)
    (table,) = read_alf_tables(tmp_path / "named")
    assert table.columns["choice"].tolist() == [1, -1, 1]
