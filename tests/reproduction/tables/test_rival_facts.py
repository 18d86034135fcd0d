"""The table of all that was asked of three networks."""

from __future__ import annotations

import pandas as pd
import pytest
from scipy.stats import ttest_ind

from pfc_analysis.paths import content_folder
from pfc_analysis.reproduction.agents.rival_agents import ERROR, NETWORKS, PREDICTS, REWARD
from pfc_analysis.reproduction.tables.rival_facts import (
    APART,
    FACTS,
    read_facts,
    tabulate_facts,
)

VALUES = {REWARD: [1.0, 2.0, 4.0], ERROR: [5.0, 5.5, 6.5], PREDICTS: [0.0, 3.0, 0.5]}


def made_up(row, source, values):
    """Rows of replicas, and of their mean, for a number of a figure."""
    names = [*(f"seed_{k}" for k in range(1, len(values) + 1)), "mean"]
    own = [*values, sum(values) / len(values)]
    return pd.DataFrame(
        {"quantity": row.quantity, "condition": row.condition, "source": source,
         "subject": names, "value": own, "lower": -1.0, "upper": 9.0}
    )  # fmt: skip


@pytest.fixture
def numbers():
    found: dict[str, list[pd.DataFrame]] = {}
    for fact in FACTS:
        rows = [made_up(fact.networks, f"agents, {n}", own) for n, own in VALUES.items()]
        found.setdefault(fact.networks.script, []).extend(rows)
        if fact.animals:
            row = made_up(fact.animals, fact.animals.source, [0.7])
            found.setdefault(fact.animals.script, []).append(row[row["subject"] != "mean"])
    return {script: pd.concat(tables).drop_duplicates() for script, tables in found.items()}


def test_every_network_has_its_mean_and_the_difference_is_welchs(numbers):
    table = tabulate_facts(numbers)
    assert list(table.columns) == ["question", *NETWORKS, "animals", APART]
    assert len(table) == len(FACTS)
    expected = ttest_ind(VALUES[PREDICTS], VALUES[REWARD], equal_var=False)
    bounds = expected.confidence_interval(0.95)
    for _, row in table.iterrows():
        assert row[REWARD] == pytest.approx((7 / 3, -1.0, 9.0))
        assert row[ERROR][0] == pytest.approx(17 / 3)
        assert row[APART] == pytest.approx((3.5 / 3 - 7 / 3, bounds.low, bounds.high))
    asked = {fact.question for fact in FACTS if fact.animals}
    beside = table[table["question"].isin(asked)]["animals"]
    assert all(value == pytest.approx((0.7, -1.0, 9.0)) for value in beside)


def test_replicas_that_are_all_the_same_have_a_difference_without_interval(numbers):
    for table in numbers.values():
        own = table["source"].isin([f"agents, {REWARD}", f"agents, {PREDICTS}"])
        table.loc[own, "value"] = table.loc[own, "source"].str.endswith(PREDICTS) * 2.0
    found = tabulate_facts(numbers)[APART].iloc[0]
    assert found == pytest.approx((2.0, float("nan"), float("nan")), nan_ok=True)


def test_a_number_that_is_missing_is_named(numbers):
    fact = FACTS[0].networks
    table = numbers[fact.script]
    numbers[fact.script] = table[table["quantity"] != fact.quantity]
    with pytest.raises(KeyError, match=f"{fact.quantity}.*draw the figure again"):
        tabulate_facts(numbers)


def test_the_drawn_figures_hold_every_number():
    table = tabulate_facts(read_facts(content_folder("figures") / "rendered"))
    assert table[[REWARD, PREDICTS]].map(lambda value: value[0]).notna().all(axis=None)
