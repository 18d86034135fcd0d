import h5py
import numpy as np
import pytest

from pfc_analysis.recording.readers.formats.hdf5_tables import FORMAT
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import save_recording

read_hdf5_tables = FORMAT.read_tables

CHOICE = np.array([0, 1, 1, 0, 1], dtype=np.int8)
REWARD = np.array([1.0, 0.0, np.nan, 1.0, 0.0])
SIDE = ["left", "right", "right", "left", "Mitte-süd"]
TEXT = h5py.string_dtype()


def fill(group: h5py.Group, size: int = 5) -> h5py.Group:
    group["choice"], group["reward"] = CHOICE[:size], REWARD[:size]
    return group


@pytest.fixture
def write(tmp_path):
    def write_file(change):
        path = tmp_path / "trials.h5"
        with h5py.File(path, "w") as file:
            change(file)
        return path

    return write_file


def fault(path, table: str | None = None) -> str:
    with pytest.raises(RecordingError) as caught:
        read_hdf5_tables(path, table)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_arrays_at_the_root(write):
    def change(file):
        fill(file)
        file.create_dataset("side", data=np.array(SIDE, dtype=object), dtype=TEXT)
        file["fixed"] = np.array([side.encode() for side in SIDE])  # says that it is ASCII
        file["laser"] = np.array([True, False, True, False, False])
        file["big_endian"] = np.arange(5, dtype=">f8")
        codes = h5py.enum_dtype({"hit": 0, "miss": 1}, basetype="i1")
        file.create_dataset("outcome", data=CHOICE, dtype=codes)
        file["packed"] = REWARD
        file["subject"], file["p"] = "M1", 0.8
        file["probability"] = np.tile([0.9, 0.1], (5, 1))
        file["spikes"], file["film"] = np.arange(99.0), np.zeros((5, 9, 9))
        file.attrs["species"] = "mouse"

    (table,) = read_hdf5_tables(write(change))
    assert (table.size, table.place) == (5, "")
    np.testing.assert_array_equal(table.columns["choice"], CHOICE)
    np.testing.assert_array_equal(table.columns["reward"], REWARD)
    assert table.columns["side"].tolist() == SIDE
    assert table.columns["fixed"].tolist() == SIDE
    assert table.columns["laser"].dtype == bool
    assert table.columns["big_endian"].tolist() == [0, 1, 2, 3, 4]
    assert table.columns["big_endian"].dtype.isnative
    assert table.columns["outcome"].tolist() == ["hit", "miss", "miss", "hit", "miss"]
    assert table.columns["probability_1"].tolist() == [0.1] * 5
    assert table.constants == {"subject": "M1", "p": 0.8, "species": "mouse"}
    assert table.unusable == {
        "spikes": "99 values, where the table has 5 rows",
        "film": "an array of shape (5, 9, 9)",
    }


def test_a_group_for_each_session(write):
    def change(file):
        for animal in ("M1", "M2"):
            file.create_group(animal).attrs["subject"] = animal
            for number in (1, 2):
                group = fill(file.create_group(f"{animal}/session_{number}"), 3 + number % 2)
                group.attrs["day"] = number
        file.attrs["lab"] = "here"

    path = write(change)
    tables = read_hdf5_tables(path)
    places = ["M1/session_1", "M1/session_2", "M2/session_1", "M2/session_2"]
    assert [table.place for table in tables] == places
    assert [table.size for table in tables] == [4, 3, 4, 3]
    assert tables[3].constants == {
        "lab": "here",
        "subject": "M2",
        "day": 2.0,
        "group": "M2/session_2",
    }
    assert [t.place for t in read_hdf5_tables(path, "/M2")] == places[2:]
    assert [t.place for t in read_hdf5_tables(path, "M1/session_2")] == places[1:2]


