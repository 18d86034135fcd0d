"""What mice did after stimulation, against numbers typed in from the paper once more."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.recording.published import published_row, published_value, read_published


@pytest.fixture(scope="module")
def table():
    return read_published("blanco_pozo_2024")


def test_z_values_as_stated(table):
    """Estimates over the standard errors behind the intervals give the z values of the text."""
    stated = {
        "transition_x_outcome": 11.468,
        "at_outcome stimulated": 1.378,
        "at_outcome transition_x_stimulated": -0.355,
        "at_outcome transition_x_outcome_x_stimulated": -0.464,
        "after_choice stimulated": 2.645,
    }
    betas = table[table["quantity"] == "regression_beta"]
    assert set(betas["condition"]) == set(stated)
    for condition, z in stated.items():
        row = published_row(table, "regression_beta", condition=condition)
        error = (row["upper"] - row["lower"]) / 2 / 1.96
        # Both were rounded to three decimals.
        slack = (0.0005 + abs(z) * 0.0005) / error
        assert row["value"] / error == pytest.approx(z, abs=slack)


def test_ratio_follows_from_the_coefficients(table):
    reward = published_row(table, "regression_beta", condition="transition_x_outcome")
    stimulated = published_row(
        table, "regression_beta", condition="at_outcome transition_x_stimulated"
    )
    ratio = stimulated["value"] / reward["value"]
    row = published_row(table, "stimulation_ratio", condition="both")
    assert row["value"] == pytest.approx(ratio, abs=5e-5)
    errors = [(beta["upper"] - beta["lower"]) / 2 / 1.96 for beta in (stimulated, reward)]
    error = np.hypot(errors[0], ratio * errors[1]) / reward["value"]
    assert row["upper"] - ratio == pytest.approx(1.96 * error, abs=2e-3)
    assert row["lower"] < 0 < row["upper"] < 1


def test_directions_agree_with_the_intervals(table):
    directions = table[
        (table["quantity"] == "stimulation_direction") & (table["group"] == "mice")
    ].set_index("condition")["value"]
    betas = table[table["quantity"] == "regression_beta"].set_index("condition")
    shared = betas.index.intersection(directions.index)
    assert len(shared) == 4
    for condition in shared:
        low, high = betas.loc[condition, ["lower", "upper"]]
        assert directions[condition] == int(low > 0) - int(high < 0)


def test_animals_and_protocol(table):
    assert published_value(table, "subjects", group="mice") == 7
    assert published_value(table, "subjects", group="control_mice") == 5
    assert published_value(table, "share_stimulated") == 0.25
    assert published_value(table, "trials", group="mice", condition="at_outcome") == 23051
    assert published_value(table, "bayes_factor", condition="at_outcome stimulation") == 0.048
    assert table["source"].str.contains("10.1038/s41593-023-01542-x", regex=False).all()
