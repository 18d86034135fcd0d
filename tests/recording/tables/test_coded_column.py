"""A column as different cells and codes says the same as the column itself."""

from pathlib import Path

import numpy as np
import pytest

from pfc_analysis.recording.tables.coded_column import CodedColumn
from pfc_analysis.recording.tables.column_values import distinct
from pfc_analysis.recording.tables.raw_table import RawTable

COLUMNS = {
    "text": np.array(["b", "", "a", "NA", "b", "true"]),
    "real": np.array([0.5, np.nan, 0.5, -0.0, 2.0, np.nan]),
    "whole": np.array([3, 1, 3, 0, -2, 1], dtype=np.int8),
    "truth": np.array([True, False, True, True, False, False]),
}
ROWS = np.array([False, True, True, False, True, True])


def table_of(columns):
    return RawTable(Path("t.csv"), 6, columns)


@pytest.mark.parametrize("name", COLUMNS)
def test_the_values_come_back(name):
    values, coded = COLUMNS[name], CodedColumn.of(COLUMNS[name])
    for own, expected in ((coded, values), (coded.take(ROWS), values[ROWS])):
        np.testing.assert_array_equal(own.decode(), expected)
        assert own.decode().dtype == values.dtype
        assert own.dtype == values.dtype
        assert own.shape == expected.shape


def test_cells_are_in_order_of_appearance_and_only_those_that_are_there():
    coded = CodedColumn.of(COLUMNS["text"]).take(ROWS)
    assert coded.values.tolist() == ["", "a", "b", "true"]
    assert coded.codes.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_of_coded_columns_says_the_same(name):
    plain = table_of(COLUMNS)
    coded = table_of({key: CodedColumn.of(values) for key, values in COLUMNS.items()})
    for one, other in ((plain, coded), (plain.take(ROWS), coded.take(ROWS))):
        np.testing.assert_array_equal(one.column(name), other.column(name))
        np.testing.assert_array_equal(one.missing(name), other.missing(name))
        np.testing.assert_array_equal(one.words(name).decode(), other.words(name).decode())
        np.testing.assert_array_equal(one.distinct(name), other.distinct(name))
        np.testing.assert_array_equal(one.distinct(name), distinct(one.column(name)))
        assert one.kind(name) == other.kind(name) == COLUMNS[name].dtype.kind
        for wanted in (["b", 3], [0.5, float("nan")], [True], ["", "1"]):
            found = [table.matches(name, wanted) for table in (one, other)]
            np.testing.assert_array_equal(*found)


def test_what_is_empty():
    table = table_of(COLUMNS)
    assert table.missing("text").tolist() == [False, True, False, True, False, False]
    assert table.missing("real").tolist() == [False, True, False, False, False, True]
    assert not table.missing("whole").any()
    assert not table.missing("truth").any()


def test_words_are_those_of_the_file():
    words = np.array(["1.10", "1.1", ""], dtype=object)
    coded = CodedColumn(np.array([0, 1, 0, 2]), np.array([1.1, 1.1, np.nan]), words)
    assert coded.as_text().decode().tolist() == ["1.10", "1.1", "1.10", ""]
    assert coded.cells()[:2] == [("1.10", 1.1), ("1.1", 1.1)]
    left = coded.take(np.array([False, True, False, True]))
    assert left.as_text().decode().tolist() == ["1.1", ""]


def test_a_column_without_rows():
    coded = CodedColumn.of(np.empty(0, dtype="U3"))
    assert coded.decode().shape == (0,)
    assert coded.as_text().decode().size == 0
    assert coded.missing().size == 0
