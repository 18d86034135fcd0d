"""Cells and rows of a text are those that Python's own module `csv` finds."""

import csv
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pfc_analysis.recording.readers.text import text_cells
from pfc_analysis.recording.readers.text.exported_cells import read_exported_cells
from pfc_analysis.recording.readers.text.text_cells import parse_cells
from pfc_analysis.recording.readers.text.text_rows import check_plain, count_even_rows

ODD = ["", "x", "0.10", "007", " blank ", "nan", "NA", "ü", "日本", "'=1+1", "a;b", "1_0"]
QUOTED = ["a,b", 'say "so"', "two\nlines", "\r", "a\r\nb", '"']


def write(rows, newline="\n"):
    text = StringIO(newline="")
    # The module does not quote "\r" by itself.
    quoting = csv.QUOTE_ALL if any("\r" in cell for row in rows for cell in row) else 0
    csv.writer(text, lineterminator=newline, quoting=quoting).writerows(rows)
    return text.getvalue()


def rows_of(pool, n_rows, rng):
    rows = rng.choice(np.array(pool, dtype=object), (n_rows, 3)).tolist()
    return [["A", "B", "C"], *(["r" + row[0], *row[1:]] for row in rows)]


def cells_of(columns):
    return [[one.cells[code] for code in one.codes] for one in columns]


@pytest.mark.parametrize("pool", [ODD, ODD + QUOTED])
@pytest.mark.parametrize("block", [1, 3, 1000])
def test_blocks_give_the_cells_of_the_module_csv(pool, block, monkeypatch):
    monkeypatch.setattr(text_cells, "_BLOCK", block)
    rows = rows_of(pool, 40, np.random.default_rng(0))
    found = parse_cells(write(rows).encode(), ",", 3)
    assert cells_of(found) == [list(column) for column in zip(*rows[1:], strict=True)]
    for column, cells in zip(found, zip(*rows[1:], strict=True), strict=True):
        assert list(column.cells) == list(dict.fromkeys(cells))  # in order of appearance
        assert column.rows_with(cells[5]).tolist() == [
            at for at, cell in enumerate(cells) if cell == cells[5]
        ]
        assert column.rows_with("nowhere").size == 0


def test_few_cells_take_a_byte_a_row():
    rows = [["A", "B"], *([f"r{number % 100}", str(number)] for number in range(1000))]
    few, many = parse_cells(write(rows).encode(), ",", 2)
    assert few.codes.dtype == np.int8
    assert many.codes.dtype == np.int16


@given(
    st.lists(st.lists(st.sampled_from(["", "a", "ü"]), min_size=1, max_size=4), min_size=1),
    st.booleans(),
)
def test_rows_are_even_where_all_have_as_many_cells(rows, ends):
    assume(ends or rows[-1] != [""])  # an empty last row is no row without its end of line
    data = ("\n".join(map(",".join, rows)) + ("\n" if ends else "")).encode()
    sizes = {len(row) for row in rows}
    even = count_even_rows(data, ",")
    if sizes == {1} or len(sizes) > 1:
        assert even is None
    else:
        assert even == len(rows)
        assert check_plain(Path("t.csv"), data, ",").tolist() == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("pool", [ODD, ODD + QUOTED, [*ODD, "a\0b"], [*QUOTED, "a\0b", "\0"]])
def test_exported_cells_are_exact(tmp_path, pool, newline):
    rows = rows_of(pool, 60, np.random.default_rng(1))
    text = write(rows, newline)
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read_exported_cells(path, ",", ["C", "B", "A"])
    assert cells_of(found.columns[name] for name in "ABC") == [
        list(column) for column in zip(*rows[1:], strict=True)
    ]
    reader = csv.reader(StringIO(text, newline=""))
    assert found.lines.tolist() == [reader.line_num for _ in reader][1:]
    assert found.content == path.read_bytes()
