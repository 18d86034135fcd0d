"""Residuals of agents against those of the observer, with the uncertainty of both."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables.matching_numbers import add_residual_difference


def residuals(values: list[float], half: float) -> xr.Dataset:
    names = [f"s{k}" for k in range(len(values))]
    data = {}
    for quantity in ("mean_residual", "signed_residual"):
        for end, shift in (("", 0.0), ("_lower", -half), ("_upper", half)):
            data[quantity + end] = ("subject", np.array(values) + shift)
    return xr.Dataset(data, {"subject": names})


def test_the_difference_has_both_uncertainties():
    numbers = Numbers(read_published("tsutsui_2016"), figure="none")
    add_residual_difference(numbers, residuals([-0.1, -0.2], 0.03), residuals([-0.05], 0.04))
    table = numbers.table()
    rows = table[table["quantity"] == "signed_residual_held_out_minus_observer"]
    rows = rows.set_index("subject")
    assert rows["value"].to_dict() == pytest.approx({"s0": -0.05, "s1": -0.15, "mean": -0.1})
    assert rows["upper"]["s0"] - rows["value"]["s0"] == pytest.approx(0.05)  # 3, 4, 5
    alone = 12.706205 * 0.05  # Student's t with one degree of freedom, standard error .05
    reach = rows["upper"]["mean"] - rows["value"]["mean"]
    assert reach == pytest.approx(np.hypot(alone, 0.04), rel=1e-6)
    assert rows["n"]["mean"] == 2
