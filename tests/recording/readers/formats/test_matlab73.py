import h5py
import numpy as np
import pytest

from pfc_analysis.recording.catalogue.local_copies import find_dataset
from pfc_analysis.recording.catalogue.miller_rats import read_miller_rats
from pfc_analysis.recording.catalogue.public_data import describe_dataset
from pfc_analysis.recording.readers.formats.matlab73 import FORMAT
from pfc_analysis.recording.schema import RecordingError

read_matlab73_tables = FORMAT.read_tables

ONE = {"choice": [0.0, 1.0, 1.0, 0.0], "reward": [1.0, 0.0, np.nan, 1.0], "rat": "M1"}
OTHER = {"choice": [1.0, 1.0, 0.0], "reward": [0.0, 0.0, 1.0], "rat": "M2"}


class Writer:
    """Lays values out as MATLAB does: structs are dicts, cells lists, letters text."""

    def __init__(self, file: h5py.File):
        self.file = file
        self.refs = file.create_group("#refs#")

    def put(self, group: h5py.Group, name: str, value) -> h5py.Group | h5py.Dataset:
        if isinstance(value, dict):
            made = group.create_group(name)
            kind = "struct"
            for field, inner in value.items():
                self.put(made, field, inner)
        elif isinstance(value, tuple):  # a struct array: a field is an array of references
            made = group.create_group(name)
            kind = "struct"
            for field in value[0]:
                self.references(made, field, [element[field] for element in value])
        elif isinstance(value, list) and not all(isinstance(v, (int, float)) for v in value):
            made, kind = self.references(group, name, value), "cell"
        elif isinstance(value, str):
            codes = np.frombuffer(value.encode("utf-16-le"), "<u2")[:, None]
            made, kind = group.create_dataset(name, data=codes), "char"
            made.attrs["MATLAB_int_decode"] = np.int32(2)
        else:
            values = np.atleast_2d(np.asarray(value))
            kind = {"float64": "double", "float32": "single", "bool": "logical"}.get(
                str(values.dtype), str(values.dtype)
            )
            stored = values.astype(np.uint8) if kind == "logical" else values
            made = group.create_dataset(name, data=stored.T)
            if not values.size:
                del group[name]
                made = group.create_dataset(name, data=np.zeros(2, np.uint64))
                made.attrs["MATLAB_empty"] = np.uint8(1)
        made.attrs["MATLAB_class"] = np.bytes_(kind)
        return made

    def references(self, group: h5py.Group, name: str, values) -> h5py.Dataset:
        made = group.create_dataset(name, (len(values), 1), dtype=h5py.ref_dtype)
        for number, value in enumerate(values):
            made[number, 0] = self.put(self.refs, f"r{len(self.refs)}", value).ref
        return made


@pytest.fixture
def write(tmp_path):
    def write_variables(change=None, **variables):
        path = tmp_path / "trials.mat"
        with h5py.File(path, "w", userblock_size=512) as file:
            writer = Writer(file)
            for variable, value in variables.items():
                writer.put(file, variable, value)
            if change is not None:
                change(file)
        with path.open("r+b") as raw:
            raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512, b"\0"))
        return path

    return write_variables


def fault(path, table: str | None = None) -> str:
    with pytest.raises(RecordingError) as caught:
        read_matlab73_tables(path, table)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_struct_is_a_table(write):
    (table,) = read_matlab73_tables(write(data={**ONE, "sides": "lrrl", "p": 0.8}))
    assert (table.size, table.place) == (4, "data")
    np.testing.assert_array_equal(table.columns["reward"], ONE["reward"])
    assert table.columns["sides"].tolist() == list("lrrl")
    assert table.constants == {"rat": "M1", "p": 0.8}


def test_a_cell_of_structs_is_a_table_each(write):
    first, second = read_matlab73_tables(write(rats=[ONE, OTHER]))
    assert (first.place, first.size, second.place, second.size) == ("rats{1}", 4, "rats{2}", 3)
    assert second.columns["choice"].tolist() == OTHER["choice"]
    assert read_matlab73_tables(write(rats=[ONE, OTHER]), "rats{2}")[0].constants["rat"] == "M2"


def test_struct_arrays(write):
    first, second = read_matlab73_tables(write(session=(ONE, OTHER)))
    assert (first.place, second.place) == ("session(1)", "session(2)")
    trials = tuple({"choice": float(c), "side": s} for c, s in zip((0, 1, 1), "lrr", strict=True))
    (table,) = read_matlab73_tables(write(trial=trials))
    assert table.columns["choice"].tolist() == [0, 1, 1]
    assert table.columns["side"].tolist() == list("lrr")


def test_variables_words_and_matrices(write):
    words = ["left", "right", "right", "Zürich"]
    (table,) = read_matlab73_tables(
        write(
            **ONE,
            words=words,
            laser=np.array([True, False, True, False]),
            count=np.array([1, 2, 3, 4], dtype=np.uint64),
            p=np.array([[0.8, 0.2]] * 4),
            film=np.zeros((3, 9, 4)),
            none=np.empty((0, 0)),
        )
    )
    assert table.columns["words"].tolist() == words
    assert table.columns["laser"].dtype == bool
    assert table.columns["laser"].tolist() == [True, False, True, False]
    assert table.columns["count"].dtype == np.uint64
    assert table.columns["p_0"].tolist() == [0.8] * 4
    assert table.columns["p_1"].tolist() == [0.2] * 4
    assert table.unusable["film"] == "an array of shape (3, 9, 4)"
    assert table.unusable["none"] == "nothing (an empty array)"


