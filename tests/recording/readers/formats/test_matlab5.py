import re
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from pfc_analysis.recording.readers.formats.matlab5 import FORMAT, read_matlab5_variables
from pfc_analysis.recording.readers.matlab.matlab_values import Cell, Struct
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused
from pfc_analysis.recording.tables.table_building import Letters, Source

read_matlab5_tables = FORMAT.read_tables

CHOICE = [0.0, 1.0, 1.0, 0.0, 1.0]
REWARD = [1.0, 0.0, np.nan, 1.0, 0.0]
OTHER = {"choice": [1.0, 1.0, 0.0], "reward": [0.0, 0.0, 1.0], "rat": "M2"}
ONE = {"choice": CHOICE, "reward": REWARD, "rat": "M1"}


def cell(*entries) -> np.ndarray:
    """A cell array; numpy would make a matrix of entries of equal length."""
    found = np.empty(len(entries), dtype=object)
    found[:] = entries
    return found


def struct_array(*elements: dict) -> np.ndarray:
    found = np.empty((1, len(elements)), dtype=[(name, object) for name in elements[0]])
    for number, fields in enumerate(elements):
        found[0, number] = tuple(fields.values())
    return found


@pytest.fixture(params=[False, True], ids=["v6", "v7"])
def write(request, tmp_path):
    """Write variables with SciPy, plain (-v6) and compressed (-v7)."""

    def write_variables(**variables) -> Path:
        path = tmp_path / "trials.mat"
        scipy.io.savemat(path, variables, do_compression=request.param, oned_as="row")
        return path

    return write_variables


def fault(path: Path, table: str | None = None) -> str:
    with pytest.raises(RecordingError) as caught:
        read_matlab5_tables(path, table)
    assert str(path) in str(caught.value)
    return str(caught.value)


# Ways to lay trials out


def test_a_struct_is_a_table(write):
    (table,) = read_matlab5_tables(write(data={**ONE, "p_common": 0.8, "box": [[1.0, 2.0]] * 9}))
    assert (table.size, table.place) == (5, "data")
    np.testing.assert_array_equal(table.columns["choice"], CHOICE)
    np.testing.assert_array_equal(table.columns["reward"], REWARD)
    assert table.constants == {"rat": "M1", "p_common": 0.8}
    assert table.unusable == {"box": "an array of shape (9, 2)"}


def test_variables_are_a_table(write):
    (table,) = read_matlab5_tables(write(**ONE, about={"species": "rat"}))
    assert (table.size, table.place) == (5, "")
    assert list(table.columns) == ["choice", "reward"]
    assert table.constants["rat"] == "M1"


@pytest.mark.parametrize("column", [True, False])
def test_vectors_lie_or_stand(tmp_path, column):
    path = tmp_path / "trials.mat"
    scipy.io.savemat(path, ONE, oned_as="column" if column else "row")
    assert read_matlab5_tables(path)[0].columns["choice"].tolist() == CHOICE


def test_a_cell_of_structs_is_a_table_each(write):
    first, second = read_matlab5_tables(write(rats=cell(ONE, OTHER)))
    assert (first.place, first.size, second.place, second.size) == ("rats{1}", 5, "rats{2}", 3)
    assert (first.constants["rat"], second.constants["rat"]) == ("M1", "M2")
    assert second.columns["reward"].tolist() == [0, 0, 1]


def test_a_struct_array_of_sessions_is_a_table_each(write):
    first, second = read_matlab5_tables(write(session=struct_array(ONE, OTHER), lab="Brody"))
    assert (first.place, first.size, second.place, second.size) == (
        "session(1)",
        5,
        "session(2)",
        3,
    )
    assert second.constants == {"rat": "M2", "lab": "Brody"}


def test_one_of_several_by_its_place(write):
    path = write(rats=cell(ONE, OTHER))
    (table,) = read_matlab5_tables(path, "rats{2}")
    assert table.constants["rat"] == "M2"


