"""The network against torch's own LSTM cell."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from pfc_analysis.training.networks.actor_critic import sample_action
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.network import LSTMActorCritic, RPEActorCritic, State
from pfc_analysis.training.networks.network import make_network as network_for
from pfc_analysis.training.networks.weights import Sizes, draw_weights, weight_shapes


def make_network(seed: int = 0, units: int = 6) -> LSTMActorCritic:
    return LSTMActorCritic(draw_weights(Sizes(4, 0, 3, units), np.random.default_rng(seed)))


def torch_cell(network: LSTMActorCritic) -> torch.nn.LSTMCell:
    """torch's cell with the same weights; torch orders the gates input, forget, cell, output."""
    n = network.n_units
    cell = torch.nn.LSTMCell(network.n_inputs, n)
    order = torch.cat([torch.arange(k * n, (k + 1) * n) for k in (0, 1, 3, 2)])
    with torch.no_grad():
        cell.weight_hh.copy_(network.recurrent_weight[:n, order].T)
        cell.weight_ih.copy_(network.recurrent_weight[n:, order].T)
        cell.bias_ih.copy_(network.recurrent_bias[order])
        cell.bias_hh.zero_()
    return cell


def test_step_equals_torchs_lstm_cell():
    network = make_network()
    torch.nn.init.normal_(network.recurrent_bias)
    inputs = torch.randn(7, network.n_inputs)
    before = State(torch.randn(7, 6), torch.randn(7, 6))
    after = network(inputs, before)
    hidden, cell = torch_cell(network)(inputs, (before.hidden, before.cell))
    torch.testing.assert_close(after.hidden, hidden, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(after.cell, cell, rtol=1e-5, atol=1e-6)


def test_inputs_are_observation_action_reward():
    network = make_network()
    inputs = network.encode(
        torch.tensor([2, 0]), torch.zeros(2, 0), torch.tensor([1, 2]), torch.tensor([1.0, -1.0])
    )
    assert inputs.tolist() == [[0, 0, 1, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 0, 1, -1]]


def test_cues_lie_between_observation_and_action():
    network = LSTMActorCritic(draw_weights(Sizes(1, 2, 2, 6), np.random.default_rng(0)), n_cues=2)
    assert (network.n_observations, network.n_actions, network.n_inputs) == (1, 2, 6)
    cues = torch.tensor([[0.25, 0.5]], dtype=torch.float64)
    inputs = network.encode(torch.tensor([0]), cues, torch.tensor([1]), torch.ones(1))
    assert inputs.tolist() == [[1, 0.25, 0.5, 0, 1, 1]]


def test_first_step_has_no_last_action():
    network = make_network()
    inputs = network.encode(torch.tensor([3]), torch.zeros(1, 0), None, torch.zeros(1))
    assert inputs.tolist() == [[0, 0, 0, 1, 0, 0, 0, 0]]


def test_same_seed_same_weights():
    for one, other in zip(make_network(4).parameters(), make_network(4).parameters(), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(make_network(4).recurrent_weight, make_network(5).recurrent_weight)


def test_weights_and_parameters_are_the_same_memory():
    weights = draw_weights(Sizes(4, 0, 3, 6), np.random.default_rng(0))
    network = LSTMActorCritic(weights)
    assert {name: p.shape for name, p in network.named_parameters()} == weight_shapes(
        Sizes(4, 0, 3, 6)
    )
    assert (network.n_observations, network.n_actions, network.n_inputs) == (4, 3, 8)
    with torch.no_grad():
        network.value_weight += 1.0
    weights["value_weight"] *= 2.0
    assert np.array_equal(network.value_weight.detach().numpy(), weights["value_weight"])


def test_first_weights_lie_within_their_bounds():
    weights = draw_weights(Sizes(4, 0, 3, 48), np.random.default_rng(0))
    bound = 1 / np.sqrt(48)
    recurrent, inputs = np.split(weights["recurrent_weight"], [48])
    for part, limit in ((recurrent, bound), (inputs, 3.0), (weights["policy_weight"], bound / 10)):
        assert np.abs(part).max() <= limit
        assert part.std() == pytest.approx(limit / np.sqrt(3), rel=0.1)
        assert part.dtype == np.float32
    for name in ("recurrent_bias", "policy_bias", "value_bias", "initial_hidden", "initial_cell"):
        assert not weights[name].any()


def test_first_policy_is_close_to_uniform():
    network = make_network(units=48)
    policy = network.policy(torch.rand(50, 48) * 2 - 1).softmax(-1)
    assert policy.detach().numpy() == pytest.approx(1 / 3, abs=0.08)


def test_initial_state_is_learned():
    network = make_network()
    state = network(torch.zeros(2, network.n_inputs), network.begin(2))
    network.value(state.hidden).sum().backward()
    assert network.initial_hidden.grad is not None
    assert network.initial_cell.grad is not None
    assert network.initial_hidden.grad.abs().sum() > 0
    assert network.initial_cell.grad.abs().sum() > 0


def test_actions_are_sampled_from_the_policy():
    network = make_network()
    with torch.no_grad():
        network.policy_bias.copy_(torch.tensor([0.2, 1.0, -0.5]))
    hidden = torch.zeros(30_000, 6)
    draw = torch.from_numpy(np.random.default_rng(0).random(30_000, dtype=np.float32))
    counts = np.bincount(sample_action(network, hidden, draw).numpy(), minlength=3)
    expected = network.policy(hidden[:1]).softmax(-1)[0].detach().numpy().astype(float)
    assert chisquare(counts, expected / expected.sum() * 30_000).pvalue > 1e-3


def test_the_largest_draw_gives_the_last_action():
    network = make_network()
    draw = torch.tensor([0.0, np.nextafter(np.float32(1), np.float32(0))])
    assert sample_action(network, torch.zeros(2, 6), draw).tolist() == [0, 2]


def rpe_network(scale: float = 0.25, discount: float = 0.8) -> RPEActorCritic:
    weights = draw_weights(Sizes(4, 0, 3, 6, rpe_input=True), np.random.default_rng(5))
    network = RPEActorCritic(weights, feedback=Feedback("rpe", scale, discount))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return network


def cell_of(network: RPEActorCritic, prefix: str) -> torch.nn.LSTMCell:
    """torch's cell with the weights of one of the two LSTMs."""
    own = {
        name: getattr(network, f"{prefix}{name}").detach().numpy().copy()
        for name in ("recurrent_weight", "recurrent_bias", "initial_hidden", "initial_cell")
    }
    rest = {
        name: np.zeros((6, n), np.float32)
        for name, n in (("policy_weight", 3), ("value_weight", 1))
    }
    bias = {name: np.zeros(n, np.float32) for name, n in (("policy_bias", 3), ("value_bias", 1))}
    return torch_cell(LSTMActorCritic({**own, **rest, **bias}))


def test_two_lstms_read_reward_and_prediction_error():
    """Step by step with torch's cells: the error is that of the value which its own cell gives."""
    network, scale, discount = rpe_network(), 0.25, 0.8
    policy, value = cell_of(network, ""), cell_of(network, "value_")
    shown, done = torch.tensor([[0, 1], [2, 3], [1, 1]]), torch.tensor([[2, 0], [1, 1], [0, 2]])
    paid = torch.tensor([[1.0, -1.0], [0.0, 4.0], [2.0, 0.5]])
    state, expected, last, reward = network.begin(2), None, None, torch.zeros(2)
    start = network.begin(2)
    p, v = ((start.hidden[:, part], start.cell[:, part]) for part in (slice(0, 6), slice(6, 12)))
    for t in range(3):
        state = network.step(shown[t], torch.zeros(2, 0), last, reward, state)
        code = torch.zeros(2, 3) if last is None else torch.eye(3)[last]
        seen = torch.cat((torch.eye(4)[shown[t]], code), dim=1)
        v = value(torch.cat((seen, scale * reward[:, None]), dim=1), v)
        now = (v[0] @ network.value_weight + network.value_bias).squeeze(-1)
        error = torch.zeros(2) if last is None else reward + discount * now - expected
        p = policy(torch.cat((seen, scale * error[:, None]), dim=1), p)
        torch.testing.assert_close(
            state.hidden, torch.cat((p[0], v[0]), dim=1), rtol=1e-4, atol=1e-5
        )
        torch.testing.assert_close(network.value(state.hidden), now, rtol=1e-4, atol=1e-5)
        logits = p[0] @ network.policy_weight + network.policy_bias
        torch.testing.assert_close(network.policy(state.hidden), logits, rtol=1e-4, atol=1e-5)
        expected, last, reward = now, done[t], paid[t]


def test_no_gradient_runs_from_the_policy_to_the_value():
    network = rpe_network()
    state = network.begin(2)
    for action in (None, torch.tensor([0, 1]), torch.tensor([2, 2])):
        state = network.step(torch.tensor([1, 2]), torch.zeros(2, 0), action, torch.ones(2), state)
    network.policy(state.hidden).sum().backward()
    assert network.recurrent_weight.grad.abs().sum() > 0
    for name, parameter in network.named_parameters():
        if name.startswith("value_"):
            assert parameter.grad is None or not parameter.grad.any(), name


@pytest.mark.parametrize(("signal", "kind"), [("reward", LSTMActorCritic), ("rpe", RPEActorCritic)])
def test_feedback_decides_on_the_network(signal, kind):
    weights = draw_weights(Sizes(4, 1, 3, 6, signal == "rpe"), np.random.default_rng(0))
    assert type(network_for(weights, 1, Feedback(signal))) is kind


def test_rewards_are_scaled_on_their_way_in():
    weights = draw_weights(Sizes(2, 0, 2, 6), np.random.default_rng(0))
    network = LSTMActorCritic(weights, feedback=Feedback(scale=0.25))
    inputs = network.encode(
        torch.tensor([1]), torch.zeros(1, 0), torch.tensor([0]), torch.ones(1) * 4
    )
    assert inputs.tolist() == [[0, 1, 1, 0, 1]]


def test_unknown_feedback_is_named():
    with pytest.raises(
        ValueError, match=r"Unknown feedback 'dopamine'; expected one of \['reward'"
    ):
        Feedback("dopamine")
