"""Representational similarity: against sums written out, known truths, and its ceiling."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.similarity.dissimilarity import (
    compute_representational_similarity,
)

N_CONDITIONS, N_BLOCKS, REPEATS = 5, 8, 6


@pytest.fixture
def data():
    """Responses to conditions in random order; features that are the truth, and others."""
    rng = np.random.default_rng(5)
    condition = np.concatenate(
        [rng.permutation(np.repeat(np.arange(N_CONDITIONS), REPEATS)) for _ in range(N_BLOCKS)]
    )
    # Conditions at distances that differ: on a curve in three dimensions of 30.
    place = np.array([[0, 0, 0], [1, 0, 0], [1, 2, 0], [3, 2, 1], [3, -2, 0]], dtype=float)
    true = place @ np.linalg.qr(rng.normal(size=(30, 3)))[0].T
    values = true[condition] + 1.5 * rng.normal(size=(condition.size, 30))
    block = np.repeat(np.arange(N_BLOCKS), N_CONDITIONS * REPEATS)
    responses = xr.DataArray(
        values, dims=("trial", "unit"), coords={"session": ("trial", block), "unit": np.arange(30)}
    )
    sets = [
        FeatureSet(name, table[condition][None], tuple(f"x{i}" for i in range(table.shape[1])))
        for name, table in (("truth", true), ("other", rng.normal(size=(N_CONDITIONS, 2))))
    ]
    return responses, xr.DataArray(condition, dims="trial"), sets


def test_distances_are_products_of_differences_in_different_folds(data):
    responses, condition, sets = data
    found = compute_representational_similarity(responses, condition, sets, n_folds=4)
    block = responses["session"].values
    values = responses.values.copy()
    for b in range(N_BLOCKS):
        values[block == b] -= values[block == b].mean(axis=0)
    fold, code = block % 4, condition.values
    means = np.array(
        [
            [values[(fold == m) & (code == c)].mean(axis=0) for c in range(N_CONDITIONS)]
            for m in range(4)
        ]
    )
    left = values - means[fold, code]
    variance = (left**2).sum(axis=0) / (len(values) - 4 * N_CONDITIONS)
    expected = np.zeros((N_CONDITIONS, N_CONDITIONS))
    for c in range(N_CONDITIONS):
        for d in range(N_CONDITIONS):
            total = sum(
                ((means[m, c] - means[m, d]) * (means[n, c] - means[n, d]) / variance).mean()
                for m in range(4)
                for n in range(4)
                if m != n
            )
            expected[c, d] = total / 12
    np.testing.assert_allclose(found["distance"], expected)


def test_the_truth_reaches_the_ceiling_and_others_do_not(data):
    responses, condition, sets = data
    found = compute_representational_similarity(responses, condition, sets, n_folds=8)
    truth, other = (found.sel(features=name) for name in ("truth", "other"))
    assert truth["similarity"] > 0.9
    assert truth["similarity"].item() == pytest.approx(found["ceiling"].item(), abs=0.1)
    assert truth["similarity_lower"] > other["similarity"]


def test_distances_are_0_on_average_where_conditions_do_not_differ(data):
    responses, condition, sets = data
    rng = np.random.default_rng(0)
    means = []
    for _ in range(30):
        noise = responses.copy(data=rng.normal(size=responses.shape))
        found = compute_representational_similarity(noise, condition, sets, n_folds=4)
        means.append(found["distance"].values[np.triu_indices(N_CONDITIONS, 1)].mean())
    assert abs(np.mean(means)) < 3 * np.std(means) / np.sqrt(30)


def test_trials_without_a_condition_are_left_out(data):
    responses, condition, sets = data
    marked = condition.copy()
    marked[3] = -1
    found = compute_representational_similarity(responses, marked, sets, n_folds=4)
    assert found.attrs["n_trials"] == condition.size - 1


@pytest.mark.parametrize(
    ("n_folds", "change", "message"),
    [
        (5, lambda c: c, "n_folds: found 5, expected an even number of at least 4"),
        (10, lambda c: c, r"block: found 8 block\(s\), expected at least n_folds, 10"),
        (4, lambda c: c % 3, r"condition: found 3 value\(s\), expected at least 4"),
        (8, lambda c: c.where(c.trial > 29, 0), "found no trial of condition 1 in fold 0 of 8"),
        (4, lambda c: c[1:], "expected a whole number for each of 240 trials"),
    ],
)
def test_what_cannot_be_compared_is_refused(data, n_folds, change, message):
    responses, condition, sets = data
    changed = change(condition.assign_coords(trial=np.arange(240)))
    with pytest.raises(AnalysisError, match=message):
        compute_representational_similarity(responses, changed, sets, n_folds=n_folds)


def test_replicas_of_the_only_set_are_averaged(data):
    responses, condition, sets = data
    both = FeatureSet(
        "agent",
        np.concatenate([sets[0].values, sets[0].values * 2.0]),
        sets[0].features,
        ("a", "b"),
    )
    one = compute_representational_similarity(responses, condition, [sets[0]], n_folds=4)
    two = compute_representational_similarity(responses, condition, [both], n_folds=4)
    # Distances that are 4 times as large are correlated in the same way.
    assert two["similarity"].item() == pytest.approx(one["similarity"].item())


def test_conditions_between_whole_numbers_are_refused(data):
    responses, condition, sets = data
    with pytest.raises(AnalysisError, match=r"condition: found 1.5 in \d+ trial\(s\) that have no"):
        compute_representational_similarity(responses, condition / 2, sets, n_folds=4)
