import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.analysis.neurons.trial_factors import build_trial_factors, select_step

NONE = np.nan


def test_factors_by_hand(make_recording):
    recording = make_recording(
        choice=[1, 0, 1, -1, 1, 0, 0, 1],
        reward=[1, 0, 2, -1, 0, 1, 1, 0],
        common=[1] * 8,
        session=[0, 0, 0, 0, 0, 0, 1, 1],
    )
    worth = xr.DataArray([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, np.inf], dims="trial")
    factors = build_trial_factors(recording, value=worth)
    action = [NONE, 1, -1, 1, NONE, 1, NONE, -1]
    reward = [NONE, 1, 0, 1, NONE, 0, NONE, 1]
    np.testing.assert_array_equal(factors["last_action"], action)
    np.testing.assert_array_equal(factors["last_reward"], reward)
    np.testing.assert_array_equal(factors["upcoming_action"], [1, -1, 1, NONE, 1, -1, -1, 1])
    np.testing.assert_array_equal(factors["value"], [*worth[:7], NONE])
    # All factors are there on trials 1, 2 and 5: means of 1/3 each.
    product = (np.array(action) - 1 / 3) * (np.array(reward) - 1 / 3)
    np.testing.assert_allclose(factors["last_action_x_last_reward"], product)
    assert factors.attrs["n_trials"] == 3
    assert factors.attrs["n_trials_invalid"] == 1
    assert factors["session"].values.tolist() == recording["session"].values.tolist()


def test_product_is_centred_subject_by_subject(make_recording):
    rng = np.random.default_rng(0)
    n = 400
    recording = make_recording(
        choice=(rng.random(n) < np.repeat([0.2, 0.7], 200)).astype(int),
        reward=rng.integers(0, 2, n),
        common=[1] * n,
        subject=np.repeat(["b", "a"], 200),
    )
    factors = build_trial_factors(recording, value=xr.DataArray(rng.random(n), dims="trial"))
    for name in ("a", "b"):
        own = factors.isel(trial=np.flatnonzero(factors["subject"] == name)).dropna("trial")
        action = own["last_action"] - own["last_action"].mean()
        reward = own["last_reward"] - own["last_reward"].mean()
        np.testing.assert_allclose(own["last_action_x_last_reward"], action * reward)


def test_a_missing_trial_and_a_forced_one(make_recording):
    recording = make_recording(
        choice=[0, 1, 0, 1],
        reward=[1, 0, 1, 0],
        common=[1] * 4,
        position=[0, 1, 3, 4],
        forced=[0, 0, 1, 0],
    )
    factors = build_trial_factors(recording, value=xr.DataArray(np.arange(4.0), dims="trial"))
    np.testing.assert_array_equal(factors["last_action"], [NONE, -1, NONE, -1])
    np.testing.assert_array_equal(factors["upcoming_action"], [-1, 1, NONE, 1])


def test_value_of_the_critic_at_a_step(recording):
    for step, index in (("fixation", 0), ("stage_1", 1)):
        factors = build_trial_factors(recording, step)
        np.testing.assert_array_equal(factors["value"], recording["value"][:, index])
        assert factors.attrs["step"] == step
    flat = recording.assign(value=recording["value"].isel(step=0, drop=True))
    np.testing.assert_array_equal(build_trial_factors(flat, None)["value"], flat["value"])


def test_select_step_leaves_arrays_without_steps():
    array = xr.DataArray(np.zeros(3), dims="trial")
    assert select_step(array, "fixation") is array


def test_what_cannot_be_built(recording):
    with pytest.raises(AnalysisError, match=r"step: found 'cue', expected .*: 'fixation', 's"):
        build_trial_factors(recording, "cue")
    with pytest.raises(AnalysisError, match="value: found 'model', expected 'critic' or an xarray"):
        build_trial_factors(recording, value="model")
    with pytest.raises(MissingVariableError, match=r"value: the recording has no .* pass value="):
        build_trial_factors(recording.drop_vars("value"))
    with pytest.raises(MissingVariableError, match="choice: the recording has no such variable"):
        build_trial_factors(recording.drop_vars("choice"))
    short = xr.DataArray(np.zeros(3), dims="trial")
    with pytest.raises(AnalysisError, match=r"value: found dimensions 'trial' of shape \(3,\), ex"):
        build_trial_factors(recording, value=short)
    none = xr.full_like(recording["reward"], np.nan)
    with pytest.raises(EmptySelectionError, match="trial: found none of 12 with a valid trial bef"):
        build_trial_factors(recording, value=none)
