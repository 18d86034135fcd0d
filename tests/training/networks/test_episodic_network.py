"""The network with an episodic memory against its equations, written out in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pfc_analysis.training.networks.episodic_network import EpisodicActorCritic

UNITS, BITS = 3, 4
A, B, LIKE_A, NONE = [1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 0], [0, 0, 0, 0]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


@pytest.fixture
def network() -> EpisodicActorCritic:
    """One cue besides the context, two observations, two actions; keys only."""
    rng = np.random.default_rng(5)
    n_inputs = 2 + 1 + 2 + 1
    shapes = {
        "recurrent_weight": (UNITS + n_inputs, 5 * UNITS),
        "recurrent_bias": (5 * UNITS,),
        "policy_weight": (UNITS, 2),
        "policy_bias": (2,),
        "value_weight": (UNITS, 1),
        "value_bias": (1,),
        "initial_hidden": (UNITS,),
        "initial_cell": (UNITS,),
    }
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return EpisodicActorCritic(weights, 1, BITS, reinstatement=0.7)


def play(network, contexts, ends) -> tuple[list[np.ndarray], list[int]]:
    """One session; return the cell states, and when those that were reinstated were stored."""
    state, cells = network.begin(1), []
    for k, (context, at_end) in enumerate(zip(contexts, ends, strict=True)):
        cues = torch.tensor([[0.25, *context]], dtype=torch.float64)
        action = None if k == 0 else torch.tensor([1])
        arguments = torch.tensor([0]), cues, action, torch.tensor([0.5])
        state = network.step(*arguments, state)
        state = network.remember(state, cues, torch.tensor([at_end]))
        cells.append(state.cell.detach().numpy()[0])
    return cells, [int(row["retrieved"][0]) for row in network.log]


def by_hand(network, retrieved) -> list[np.ndarray]:
    """The cell states by the equations, given which states were reinstated."""
    weight, bias = (network.get_parameter(f"recurrent_{part}").detach().numpy()
                    for part in ("weight", "bias"))  # fmt: skip
    hidden = network.initial_hidden.detach().numpy()
    cell = network.initial_cell.detach().numpy()
    cells: list[np.ndarray] = []
    for k, past in enumerate(retrieved):
        shown = [1.0, 0.0, 0.25, 0.0, float(k > 0), 0.5]
        parts = np.split(np.concatenate((hidden, shown)) @ weight + bias, 5)
        write, keep, show, reinstate = map(sigmoid, parts[:4])
        recalled = np.tanh(cells[past]) if past >= 0 else 0.0
        cell = keep * cell + write * np.tanh(parts[4]) + 0.7 * reinstate * recalled
        hidden = show * np.tanh(cell)
        cells.append(cell)
    return cells


CONTEXTS = [A, NONE, B, A, LIKE_A, B, A, NONE, A]
ENDS = [True, True, True, True, False, True, False, False, False]


def test_the_nearest_context_is_reinstated_the_latest_of_several(network):
    """At the second step nothing is shown; the fourth stores A again, the sixth B."""
    _, retrieved = play(network, CONTEXTS, ENDS)
    assert retrieved == [-1, -1, 0, 0, 3, 2, 3, -1, 3]


def test_states_follow_the_equations(network):
    cells, retrieved = play(network, CONTEXTS, ENDS)
    for found, expected in zip(cells, by_hand(network, retrieved), strict=True):
        assert found == pytest.approx(expected, abs=1e-12)


def test_the_share_is_that_of_the_sizes_of_what_makes_the_cell(network):
    cells, retrieved = play(network, CONTEXTS, ENDS)
    weight = network.recurrent_weight.detach().numpy()
    bias = network.recurrent_bias.detach().numpy()
    hidden = network.initial_hidden.detach().numpy()
    before = network.initial_cell.detach().numpy()
    for k, past in enumerate(retrieved):
        shown = [1.0, 0.0, 0.25, 0.0, float(k > 0), 0.5]
        parts = np.split(np.concatenate((hidden, shown)) @ weight + bias, 5)
        write, keep, show, reinstate = map(sigmoid, parts[:4])
        recalled = np.tanh(cells[past]) if past >= 0 else np.zeros(UNITS)
        sizes = [
            np.abs(each).sum()
            for each in (keep * before, write * np.tanh(parts[4]), 0.7 * reinstate * recalled)
        ]
        assert network.log[k]["share"][0].item() == pytest.approx(sizes[2] / sum(sizes))
        assert network.log[k]["gate"][0].numpy() == pytest.approx(0.7 * reinstate)
        before, hidden = cells[k], show * np.tanh(cells[k])


def test_a_session_begins_with_an_empty_memory(network):
    play(network, CONTEXTS, ENDS)
    _, retrieved = play(network, [B, A, B], [False, True, True])
    assert retrieved == [-1, -1, 1]


def test_nothing_is_stored_without_a_context_or_before_the_end(network):
    _, retrieved = play(network, [NONE, A, A, B], [True, False, False, True])
    assert retrieved == [-1, -1, -1, -1]


def test_gradients_reach_what_was_stored(network):
    """With no weights between units, two paths lead to the first cell state: kept, and stored."""
    with torch.no_grad():
        network.recurrent_weight[:UNITS] = 0.0
    state, cells = network.begin(1), []
    for k, context in enumerate([A, NONE, A]):
        cues = torch.tensor([[0.25, *context]], dtype=torch.float64)
        state = network.step(torch.tensor([0]), cues, None, torch.tensor([0.5]), state)
        state = network.remember(state, cues, torch.tensor([k == 0]))
        cells.append(state.cell)
    (found,) = torch.autograd.grad(state.cell.sum(), network.initial_cell)
    inputs = np.array([1.0, 0.0, 0.25, 0.0, 0.0, 0.5])
    weight, bias = (network.get_parameter(f"recurrent_{part}").detach().numpy()
                    for part in ("weight", "bias"))  # fmt: skip
    _, keep, _, reinstate, _ = np.split(inputs @ weight[UNITS:] + bias, 5)
    first = cells[0].detach().numpy()[0]
    kept = sigmoid(keep) ** 3
    stored = 0.7 * sigmoid(reinstate) * (1.0 - np.tanh(first) ** 2) * sigmoid(keep)
    assert found.numpy() == pytest.approx(kept + stored, rel=1e-9)
