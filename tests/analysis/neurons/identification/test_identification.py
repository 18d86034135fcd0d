"""Neurons of known origin are traced to it, and none are traced to what did not make them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.identification.identification import measure_identification
from pfc_analysis.analysis.neurons.identification.simulated_neurons import NeuronSettings
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval

N_TRIALS = 400
COMPARISON = {"block": 40, "n_folds": 5, "n_components": 5}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    recording = xr.Dataset(
        coords={
            "subject": ("trial", ["m"] * N_TRIALS),
            "session": ("trial", np.zeros(N_TRIALS, int)),
            "trial_in_session": ("trial", np.arange(N_TRIALS)),
        }
    )

    def make(name, n_replicas, n_features):
        # Replicas are rotations of the same states, with something of their own.
        states = rng.normal(size=(N_TRIALS, n_features))
        values = np.stack(
            [states @ rng.normal(size=(n_features, n_features)) for _ in range(n_replicas)]
        )
        values += 0.5 * rng.normal(size=values.shape)
        names = tuple(f"s{i}" for i in range(n_replicas)) if n_replicas > 1 else ("",)
        return FeatureSet(name, values, tuple(f"x{i}" for i in range(n_features)), names)

    return recording, make("events", 1, 2), [make("agent", 5, 3), make("lags", 1, 3)]


def test_sources_are_named(data):
    recording, base, sets = data
    found = measure_identification(
        recording,
        base,
        sets,
        1,
        n_simulations=6,
        strength=0.7,
        settings=NeuronSettings(n_units=80),
        comparison=COMPARISON,
    )
    assert found["source"].values.tolist() == ["agent", "lags", "events"]
    assert found["named"].values.tolist() == ["agent", "lags", "events", "undecided"]
    assert (found["share_right"].sel(source=["agent", "lags"]) >= 5 / 6).all()
    assert found["share"].sel(source=["lags", "events"], named="agent").sum() == 0
    np.testing.assert_allclose(found["share"].sum("named"), 1)
    lower, _ = wilson_interval(found["share"].values, np.full(found["share"].shape, 6.0))
    np.testing.assert_allclose(found["share_lower"], lower)
    np.testing.assert_allclose(found["share_right"].sel(source="lags"), found["share"][1, 1])
    assert (found["gain"].sel(source="agent", features="agent") > 0.05).all()


def test_a_source_that_is_not_compared(data):
    recording, base, sets = data
    other = FeatureSet("other", np.random.default_rng(3).normal(size=(1, N_TRIALS, 2)), ("a", "b"))
    found = measure_identification(
        recording,
        base,
        sets,
        1,
        n_simulations=3,
        sources={"other": other},
        settings=NeuronSettings(n_units=20),
        comparison=COMPARISON,
    )
    assert np.isnan(found["share_right"].sel(source="other"))
    assert found["share"].sel(source="other", named=["agent", "lags"]).sum() == 0


def test_the_same_seed_gives_the_same(data):
    recording, base, sets = data
    one, other = (
        measure_identification(
            recording,
            base,
            sets,
            4,
            n_simulations=1,
            settings=NeuronSettings(n_units=10),
            comparison=COMPARISON,
        )
        for _ in range(2)
    )
    xr.testing.assert_identical(one, other)


def test_too_few_replicas_or_simulations_are_refused(data):
    recording, base, sets = data
    two = sets[0].select_replicas(["s0", "s1"])
    with pytest.raises(
        AnalysisError, match="features: found 2 replicas of 'agent', expected 1, or"
    ):
        measure_identification(recording, base, [two], 1)
    with pytest.raises(AnalysisError, match="n_simulations: found 0"):
        measure_identification(recording, base, sets, 1, n_simulations=0)
