"""Centred kernel alignment: against sums written out, known truths, and its ceiling."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.similarity.kernel_alignment import (
    compute_alignment,
    compute_unbiased_hsic,
)


def make_responses(values, n_blocks=5):
    n = len(values)
    return xr.DataArray(
        values,
        dims=("trial", "unit"),
        coords={
            "session": ("trial", np.arange(n) * n_blocks // n),
            "unit": np.arange(values.shape[1]),
        },
    )


def make_set(name, values):
    return FeatureSet(name, values[None], tuple(f"x{i}" for i in range(values.shape[1])))


def test_unbiased_hsic_is_the_average_over_different_trials():
    """Song et al. (2012), theorem 2: sums over tuples of trials that all differ."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 7, 3))
    k, l = x @ x.T, y @ y.T  # noqa: E741
    for kernel in (k, l):
        np.fill_diagonal(kernel, 0.0)
    block = np.array([0, 0, 1, 1, 1, 2, 2])
    expected = []
    for kept in (range(7), range(2, 7), (0, 1, 5, 6), range(5)):
        pairs = np.mean([k[i, j] * l[i, j] for i, j in permutations(kept, 2)])
        triples = np.mean([k[i, j] * l[i, q] for i, j, q in permutations(kept, 3)])
        fours = np.mean([k[i, j] * l[q, r] for i, j, q, r in permutations(kept, 4)])
        expected.append(pairs - 2 * triples + fours)
    np.testing.assert_allclose(compute_unbiased_hsic(k, l, block), expected)


def test_a_rotation_is_the_same_and_noise_is_nothing():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(200, 6))
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    scaled = values - np.repeat(values.reshape(5, 40, 6).mean(axis=1), 40, axis=0)
    scaled /= scaled.std(axis=0)
    noise = rng.normal(size=(200, 60))
    same, other = make_set("same", 3 * scaled[:, ::-1] + 7), make_set("noise", noise)
    found = compute_alignment(make_responses(values), [same, other], 1)
    assert found["alignment"].sel(features="same").item() == pytest.approx(1.0)
    # The biased estimate would be about .4 with 60 features that have nothing in common.
    nothing = found.sel(features="noise")
    assert nothing["alignment_lower"] < 0 < nothing["alignment_upper"] < 0.1
    turned = compute_alignment(make_responses(scaled @ rotation), [make_set("s", scaled)], 1)
    assert turned["alignment"].item() > 0.97  # units are scaled to unit variance again


def test_the_ceiling_is_what_the_true_signal_attains():
    rng = np.random.default_rng(3)
    signal = rng.normal(size=(600, 3))
    values = signal @ rng.normal(size=(3, 80)) + 4 * rng.normal(size=(600, 80))
    clean = signal @ rng.normal(size=(3, 400))
    found = compute_alignment(make_responses(values), [make_set("truth", clean)], 1)
    assert found["ceiling"] < 0.9
    assert found["alignment"].item() == pytest.approx(found["ceiling"].item(), abs=0.05)
    noise = compute_alignment(
        make_responses(rng.normal(size=(600, 80))), [make_set("truth", clean)], 1, n_splits=50
    )
    assert not noise["ceiling"] > 0.2


def test_the_same_seed_gives_the_same_and_settings_are_checked():
    rng = np.random.default_rng(4)
    responses, features = (
        make_responses(rng.normal(size=(60, 5))),
        [make_set("a", rng.normal(size=(60, 2)))],
    )
    one, other = (compute_alignment(responses, features, 7) for _ in range(2))
    xr.testing.assert_identical(one, other)
    assert np.isnan(compute_alignment(responses.isel(unit=[0]), features, 7)["ceiling"])
    with pytest.raises(AnalysisError, match="n_splits: found 0"):
        compute_alignment(responses, features, 7, n_splits=0)
    together = responses.assign_coords(session=("trial", np.zeros(60)))
    with pytest.raises(AnalysisError, match=r"block: found 1 block.s. in 60 trials"):
        compute_alignment(together, features, 7)


def test_replicas_of_the_only_set_are_averaged():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(60, 4))
    responses = make_responses(values)
    parts = [make_set("agent", values[:, :k] + rng.normal(size=(60, k))) for k in (3, 3)]
    both = FeatureSet(
        "agent", np.concatenate([p.values for p in parts]), parts[0].features, ("a", "b")
    )
    found = [compute_alignment(responses, [one], 1)["alignment"].item() for one in (both, *parts)]
    assert found[0] == pytest.approx(np.mean(found[1:]))