def test_a_session_of_one_trial_and_one_of_none(write):
    single = {"choice": [1.0], "reward": [0.0], "rat": "M1"}
    none = {"choice": np.empty((0, 0)), "reward": np.empty((0, 0)), "rat": "M1"}
    path = write(session=struct_array(ONE, single, none))
    first, second = read_matlab5_tables(path)
    assert second.columns["choice"].tolist() == [1]
    assert second.place == "session(2)"
    assert first.notes[-1] == "left out, since they have no rows: session(3)"


def test_a_struct_array_of_trials_is_one_table(write):
    trials = [
        {"choice": float(c), "side": side, "licks": np.arange(float(n)), "rt": rt}
        for c, side, n, rt in [
            (0, "left", 3, 0.5),
            (1, "right", 2, np.empty((0, 0))),
            (1, "", 4, 2),
        ]
    ]
    (table,) = read_matlab5_tables(write(trial=struct_array(*trials)))
    assert (table.place, table.size) == ("trial", 3)
    assert table.columns["choice"].tolist() == [0, 1, 1]
    assert table.columns["side"].tolist() == ["left", "right", ""]
    np.testing.assert_array_equal(table.columns["rt"], [0.5, np.nan, 2])
    assert "a list of values" in table.unusable["licks"]


def test_what_agrees_in_length_within_a_trial_is_no_session(write):
    """The path of the animal in each trial, beside what it chose and earned."""
    trials = [
        {"choice": float(n % 2), "reward": 1.0, "x": np.arange(n), "y": np.arange(n)}
        for n in (12, 9, 15)
    ]
    (table,) = read_matlab5_tables(write(trial=struct_array(*trials)))
    assert table.columns["choice"].tolist() == [0, 1, 1]
    assert set(table.unusable) == {"x", "y"}


def test_a_cell_of_trials_is_one_table(write):
    trials = [{"choice": float(c), "reward": 1.0 - c} for c in (0, 1, 1)]
    (table,) = read_matlab5_tables(write(trial=cell(*trials)))
    assert table.columns["reward"].tolist() == [1, 0, 0]


def test_structs_inside_a_struct(write):
    path = write(data={"info": {"rat": "M1"}, "trials": {"choice": CHOICE, "reward": REWARD}})
    (table,) = read_matlab5_tables(path)
    assert (table.place, list(table.columns)) == ("data.trials", ["choice", "reward"])
    path = write(data={"choice": CHOICE, "reward": REWARD, "info": {"rat": "M1"}})
    (table,) = read_matlab5_tables(path)
    assert table.constants == {"info.rat": "M1"}


# Values


def test_text(write):
    (table,) = read_matlab5_tables(
        write(
            data={
                "choice": CHOICE,
                "sides": "lrrlv",
                "states": np.array(list("abbac")),
                "words": cell("left", "right", "right", "left", "none"),
                "names": np.array(["ab ", "c", "d", "e", "Zürich"]),
            }
        )
    )
    assert table.columns["sides"].tolist() == list("lrrlv")
    assert table.notes == ("sides is one text as long as the table: read as one letter per trial",)
    assert table.columns["states"].tolist() == list("abbac")
    assert table.columns["words"].tolist() == ["left", "right", "right", "left", "none"]
    assert [name.strip() for name in table.columns["names"]] == ["ab", "c", "d", "e", "Zürich"]


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint32", "int64", "float32", "bool"])
def test_numbers_keep_their_class(write, kind):
    values = np.array([0, 1, 1, 0, 1]).astype(kind)
    (table,) = read_matlab5_tables(write(choice=values, reward=np.array(REWARD)))
    assert table.columns["choice"].dtype == kind
    np.testing.assert_array_equal(table.columns["choice"], values)


def test_complex_numbers_in_a_struct(write):
    """SciPy would drop their imaginary parts without a word."""
    (table,) = read_matlab5_tables(write(data={**ONE, "z": np.arange(5) * 1j}))
    assert table.unusable == {"z": "complex numbers"}
    np.testing.assert_array_equal(table.columns["reward"], REWARD)


def test_two_values_a_trial_are_two_columns(write):
    matrix = np.arange(10.0).reshape(5, 2)
    (table,) = read_matlab5_tables(write(choice=CHOICE, reward=REWARD, p=matrix))
    np.testing.assert_array_equal(table.columns["p_0"], matrix[:, 0])
    np.testing.assert_array_equal(table.columns["p_1"], matrix[:, 1])
    assert table.notes == ("p has 2 values per trial, read as the columns p_0, p_1, ...",)


