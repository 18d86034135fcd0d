"""Encoding models of several subjects: against each subject by itself, and by a formula."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.encoding.encoding_by_subject import compare_encoding_by_subject
from pfc_analysis.analysis.neurons.encoding.encoding_models import compare_encoding_models
from pfc_analysis.analysis.neurons.encoding.model_naming import name_best_features
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet

SESSIONS, TRIALS = 4, 40
SUBJECTS = ("a", "b", "c")


def make_signal(seed=1, subjects=SUBJECTS, replicas=1):
    """A signal of each subject, which follows the agent's errors beyond reward."""
    rng = np.random.default_rng(seed)
    n = len(subjects) * SESSIONS * TRIALS
    reward, error, other = rng.normal(size=(3, n))
    label = {
        "subject": ("trial", np.repeat(subjects, SESSIONS * TRIALS)),
        "session": ("trial", np.tile(np.repeat(np.arange(SESSIONS), TRIALS), len(subjects))),
    }
    signal = xr.DataArray(reward + error + rng.normal(size=n), dims="trial", coords=label)
    agent = error + 0.5 * rng.normal(size=(replicas, n))
    names = tuple(f"seed_{k}" for k in range(replicas)) if replicas > 1 else ("",)
    sets = [
        FeatureSet("agent", agent[:, :, None], ("error",), names),
        FeatureSet("learner", other[None, :, None], ("error",)),
    ]
    return signal, FeatureSet("reward", reward[None, :, None], ("reward",)), sets


def compare(signal, base, sets, **settings):
    return compare_encoding_by_subject(signal, base, sets, n_folds=4, **settings)


def test_each_subject_is_as_by_itself():
    signal, base, sets = make_signal(replicas=3)
    found = compare(signal, base, sets)
    own = signal["subject"].values == "b"
    alone = compare_encoding_models(
        signal[own], base.select_trials(own), [s.select_trials(own) for s in sets], n_folds=4
    )
    for name in ("gain", "unique_lower", "r_squared_upper"):
        expected = alone[name].sel(score="components")
        got = found[f"subject_{name}"].sel(subject="b", score="components")
        np.testing.assert_allclose(got, expected, err_msg=name)


def test_means_and_intervals_over_subjects_and_replicas():
    signal, base, sets = make_signal(replicas=3)
    found = compare(signal, base, sets)
    gains = np.empty((3, 3))
    for i, subject in enumerate(SUBJECTS):
        own = signal["subject"].values == subject
        for k in range(3):
            agent = sets[0].select_replicas([f"seed_{k}"]).select_trials(own)
            one = compare_encoding_models(
                signal[own], base.select_trials(own), [agent], n_folds=4, units=False
            )
            gains[i, k] = one["gain"].item()
    agent = found.sel(score="components", features="agent")
    parts = [gains.mean(axis=1).var(ddof=1) / 3, gains.mean(axis=0).var(ddof=1) / 3]
    freedom = sum(parts) ** 2 / sum(p**2 / 2 for p in parts)
    reach = stats.t.ppf(0.975, freedom) * np.sqrt(sum(parts))
    np.testing.assert_allclose(agent["gain"], gains.mean())
    np.testing.assert_allclose(agent["gain_upper"], gains.mean() + reach)
    np.testing.assert_allclose(agent["difference"].sel(rival="reward"), gains.mean())


def test_a_signals_size_in_an_animal_does_not_matter():
    signal, base, sets = make_signal()
    size = xr.where(signal["subject"] == "a", 0.01, 7.0)
    xr.testing.assert_allclose(compare(signal, base, sets), compare(signal * size, base, sets))


def test_the_right_set_is_named():
    found = compare(*make_signal(2, subjects=tuple("abcdef")))
    assert name_best_features(found) == "agent"
    assert found.attrs["n_subjects"] == 6


def test_one_subject_has_intervals_over_its_blocks():
    signal, base, sets = make_signal(subjects=("a",))
    found = compare(signal, base, sets)
    alone = compare_encoding_models(signal, base, sets, n_folds=4, units=False)
    np.testing.assert_allclose(found["gain_lower"], alone["gain_lower"])
    assert "one subject" in found.attrs["interval"]


def test_labels_of_blocks_are_those_of_each_subject():
    signal, base, sets = make_signal()
    pieces = np.arange(signal.size) // 20
    by_number, by_label = (
        compare(signal, base, sets, block=20),
        compare(signal, base, sets, block=pieces),
    )
    assert by_number.identical(by_label)
    assert by_number["n_blocks"].values.tolist() == [8, 8, 8]


def test_an_error_names_the_subject():
    signal, base, sets = make_signal()
    own = signal["subject"].values == "b"
    with pytest.raises(AnalysisError, match="subject 'b': responses: found no number in 160"):
        compare(signal.where(~own), base, sets)
    with pytest.raises(AnalysisError, match="features 'reward': found 480 trials, expected 100"):
        compare(signal[:100], base, sets)
