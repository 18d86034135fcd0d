"""Play with learning switched on: against frozen weights, autograd and the formula of errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.interventions.intervention import Intervention, InterventionError
from pfc_analysis.training.interventions.intervention_hook import InterventionHook
from pfc_analysis.training.networks.network import State, make_network
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.plasticity import plastic_lstm
from pfc_analysis.training.plasticity.plastic_block import PlasticBlock
from pfc_analysis.training.plasticity.plastic_engine import PlasticEngine, late_rates
from pfc_analysis.training.plasticity.taught_errors import Steps, compute_taught_advantage
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.replica import first_weights, make_engine

SESSIONS = 6
NETWORKS = {
    "reward": "",
    "rpe": 'feedback = "rpe"\nfeedback_scale = 0.5',
    "predictive": 'architecture = "predictive"\nfeedback_scale = 0.5',
}
RULE = Intervention("rpe", "outcome", gain=0.5, shift=1.5, probability=0.5)


@pytest.fixture(params=NETWORKS)
def recipe(request, small_text) -> Recipe:
    return parse_recipe(small_text.replace("units = 5", f"units = 5\n{NETWORKS[request.param]}"))


@pytest.fixture
def weights(recipe) -> Weights:
    """Far from 0, so that no term of a gradient can hide."""
    rng = np.random.default_rng(1)
    weights = first_weights(recipe, 1)
    for weight in weights.values():
        weight += 0.3 * rng.normal(size=weight.shape).astype(np.float32)
    weights["policy_bias"][:] = 0.0
    return weights


@pytest.fixture
def task(recipe):
    return recipe.with_task({"trials": 9}).training_task()


def plastic_engine(recipe, weights, task, plasticity: float) -> PlasticEngine:
    return PlasticEngine(recipe, weights, task, SESSIONS, plasticity)


def test_without_a_rate_it_plays_as_with_frozen_weights(recipe, weights, task):
    frozen = make_engine(recipe, weights, task, SESSIONS).play(np.random.default_rng(3))
    found = plastic_engine(recipe, weights, task, 0.0).play(np.random.default_rng(3))
    active = frozen.log.active
    for name in ("before", "observation", "action", "reward", "active"):
        shown = getattr(found.log, name), getattr(frozen.log, name)
        assert np.array_equal(*(each[: len(active)][active] for each in shown)), name
    for name in ("hidden", "cell", "value"):
        gap = np.abs(getattr(found, name) - getattr(frozen, name))[active]
        assert gap.max() < 1e-5, name


def make_block(recipe, weights, task, rate: float = 0.0) -> PlasticBlock:
    """Make a block that learns by plain numbers: RMSprop's mean squares begin at 1."""
    engine = plastic_engine(recipe, weights, task, 1.0)
    engine._draw_calibration()  # reads the weights
    engine._mean_square = [
        {
            name: np.ones(matrix.shape[1:], np.float32)
            for name, matrix in plastic_lstm.make_plastic(packed, 1).weights.items()
        }
        for packed in engine._weights
    ]
    block = engine._make_plastic(SESSIONS, rate, len(task.steps))
    rng = np.random.default_rng(7)
    uniforms = task.draw_uniforms(rng, SESSIONS)
    block.begin(uniforms, rng.random((task.max_steps, SESSIONS), np.float32), keep_records=True)
    return block


def torch_loss(network, block, session: int, first: int, last: int, costs: LossCosts):
    """Return the loss of some steps of one session, from its formulas, part by part of the sum."""
    played, feedback = block.played, network.feedback
    state = network.begin(1)
    states, values = [], []
    for t in range(last + 1):
        if t == first:  # no gradient reaches further back
            state = State(*(part.detach() for part in state))
        action = torch.from_numpy(played.action[t - 1, [session]]) if t else None
        reward = played.reward[t - 1, [session]] if t else np.zeros(1)
        observation = torch.from_numpy(played.observation[t, [session]])
        before = state
        state = network.step(
            observation, torch.zeros(1, 0), action, torch.from_numpy(reward), before
        )
        states.append(network.read(state.hidden, observation)[0])
        values.append((state.hidden[0], network.value(states[-1])))
    total = torch.zeros(())
    gain, shift = block._taught[:, :, session]
    reward, n_played = played.reward[:, session], 0
    for t in range(first, last):
        if not played.active[t, session]:
            continue
        n_played += 1
        advantage, discounting = 0.0, 1.0
        for k in range(t, last):
            if not played.active[k, session]:
                break
            goes_on = k + 1 < last or not played.done[session]
            follows = k + 1 == last or played.active[k + 1, session]
            later = values[k + 1][1].item() if goes_on and follows else 0.0
            error = reward[k] + feedback.discount * later - values[k][1].item()
            advantage += discounting * (gain[k] * error + shift[k])
            discounting *= costs.discount
        log_policy = network.policy(states[t]).log_softmax(-1)
        entropy = -(log_policy.exp() * log_policy).sum()
        total = total - advantage * log_policy[played.action[t, session]]
        # The gradient of half the squared error, whose size is given.
        total = total - costs.value_cost * advantage * values[t][1]
        total = total - costs.entropy_cost * entropy
        if hasattr(network, "predict"):
            action = torch.from_numpy(played.action[t, [session]])
            logits, paid = network.predict(values[t][0][None], action)
            total = total + 0.5 * (feedback.scale * reward[t] - paid[0]) ** 2
            goes_on = played.active[t + 1, session] if t + 1 < last else not played.done[session]
            if goes_on:
                total = total - logits[0].log_softmax(-1)[played.observation[t + 1, session]]
    return total / n_played


