"""First weights of vision: what filters and features respond over views, by plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.training.networks.pixel_network import PixelActorCritic
from pfc_analysis.training.vision.conv_weights import PixelSizes, draw_pixel_weights
from pfc_analysis.training.vision.vision_initialisation import (
    sample_views,
    standardise_responses,
)

SIZES = PixelSizes((12, 12, 3), (4, 6), (4, 3), (2, 1), 5, 3, 7)
TASK = find_task("harlow")(view=12, trials=1, step_limit=30)


@pytest.fixture(scope="module")
def views() -> np.ndarray:
    return sample_views(TASK, np.random.default_rng(1))


@pytest.fixture
def settled(views) -> dict[str, np.ndarray]:
    weights = draw_pixel_weights(SIZES, np.random.default_rng(2))
    standardise_responses(weights, SIZES.strides, views)
    return weights


def convolve(pictures: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """Plain sums over windows; pictures (n, row, column, channel)."""
    size = weight.shape[-1]
    windows = np.lib.stride_tricks.sliding_window_view(pictures, (size, size), axis=(1, 2))
    return np.einsum("nyxcij,fcij->nyxf", windows[:, ::stride, ::stride], weight) + bias


def test_every_unit_varies_around_0_over_the_views(settled, views):
    seen = (views.astype(np.float64) - 127.5) / 64.0
    for k, stride in enumerate(SIZES.strides, start=1):
        response = convolve(seen, settled[f"conv{k}_weight"], settled[f"conv{k}_bias"], stride)
        assert response.mean((0, 1, 2)) == pytest.approx(0.0, abs=1e-4)
        assert response.std((0, 1, 2)) == pytest.approx(1.0, rel=1e-4)
        seen = np.maximum(response, 0.0)
    response = seen.reshape(len(seen), -1) @ settled["features_weight"] + settled["features_bias"]
    assert response.mean(0) == pytest.approx(0.0, abs=1e-4)
    assert response.std(0) == pytest.approx(1.0, rel=1e-4)
    with torch.no_grad():
        theirs = PixelActorCritic(settled, SIZES.strides).extract_features(torch.from_numpy(views))
    assert theirs.numpy() == pytest.approx(np.maximum(response, 0.0), abs=1e-4)


def test_units_are_shifted_and_scaled_and_nothing_else(settled):
    drawn = draw_pixel_weights(SIZES, np.random.default_rng(2))
    for name, weight in drawn.items():
        if name in ("conv1_weight", "conv2_weight"):
            ratio = (settled[name] / weight).reshape(len(weight), -1)
        elif name == "features_weight":
            ratio = (settled[name] / weight).T
        elif not name.endswith("bias") or name == "recurrent_bias":
            assert np.array_equal(settled[name], weight)
            continue
        else:
            continue
        assert ratio == pytest.approx(np.broadcast_to(ratio[:, :1], ratio.shape), rel=1e-4)
        assert (ratio > 0).all()


def test_views_that_are_all_alike_leave_weights_finite():
    weights = draw_pixel_weights(SIZES, np.random.default_rng(2))
    standardise_responses(weights, SIZES.strides, np.full((20, 12, 12, 3), 90, np.uint8))
    assert all(np.isfinite(weight).all() for weight in weights.values())


def test_views_are_a_beginners(views):
    """They show what the task shows, and the same seed gives the same."""
    assert views.shape[1:] == TASK.view_shape
    assert views.dtype == np.uint8
    assert len(np.unique(views.reshape(len(views), -1), axis=0)) > 50
    assert np.array_equal(views, sample_views(TASK, np.random.default_rng(1)))
    batch = SessionBatch(TASK, TASK.draw_uniforms(np.random.default_rng(1), 64))
    first = TASK.open_view(64).render(batch.sessions)
    assert any((view == first[0]).all() for view in sample_views(TASK, np.random.default_rng(1)))
