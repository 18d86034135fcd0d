"""Doses at which a quantity is not defined are left out."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.reproduction.tables.two_step_numbers import select_defined


def test_a_dose_is_left_out_where_no_subject_has_a_value():
    nan = np.nan
    values = xr.DataArray(
        [[0.5, 0.4, nan], [0.6, nan, nan]], {"share": [0.0, 0.5, 1.0]}, ("subject", "share")
    )
    curve = xr.Dataset({"r2": values, "r2_lower": values - 0.1, "slope": values.fillna(0.0)})
    found = select_defined(curve, "r2", "share")
    assert set(found) == {"r2", "r2_lower"}
    assert found["share"].values.tolist() == [0.0, 0.5]
    assert select_defined(curve, "slope", "share").sizes["share"] == 3
