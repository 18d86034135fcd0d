"""The birds' table against the raw data, and what is kept of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.published import published_row, read_published
from pfc_analysis.reproduction.animals import birds, shipped_results


def test_birds_without_the_raw_data_come_from_the_shipped_table(monkeypatch):
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: None)
    found, shipped = birds.bird_reversals(), read_published(birds.STUDY)
    assert found.problems.sizes == {"subject": 23, "reversal_number": 12}
    assert found.problems["reversal_number"].values.tolist() == list(range(12))
    # What follows from the counts follows from those of the table.
    for name, improvement in zip(
        birds.COUNTS, (found.improvement, found.improvement_given), strict=True
    ):
        for quantity in ("first", "last", "difference", "log_slope"):
            row = published_row(shipped, f"change_in_{name}", condition=quantity)
            cell = improvement.sel(quantity=quantity)
            for column, variable in (("value", "mean"), ("lower", "lower"), ("upper", "upper")):
                assert cell[variable].item() == pytest.approx(row[column], rel=1e-6)
    row = published_row(shipped, "log_slope_by_order", condition="p_value")
    assert found.order["p_value"].item() == pytest.approx(row["value"], rel=1e-6)


def test_shipped_numbers_typed_in_once_more():
    """First and last reversal of the nine birds that had several, from the experimenters' file."""
    shipped = read_published(birds.STUDY)
    given = shipped[shipped["quantity"] == "trials_given"].set_index(["subject", "condition"])
    first_and_last = {
        "Chalupa": (90, 8, 50),
        "Mole": (70, 7, 50),
        "Habanero": (79, 6, 40),  # 80 there, with one trial without a choice
        "Memela": (60, 11, 80),
        "Diablo": (80, 8, 40),
        "Burrito": (60, 8, 23),
        "Adobo": (102, 6, 50),  # 100 there
        "Chilaquile": (40, 6, 30),
        "Pollito": (60, 8, 40),
    }
    for bird, (first, number, last) in first_and_last.items():
        assert given["value"][bird, "reversal_number 1"] == first
        assert given["value"][bird, f"reversal_number {number}"] == last
        assert (bird, f"reversal_number {number + 1}") not in given.index
    row = published_row(shipped, "change_in_trials_given", condition="difference")
    firsts, _, lasts = np.array(list(first_and_last.values())).T
    assert row["value"] == pytest.approx((lasts - firsts).mean())
    assert row["n"] == 9


@pytest.mark.real_data
def test_shipped_table_equals_the_raw_data_computed_anew(grackle_recording):
    anew = birds.tabulate_reversals(birds.measure_reversals(grackle_recording))
    shipped = read_published(birds.STUDY)
    for column in ("quantity", "condition", "subject", "unit"):
        assert anew[column].tolist() == shipped[column].tolist()
    for column in ("value", "lower", "upper", "n"):
        assert np.allclose(anew[column], shipped[column], atol=1e-6, equal_nan=True)


@pytest.mark.real_data
def test_table_and_raw_data_give_the_same_results(grackle_recording, monkeypatch):
    raw = birds.measure_reversals(grackle_recording)
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: None)
    table = birds.bird_reversals()
    for name in ("problems", "improvement", "improvement_given", "order"):
        xr.testing.assert_allclose(getattr(raw, name), getattr(table, name))


@pytest.mark.real_data
def test_a_table_that_disagrees_with_the_raw_data_is_an_error(grackle_recording, monkeypatch):
    wrong = read_published(birds.STUDY)
    wrong.loc[3, "value"] += 1
    monkeypatch.setattr(shipped_results, "read_published", lambda study: wrong)
    monkeypatch.setattr(shipped_results, "load_dataset", lambda name: grackle_recording)
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: Path("raw"))
    with pytest.raises(ValueError, match=r"logan_2023.csv: computed anew from the raw data"):
        birds.bird_reversals()
