"""Tables of numbers: laid out, read back, and set beside the paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.reproduction.numbers import (
    COLUMNS,
    Numbers,
    tabulate_result,
    untabulate_result,
)


@pytest.fixture
def result() -> xr.Dataset:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 2, 2))
    dims = ("subject", "lag", "kind")
    return xr.Dataset(
        {
            "weight": (dims, values),
            "lower": (dims, values - 1),
            "upper": (dims, values + 1),
            "index": ("subject", [1.0, 2.0, 6.0]),
            "index_lower": ("subject", [0.0, 1.0, 5.0]),
            "index_upper": ("subject", [2.0, 3.0, 7.0]),
            "n_trials": ("subject", [10, 20, 30]),
        },
        coords={"subject": ["a", "b", "c"], "lag": [1, 2], "kind": ["rewarded", "unrewarded"]},
    )


@pytest.fixture
def published() -> pd.DataFrame:
    row = {"figure": "5", "quantity": "index", "group": "agents", "condition": "", "subject": ""}
    rows = [
        {**row, "value": 2.5, "source": "the paper, Fig. 5"},
        {**row, "value": 9.0, "source": "another figure", "figure": "6"},
        {**row, "value": 8.0, "source": "rats", "group": "rats"},
    ]
    return pd.DataFrame(rows)


def test_one_row_a_number_with_its_own_interval(result):
    table = tabulate_result(result, "index", panel="c", source="agents", quantity="index")
    assert list(table.columns) == COLUMNS
    assert table[["subject", "value", "lower", "upper", "n"]].values.tolist() == [
        ["a", 1, 0, 2, 10], ["b", 2, 1, 3, 20], ["c", 6, 5, 7, 30],
    ]  # fmt: skip


def test_conditions_name_the_other_dimensions(result):
    table = tabulate_result(result, "weight", panel="d", source="agents", quantity="weight")
    assert len(table) == 12
    assert table["condition"].tolist()[:4] == [
        "lag 1 rewarded", "lag 1 unrewarded", "lag 2 rewarded", "lag 2 unrewarded",
    ]  # fmt: skip
    assert table["n"].isna().all()


def test_there_and_back(result):
    table = tabulate_result(result, "weight", panel="d", source="agents", quantity="weight")
    again = untabulate_result(table, "weight", "weight", {"lag": int, "kind": str})
    for name in ("weight", "lower", "upper"):
        assert again[name].dims == ("subject", "lag", "kind")
        assert np.array_equal(again[name].values, result[name].values)
    assert again["lag"].values.tolist() == [1, 2]
    assert again["kind"].values.tolist() == ["rewarded", "unrewarded"]


def test_the_mean_has_the_papers_number_beside_it(result, published):
    numbers = Numbers(published, figure="5")
    numbers.add("c", "agents", "index", result)
    numbers.add("c", "observer", "index", result.isel(subject=[0]))
    table = numbers.table()
    mean = table[(table["subject"] == "mean") & (table["source"] == "agents")].iloc[0]
    assert mean["value"] == 3.0
    assert mean["n"] == 3
    assert mean["upper"] == pytest.approx(3 + 4.302653 * np.sqrt(7 / 3))  # t(.975, 2)
    assert (mean["published"], mean["published_source"]) == (2.5, "the paper, Fig. 5")
    assert table["published"].notna().sum() == 1


def test_a_single_subject_keeps_its_own_interval(result, published):
    numbers = Numbers(published, figure="5")
    numbers.add("c", "observer", "index", result.isel(subject=[0]))
    mean = numbers.table().set_index("subject").loc["mean"]
    assert mean[["value", "lower", "upper"]].tolist() == [1, 0, 2]


def test_paper_gives_the_values_of_its_figure_only(published):
    numbers = Numbers(published, figure="5")
    assert numbers.paper("index", "agents") == {"": 2.5}
    assert numbers.paper("index", "monkeys") == {}


def test_written_table_reads_back(tmp_path, result, published):
    numbers = Numbers(published, figure="5")
    numbers.add("d", "agents", "weight", result)
    path = numbers.write(tmp_path / "new" / "fig.csv")
    found = pd.read_csv(path)
    assert list(found.columns) == COLUMNS
    assert found["value"].values == pytest.approx(numbers.table()["value"].values, rel=1e-5)


def test_rows_are_those_of_xarrays_own_table():
    """Rows and labels, also where coordinates are in another order than dimensions."""
    values = np.random.default_rng(0).normal(size=(2, 3, 2))
    coordinates = {"step": ["fixation", "choice"], "trial": [1, 2, 3], "subject": ["x", "y"]}
    result = xr.Dataset({"share": (("subject", "trial", "step"), values)}, coordinates)
    table = tabulate_result(result, "share", panel="a", source="agents", quantity="share")
    expected = xr.Dataset({"share": result["share"]}).to_dataframe().reset_index()
    assert table["value"].tolist() == expected["share"].tolist()
    assert table["subject"].tolist() == expected["subject"].tolist()
    named = [f"trial {row.trial} {row.step}" for row in expected.itertuples()]
    assert table["condition"].tolist() == named
