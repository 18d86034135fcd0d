"""The network that sees, against convolutions written out and against the LSTM step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view

from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.pixel_network import PixelActorCritic
from pfc_analysis.training.vision.conv_weights import PixelSizes, draw_pixel_weights
from pfc_analysis.training.vision.pixel_vision import PixelVision

SIZES = PixelSizes((14, 17, 3), (4, 6), (4, 3), (2, 2), 5, 3, 7)


@pytest.fixture
def weights() -> dict[str, np.ndarray]:
    """In double precision, biases far from 0."""
    rng = np.random.default_rng(1)
    drawn = draw_pixel_weights(SIZES, rng)
    return {name: weight + 0.1 * rng.normal(size=weight.shape) for name, weight in drawn.items()}


@pytest.fixture
def network(weights) -> PixelActorCritic:
    return PixelActorCritic(weights, SIZES.strides, Feedback(scale=0.5))


def draw_views(n: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (n, *SIZES.view), dtype=np.uint8)


def convolve(seen: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """Pictures (picture, row, column, colour) through filters: products and sums, written out."""
    windows = sliding_window_view(seen, weight.shape[2:], axis=(1, 2))[:, ::stride, ::stride]
    return np.maximum(np.einsum("nrcdij,fdij->nrcf", windows, weight) + bias, 0.0)


def test_features_are_those_of_convolutions_written_out(network, weights):
    views = draw_views(9)
    seen = (views - 127.5) / 64.0
    for k, stride in enumerate(SIZES.strides, start=1):
        seen = convolve(seen, weights[f"conv{k}_weight"], weights[f"conv{k}_bias"], stride)
    expected = seen.reshape(9, -1) @ weights["features_weight"] + weights["features_bias"]
    found = network.extract_features(torch.from_numpy(views)).detach().numpy()
    assert found == pytest.approx(np.maximum(expected, 0.0), rel=1e-12, abs=1e-12)
    assert (found > 0).any()
    assert (found == 0).any()


def test_compiled_features_are_those_of_torch(network, weights):
    views = draw_views(9)
    vision = PixelVision(weights, SIZES.strides)
    found = vision.extract_features(views)
    expected = network.extract_features(torch.from_numpy(views)).detach().numpy()
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert vision.n_features == found.shape[1] == 5


def test_inputs_are_features_action_reward(network):
    views = torch.from_numpy(draw_views(2))
    nothing = torch.zeros(2, 0)
    inputs = network.encode(views, nothing, torch.tensor([1, 2]), torch.tensor([1.0, -0.2]))
    assert torch.equal(inputs[:, :5], network.extract_features(views))
    assert inputs[:, 5:].tolist() == [[0, 1, 0, 0.5], [0, 0, 1, pytest.approx(-0.1)]]
    first = network.encode(views, nothing, None, torch.zeros(2))
    assert first[:, 5:].tolist() == [[0, 0, 0, 0]] * 2
    assert network.n_inputs == inputs.shape[1]


def test_sessions_start_at_zero(network):
    state = network.begin(3)
    assert state.hidden.shape == state.cell.shape == (3, 7)
    assert not state.hidden.any()
    assert not state.cell.any()
    assert not any("initial" in name for name, _ in network.named_parameters())


def test_unrolled_sessions_are_those_step_by_step(network):
    """Outputs, and gradients by every weight of the LSTM and by what it is shown."""
    generator = torch.Generator().manual_seed(3)
    n_steps = 11
    shown = torch.rand(n_steps, 4, 5, generator=generator, dtype=torch.float64)
    action = torch.randint(0, 3, (n_steps, 4), generator=generator)
    reward = torch.randn(n_steps, 4, generator=generator, dtype=torch.float64)
    measure = torch.randn(n_steps, 4, 7, generator=generator, dtype=torch.float64)
    found = []
    for by_step in (False, True):
        network.zero_grad()
        features = shown.clone().requires_grad_()
        if by_step:
            state, last, paid, outputs = network.begin(4), None, torch.zeros(4), []
            for t in range(n_steps):
                state = network(network.join_inputs(features[t], last, paid), state)
                last, paid = action[t], reward[t]
                outputs.append(state.hidden)
            hidden = torch.stack(outputs)
        else:
            hidden = network.unroll(features, action, reward)
        (measure * hidden).sum().backward()
        gradients = network.recurrent_weight.grad, network.recurrent_bias.grad, features.grad
        found.append([hidden.detach(), *(gradient.clone() for gradient in gradients)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_one_session_of_one_step_unrolls(network):
    features = torch.rand(1, 1, 5, dtype=torch.float64)
    found = network.unroll(features, torch.zeros(1, 1, dtype=torch.int64), torch.zeros(1, 1))
    expected = network(
        network.join_inputs(features[0], None, torch.zeros(1)), network.begin(1)
    ).hidden
    torch.testing.assert_close(found[0], expected)
