"""Weights of networks that see: shapes by counting, sizes of signals, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from pfc_analysis.tasks import find_task
from pfc_analysis.training.recipes.network_recipe import NetworkRecipe
from pfc_analysis.training.vision.conv_weights import (
    PixelSizes,
    draw_pixel_weights,
    pixel_sizes,
    pixel_weight_shapes,
)

PUBLISHED = PixelSizes((84, 84, 3), (16, 32), (8, 4), (4, 2), 256, 3, 256)
SMALL = {"filters": (16, 24), "kernels": (4, 3), "strides": (2, 2), "features": 96}


def test_published_sizes():
    """As counted by hand for the network of Mnih et al. 2016: 84, 20, then 9 pixels across."""
    assert PUBLISHED.maps == [(84, 84), (20, 20), (9, 9)]
    assert PUBLISHED.flat == 2592
    shapes = pixel_weight_shapes(PUBLISHED)
    assert shapes["conv1_weight"] == (16, 3, 8, 8)
    assert shapes["conv2_weight"] == (32, 16, 4, 4)
    assert shapes["features_weight"] == (2592, 256)
    assert shapes["recurrent_weight"] == (256 + 256 + 3 + 1, 4 * 256)
    assert "initial_hidden" not in shapes


def test_sizes_of_a_task():
    sizes = pixel_sizes(find_task("harlow")(view=24), NetworkRecipe(units=96, **SMALL))
    assert sizes == PixelSizes((24, 24, 3), (16, 24), (4, 3), (2, 2), 96, 3, 96)
    assert sizes.maps == [(24, 24), (11, 11), (5, 5)]


def test_maps_are_as_many_places_as_filters_fit_into():
    for size in range(9, 30):
        for kernel, stride in ((4, 2), (5, 3), (1, 4)):
            sizes = PixelSizes((size, size + 3, 3), (2,), (kernel,), (stride,), 4, 3, 5)
            windows = sliding_window_view(np.zeros((size, size + 3)), (kernel, kernel))
            assert sizes.maps[1] == windows[::stride, ::stride].shape[:2]


def test_first_weights_keep_the_size_of_signals():
    """Uniform with variance 2 / n (He et al. 2015); what is not seen as in other networks."""
    weights = draw_pixel_weights(PUBLISHED, np.random.default_rng(0))
    assert {name: weight.shape for name, weight in weights.items()} == pixel_weight_shapes(
        PUBLISHED
    )
    for name, n in (("conv1", 192), ("conv2", 256), ("features", 2592)):
        weight = weights[f"{name}_weight"]
        assert weight.var() == pytest.approx(2 / n, rel=0.05)
        assert np.abs(weight).max() <= np.sqrt(6 / n)
        assert not weights[f"{name}_bias"].any()
    recurrent, seen, told = np.split(weights["recurrent_weight"], [256, 512])
    for part, bound in ((recurrent, 1 / 16), (seen, 14 / 16), (told, 3.0)):
        assert np.abs(part).max() <= bound
        assert part.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)
    assert all(weight.dtype == np.float32 for weight in weights.values())


def test_same_seed_same_weights():
    one, other, third = (
        draw_pixel_weights(PUBLISHED, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    for name in one:
        assert np.array_equal(one[name], other[name])
    assert not np.array_equal(one["conv1_weight"], third["conv1_weight"])


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({}, r"filters, kernels, strides, features: missing, and task 'harlow' shows pictures"),
        ({**SMALL, "features": None}, r"^features: missing"),
        (
            {**SMALL, "strides": (2,)},
            r"strides = \[2\]: expected one number per conv.* in each",
        ),
        ({**SMALL, "feedback": "rpe"}, r"feedback = 'rpe': networks with convolutions read"),
        ({**SMALL, "kernels": (4, 12)}, r"kernels = \[4, 12\]: convolution 2 is larger than .*24"),
    ],
)
def test_networks_that_cannot_see_are_refused(network, message):
    with pytest.raises(ValueError, match=message):
        pixel_sizes(find_task("harlow")(), NetworkRecipe(**network))


def test_tasks_without_pictures_are_refused():
    with pytest.raises(ValueError, match=r"'two_step' shows no pictures"):
        pixel_sizes(find_task("two_step")(), NetworkRecipe(**SMALL))