def test_what_is_no_number_is_refused(write):
    import scipy.sparse

    sparse = scipy.sparse.csc_array(np.eye(5))
    table = read_matlab5_tables(write(choice=CHOICE, reward=REWARD, s=sparse, z=[1j] * 5))[0]
    assert table.unusable == {"s": "a sparse array; save full(NAME)", "z": "complex numbers"}


# Files that MATLAB wrote, and that SciPy reads


def agrees(own, other) -> None:
    """Hold what was read against what SciPy reads, whatever it is."""
    if isinstance(own, Source):
        np.testing.assert_array_equal(own.read(), other)
        assert own.read().shape == own.shape == other.shape
    elif isinstance(own, Letters):
        assert [row.rstrip() for row in own.rows] == [str(row).rstrip() for row in other.ravel()]
    elif isinstance(own, Cell):
        for one, entry in zip(own.entries, other.ravel(order="F"), strict=True):
            agrees(one, entry)
    elif isinstance(own, Struct):
        if other is not None and other.dtype.names:
            for fields, element in zip(own.elements, other.ravel(order="F"), strict=True):
                assert list(fields) == list(other.dtype.names)
                for name, value in fields.items():
                    agrees(value, element[name])
    else:
        assert isinstance(own, Refused)
        kinds = (scipy.io.matlab.MatlabObject, scipy.io.matlab.MatlabFunction)
        assert isinstance(other, kinds) or np.iscomplexobj(other) or hasattr(other, "tocsc")


def test_files_that_matlab_wrote():
    """Those that SciPy is tested with: versions 5.3 to 8, Solaris, Linux, Windows."""
    folder = Path(scipy.io.matlab.__file__).parent / "tests" / "data"
    names = re.compile(
        r"(test[a-z0-9]+_[5-8].*|big_endian|little_endian|miu.*|one_by.*|.*empty_.*)"
    )
    if not folder.is_dir():
        pytest.skip("this build of SciPy comes without its test files")
    checked = 0
    for path in sorted(folder.glob("*.mat")):
        if not names.fullmatch(path.stem) or path.read_bytes()[:10] != b"MATLAB 5.0":
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = scipy.io.loadmat(path)
        own = read_matlab5_variables(path)
        shown = {name for name in expected if not name.startswith("__")}
        assert set(own) == shown, path
        for name in shown:
            agrees(own[name], expected[name])
            checked += 1
    assert checked > 60


# What is wrong with a file


def test_no_file_and_other_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.mat: no such file"):
        read_matlab5_tables(tmp_path / "none.mat")
    path = tmp_path / "notes.mat"
    path.write_text("choice,reward\n")
    assert "found 14 bytes that begin with b'choice,reward\\n'" in fault(path)


def test_no_table(write):
    message = fault(write(answer=42.0, name="M1"))
    assert "found no table of trials, only the variables answer, name; expected vectors" in message


def test_tables_that_differ(write):
    path = write(data=ONE, spikes={"time": np.arange(9.0), "unit": np.arange(9.0)})
    message = fault(path)
    assert "found 2 tables that differ in their columns" in message
    assert "'data' (5 rows: choice, reward)" in message
    assert "'spikes' (9 rows: time, unit)" in message
    assert "Pick one with `table`" in message
    assert read_matlab5_tables(path, "data")[0].size == 5
    assert "no table 'dat' (did you mean 'data'?)" in fault(path, "dat")


def test_loose_vectors_beside_a_struct(write):
    path = write(data=ONE, bins=np.arange(3.0))
    assert read_matlab5_tables(path)[0].place == "data"
    path = write(data=ONE, choice=np.arange(3.0), value=np.arange(3.0))
    assert "'.' (3 rows: choice, value)" in fault(path)
    assert read_matlab5_tables(path, ".")[0].size == 3


def element(kind: int, content: bytes) -> bytes:
    return struct.pack("<II", kind, len(content)) + content + b"\0" * (-len(content) % 8)


