"""Means by trial of the session, and what rises at a change of regime, against known numbers."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.learning.schedule_means import (
    compute_schedule_mean,
    compute_switch_rise,
    find_first_side,
)


def lay_out(tables: dict[str, np.ndarray]) -> xr.DataArray:
    """Values (session, trial in session) of each subject on trial."""
    coords: dict[str, list] = {"subject": [], "session": [], "trial_in_session": []}
    for name, table in tables.items():
        for (session, trial), _ in np.ndenumerate(table):
            for key, label in zip(coords, (name, session, trial), strict=True):
                coords[key].append(label)
    values = np.concatenate([table.ravel() for table in tables.values()])
    labels = {key: ("trial", column) for key, column in coords.items()}
    return xr.DataArray(values, labels, ("trial",), "decoded")


@pytest.fixture
def tables() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    # Names whose order as text is not the order played.
    return {"seed_9": rng.normal(size=(5, 4)), "seed_10": rng.normal(size=(3, 4))}


def test_means_and_intervals_are_those_of_a_t_test(tables):
    result = compute_schedule_mean(lay_out(tables))
    assert result["mean"].dims == ("subject", "trial_in_session")
    assert result["subject"].values.tolist() == ["seed_9", "seed_10"]
    assert result["n_sessions"].values.tolist() == [5, 3]
    for name, table in tables.items():
        one = result.sel(subject=name)
        interval = stats.ttest_1samp(table, 0).confidence_interval(0.95)
        assert np.allclose(one["mean"], table.mean(axis=0))
        assert np.allclose(one["lower"], interval.low)
        assert np.allclose(one["upper"], interval.high)


def test_one_session_has_a_mean_and_no_interval():
    result = compute_schedule_mean(lay_out({"a": np.array([[1.0, 2.0]])}))
    assert result["mean"].values.tolist() == [[1.0, 2.0]]
    assert result["lower"].isnull().all()


def test_sessions_must_be_alike(tables):
    values = lay_out(tables)
    with pytest.raises(AnalysisError, match="session: found sessions of 3 to 4 trials"):
        compute_schedule_mean(values.isel(trial=slice(None, -1)))
    whole = (values["trial_in_session"] > 0).values
    with pytest.raises(AnalysisError, match="sessions that lack trials, expected 0 to 2 in each"):
        compute_schedule_mean(values.isel(trial=whole))
    shuffled = values.isel(trial=np.r_[0:20:4, 1:20:4, 2:20:4, 3:20:4])
    with pytest.raises(AnalysisError, match="or not in order"):
        compute_schedule_mean(shuffled)
    with pytest.raises(AnalysisError, match=r"decoded: found dimensions .*'unit'.* choose one"):
        compute_schedule_mean(values.expand_dims(unit=[0]))
    with pytest.raises(MissingVariableError, match="session: not among the coordinates"):
        compute_schedule_mean(values.drop_vars("session"))


def test_rise_is_found_at_each_sessions_own_change():
    """0 before the change; after it 100 for two trials, then as much as the session is told."""
    told, changes = np.array([0.2, 0.4, 0.9]), np.array([4, 5, 6])
    trial = np.arange(12)
    regime = (trial >= changes[:, None]).astype(int)
    since = trial - changes[:, None]
    values = np.where(since < 0, 0.0, np.where(since < 2, 100.0, told[:, None]))
    values[since < -3] = 50.0  # before the window
    recording = lay_out({"a": 1 - regime}).to_dataset(name="regime")
    rise = compute_switch_rise(lay_out({"a": values}), recording, before=3, after=(2, 5))
    expected = stats.ttest_1samp(told, 0).confidence_interval(0.95)
    assert rise["rise"].values == pytest.approx([0.5])
    assert rise["lower"].values == pytest.approx([expected.low])
    assert rise["upper"].values == pytest.approx([expected.high])
    assert rise["n_sessions"].values.tolist() == [3]
    assert rise.attrs["after"] == [2, 5]


@pytest.mark.parametrize(
    ("regime", "windows", "found"),
    [
        ([0, 0, 1, 1], {"before": 3, "after": (0, 1)}, "at trials 2 to 2 of 4"),
        ([0, 0, 1, 1], {"before": 2, "after": (1, 3)}, "at trials 2 to 2 of 4"),
        ([0, 0, 0, 0], {"before": 1, "after": (0, 1)}, "at trials -1 to -1 of 4"),
        ([0, 0, 1, 1], {"before": 0, "after": (0, 1)}, "expected 0 trials before it and 1 after"),
        ([0, 0, 1, 1], {"before": 1, "after": (1, 1)}, "choose other windows"),
    ],
)
def test_windows_must_fit(regime, windows, found):
    recording = lay_out({"a": np.array([regime])}).to_dataset(name="regime")
    with pytest.raises(AnalysisError, match=found):
        compute_switch_rise(lay_out({"a": np.zeros((1, 4))}), recording, **windows)


def test_rise_needs_the_regime(tables):
    with pytest.raises(MissingVariableError, match="regime: the recording has no such variable"):
        compute_switch_rise(lay_out(tables), lay_out(tables).to_dataset(name="choice"))


def test_first_side_is_that_of_the_sessions_first_trial():
    right = lay_out({"a": np.array([[0.8, 0.2], [0.2, 0.8]]), "b": np.array([[0.75, 0.75]])})
    pays = xr.concat([1 - right, right], xr.Variable("arm", ["left", "right"]))
    recording = pays.transpose("trial", "arm").to_dataset(name="reward_probability")
    assert find_first_side(recording).values.tolist() == [1, 1, 0, 0, 1, 1]
    with pytest.raises(MissingVariableError, match="reward_probability"):
        find_first_side(recording[[]])
