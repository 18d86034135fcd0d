"""Recordings to export: agents that the package ships, sessions of every kind."""

import numpy as np
import pytest
import xarray as xr

import pfc_analysis


@pytest.fixture(scope="session")
def two_step() -> xr.Dataset:
    """Two agents of the two-step task, two sessions each. Copy it before changing it."""
    recording = pfc_analysis.record("two_step", sessions=2)
    return recording.isel(trial=np.flatnonzero(recording["subject"].isin(["seed_1", "seed_2"])))


@pytest.fixture(scope="session")
def matching() -> xr.Dataset:
    recording = pfc_analysis.record("matching", sessions=2)
    return recording.isel(trial=np.flatnonzero(recording["subject"].isin(["seed_1", "seed_2"])))


@pytest.fixture(scope="session")
def risky_choice() -> xr.Dataset:
    """Agents whose prediction errors are tampered with: two LSTMs, stimulated trials."""
    recording = pfc_analysis.record(
        "risky_choice", sessions=2, interventions=["block_risky_reward"]
    )
    return recording.isel(trial=np.flatnonzero(recording["subject"].isin(["seed_1", "seed_2"])))


@pytest.fixture(params=["two_step", "matching", "risky_choice"])
def agents(request: pytest.FixtureRequest) -> xr.Dataset:
    """Each of these recordings in turn."""
    recording: xr.Dataset = request.getfixturevalue(request.param)
    return recording