def test_gradient_of_each_session_is_that_of_autograd(recipe, weights, task):
    block = make_block(recipe, weights, task)
    hook = InterventionHook([RULE], task, recipe.feedback(), SESSIONS, 1, plastic=True)
    if recipe.feedback().is_rpe:  # there the rule also changes what is read, which torch does not
        hook = None
    for _ in range(9):
        if hook is not None:
            hook(block)
        block.advance(1)
    if hook is not None:
        hook(block)
    block._note_effects()
    block._first, costs = 6, block.learning.costs
    block.find_gradients()
    assert hook is None or hook.acted[6:9].any()
    played = np.flatnonzero(block.played.active[6])
    assert played.size > 1
    for session in played:
        network = make_network(weights, 0, recipe.feedback())
        torch_loss(network, block, session, 6, block.n_steps, costs).backward()
        for k, packed in enumerate(block.weights):
            expected = network.get_parameter(f"{packed.prefix}recurrent_weight").grad.numpy()
            found = block.plastic[k].gradients["gates"][session][:-1]
            scale = np.abs(expected).max()
            np.testing.assert_allclose(found, expected, atol=2e-5 * max(scale, 1.0))
        n_units = packed.start.shape[1]
        readout = block.plastic[0].gradients["readout"][session]
        np.testing.assert_allclose(
            readout[:n_units, :-1], network.policy_weight.grad.numpy(), atol=2e-5
        )
        value = block.plastic[-1].gradients["readout"][session][:n_units, -1:]
        np.testing.assert_allclose(value, network.value_weight.grad.numpy(), atol=2e-5)


def test_weights_change_by_rmsprop_with_the_clipped_gradient(recipe, weights, task):
    still, block = (make_block(recipe, weights, task, rate) for rate in (0.0, 0.01))
    unroll, rates = block.learning.unroll, block.learning.rates
    for each in (still, block):
        while each.n_learned < 1:
            each.advance(1)
        assert each.n_steps == unroll + 1
    gradients = [g for lstm in still.plastic for g in lstm.gradients.values()]
    for session in range(SESSIONS):
        norm = np.sqrt(sum((g[session].astype(float) ** 2).sum() for g in gradients))
        assert norm <= rates.gradient_norm * (1 + 1e-5)
    for before, after in zip(still.plastic, block.plastic, strict=True):
        for name, gradient in before.gradients.items():
            square = rates.decay + (1 - rates.decay) * gradient.astype(float) ** 2
            change = -0.01 * gradient / (np.sqrt(square) + rates.epsilon)
            found = after.weights[name] - before.weights[name]
            np.testing.assert_allclose(found, change, atol=3e-7)
    assert not np.array_equal(*block.plastic[0].weights["gates"][:2])


def test_advantage_without_rules_is_the_return_minus_the_value():
    rng, discount = np.random.default_rng(2), 0.8
    value, reward = rng.normal(size=(2, 5, 3))
    active = np.ones((5, 3), bool)
    active[3:, 1] = False
    reward[3:, 1] = 0.0
    next_value = np.array([0.7, 0.0, -0.4])
    one, zero = np.ones((5, 3)), np.zeros((5, 3))
    steps = Steps(value[..., None], zero, reward, active, next_value, one, zero)
    found = compute_taught_advantage(steps, discount)
    for t in range(5):
        ends = np.where(active[-1], 5, 3)
        for i in range(3):
            if active[t, i]:
                paid = sum(discount ** (k - t) * reward[k, i] for k in range(t, ends[i]))
                paid += discount ** (5 - t) * next_value[i]
                assert found[t, i] == pytest.approx(paid - value[t, i])
    shifted = compute_taught_advantage(
        steps._replace(shift=zero + (np.arange(5) == 2)[:, None]), discount
    )
    expected = discount ** (2.0 - np.arange(3))[:, None] * np.ones(3)
    np.testing.assert_allclose((shifted - found)[:3], expected)
    np.testing.assert_allclose((shifted - found)[3:], 0.0)


def test_a_rule_on_errors_changes_choices_only_by_learning(recipe, weights, task):
    always = Intervention("rpe", "outcome", shift=5.0)

    def play(plasticity: float, rules: list[Intervention]):
        hook = InterventionHook(rules, task, recipe.feedback(), SESSIONS, 1, plastic=True)
        engine = plastic_engine(recipe, weights, task, plasticity)
        return engine.play(np.random.default_rng(5), hook)

    same = np.array_equal(play(0.0, [always]).hidden, play(0.0, []).hidden)
    assert same != recipe.feedback().is_rpe
    assert not np.array_equal(play(30.0, [always]).hidden, play(30.0, []).hidden)


def test_sessions_are_the_same_whatever_is_played_beside_them(recipe, weights, task):
    one, other = (
        plastic_engine(recipe, weights, task, 5.0).play(np.random.default_rng(5)) for _ in range(2)
    )
    assert np.array_equal(one.value, other.value)
    assert np.array_equal(one.hidden, other.hidden)


def test_units_cannot_be_scaled_while_weights_change(recipe, task):
    rule = Intervention("hidden", "stage_1", gain=0.0)
    with pytest.raises(InterventionError, match=r"target = 'hidden'; where weights change"):
        InterventionHook([rule], task, recipe.feedback(), SESSIONS, 1, plastic=True)


def test_late_rates_are_means_of_the_last_tenth(small_text):
    text = small_text.replace("updates = 8", "updates = 20").replace("0.001", "1e-9")
    rate, cost = late_rates(parse_recipe(text).optimisation)
    assert rate == pytest.approx(0.01 * (1 - (18 + 19) / 2 / 19), rel=1e-5)
    assert cost == pytest.approx(0.05)
