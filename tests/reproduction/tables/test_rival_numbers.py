"""Numbers of Figure R1: networks joined by name, the mice's row, effects by rate of learning."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.learners import ModelBased
from pfc_analysis.recording.published import read_published
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.reproduction.agents.rival_agents import (
    PREDICTS,
    compute_observer_share,
    find_experiments,
)
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables import rival_numbers as tables
from pfc_analysis.tasks.two_step import TwoStep


def on_subjects(values, names) -> xr.Dataset:
    return xr.Dataset({"ratio": ("subject", values)}, {"subject": names})


def test_networks_with_other_replicas_are_joined_with_gaps():
    one, other = on_subjects([1.0, 2.0], ["a", "b"]), on_subjects([3.0], ["c"])
    joined = tables.join_networks({"first": one["ratio"], "second": other["ratio"]})
    assert joined.sel(network="first").dropna("subject").values.tolist() == [1.0, 2.0]
    assert joined.sel(network="second").dropna("subject").values.tolist() == [3.0]


def test_effects_are_measured_at_each_rate_and_tabulated_by_network():
    published = read_published("blanco_pozo_2024")
    numbers, asked = Numbers(published, figure="r1"), []

    def measure(experiment: str, rate: float) -> xr.Dataset:
        asked.append((experiment, rate))
        effect = on_subjects([rate, rate + 1.0], ["a", "b"])
        return effect.assign(reward_model_based=effect["ratio"] + 0.5)

    found = tables.add_raised_errors(numbers, "de", measure, {"off": 0.0, "on": 2.0})
    names = find_experiments("two_step").values()
    assert asked == [(name, rate) for name in names for rate in (0.0, 2.0)]
    assert found["ratio"].sel(network=PREDICTS, learning="on").values.tolist() == [2.0, 3.0]
    table = numbers.table()
    row = table[(table["quantity"] == "effect_of_reward") & (table["subject"] == "mean")]
    own = row[(row["source"] == f"agents, {PREDICTS}") & (row["condition"] == "on")]
    assert own["value"].tolist() == [3.0]
    assert set(own["panel"]) == {"e"}


def test_the_mice_have_one_row_with_its_interval():
    rows = tables.tabulate_mice(read_published("blanco_pozo_2024"))
    (row,) = rows.to_dict("records")
    assert row["quantity"] == "stimulation_ratio"
    assert row["lower"] < row["value"] < row["upper"]
    assert row["panel"] == "d"


def test_share_of_the_observer_is_that_of_reward_above_chance():
    played = simulate(ModelBased(0.5, 5.0), TwoStep(), sessions=200, seed=1, subject="planner")
    share = compute_observer_share(played, seed=2)["reward_share"].item()
    earned = float(np.mean(played["reward"]))
    assert share == pytest.approx((earned - 0.5) / (0.707 - 0.5), rel=0.03)