def test_groups_of_other_columns_are_told_apart(write):
    def change(file):
        fill(file.create_group("trials"))
        file["spikes/times"], file["spikes/units"] = np.arange(9.0), np.arange(9)
        file["lfp/trace"] = np.zeros(999)

    path = write(change)
    message = fault(path)
    assert "found 2 tables that differ in their columns" in message
    assert "'trials' (5 rows: choice, reward)" in message
    assert read_hdf5_tables(path, "trials")[0].columns["choice"].tolist() == CHOICE.tolist()
    assert read_hdf5_tables(path, "lfp")[0].size == 999
    assert "(did you mean 'trials'?)" in fault(path, "trial")


def test_rows_with_fields(write):
    """A structured array, as h5py, PyTables and pandas' table format with data columns have it."""
    rows = np.zeros(
        5, dtype=[("choice", "i1"), ("side", "S10"), ("xy", "f8", 2), ("reward", ">f4")]
    )
    rows["choice"], rows["reward"] = CHOICE, REWARD
    rows["side"] = [side.encode() for side in SIDE]

    def change(file):
        group = file.create_group("trials")
        group.attrs["CLASS"], group.attrs["subject"] = np.bytes_("GROUP"), "M1"
        group["table"] = rows
        group["table"].attrs["NROWS"] = 5

    (table,) = read_hdf5_tables(write(change))
    assert (table.place, table.size) == ("trials/table", 5)
    assert table.columns["side"].tolist() == SIDE
    np.testing.assert_array_equal(table.columns["reward"], REWARD.astype("f4"))
    assert table.unusable == {"xy": "several values in one row"}
    assert table.constants == {"subject": "M1", "group": "trials/table"}


def pandas_frame(file, pickled: bool) -> None:
    """A data frame as pandas' fixed format lays it out, by kind of column."""
    group = file.create_group("frame")
    group.attrs["pandas_type"] = np.bytes_("frame")
    group["axis0"], group["axis1"] = np.array([b"choice", b"reward", b"rt"]), np.arange(5)
    group["block0_items"] = np.array([b"reward", b"rt"])
    group["block0_values"] = np.stack([REWARD, REWARD + 1], axis=1)
    group["block1_items"] = np.array([b"choice"])
    if pickled:
        kind = h5py.vlen_dtype(np.uint8)
        values = group.create_dataset("block1_values", (1,), dtype=kind)
        values[0] = np.frombuffer(b"\x80\x04]\x94.", np.uint8)
    else:
        group["block1_values"] = CHOICE[:, None].astype(np.int64)


def test_pandas_frames(write):
    (table,) = read_hdf5_tables(write(lambda file: pandas_frame(file, pickled=False)))
    assert table.columns["choice"].tolist() == CHOICE.tolist()
    np.testing.assert_array_equal(table.columns["rt"], REWARD + 1)
    message = fault(write(lambda file: pandas_frame(file, pickled=True)))
    assert "frame: found text that pandas pickled, expected plain text" in message
    assert "a pickle can run any code" in message
    assert "DATAFRAME.to_csv(NAME)" in message


def test_pandas_tables_without_names(write):
    """Without data columns, pandas pickles the names of the columns into an attribute."""

    def change(file):
        rows = np.zeros(5, dtype=[("index", "i8"), ("values_block_0", "f8", (2,))])
        group = file.create_group("frame")
        group.attrs["pandas_type"] = np.bytes_("frame_table")
        group["table"] = rows

    message = fault(write(change))
    assert "columns whose names pandas pickled" in message
    assert "data_columns=True" in message


def test_recordings_are_hdf5_too(tmp_path, recording):
    path = save_recording(recording, tmp_path / "agents.nc")
    (table,) = read_hdf5_tables(path)
    assert table.columns["subject"].tolist() == recording["subject"].values.tolist()
    assert table.columns["choice"].tolist() == recording["choice"].values.tolist()
    assert "trial" not in table.columns
    assert "hidden" in table.unusable


