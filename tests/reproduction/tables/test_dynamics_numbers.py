"""Summaries of fixed points, on made-up points."""

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.reproduction.tables.dynamics_numbers import summarise_fixed_points


def test_rates_are_averaged_over_choices_before_they_become_time_constants():
    kinds = [f"choice {c}, common_transition 1, reward 1" for c in ("left", "right")]
    found = xr.Dataset(
        {
            "decay_rate": ("fixed_point", [0.1, 0.3, -0.1]),
            "stability": ("fixed_point", ["stable", "stable", "unstable"]),
            "distance": ("fixed_point", [0.2, 1.5, 0.3]),
            "n_fixed_points": (("of_subject", "kind"), [[1, 1], [1, 0]]),
        },
        {
            "subject": ("fixed_point", ["one", "one", "other"]),
            "trial_kind": ("fixed_point", [*kinds, kinds[0]]),
            "of_subject": ["one", "other"],
        },
    )
    one = summarise_fixed_points(found)
    constant = one["time_constant"].sel(trial_type="common_rewarded").values
    assert constant == pytest.approx([1 / 0.2, np.nan], nan_ok=True)  # the other one repels
    assert one["time_constant"].sel(trial_type="uncommon_rewarded").isnull().all()
    assert one["fixed_points_per_kind"].values.tolist() == [1.0, 0.5]
    assert one["share_stable"].values.tolist() == [1.0, 0.0]
    assert one["share_near"].values.tolist() == [0.5, 1.0]
