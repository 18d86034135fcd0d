"""Responses of a signal, trial by trial."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.signals.trial_responses import measure_trial_responses


@pytest.fixture
def recording():
    rng = np.random.default_rng(1)
    label = {"subject": ["a", "a", "b"], "session": [0, 1, 0], "trial_in_session": [0, 0, 0]}
    return xr.Dataset(
        {
            "signal": (("trial", "time"), rng.normal(size=(3, 8)), {"units": "dF/F"}),
            "block": ("trial", [0, 1, 0]),
        },
        {"time": np.arange(-4, 4) / 10} | {name: ("trial", v) for name, v in label.items()},
    )


def test_mean_in_the_window_minus_that_of_the_baseline(recording):
    found = measure_trial_responses(recording, "signal", (0.0, 0.2), "mean", (-0.4, -0.1))
    values = recording["signal"].values
    np.testing.assert_allclose(found, values[:, 4:6].mean(axis=1) - values[:, :3].mean(axis=1))
    assert found.dims == ("trial",)
    assert found.attrs["units"] == "dF/F"
    assert set(found.coords) == {"subject", "session", "trial_in_session", "block"}


def test_a_missing_sample_makes_only_its_own_trial_nan(recording):
    recording["signal"][1, 4] = np.nan
    recording["signal"][2, 7] = np.nan  # outside the window
    found = measure_trial_responses(recording, "signal", (0.0, 0.2))
    assert np.isnan(found.values).tolist() == [False, True, False]


def test_a_signal_without_numbers_in_the_window_is_refused(recording):
    recording["signal"][:, 4:] = np.nan
    with pytest.raises(AnalysisError, match="found NaN in the window in each of 3 trials"):
        measure_trial_responses(recording, "signal", (0.0, 0.2))


def test_what_is_no_trace_is_refused(recording):
    with pytest.raises(AnalysisError, match="infinite"):
        measure_trial_responses(
            recording.assign(signal=recording["signal"].where(False, np.inf)), "signal", (0.0, 0.2)
        )
    with pytest.raises(AnalysisError, match="expected 'trial', 'time'"):
        measure_trial_responses(recording.isel(time=0), "signal", (0.0, 0.2))
    with pytest.raises(MissingVariableError, match="no coordinate 'time'"):
        measure_trial_responses(recording.drop_vars("time"), "signal", (0.0, 0.2))
