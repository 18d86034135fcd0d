"""Numbers of Figure R2: who was recorded how, and what is averaged."""

from __future__ import annotations

import pytest
import xarray as xr

from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.rival_agents import (
    ERROR,
    NETWORKS,
    PREDICTS,
    RATS_SCHEDULE,
    REWARD,
    find_experiments,
)
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables import rival_error_numbers as tables
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.shipped_experiments import list_experiments, shipped_agent

TASKS = ("two_step", "inferred_value", "volatility", "matching", "risky_choice")


@pytest.fixture
def numbers():
    return Numbers(read_published("stopper_2014"), figure="7")


@pytest.mark.parametrize("task", TASKS)
def test_every_network_is_shipped_for_every_task(task):
    found = find_experiments(task)
    assert list(found) == list(NETWORKS)
    assert set(found.values()) <= set(list_experiments())
    assert len(set(found.values())) == len(NETWORKS)


def test_both_networks_are_shipped_at_the_rats_schedule():
    recipes = {name: read_recipe(shipped_agent(name)) for name in RATS_SCHEDULE.values()}
    one, other = recipes.values()
    assert list(RATS_SCHEDULE) == [REWARD, PREDICTS]
    assert one.training_task() == other.training_task()
    assert one.optimisation == other.optimisation


def preference(high: float, low: float) -> xr.Dataset:
    """Preferences of two agents, the second of whom takes more risks."""
    array = xr.DataArray(
        [[high, low], [high + 2.0, low + 4.0]],
        {"subject": ["a", "b"], "probability": [0.5, 0.125]}, ("subject", "probability"),
    )  # fmt: skip
    return xr.Dataset({"risky_preference": array, "lower": array - 1, "upper": array + 1})


def test_risky_changes_are_those_of_the_same_agents_and_rate(numbers, monkeypatch):
    """The control of each rate is recorded at that rate; both probabilities are averaged."""
    asked = []

    def measure(agents, rule, sessions, *, experiment, plasticity):
        asked.append((experiment, rule, plasticity))
        before = 50.0 + plasticity
        return preference(before, 20.0) if rule == "none" else preference(before + 10.0, 26.0)

    monkeypatch.setattr(tables, "measure_agent_preference", measure)
    rats = {"block_safe_reward": 1.0}
    change = tables.add_risky_changes(numbers, "h", None, rats, {"off": 0.0, "on": 2.0}, 5)
    assert (change == 8.0).all()
    assert dict(change.sizes) == {"network": 3, "learning": 2, "manipulation": 1, "subject": 2}
    names = find_experiments("risky_choice").values()
    rules = ("none", "block_safe_reward")
    assert asked == [(name, rule, rate) for name in names for rate in (0.0, 2.0) for rule in rules]
    table = numbers.table()
    own = table[(table["quantity"] == "risky_change") & (table["source"] == f"agents, {ERROR}")]
    low = own[own["condition"] == "on block_safe_reward probability 0.125"]
    assert low["value"].tolist() == [6.0, 6.0, 6.0]


def test_updates_saved_are_those_of_the_same_seed(numbers, monkeypatch):
    """The replica that comes second in one experiment is the first in the other."""
    curves = {
        "two_step": ([[0.5, 0.7], [0.65, 0.7]], ["seed_1", "seed_2"]),
        "two_step_late_rpe": ([[0.62, 0.7], [0.5, 0.6]], ["seed_2", "seed_1"]),
    }

    def read(experiment, agents):
        values, names = curves[experiment.removeprefix("predictive_")]
        return xr.DataArray(values, {"subject": names, "update": [10, 20]}, ("subject", "update"))

    monkeypatch.setattr(tables, "read_learning_curve", read)
    found, saved = tables.add_late_learning(numbers, "abc", None, (REWARD, PREDICTS))
    assert list(found) == [REWARD, PREDICTS]
    own = saved.sel(network=REWARD)
    assert own.sel(subject="seed_1").item() == pytest.approx(15.0 - 20.0)
    assert own.sel(subject="seed_2").item() == pytest.approx(0.0)
    table = numbers.table().set_index(["quantity", "condition", "source", "subject"])
    place = ("updates_to_learn", "late", f"agents, {REWARD}", "seed_1")
    assert table.loc[place, "value"].item() == pytest.approx(20.0)


def test_rats_have_a_direction_for_each_manipulation(numbers):
    told = numbers.paper("change_direction", "rats")
    rows = tables.tabulate_rats(told)
    assert dict(zip(rows["condition"], rows["value"], strict=True)) == {
        "block_risky_reward": -1.0, "block_safe_reward": 1.0, "block_risky_loss": 1.0,
    }  # fmt: skip
