import gzip
import re

import numpy as np
import pytest

from pfc_analysis.recording.readers.formats.text_tables import read_text_tables
from pfc_analysis.recording.readers.text import text_bytes
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.text_layout import TextLayout


@pytest.fixture
def write(tmp_path):
    def write(text, name="trials.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
        return path

    return write


def read(path):
    (table,) = read_text_tables(path)
    return table


def fault(path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_text_tables(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_columns_are_typed(write):
    table = read(
        write(
            "animal,id,trial,p,name,empty,flag,gap\n"
            "m1,007,0,0.73174,Jürgen,,True,1\n"
            "m2,012,300, .5 , x y ,,FALSE,\n"
        )
    )
    assert {name: values.dtype.kind for name, values in table.columns.items()} == {
        "animal": "U",
        "id": "U",
        "trial": "i",
        "p": "f",
        "name": "U",
        "empty": "U",
        "flag": "b",
        "gap": "f",
    }
    assert table.columns["trial"].dtype == np.int16
    assert table.columns["p"].tolist() == [0.73174, 0.5]
    assert table.columns["id"].tolist() == ["007", "012"]
    assert table.columns["name"].tolist() == ["Jürgen", "x y"]
    np.testing.assert_array_equal(table.columns["gap"], [1.0, np.nan])
    assert table.lines.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2"], "i"),
        (["1", "2.0"], "i"),
        (["-1", "NA"], "f"),
        (["1e3", "2"], "i"),
        (["1e400", "2"], "U"),  # no floating-point number: kept as it is written
        (["inf", "2"], "U"),
        (["1_000", "2"], "U"),
        (["0x10", "2"], "U"),
        (["12345678901234567890123", "2"], "U"),
        (["0,5", "2"], "U"),
        (["True", "2"], "U"),
        (["٣", "2"], "U"),
    ],
)
def test_numbers(write, cells, kind):
    table = read(write(f"a;b\n{cells[0]};x\n{cells[1]};x\n"))
    assert table.columns["a"].dtype.kind == kind
    if kind == "U":
        assert table.columns["a"].tolist() == cells


def test_numbers_are_read_to_the_last_digit(write):
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, 500) * 10.0 ** rng.integers(-20, 20, 500)
    table = read(write("a,b\n" + "".join(f"{value!r},x\n" for value in values.tolist())))
    np.testing.assert_array_equal(table.columns["a"], values)


@pytest.mark.parametrize(
    ("delimiter", "name"), [(",", "commas"), ("\t", "tabs"), (";", "semicolons")]
)
def test_delimiters_are_found_and_stated(write, delimiter, name):
    table = read(write(delimiter.join("ab") + "\n" + delimiter.join("12") + "\n"))
    assert table.columns["b"].tolist() == [2]
    assert table.notes == (f"columns are separated by {name}",)


def test_encodings(write):
    for encoding in ("utf-8", "utf-8-sig"):
        table = read(write("Mäuse,b\nü,1\n", encoding=encoding))
        assert table.columns["Mäuse"].tolist() == ["ü"]
        assert len(table.notes) == 1
    table = read(write("Mäuse,b\nü,1\n", encoding="latin-1"))
    assert table.columns["Mäuse"].tolist() == ["ü"]
    assert "read as Latin-1, since it is not UTF-8" in table.notes
    table = read(write("Mäuse,b\nü,1\n", encoding="utf-16"))
    assert table.columns["Mäuse"].tolist() == ["ü"]
    assert "read as UTF-16" in table.notes
    path = write("a,b\n1,2\n", encoding="utf-16")
    path.write_bytes(path.read_bytes()[:-1])
    assert "cannot be read as UTF-16" in fault(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_blank_lines(write, end, last):
    lines = ["", "a,b", "1,2", "", "  ", "3,4"]
    table = read(write(end.join(lines) + (end if last else "")))
    assert table.columns["a"].tolist() == [1, 3]
    assert table.lines.tolist() == [3, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quotes(write, end):
    rows = ['"a",b,"the ""note"""', '1,2,"one', 'two, three"', "", '3,4,"x ""y"""', "5,6,z"]
    table = read(write(end.join(rows) + end))
    assert table.columns["a"].tolist() == [1, 3, 5]
    assert table.columns['the "note'].tolist()[0] == "one\ntwo, three"
    assert table.columns['the "note'].tolist()[1:] == ['x "y"', "z"]
    assert table.lines.tolist() == [3, 5, 6]  # where each ends


def test_a_column_without_a_name_is_called_by_its_place(write):
    assert list(read(write(",b\n1,2\n")).columns) == ["column_1", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found an empty file, expected a table with a header."),
        (" \n\n", "found an empty file, expected a table with a header."),
        ("a,b\n", "found a header and no row, expected one row per trial."),
        ("a b\n1 2\n", "found the header 'a b', which names one column, expected several, parted"),
        ("a,b,a\n1,2,3\n", "found the column 'a' 2 times in the header, expected every name once."),
        (
            "a,b\n1,2\n3,4,5\n6,7\n8,9\n",
            ", line 3: found 3 cell(s) (1 such row(s)), expected 2, as in the header. Is there a "
            "delimiter in a cell (a decimal comma, for instance) that is not in quotes?",
        ),
        ("a,b\n1,2\n\n3\n4,5\n", ", line 4: found 1 cell(s) (1 such row(s)), expected 2"),
        ("a,b\n1,2\n3", ", line 3: found 1 cell(s) (1 such row(s)), expected 2, as in the"),
        ("a,b\n1,2\n3", "The file ends inside its last row: get it again from its"),
        ('a,b\n1,"x\ny"\n3\n4,5\n', ", line 4: found 1 cell(s) (1 such row(s)), expected 2"),
        ('a,b\n1,"x\n', "Does the file end inside a row?"),
        ('a,b\n1,"x"y\n', ", line 2: "),
        (b"a,b\n1,2\n\0\0,3\n", ", line 3: found a byte of value 0, expected text."),
        (b"\x89HDF\r\n\x1a\n\0\0", "found a byte of value 0, expected text. Is it a table in text"),
    ],
)
def test_what_is_no_table(write, text, message):
    assert message in fault(write(text))


HEADERLESS = "which look like the cells of a trial, expected the names of the 3 columns"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,0\n1,3,1\n", HEADERLESS),
        ("1,1,0\n1,3,1\n", HEADERLESS),
        ("m1,left,1\nm1,right,0\nm1,left,1\n", HEADERLESS),
        ("m1,left,win\nm1,right,loss\nm2,left,loss\n", HEADERLESS),
        ("m1,1,0\n", 'names = ["a", "b", "c"] (3 names)'),
        ("a,b\n1,2\n3,4\na,b\n5,6\n", ", line 4: found the first line again (1 such row(s))"),
    ],
)
def test_what_has_no_header_or_two(write, text, message):
    assert message in fault(write(text))