def test_nothing_outside_the_file_is_read(write, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = np.arange(5.0)
    (tmp_path / "secret.bin").write_bytes(bytes(40))

    def change(file):
        fill(file)
        file["away"] = h5py.ExternalLink("other.h5", "/secret")
        file["soft"] = h5py.SoftLink("/reward")
        file.create_dataset(
            "raw", (5,), dtype="f8", external=[(str(tmp_path / "secret.bin"), 0, 40)]
        )
        layout = h5py.VirtualLayout((5,), dtype="f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "secret", shape=(5,))
        file.create_virtual_dataset("virtual", layout)

    (table,) = read_hdf5_tables(write(change))
    assert list(table.columns) == ["choice", "reward"]
    for name in ("away", "soft"):
        assert "a link, which is not followed" in table.unusable[name]
    for name in ("raw", "virtual"):
        assert table.unusable[name] == "values that lie in another file"


def test_groups_in_circles(write):
    def change(file):
        inner = fill(file.create_group("a/b"))
        inner["round"] = file["a"]
        file["again"] = file["a"]

    (table,) = read_hdf5_tables(write(change))
    assert table.place in ("a/b", "again/b")


def test_lists_references_and_nothing(write):
    def change(file):
        fill(file)
        file.create_dataset("licks", (5,), dtype=h5py.vlen_dtype(np.float64))
        file.create_dataset("see", data=np.array([file["choice"].ref] * 5), dtype=h5py.ref_dtype)
        file["none"] = h5py.Empty("f8")
        file["late"] = np.empty(0)
        file["complex"] = np.full(5, 1j)

    table = read_hdf5_tables(write(change))[0]
    assert table.unusable["licks"] == "a list of values per row"
    assert table.unusable["see"] == "references to other objects"
    assert table.unusable["late"] == table.unusable["none"] == "nothing (an empty array)"
    assert "complex" in table.unusable


def test_a_session_of_one_trial(write):
    (table,) = read_hdf5_tables(write(lambda file: fill(file, 1)))
    assert (table.size, table.columns["choice"].tolist()) == (1, [0])


def test_no_table(write):
    message = fault(write(lambda file: file.create_group("empty")))
    assert "found no table of trials, only the groups without arrays" in message
    message = fault(write(lambda file: file.create_dataset("film", data=np.zeros((9, 9, 9)))))
    assert "only the groups / (film); expected vectors of equal length" in message


def test_claims_beyond_the_file(write):
    def change(file):
        for name in ("choice", "reward"):
            file.create_dataset(name, (2**40,), dtype="f8", chunks=(2**16,))

    message = fault(write(change))
    assert "found a claim of 8796093546496 bytes in a file of" in message
    assert "made to fill memory" in message


def test_claims_of_one_chunk(write):
    """A chunk is unpacked whole: few values, in a chunk of two gigabytes."""

    def change(file):
        for name in ("choice", "reward"):
            file.create_dataset(name, (5,), maxshape=(None,), chunks=(2**28,), dtype="f8")

    assert "found a claim of 21474836" in fault(write(change))


def test_other_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.h5: no such file"):
        read_hdf5_tables(tmp_path / "none.h5")
    path = tmp_path / "notes.h5"
    path.write_text("choice,reward\n")
    assert "found 14 bytes that begin with b'choice,reward\\n', expected an HDF5 file" in fault(
        path
    )


@pytest.mark.parametrize("share", [0.9, 0.5])
def test_cut_off(write, share):
    path = write(lambda file: fill(file))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "damaged or cut off" in fault(path)


def test_damaged_files(write, survives_damage):
    def change(file):
        for name in ("a", "b"):
            group = fill(file.create_group(name))
            group.create_dataset("side", data=np.array(SIDE, dtype=object), dtype=TEXT)
            group.create_dataset("rt", data=REWARD, compression="gzip", chunks=(3,), shuffle=True)

    survives_damage(read_hdf5_tables, write(change))
