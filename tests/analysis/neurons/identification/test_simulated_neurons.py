"""Simulated neurons follow what they are said to follow."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.identification.simulated_neurons import (
    NeuronSettings,
    draw_slow,
    simulate_neurons,
)

N_TRIALS = 3000
QUIET = {"drift": 0.0, "shared_noise": 0.0, "spread": 0.0}


@pytest.fixture(scope="module")
def recording():
    return xr.Dataset(
        coords={
            "subject": ("trial", ["m"] * N_TRIALS),
            "session": ("trial", np.zeros(N_TRIALS, int)),
            "trial_in_session": ("trial", np.arange(N_TRIALS)),
        }
    )


@pytest.fixture(scope="module")
def cue():
    values = np.random.default_rng(0).integers(0, 2, (1, N_TRIALS, 1)).astype(float)
    return FeatureSet("cue", values, ("cue",))


def test_counts_without_a_drive_are_poisson_with_the_given_mean(recording):
    settings = NeuronSettings(n_units=50, mean_count=2.0, **QUIET)
    counts = simulate_neurons(recording, {}, 1, settings)
    assert counts.mean().item() == pytest.approx(2.0, abs=0.03)
    ratio = (counts.var("trial") / counts.mean("trial")).mean().item()
    assert ratio == pytest.approx(1.0, abs=0.02)


def test_tuned_neurons_follow_the_drive_with_the_given_strength(recording, cue):
    settings = NeuronSettings(n_units=40, mean_count=5.0, tuned=0.5, **QUIET)
    counts = simulate_neurons(recording, {"cue": (cue, 0.3)}, 2, settings)
    on = cue.values[0, :, 0] == 1
    step = np.abs(np.log(counts[on].mean("trial") / counts[~on].mean("trial")))
    follows = counts["weight_cue"].values == 1
    # A two-valued drive of standard deviation .3 has two values that differ by about .6.
    assert step[follows].mean().item() == pytest.approx(0.3 / on.std(), abs=0.02)
    assert step[~follows].max() < 0.12
    assert 0.2 < follows.mean() < 0.8


def test_drift_is_slow_and_of_unit_variance():
    slow = draw_slow(np.random.default_rng(1), 4000, 200, 100.0)
    assert slow.std() == pytest.approx(1.0, abs=0.05)
    for lag in (50, 100, 200):
        found = np.mean(slow[lag:] * slow[:-lag])
        assert found == pytest.approx(np.exp(-0.5 * (lag / 100) ** 2), abs=0.08)


def test_the_same_seed_gives_the_same_counts(recording, cue):
    one, other = (
        simulate_neurons(recording, {"cue": (cue, 0.3)}, 5, NeuronSettings(n_units=5))
        for _ in range(2)
    )
    xr.testing.assert_identical(one, other)


def test_every_neuron_fires(recording):
    settings = NeuronSettings(n_units=30, mean_count=1e-4, **QUIET)
    counts = simulate_neurons(recording, {}, 3, settings)
    assert (np.count_nonzero(counts.values, axis=0) >= 2).all()


def test_settings_and_drives_are_checked(recording, cue):
    with pytest.raises(AnalysisError, match=r"NeuronSettings.drift: found -1, expected a number"):
        NeuronSettings(drift=-1)
    with pytest.raises(AnalysisError, match=r"NeuronSettings.tuned: found 2, expected at most 1"):
        NeuronSettings(tuned=2)
    two = FeatureSet("a", np.zeros((2, N_TRIALS, 1)), ("x",), ("s1", "s2"))
    with pytest.raises(AnalysisError, match=r"drives\['a'\]: found 2 replica"):
        simulate_neurons(recording, {"a": (two, 0.1)}, 1)
    with pytest.raises(AnalysisError, match=r"NeuronSettings.n_units: found 2.5, expected a whole"):
        NeuronSettings(n_units=2.5)
    with pytest.raises(AnalysisError, match=r"drives\['cue'\]: found <FeatureSet 'cue': 3000 tri"):
        simulate_neurons(recording, {"cue": cue}, 1)
    with pytest.raises(AnalysisError, match=r"found a mean count of .*, expected at most 1e\+09"):
        simulate_neurons(recording, {}, 1, NeuronSettings(n_units=2, mean_count=1e12))
    nothing = FeatureSet("cue", np.full((1, N_TRIALS, 1), np.nan), ("cue",))
    with pytest.raises(AnalysisError, match=r"drives\['cue'\]: found a feature without a number"):
        simulate_neurons(recording, {"cue": (nothing, 0.1)}, 1)
    with pytest.raises(AnalysisError, match=r"recording: found 1 trial\(s\), expected at least 2"):
        simulate_neurons(recording.isel(trial=[0]), {}, 1)
