"""RMSprop and clipping against torch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pfc_analysis.training.run.optimiser import RMSprop, clip_gradients


def draw(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=size).astype(np.float32) for name, size in SIZES.items()}


SIZES = {"matrix": (5, 7), "vector": (3,)}


@pytest.mark.parametrize("epsilon", [1e-8, 0.1])
def test_steps_equal_torchs(epsilon):
    weights = draw(0)
    parameters = {name: torch.tensor(weight) for name, weight in weights.items()}
    theirs = torch.optim.RMSprop(parameters.values(), alpha=0.9, eps=epsilon)
    mine = RMSprop(weights, 0.9, epsilon)
    for update in range(5):
        gradients, rate = draw(update + 1), 0.1 / (update + 1)
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradients[name])
        theirs.param_groups[0]["lr"] = rate
        theirs.step()
        mine.step(gradients, rate)
    for name, weight in weights.items():
        assert weight == pytest.approx(parameters[name].numpy(), rel=1e-5, abs=1e-7)
        assert weight.dtype == np.float32


def test_weights_with_a_share_of_the_rate_equal_torchs_with_a_rate_of_their_own():
    weights, gradients = draw(0), draw(1)
    parameters = {name: torch.tensor(weight) for name, weight in weights.items()}
    groups = [
        {"params": [parameters["matrix"]], "lr": 0.1 * 0.25},
        {"params": [parameters["vector"]], "lr": 0.1},
    ]
    theirs = torch.optim.RMSprop(groups, alpha=0.9, eps=1e-8)
    for name, parameter in parameters.items():
        parameter.grad = torch.tensor(gradients[name])
    theirs.step()
    RMSprop(weights, 0.9, 1e-8, shares={"matrix": 0.25}).step(gradients, 0.1)
    for name, weight in weights.items():
        assert weight == pytest.approx(parameters[name].numpy(), rel=1e-5, abs=1e-7)


def test_going_on_from_a_saved_state_changes_nothing():
    whole, first = draw(0), draw(0)
    optimiser, half = RMSprop(whole, 0.9, 1e-8), RMSprop(first, 0.9, 1e-8)
    for seed in (1, 2):
        optimiser.step(draw(seed), 0.1)
    half.step(draw(1), 0.1)
    kept = {name: array.copy() for name, array in half.mean_square.items()}
    RMSprop(first, 0.9, 1e-8, kept).step(draw(2), 0.1)
    for name, weight in whole.items():
        assert np.array_equal(weight, first[name])


@pytest.mark.parametrize("largest", [0.5, 1000.0])
def test_clipping_equals_torchs(largest):
    gradients = draw(3)
    parameters = [torch.zeros(size, requires_grad=True) for size in SIZES.values()]
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        parameter.grad = torch.tensor(gradient)
    norm = torch.nn.utils.clip_grad_norm_(parameters, largest)
    assert clip_gradients(gradients, largest) == pytest.approx(float(norm), rel=1e-6)
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        assert gradient == pytest.approx(parameter.grad.numpy(), rel=1e-5)
