"""Use of memory by its age and by other numbers, against players whose memory fades."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.memory.cued_stay import compute_cued_stay
from pfc_analysis.analysis.memory.memory_use import compute_memory_use

from .cued_tables import PLAYERS, episodic_planner, play_cued


@pytest.fixture(scope="module")
def recording():
    return play_cued(episodic_planner, 60, seed=1)


def test_one_bin_is_the_episodic_index(recording):
    whole = compute_memory_use(recording, bins=1).sel(subject="one", bin=0)
    stay = compute_cued_stay(recording).sel(subject="one", reference="cued_trial")
    for end in ("", "_lower", "_upper"):
        assert whole[f"memory_use{end}"] == stay[f"model_based_index{end}"]
    assert whole["n_trials"] == stay["n_trials"].sum() == 3000
    age = (recording["trial_in_session"] - recording["cued_trial"]).values
    told = recording["cued_trial"].values >= 0
    assert whole["bin_mean"].item() == pytest.approx(age[told].mean())
    assert (whole["bin_lower"], whole["bin_upper"]) == (age[told].min(), age[told].max())


def test_bins_hold_about_equally_many_trials(recording):
    result = compute_memory_use(recording, bins=5)
    np.testing.assert_allclose(result["n_trials"].sum("bin"), 3000)
    assert result["n_trials"].values.min() > 450
    edges = result["bin_lower"].values, result["bin_upper"].values
    np.testing.assert_array_equal(edges[0][1:], edges[1][:-1])


def test_memory_that_fails_half_of_the_time_is_told_apart(recording):
    """Choices of trials with an unreliable memory are shuffled: the index is 0 there alone."""
    rng = np.random.default_rng(2)
    reliable = rng.integers(0, 2, recording.sizes["trial"])
    drawn = rng.integers(0, 2, recording.sizes["trial"])
    told = recording["cued_trial"].values >= 0
    choice = np.where((reliable == 0) & told, drawn, recording["choice"].values)
    mixed = recording.assign(choice=("trial", choice), reliable=("trial", reliable))
    result = compute_memory_use(mixed, by="reliable", bins=2).sel(subject="one")
    assert result["bin_mean"].values.tolist() == [0, 1]  # each value has its bin
    assert result["memory_use_lower"].values[0] < 0 < result["memory_use_upper"].values[0]
    # Four standard errors, with 75 trials in each of the two rarer cells.
    assert result["memory_use"].values[0] == pytest.approx(0.0, abs=0.13)
    assert result["memory_use"].values[1] == pytest.approx(0.635, abs=0.13)
    by_array = compute_memory_use(mixed, by=mixed["reliable"], bins=[0, 1, 2])
    np.testing.assert_array_equal(by_array["memory_use"][0], result["memory_use"])
    assert by_array.attrs["by"] == "reliable"


def test_edges_leave_out_what_lies_beyond(recording):
    result = compute_memory_use(recording, bins=[26, 40, 60]).sel(subject="one")
    age = (recording["trial_in_session"] - recording["cued_trial"]).values
    told = recording["cued_trial"].values >= 0
    expected = [np.sum(told & (age >= 26) & (age < 40)), np.sum(told & (age >= 40) & (age <= 60))]
    np.testing.assert_array_equal(result["n_trials"], expected)


def test_a_bin_without_one_type_of_trial_is_nan(recording):
    few = recording.isel(trial=slice(0, 100))
    result = compute_memory_use(few, bins=8)
    assert np.isnan(result["memory_use"].values).any()
    assert result["n_trials"].sum() == 50


@pytest.mark.parametrize("bins", [0, 1.5, [3.0], [4, 2], True, "age"])
def test_wrong_bins_are_refused(recording, bins):
    with pytest.raises(AnalysisError, match="bins: found"):
        compute_memory_use(recording, bins=bins)


def test_wrong_numbers_are_refused(recording):
    with pytest.raises(MissingVariableError, match="certainty: the recording has no such"):
        compute_memory_use(recording, by="certainty")
    wide = xr.DataArray(np.zeros((6000, 2)), dims=("trial", "unit"), name="gate")
    with pytest.raises(AnalysisError, match=r"by: found 'gate' of shape \(6000, 2\)"):
        compute_memory_use(recording, by=wide)
    with pytest.raises(AnalysisError, match="no cued trial with age between 200 and 300"):
        compute_memory_use(recording, bins=[200, 300])
    empty = xr.DataArray(np.full(6000, np.nan), dims="trial", name="gate")
    with pytest.raises(EmptySelectionError, match="compare with the cued trial by gate"):
        compute_memory_use(recording, by=empty)


def test_incremental_players_use_no_memory():
    played = play_cued(PLAYERS["incremental_model_based"], 80, seed=9)
    result = compute_memory_use(played, bins=3).sel(subject="one")
    assert np.abs(result["memory_use"].values).max() < 0.12
