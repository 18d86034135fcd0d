import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfc_analysis.spreadsheet_cells import neutral_cell, neutral_table, plain_cell


@given(st.text() | st.text("'=+-@\t\r\n1.eINF", max_size=6))
def test_text_comes_back(text):
    assert plain_cell(neutral_cell(text)) == text


@given(st.text("'=+-@\t\r\n1.eINFa", max_size=6))
def test_no_cell_begins_a_formula(text):
    cell = neutral_cell(text)
    assert not cell.startswith(("=", "@", "\t", "\r", "\n"))
    if cell.startswith(("+", "-")) and cell not in ("+", "-", "-INF", "-inf"):
        float(cell)


@pytest.mark.parametrize("text", ["left", "-1", "+2.5e-3", "-", "", "a=b", "'tis", "-.5"])
def test_harmless_text_stays(text):
    assert neutral_cell(text) == text


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "'=1"])
def test_formulas_get_an_apostrophe(text):
    assert neutral_cell(text) == f"'{text}"


def test_a_table_keeps_its_numbers_and_gaps():
    table = pd.DataFrame({"=name": ["=1", "a", None], "value": [-1.5, 2.0, None]})
    neutral = neutral_table(table)
    assert list(neutral.columns) == ["'=name", "value"]
    assert neutral["'=name"].tolist()[:2] == ["'=1", "a"]
    assert neutral["'=name"].isna().tolist() == [False, False, True]
    pd.testing.assert_series_equal(neutral["value"], table["value"])
    assert list(table.columns) == ["=name", "value"]
