"""Learning curves that begin where prediction errors set in, and how many updates they take."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.reproduction.agents.late_errors import (
    UPDATES,
    find_update,
    read_learning_curve,
)
from pfc_analysis.training.run.shipped_experiments import shipped_agent


@pytest.mark.parametrize(("experiment", "first"), [("two_step", 0), ("two_step_late_rpe", 600)])
def test_curves_are_means_of_the_log_from_the_onset_on(experiment, first):
    curve = read_learning_curve(experiment, None)
    log = pd.read_csv(shipped_agent(experiment) / "seed_3" / "training.csv")
    later = log[log["update"] > first]
    for k, update in enumerate(curve["update"].values):
        assert update == UPDATES * (k + 1)
        own = later[(later["update"] - first > update - UPDATES)
                    & (later["update"] - first <= update)]  # fmt: skip
        expected = own["reward_per_trial"].mean()
        assert curve.sel(subject="seed_3")[k] == pytest.approx(expected)
    assert curve.sizes == {"subject": 8, "update": 600 // UPDATES}


def test_the_update_at_which_a_reward_is_reached_lies_between_two_means():
    curve = xr.DataArray(
        [[0.2, 0.5, 0.7, 0.6], [0.9, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4]],
        {"subject": ["slow", "at once", "never"], "update": [10, 20, 30, 40]},
        ("subject", "update"),
    )
    found = find_update(curve, 0.6)
    assert found.sel(subject="slow") == pytest.approx(25.0)
    assert found.sel(subject="at once") == 10.0
    assert np.isnan(found.sel(subject="never"))