def header(file_class: int, shape: tuple[int, ...], name: bytes) -> bytes:
    return (
        element(6, struct.pack("<II", file_class, 0))
        + element(5, struct.pack(f"<{len(shape)}i", *shape))
        + element(1, name)
    )


def write_raw(path: Path, *variables: bytes) -> Path:
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    path.write_bytes(head + b"".join(variables))
    return path


def test_objects_are_refused(tmp_path):
    flags = element(6, struct.pack("<II", 17, 0))
    names = element(1, b"T") + element(1, b"MCOS") + element(1, b"table")
    content = element(14, header(13, (1, 1), b"") + element(6, struct.pack("<I", 1)))
    message = fault(write_raw(tmp_path / "table.mat", element(14, flags + names + content)))
    assert "T (a MATLAB table" in message
    assert "table2struct(NAME, 'ToScalar', true)" in message


@pytest.mark.parametrize("kind", [1, 2, 4, 6])
def test_claims_beyond_the_file(tmp_path, kind):
    """2^31 - 1 squared cells, structs, letters, numbers: nothing is reserved for them."""
    fields = element(5, struct.pack("<i", 4)) + element(1, b"abc\0") if kind == 2 else b""
    values = element(9, struct.pack("<d", 1.0))
    content = header(kind, (2**31 - 1, 2**31 - 1), b"x") + fields + values
    path = write_raw(tmp_path / "claim.mat", element(14, content))
    message = fault(path)
    # An array of numbers that is no vector is not read at all.
    assert kind in (4, 6) or "damaged or cut off" in message


def test_a_vector_beyond_the_file(tmp_path):
    content = header(6, (2**31 - 1, 1), b"x") + element(9, struct.pack("<d", 1.0))
    message = fault(write_raw(tmp_path / "claim.mat", element(14, content)))
    assert "x: found a claim of 17179869176 bytes" in message


def test_bombs(tmp_path):
    """A file of one megabyte that unpacks to 320: it stops where the limit is."""
    stream = zlib.compressobj(1)
    zeros = bytes(2**24)
    packed = b"".join(stream.compress(zeros) for _ in range(20)) + stream.flush()
    path = write_raw(tmp_path / "bomb.mat", struct.pack("<II", 15, len(packed)) + packed)
    message = fault(path)
    assert "compressed variables: found a claim of" in message
    assert "made to fill memory" in message


def test_arrays_in_arrays_without_end(tmp_path):
    content = element(14, header(6, (0, 0), b"x") + element(9, b""))
    for _ in range(40):
        content = element(14, header(1, (1, 1), b"x") + content)
    assert "arrays in arrays, 17 deep" in fault(write_raw(tmp_path / "deep.mat", content))


@pytest.mark.parametrize("share", [0.99, 0.5, 0.1])
def test_cut_off(write, share):
    path = write(data={"choice": np.arange(999.0), "reward": np.arange(999.0) % 2})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "damaged or cut off" in fault(path)


def test_damaged_files(write, survives_damage):
    survives_damage(read_matlab5_tables, write(rats=cell(ONE, OTHER), words=cell("a", "b")))


def test_text_beyond_16_bits_is_refused_alone(tmp_path):
    """MATLAB counts units of 16 bits, two for such a character, and SciPy characters."""

    def element(kind: int, data: bytes) -> bytes:
        return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)

    def variable(name: str, kind: int, values: int, data: bytes, size: int) -> bytes:
        flags, shape = struct.pack("<II", kind, 0), struct.pack("<ii", 1, size)
        parts = [(6, flags), (5, shape), (1, name.encode()), (values, data)]
        return element(14, b"".join(element(*part) for part in parts))

    text = "🐭ab".encode("utf-16-le")
    path = tmp_path / "t.mat"
    path.write_bytes(
        b"MATLAB 5.0 MAT-file".ljust(124)
        + struct.pack("<H", 0x100)
        + b"IM"
        + variable("choice", 6, 9, np.array([1.0, 2, 1]).tobytes(), 3)
        + variable("name", 4, 17, text, len(text) // 2)
    )
    (table,) = read_matlab5_tables(path)
    assert table.columns["choice"].tolist() == [1, 2, 1]
    assert "characters beyond 16 bits" in table.unusable["name"]
