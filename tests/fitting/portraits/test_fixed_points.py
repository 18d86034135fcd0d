import numpy as np
import pytest
from scipy.optimize import brentq

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.portraits.dynamics import LearnerDynamics, NetworkDynamics
from pfc_analysis.fitting.portraits.fixed_points import find_fixed_points


def vanilla(recurrent, *, drive=(0.0, 0.0), readout=2.0):
    """A network of one unit: its state is tanh(drive + recurrent * state)."""
    weights = {
        "input": np.array(drive).reshape(1, 2, 1),
        "input_by_reward": np.zeros((1, 2, 1)),
        "recurrent": np.array(recurrent).reshape(1, 1, 1),
        "recurrent_bias": np.zeros((1, 0)),
        "readout": np.full((1, 1, 1), readout),
        "readout_bias": np.full((1, 1), 0.5),
    }
    return FittedNetwork(NetworkSettings(1, "vanilla"), "bandit", 2, weights, 0.5, 0)


def of_kind(found, kind):
    return found.isel(fixed_point=np.flatnonzero(found["kind"].values == kind))


def test_a_network_without_memory_rests_at_its_input():
    found = of_kind(find_fixed_points(vanilla(0.0, drive=(0.3, -1.0))), 0)
    assert found["state"].values == pytest.approx(np.array([[np.tanh(0.3)]]))
    assert found["log_odds"].values == pytest.approx(2 * np.tanh(0.3) + 0.5)
    assert found["modulus"].values == pytest.approx(0.0)
    assert found["stability"].values.tolist() == ["stable"]


def test_strong_recurrence_has_two_attractors_and_a_repeller():
    """h = tanh(2 h) at 0 and at two more points, where the slope is 2 (1 - h^2)."""
    found = of_kind(find_fixed_points(vanilla(2.0)), 0)
    rest = brentq(lambda h: np.tanh(2 * h) - h, 0.5, 1.0)
    assert found["state"].values[:, 0] == pytest.approx([-rest, 0.0, rest], abs=1e-8)
    slope = 2 * (1 - rest**2)
    assert found["eigenvalue_real"].values[:, 0] == pytest.approx([slope, 2.0, slope])
    assert found["stability"].values.tolist() == ["stable", "unstable", "stable"]


def test_weak_recurrence_has_one_attractor():
    found = of_kind(find_fixed_points(vanilla(0.9, drive=(0.2, 0.0))), 0)
    rest = brentq(lambda h: np.tanh(0.9 * h + 0.2) - h, -1.0, 1.0)
    assert found["state"].values[:, 0] == pytest.approx([rest])


def test_a_rotation_that_dies_out_has_complex_eigenvalues():
    turn = 0.5 * np.array([[0.0, -1.0], [1.0, 0.0]])
    weights = {
        "input": np.zeros((1, 2, 2)),
        "input_by_reward": np.zeros((1, 2, 2)),
        "recurrent": turn[None],
        "recurrent_bias": np.zeros((1, 0)),
        "readout": np.ones((1, 1, 2)),
        "readout_bias": np.zeros((1, 1)),
    }
    network = FittedNetwork(NetworkSettings(2, "vanilla"), "bandit", 2, weights, 0.5, 0)
    found = of_kind(find_fixed_points(network), 0)
    assert found["state"].values == pytest.approx(np.zeros((1, 2)), abs=1e-9)
    assert np.abs(found["eigenvalue_imaginary"].values) == pytest.approx(np.array([[0.5, 0.5]]))
    assert found["modulus"].values == pytest.approx(0.5)


@pytest.mark.parametrize("cell", ["gru", "lstm", "vanilla"])
def test_jacobian_agrees_with_differences(cell):
    from ..networks.simulated_trials import draw_network

    dynamics = NetworkDynamics(draw_network(cell, units=2))
    points = np.random.default_rng(0).normal(0, 0.5, (3, dynamics.size))
    exact = dynamics.jacobian(points, 1, 0, 1.0)
    for k in range(dynamics.size):
        step = 1e-6 * np.eye(dynamics.size)[k]
        there, back = (dynamics.move(points + sign * step, 1, 0, 1.0) for sign in (1, -1))
        np.testing.assert_allclose(exact[:, :, k], (there - back) / 2e-6, atol=1e-8)


def test_a_learner_of_values_forgets_by_its_learning_rate():
    learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=3.0)
    dynamics = LearnerDynamics(learner)
    slope = dynamics.jacobian(np.array([[0.2, 0.9]]), 1, -1, 1.0)
    np.testing.assert_allclose(slope, [[[1.0, 0.0], [0.0, 0.7]]])
    np.testing.assert_allclose(dynamics.move(np.array([[0.2, 0.9]]), 1, -1, 1.0), [[0.2, 0.93]])


def test_values_that_a_trial_does_not_touch_are_neutral():
    learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=3.0)
    found = of_kind(find_fixed_points(learner, questions="bandit"), 3)  # choice 1, rewarded
    assert found["log_odds"].values == pytest.approx([0.0, 3.0], abs=1e-6)
    assert set(found["stability"].values) == {"neutral"}


def test_a_mixture_of_agents_rests_where_its_equations_say():
    learner = pfc.learners.MixtureOfAgents(
        weight_model_based=2.0,
        weight_model_free=0.0,
        weight_second_state=0.4,
        weight_habit=1.0,
        bias=0.25,
    )
    found = find_fixed_points(learner, questions="two_step")
    names = found["trial_kind"].values.tolist()
    kind = names.index("choice 1, state 1, reward 1")
    # The state pays 1, the other has decayed to 1/2, which transitions of .8 and .2 make .3 of a
    # difference; the last state and the habit are all on choice 1.
    assert of_kind(found, kind)["log_odds"].values == pytest.approx(2 * 0.3 + 0.4 + 1.0 + 0.25)


def test_wrong_calls_are_refused():
    with pytest.raises(AnalysisError, match="questions: found None"):
        find_fixed_points(pfc.learners.QLearning())
    with pytest.raises(AnalysisError, match="arm: found 2, expected 1 to 1"):
        find_fixed_points(vanilla(0.5), arm=2)
