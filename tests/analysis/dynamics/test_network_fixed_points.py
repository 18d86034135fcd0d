"""Fixed points of systems whose fixed points are known."""

import numpy as np
import pytest
from scipy.optimize import brentq, root

import pfc_analysis.analysis as an


def find(one, states, **settings):
    return an.find_fixed_points(an.StateMaps.of({"step": one}, states), **settings)


def linear(matrix, offset):
    matrix, offset = np.asarray(matrix), np.asarray(offset)
    return an.FunctionMap(lambda x: x @ matrix.T + offset, len(offset))


def test_a_linear_map_has_the_fixed_point_and_eigenvalues_of_algebra():
    rng = np.random.default_rng(1)
    matrix, offset = rng.normal(scale=0.4, size=(5, 5)), rng.normal(size=5)
    found = find(linear(matrix, offset), rng.normal(size=(30, 5)), n_eigenvalues=5)
    assert found.sizes["fixed_point"] == 1
    expected = np.linalg.solve(np.eye(5) - matrix, offset)
    assert found["state"].values[0] == pytest.approx(expected, abs=1e-8)
    own = found["eigenvalue_real"].values[0] + 1j * found["eigenvalue_imaginary"].values[0]
    assert np.sort_complex(own) == pytest.approx(
        np.sort_complex(np.linalg.eigvals(matrix)), abs=1e-7
    )
    assert (np.diff(np.abs(own)) < 1e-9).all()
    assert found["decay_rate"].item() == pytest.approx(-np.log(np.abs(own[0])), abs=1e-7)
    assert found["converged"].item() == 1.0
    assert found["residual"].item() < 1e-9


def test_a_point_that_repels_is_found():
    found = find(linear([[1.5, 0.0], [0.0, 0.5]], [1.0, 1.0]), np.zeros((4, 2)))
    assert found["state"].values[0] == pytest.approx([-2.0, 2.0])
    assert found["stability"].values.tolist() == ["unstable"]
    assert found["decay_rate"].item() == pytest.approx(-np.log(1.5))


def test_a_map_that_moves_every_state_has_no_fixed_point():
    found = find(linear([[1.0]], [1.0]), np.zeros((4, 1)))
    assert found.sizes["fixed_point"] == 0
    assert found["n_fixed_points"].values.tolist() == [[0]]
    assert found["converged"].values.tolist() == [[0.0]]


def test_a_rotation_is_neutral():
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    found = find(linear(turn, [0.0, 0.0]), np.ones((3, 2)))
    assert found["stability"].values.tolist() == ["neutral"]


def test_an_lstm_of_one_unit_remembers_a_bit():
    """Gates are half open: h = tanh(c) / 2, c = c / 2 + tanh(8 h) / 2. Two points attract."""
    recurrent = np.array([[0.0, 0.0, 0.0, 8.0]])
    weights = an.LSTMWeights(np.zeros((1, 4)), recurrent, np.zeros(4))
    states = np.random.default_rng(2).uniform(-1, 1, (40, 2))
    found = find(an.LSTMMap(weights, np.zeros((1, 1))), states)
    move = lambda c: 0.5 * c + 0.5 * np.tanh(8 * 0.5 * np.tanh(c))  # noqa: E731
    rest = brentq(lambda c: move(c) - c, 0.2, 2.0)
    assert found["state"].values[:, 1] == pytest.approx([-rest, 0.0, rest], abs=1e-7)
    assert found["stability"].values.tolist() == ["stable", "unstable", "stable"]


def test_scipy_finds_the_same_point_of_a_random_lstm():
    rng = np.random.default_rng(3)
    shapes = (2, 48), (12, 48), (48,)
    weights = an.LSTMWeights(*(rng.normal(scale=0.5, size=shape) for shape in shapes))
    one = an.LSTMMap(weights, rng.normal(size=(3, 2)))
    found = find(one, rng.normal(size=(20, 24)))
    theirs = root(
        lambda x: one.move(x[None])[0] - x,
        np.zeros(24),
        jac=lambda x: one.jacobian(x[None])[0] - np.eye(24),
        tol=1e-12,
    )
    assert theirs.success
    assert np.abs(found["state"].values - theirs.x).max(axis=1).min() < 1e-8


def test_distance_is_in_units_of_the_spread_of_the_states():
    states = np.array([[-1.0], [1.0]])
    found = find(linear([[0.5]], [2.0]), states)  # rests at 4, which is 3 from the nearest
    assert found["distance"].item() == pytest.approx(3.0)


def test_the_same_seed_gives_the_same_points():
    squeeze = an.FunctionMap(lambda x: np.tanh(2 * x), 1)
    states = np.linspace(-1, 1, 50)[:, None]
    one, other = (find(squeeze, states, n_starts=3, generator=5) for _ in range(2))
    assert one.identical(other)


def test_wrong_settings_are_named():
    halving = linear([[0.5]], [0.0])
    with pytest.raises(an.AnalysisError, match="n_starts: found 0, expected a whole number"):
        find(halving, np.zeros((2, 1)), n_starts=0)
    with pytest.raises(an.AnalysisError, match=r"states: found shape \(2, 3\) for maps of"):
        find(halving, np.zeros((2, 3)))
