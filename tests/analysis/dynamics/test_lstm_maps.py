"""LSTMs as maps: against the equations written out, PyTorch's LSTM, and numerical derivatives."""

import numpy as np
import pytest

import pfc_analysis.analysis as an
from pfc_analysis.analysis.dynamics.two_lstm_map import ErrorReader, TwoLSTMMap


def draw_weights(seed, units=4, inputs=3):
    rng = np.random.default_rng(seed)
    shapes = (inputs, 4 * units), (units, 4 * units), (4 * units,)
    return an.LSTMWeights(*(rng.normal(scale=0.7, size=shape) for shape in shapes))


def step(weights, shown, hidden, cell):
    """One step by the equations, for one point."""
    gates = shown @ weights.input + hidden @ weights.recurrent + weights.bias
    i, f, o, g = np.split(gates, 4)
    sigma = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    cell = sigma(f) * cell + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(cell), cell


def test_a_map_is_the_equations_step_by_step():
    weights, rng = draw_weights(1), np.random.default_rng(2)
    inputs, points = rng.normal(size=(3, 3)), rng.normal(size=(5, 8))
    found = an.LSTMMap(weights, inputs).move(points)
    for point, after in zip(points, found, strict=True):
        hidden, cell = point[:4], point[4:]
        for shown in inputs:
            hidden, cell = step(weights, shown, hidden, cell)
        assert after == pytest.approx(np.concatenate((hidden, cell)), abs=1e-12)


def test_a_map_is_the_lstm_of_pytorch():
    torch = pytest.importorskip("torch")
    cell = torch.nn.LSTMCell(3, 4, dtype=torch.float64)
    order = np.r_[0:4, 4:8, 12:16, 8:12]  # PyTorch keeps input, forget, candidate, output
    own = {name: one.detach().numpy()[order] for name, one in cell.named_parameters()}
    bias = own["bias_ih"] + own["bias_hh"]
    weights = an.LSTMWeights(own["weight_ih"].T, own["weight_hh"].T, bias)
    rng = np.random.default_rng(3)
    shown, point = rng.normal(size=(1, 3)), rng.normal(size=(1, 8))
    state = torch.tensor(point[:, :4]), torch.tensor(point[:, 4:])
    theirs = torch.cat(cell(torch.tensor(shown), state), dim=1).detach().numpy()
    assert an.LSTMMap(weights, shown).move(point) == pytest.approx(theirs, abs=1e-12)


def test_jacobians_are_the_numerical_derivatives():
    one = an.LSTMMap(draw_weights(4), np.random.default_rng(5).normal(size=(3, 3)))
    points = np.random.default_rng(6).normal(size=(70, 8))  # more than one block
    differences = an.FunctionMap(one.move, one.size).jacobian(points)
    assert one.jacobian(points) == pytest.approx(differences, abs=1e-9)


def make_pair():
    rng = np.random.default_rng(7)
    network = ErrorReader(draw_weights(8), draw_weights(9), rng.normal(size=4), 0.3, 0.9, 0.5)
    return network, TwoLSTMMap(network, rng.normal(size=(2, 3)))


def test_the_policys_lstm_reads_the_prediction_error():
    network, both = make_pair()
    point = np.random.default_rng(10).normal(size=16)
    after = both.move(point[None])[0]
    policy, value = (point[0:4], point[8:12]), (point[4:8], point[12:16])
    critic = lambda h: h @ network.value_readout + network.value_bias  # noqa: E731
    for shown in np.random.default_rng(7).normal(size=(4 + 2 * 3))[4:].reshape(2, 3):
        before, value = value, step(network.value, shown, *value)
        reward = shown[-1] / network.scale
        error = reward + network.discount * critic(value[0]) - critic(before[0])
        read = np.append(shown[:-1], network.scale * error)
        policy = step(network.policy, read, *policy)
    assert after == pytest.approx(np.concatenate((policy[0], value[0], policy[1], value[1])))


def test_jacobians_of_two_lstms_are_the_numerical_derivatives():
    _, both = make_pair()
    points = np.random.default_rng(11).normal(size=(6, 16))
    differences = an.FunctionMap(both.move, both.size).jacobian(points)
    assert both.jacobian(points) == pytest.approx(differences, abs=1e-8)


def test_wrong_shapes_are_named():
    with pytest.raises(an.AnalysisError, match=r"recurrent: found shape \(2, 4\), expected \(1, 4"):
        an.LSTMWeights(np.zeros((3, 4)), np.zeros((2, 4)), np.zeros(4))
    with pytest.raises(an.AnalysisError, match="input: found weights that are not finite"):
        an.LSTMWeights(np.full((3, 4), np.nan), np.zeros((1, 4)), np.zeros(4))
    with pytest.raises(an.AnalysisError, match=r"inputs: found shape \(1, 2\), expected \(step, 3"):
        an.LSTMMap(draw_weights(1), np.zeros((1, 2)))
    with pytest.raises(an.AnalysisError, match=r"jacobian: found a result of shape \(2, 1\)"):
        an.FunctionMap(np.tanh, 1, jacobian=np.cosh).jacobian(np.zeros((2, 1)))
