"""The compiled loss and gradient against automatic differentiation by torch."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.fitting.networks.compiled import cells
from pfc_analysis.fitting.networks.compiled.lanes import WIDTH
from pfc_analysis.fitting.networks.compiled.session_pass import pass_sessions

from .torch_networks import TorchNetwork, total_loss

CELLS = {"gru": (cells.GRU, 3), "lstm": (cells.LSTM, 4), "vanilla": (cells.Vanilla, 1)}
LENGTHS = (40, 1, 63)


def draw_weights(rng, cell, n, n_kinds, n_logits, dtype):
    made, n_gates = CELLS[cell]
    rows = n_gates * n
    shapes = {
        "input": (n_kinds, rows),
        "input_by_reward": (n_kinds, rows),
        "recurrent": (rows, n),
        "recurrent_bias": (n if cell == "gru" else 0,),
        "readout": (n_logits, n),
        "readout_bias": (n_logits,),
    }
    return made(**{k: rng.normal(0, 0.7, (*s, WIDTH)).astype(dtype) for k, s in shapes.items()})


def draw_trials(rng, n_arms, n_kinds, dtype):
    total = sum(LENGTHS)
    return cells.Trials(
        kind=rng.integers(-1, n_kinds, total),
        reward=rng.random(total).astype(dtype),
        choice=rng.integers(0, n_arms, total),
        predicted=rng.integers(0, 2, total),
        first=np.append(0, np.cumsum(LENGTHS)),
    )


def run_compiled(trials, weights, train_weight):
    gradient = type(weights)(*(np.zeros_like(one) for one in weights))
    space = cells.make_workspace(weights, max(LENGTHS))
    found = np.empty((len(LENGTHS), WIDTH))
    pass_sessions(trials, weights, gradient, space, train_weight, found)
    return found, gradient


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("n_arms", [2, 4])
@pytest.mark.parametrize("cell", CELLS)
def test_loss_and_gradient_agree_with_torch(cell, n_arms, n):
    rng = np.random.default_rng(0)
    weights = draw_weights(rng, cell, n, 4, n_arms - 1, np.float64)
    trials = draw_trials(rng, n_arms, 4, np.float64)
    train_weight = rng.random((len(LENGTHS), WIDTH))
    train_weight[2, 5] = 0.0
    found, gradient = run_compiled(trials, weights, train_weight)
    for network in (0, 5, WIDTH - 1):
        mirror = TorchNetwork(cell, {k: v[..., network] for k, v in weights._asdict().items()})
        loss = total_loss(mirror, trials, train_weight[:, network])
        loss.backward()
        assert -train_weight[:, network] @ found[:, network] == pytest.approx(
            loss.item(), rel=1e-10
        )
        for name, expected in mirror.gradient().items():
            ours = getattr(gradient, name)[..., network]
            np.testing.assert_allclose(ours, expected[: len(ours)], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
def test_single_precision_is_close_to_double(cell):
    rng = np.random.default_rng(1)
    weights = draw_weights(rng, cell, 4, 4, 1, np.float64)
    trials = draw_trials(rng, 2, 4, np.float64)
    train_weight = np.ones((len(LENGTHS), WIDTH))
    found, gradient = run_compiled(trials, weights, train_weight)
    small = type(weights)(*(one.astype(np.float32) for one in weights))
    rounded = run_compiled(
        trials._replace(reward=trials.reward.astype(np.float32)), small, np.float32(train_weight)
    )
    np.testing.assert_allclose(rounded[0], found, rtol=1e-4)
    for ours, exact in zip(rounded[1], gradient, strict=True):
        assert np.abs(ours - exact).max(initial=0.0) < 2e-4 * np.abs(exact).max(initial=1.0)
