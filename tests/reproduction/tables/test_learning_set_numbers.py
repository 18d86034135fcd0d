"""Numbers of Figure 6: published curves, solvers, and averages over training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.analysis.learning.learning_set import find_solvers
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables import learning_set_numbers as sets


def test_published_curves_in_their_order():
    tables = [read_published(study) for study in ("wang_2018", "harlow_1949")]
    published = pd.concat(tables, ignore_index=True)
    monkeys = sets.find_curves(published, "monkeys", "problems")["correct"]
    assert monkeys.dims == ("subject", "problems", "trial")
    assert monkeys["problems"].values[[0, 4, 7]].tolist() == [
        "problems_1_8", "problems_1_100", "problems_257_312",
    ]  # fmt: skip
    last = monkeys.sel(problems="problems_257_312").values[0]
    assert last.tolist() == [0.5, 0.966, 0.978, 0.981, 0.985, 0.985]
    paper = sets.find_curves(published, "agents", "stage")["correct"]
    assert paper["stage"].values.tolist() == [*(f"stage_{k}" for k in range(1, 7)), "final"]
    assert paper.sel(stage="stage_1", trial=[1, 6]).values[0].tolist() == [0.41, 0.493]


def test_solvers_are_rows_and_their_share_has_its_exact_interval():
    correct = xr.DataArray(
        [[0.5, 0.97], [0.5, 0.6], [0.5, 0.99]],
        dims=("subject", "trial"),
        coords={"subject": ["seed_1", "seed_2", "seed_3"], "trial": [1, 2]},
    )
    table = sets.tabulate_solvers(find_solvers(correct), "c", "agents").set_index("subject")
    assert table["value"].tolist() == pytest.approx([1.0, 0.0, 1.0, 2 / 3])
    mean = table.loc["mean"]
    # Clopper and Pearson for 2 of 3, as in tables.
    assert (mean["lower"], mean["upper"]) == pytest.approx((0.0943, 0.9916), abs=1e-4)
    assert mean["n"] == 3
    assert set(table["quantity"]) == {"share_at_ceiling"}


def test_training_is_averaged_over_equal_stretches_of_it():
    longer = pd.DataFrame({"sessions": [16, 32, 48, 64], "reward_per_trial": [0.0, 2.0, 4.0, 8.0]})
    shorter = longer.iloc[:2] + 1
    logs = {"seed_1": longer, "seed_2": shorter.assign(sessions=[16, 32])}
    found = sets.average_training(logs, n_bins=2)["reward_per_trial"]
    assert found["sessions"].values.tolist() == [32, 64]
    assert found.sel(subject="seed_1").values.tolist() == [1.0, 6.0]
    assert found.sel(subject="seed_2").values.tolist()[0] == 2.0
    assert np.isnan(found.sel(subject="seed_2").values[1])


@pytest.mark.parametrize(
    ("solved", "names", "text"),
    [
        ([1.0, 0.0, 1.0], ["a", "c"], "2 of 3 agents, which solved it"),
        ([0.0, 0.0, 0.0], ["a", "b", "c"], "3 agents, none of which solved it"),
    ],
)
def test_solvers_are_selected_or_all_where_nobody_solved(solved, names, text):
    solvers = xr.Dataset({"solved": ("subject", solved)}, {"subject": ["a", "b", "c"]})
    assert sets.select_solvers(solvers).tolist() == names
    assert sets.describe_solvers(solvers) == text


def test_stages_are_compared_by_their_rise_and_their_distance():
    correct = xr.DataArray(
        [[[0.5, 0.7, 0.9]], [[0.5, 0.6, 0.6]]],
        {"subject": ["a", "b"], "stage": ["stage_4"], "trial": [1, 2, 3]},
        ("subject", "stage", "trial"),
    )
    published = correct[:1].copy(data=[[[0.4, 0.7, 1.0]]]).assign_coords(subject=["paper"])
    numbers = Numbers(read_published("wang_2018"), figure="none")
    learned, paper = (curves.to_dataset(name="correct") for curves in (correct, published))
    sets.compare_stages(numbers, learned, paper)
    table = numbers.table()
    assert set(table["condition"]) == {"stage_4"}
    rows = {
        (source, quantity): own.set_index("subject")["value"].to_dict()
        for (source, quantity), own in table.groupby(["source", "quantity"])
    }
    rise, distance = "rise_within_problem", "distance_from_published"
    assert rows["agents", rise] == pytest.approx({"a": 0.2, "b": 0.0, "mean": 0.1})
    assert rows["agents", distance] == pytest.approx({"a": 0.05, "b": 0.25, "mean": 0.15})
    assert rows["published agents", rise]["paper"] == pytest.approx(0.3)
