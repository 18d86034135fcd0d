"""Decoding of the cued trial, against units that are made to hold it after the cue alone."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.memory.reinstatement import compute_reinstatement

from .cued_tables import episodic_planner, play_cued

SETTINGS = {"n_permutations": 19, "n_folds": 3}


@pytest.fixture(scope="module")
def recording():
    """Units of noise; at stage 1 the first two hold reward and choice of the cued trial."""
    played = play_cued(episodic_planner, 12, seed=1)
    rng = np.random.default_rng(0)
    n = played.sizes["trial"]
    cell = rng.normal(size=(n, 2, 6))
    told = np.flatnonzero(played["cued_trial"].values >= 0)
    row = told - (played["trial_in_session"] - played["cued_trial"]).values[told]
    for unit, name in enumerate(("reward", "choice")):
        cell[told, 0, unit] += 6.0 * played[name].values[row]
    return played.assign(cell=(("trial", "step", "unit"), cell)).assign_coords(
        step=["stage_1", "second_state"]
    )


def test_what_the_cue_brings_is_decoded_after_it_alone(recording):
    names = ["reward", "choice"]
    result = compute_reinstatement(recording, 1, variables=names, **SETTINGS).sel(subject="one")
    assert result["balanced_accuracy"].dims == ("moment", "variable")
    after, before = (result["balanced_accuracy"].sel(moment=m) for m in ("after", "before"))
    # Signal 6, noise 1: an error in 740 trials.
    np.testing.assert_allclose(after, 0.9987, atol=0.02)
    np.testing.assert_allclose(before, 0.5, atol=0.1)
    assert (result["balanced_accuracy_p_value"].sel(moment="after") == 0.05).all()
    # The first cued trial of a session follows one of the same session: none is lost.
    assert (result["n_trials"] == 12 * 50).all()
    assert result.attrs["step"] == "stage_1"


def test_before_the_first_step_is_the_last_step_of_the_trial_before(recording):
    """What the units hold at the end of a trial is decoded before the next trial's cue."""
    cell = recording["cell"].values.copy()
    cell[:-1, 1, :2] = cell[1:, 0, :2]
    early = recording.assign(cell=(("trial", "step", "unit"), cell))
    result = compute_reinstatement(early, 1, variables=["reward"], **SETTINGS)
    assert result["balanced_accuracy"].sel(moment="before").item() > 0.97


def test_a_later_step_is_compared_with_the_step_before_it(recording):
    result = compute_reinstatement(
        recording, 1, "second_state", variables=["reward"], **SETTINGS
    ).sel(subject="one", variable="reward")
    assert result["balanced_accuracy"].sel(moment="before").item() > 0.97
    assert result["balanced_accuracy"].sel(moment="after").item() < 0.6


def test_same_seed_same_result(recording):
    first, second = (
        compute_reinstatement(recording, 3, variables=["reward"], **SETTINGS) for _ in range(2)
    )
    xr.testing.assert_identical(first, second)


def test_what_is_lacking_is_named(recording):
    with pytest.raises(AnalysisError, match="step: found 'cue', expected one of"):
        compute_reinstatement(recording, 1, "cue")
    with pytest.raises(MissingVariableError, match="hidden: the recording has no such"):
        compute_reinstatement(recording, 1, activity="hidden")
    flat = recording.assign(cell=recording["cell"].isel(step=0, drop=True))
    with pytest.raises(AnalysisError, match="cell: found dimensions"):
        compute_reinstatement(flat.drop_dims("step"), 1)