def test_a_name_may_occur_as_a_value(write):
    table = read(write("mouse,choice,left\nleft,left,1\nchoice,right,0\n"))
    assert list(table.columns) == ["mouse", "choice", "left"]


def test_names_and_lines_of_the_layout(write):
    path = write("Rig: 3\n\n% of Monday\n1;left\n% pause\n2;right\n")
    (table,) = read_text_tables(path, layout=TextLayout(("trial", "side"), 2, "%"))
    assert table.columns["trial"].tolist() == [1, 2]
    assert table.columns["side"].tolist() == ["left", "right"]
    assert table.lines.tolist() == [4, 6]
    assert "the first 2 line(s) are skipped" in table.notes
    assert "2 line(s) that begin with '%' are left out" in table.notes


def test_layouts_that_do_not_fit(write):
    path = write("a,b\n1,2\n3,4\n")
    for layout, message in [
        (TextLayout(skip_lines=9), "found 4 line(s), expected more than skip_lines = 9"),
        (TextLayout(names=("x",)), "found 2 columns, and 1 names in the column map ('x')"),
        (TextLayout(names=("a", "b")), "Leave `names` out."),
        (TextLayout(skip_lines=1), "which look like the cells of a trial"),
    ]:
        with pytest.raises(RecordingError) as caught:
            read_text_tables(path, layout=layout)
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("before", "way_out"),
    [
        ("Age,23\nGender,F\n\ntaskLoop\n", "the column map: skip_lines = 4."),
        ("Experiment of Monday\n", "the column map: skip_lines = 1."),
        ("Subject: a, b\n", "the column map: skip_lines = 1."),
        ("# a note\n#\n", 'the column map: skip_lines = 2, or comment = "#".'),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_lines_before_the_table(write, before, way_out, delimiter):
    rows = ["trial,choice,reward", "1,left,1", "2,right,0", "3,left,1", ""]
    path = write(before + "\n".join(rows).replace(",", delimiter))
    assert way_out in fault(path)
    skipped = int(re.search(r"skip_lines = (\d+)", way_out)[1])
    (table,) = read_text_tables(path, layout=TextLayout(skip_lines=skipped))
    assert table.columns["reward"].tolist() == [1, 0, 1]
    assert table.lines.tolist() == [skipped + 2, skipped + 3, skipped + 4]


def test_one_odd_row_is_not_taken_for_lines_before_the_table(write):
    assert "skip_lines" not in fault(write("a,b\n1,2\n3,4,5\n6,7\n8,9\n1,2\n"))


def test_gzip(write):
    path = write(gzip.compress(b"a,b\n1,2\n"), "t.csv.gz")
    assert read(path).columns["b"].tolist() == [2]
    path.write_bytes(path.read_bytes()[:-9])
    assert "damaged or cut off" in fault(path)


def test_gzip_that_fills_memory(write, monkeypatch):
    monkeypatch.setattr(text_bytes, "_LARGEST_UNPACKED", 2**16)
    path = write(gzip.compress(b"a,b\n" + b"1,2\n" * 2**18), "t.csv.gz")
    assert "expected a table in text. Unpack it" in fault(path)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv: no such file, expected a table in"):
        read_text_tables(tmp_path / "none.csv")


def test_the_same_cells_as_pythons_own_reader(write):
    """Against the module csv, over tables with quotes, blank lines and odd cells."""
    import csv
    from io import StringIO

    rng = np.random.default_rng(1)
    pool = ["", "x", "a,b", 'say "so"', "two\nlines", " blank ", "1.50", "-3", "ü", "true"]
    for _ in range(50):
        n_rows, n_columns = rng.integers(1, 30), rng.integers(2, 6)
        rows = rng.choice(pool, (n_rows, n_columns)).tolist()
        for row in rows:
            row[0] = "r" + row[0]  # no row is blank
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([[f"c{number}" for number in range(n_columns)], *rows])
        table = read(write(text.getvalue()))
        assert table.size == n_rows
        for number in range(n_columns):
            own = table.columns[f"c{number}"]
            cells = [row[number].strip() for row in rows]
            if own.dtype.kind == "U":
                assert own.tolist() == cells
            else:
                expected = [float(cell) if cell else np.nan for cell in cells]
                np.testing.assert_array_equal(own, expected)
        ends = re.split(r"\n", text.getvalue())
        assert table.lines[-1] == len(ends) - 1