@pytest.mark.parametrize(
    ("kind", "attribute", "reason"),
    [
        ("table", "MATLAB_object_decode", "a MATLAB table"),
        ("string", "MATLAB_object_decode", "save cellstr(NAME)"),
        ("Mouse", "MATLAB_object_decode", "an object of MATLAB class Mouse"),
        ("function_handle", "H5PATH", "which is code and is not read"),
        ("double", "MATLAB_sparse", "save full(NAME)"),
    ],
)
def test_objects_are_refused(write, kind, attribute, reason):
    def change(file):
        file["odd"] = np.zeros((1, 4))
        file["odd"].attrs["MATLAB_class"] = np.bytes_(kind)
        file["odd"].attrs[attribute] = np.int32(3)

    (table,) = read_matlab73_tables(write(data=ONE, change=change))
    assert table.size == 4
    (table,) = read_matlab73_tables(write(**ONE, change=change))
    assert reason in table.unusable["odd"]


def test_links_are_not_followed(write, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = np.arange(4.0)

    def change(file):
        file["away"] = h5py.ExternalLink("other.h5", "/secret")
        file["soft"] = h5py.SoftLink("/choice")

    (table,) = read_matlab73_tables(write(**ONE, change=change))
    assert list(table.columns) == ["choice", "reward"]
    for name in ("away", "soft"):
        assert "a link, which is not followed" in table.unusable[name]


def test_references_in_circles(write):
    def change(file):
        for name in ("a", "b"):
            file.create_dataset(name, (30, 30), dtype=h5py.ref_dtype)
            file[name].attrs["MATLAB_class"] = np.bytes_("cell")
        file["a"][...] = file["b"].ref
        file["b"][...] = file["a"].ref

    assert "found a cell or struct that holds itself" in fault(write(**ONE, change=change))


def test_claims_beyond_the_file(write):
    """A terabyte that was never written, as HDF5 allows."""

    def change(file):
        file.create_dataset("big", (1, 2**37), dtype="f8", chunks=(1, 2**20))
        file["big"].attrs["MATLAB_class"] = np.bytes_("double")
        file["long"] = file["big"]

    message = fault(write(change=change))
    assert "found a claim of 1099520016384 bytes" in message
    assert "made to fill memory" in message


def test_other_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.mat: no such file"):
        read_matlab73_tables(tmp_path / "none.mat")
    assert "found a folder, expected a MATLAB 7.3 file" in fault(tmp_path)
    path = tmp_path / "notes.mat"
    path.write_text("choice,reward\n")
    assert "expected a MATLAB 7.3 file (which is HDF5)" in fault(path)


def test_tables_that_differ(write):
    path = write(data=ONE, spikes={"time": np.arange(9.0), "unit": np.arange(9.0)})
    assert "'data' (4 rows: choice, reward); 'spikes' (9 rows: time, unit)" in fault(path)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1])
def test_cut_off(write, share):
    path = write(data=ONE)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "damaged or cut off" in fault(path) or share == 0.1


def test_damaged_files(write, survives_damage):
    survives_damage(read_matlab73_tables, write(rats=[ONE, OTHER], lab="Brody"))


# Files from MATLAB


@pytest.fixture(scope="module")
def rats_file():
    folder = find_dataset("rat_two_step")
    if folder is None:
        pytest.skip("the data set rat_two_step is not on this machine: run fetch_dataset")
    return folder


@pytest.mark.real_data
def test_the_rats(rats_file):
    tables = read_matlab73_tables(rats_file)
    names = ["M055", "M064", "M070", "M071", "M088", "M093"]
    assert [table.constants["ratname"] for table in tables] == names
    assert [table.place for table in tables] == [f"ratdatas{{{n}}}" for n in range(1, 7)]
    assert sum(table.size for table in tables) == 36413
    assert all(table.size == table.constants["nTrials"] for table in tables)
    recording = read_miller_rats(rats_file)
    valid = recording["invalid"].values == 0
    joined = {n: np.concatenate([t.columns[n] for t in tables]) for n in tables[0].columns}
    np.testing.assert_array_equal(joined["rewards"], recording["reward"])
    for column, variable in (("sides1", "choice"), ("sides2", "second_state")):
        sides = (joined[column] == "r").astype(int)
        np.testing.assert_array_equal(sides[valid], recording[variable].values[valid])
    np.testing.assert_array_equal(np.isnan(joined["better_choices"]), recording["forced"] == 1)
    np.testing.assert_array_equal(
        np.flatnonzero(joined["new_sess"]), np.flatnonzero(recording["trial_in_session"] == 0)
    )


@pytest.mark.real_data
def test_the_rats_are_those_of_the_catalogue(rats_file):
    assert rats_file.name in [part.file for part in describe_dataset("rat_two_step").parts]


@pytest.mark.real_data
def test_the_example(rats_file):
    """One struct, which MATLAB wrote, beside the same trials as CSV."""
    (table,) = read_matlab73_tables(rats_file.with_name("example_task_data.mat"))
    text = np.genfromtxt(
        rats_file.with_name("example_task_data.csv"),
        delimiter=",",
        names=True,
        encoding="utf-8-sig",
    )
    assert (table.place, table.size) == ("data", 39)
    for name in ("choices", "rewards", "new_sess", "stim"):
        np.testing.assert_array_equal(table.columns[name], text[name])
