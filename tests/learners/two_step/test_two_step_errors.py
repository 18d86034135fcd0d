"""Expected rewards and prediction errors of learners, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.learners import (
    Hybrid,
    LatentState,
    ModelBased,
    ModelFreeChained,
    ModelFreeDirect,
    RewardAsCue,
)
from pfc_analysis.learners.definition.learner_error import LearnerError


def learn(learner, state, *trials):
    """Run trials (choice, second state, reward) of one session; return the last errors."""
    for choice, second, reward in trials:
        seen = np.array([choice]), np.array([second]), np.array([reward])
        errors = learner.prediction_errors(state, *seen)
        learner.learn(state, *seen)
    return errors[0]


def expected_by(learner, state):
    return learner.action_value(state)[0]


def test_model_based():
    learner = ModelBased(alpha=0.5, inverse_temperature=2.0, common_probability=0.8)
    state = learner.begin(1)
    # V = (.5, .5): the first second state is no surprise; then V = (.75, .5), Q = (.7, .55).
    np.testing.assert_allclose(learn(learner, state, (0, 0, 1.0)), [0.0, 0.5], atol=1e-15)
    np.testing.assert_allclose(expected_by(learner, state), [0.7, 0.55])
    np.testing.assert_allclose(learner.choice_probability(state)[0, 0], 1 / (1 + np.exp(-0.3)))
    # Uncommon transition from choice 1 to state 0: .75 - .55, and no reward: 0 - .75.
    np.testing.assert_allclose(learn(learner, state, (1, 0, 0.0)), [0.2, -0.75])
    np.testing.assert_allclose(state.memory["state_value"].real, [[0.375, 0.5]])


def test_chained():
    learner = ModelFreeChained(alpha=0.5, inverse_temperature=2.0, eligibility=0.5)
    state = learner.begin(1)
    np.testing.assert_allclose(learn(learner, state, (0, 1, 1.0)), [0.0, 0.5], atol=1e-15)
    np.testing.assert_allclose(expected_by(learner, state), [0.625, 0.5])
    np.testing.assert_allclose(state.memory["state_value"].real, [[0.5, 0.75]])
    # d1 = .75 - .5, d2 = 0 - .75; Q += .5 (.25 - .375), V += .5 (-.75)
    np.testing.assert_allclose(learn(learner, state, (1, 1, 0.0)), [0.25, -0.75])
    np.testing.assert_allclose(expected_by(learner, state), [0.625, 0.4375])
    np.testing.assert_allclose(state.memory["state_value"].real, [[0.5, 0.375]])


def test_hybrid_weighs_both():
    learner = Hybrid(0.5, 0.5, eligibility=0.5, weight_model_based=0.25)
    state = learner.begin(1)
    learn(learner, state, (0, 1, 1.0))
    # V = (.5, .75), so planning expects (.55, .7); Q = (.625, .5).
    expected = [0.25 * 0.55 + 0.75 * 0.625, 0.25 * 0.7 + 0.75 * 0.5]
    np.testing.assert_allclose(expected_by(learner, state), expected)
    np.testing.assert_allclose(learn(learner, state, (1, 1, 0.0)), [0.25, -0.75])


def test_direct():
    learner = ModelFreeDirect(alpha=0.2)
    state = learner.begin(1)
    np.testing.assert_allclose(learn(learner, state, (1, 0, 1.0)), [0.0, 0.5])
    np.testing.assert_allclose(learn(learner, state, (1, 1, 0.0)), [0.0, -0.6])
    np.testing.assert_allclose(expected_by(learner, state), [0.5, 0.48])


def test_full_eligibility_is_direct_learning_and_shares_the_planners_state_values():
    rng = np.random.default_rng(2)
    players = (ModelFreeChained(0.3, eligibility=1.0), ModelFreeDirect(0.3), ModelBased(0.3))
    states = [learner.begin(5) for learner in players]
    for choice, second, reward in rng.integers(0, 2, (30, 3, 5)):
        seen = choice, second, reward.astype(float)
        found = [
            one.prediction_errors(state, *seen) for one, state in zip(players, states, strict=True)
        ]
        for learner, state in zip(players, states, strict=True):
            learner.learn(state, *seen)
        np.testing.assert_array_equal(found[0][:, 1], found[2][:, 1])
    values = [learner.action_value(state) for learner, state in zip(players, states, strict=True)]
    np.testing.assert_allclose(values[0], values[1])


def test_reward_as_cue_remembers_under_its_cue():
    learner = RewardAsCue(alpha=0.5)
    state = learner.begin(1)
    learn(learner, state, (0, 1, 1.0))  # cue of a session's first trial; next cue: state 1, paid
    np.testing.assert_allclose(expected_by(learner, state), [0.5, 0.5])
    np.testing.assert_allclose(learn(learner, state, (0, 1, 1.0)), [0.0, 0.5])
    np.testing.assert_allclose(expected_by(learner, state), [0.75, 0.5])
    learn(learner, state, (1, 0, 0.0))  # next cue: state 0, unpaid
    np.testing.assert_allclose(expected_by(learner, state), [0.5, 0.5])
    learn(learner, state, (1, 1, 1.0))  # back under the earlier cue, where 1 was learned, too
    np.testing.assert_allclose(expected_by(learner, state), [0.75, 0.25])


def posterior_by_enumeration(second, reward, omega, better, worse):
    """P(state 1 is better before the next trial) over all histories of the better state."""
    n = len(second)
    mass = np.zeros(2)
    for code in range(2 ** (n + 1)):
        path = [code >> t & 1 for t in range(n + 1)]
        p = 0.5
        for t in range(n):
            pays = better if second[t] == path[t] else worse
            p *= pays if reward[t] else 1 - pays
            p *= omega if path[t + 1] != path[t] else 1 - omega
        mass[path[n]] += p
    return mass[1] / mass.sum()


@pytest.mark.parametrize("seed", range(5))
def test_belief_is_bayes_over_all_histories(seed):
    rng = np.random.default_rng(seed)
    second, reward = rng.integers(0, 2, (2, 7))
    learner = LatentState(0.07, better_pays=0.85, worse_pays=0.3)
    state = learner.begin(1)
    learn(learner, state, *[(0, s, float(r)) for s, r in zip(second, reward, strict=True)])
    belief = posterior_by_enumeration(second, reward, 0.07, 0.85, 0.3)
    np.testing.assert_allclose(state.memory["belief"].real, [belief], rtol=1e-12)
    value = 0.3 + 0.55 * np.array([1 - belief, belief])
    expected = [0.8 * value[0] + 0.2 * value[1], 0.2 * value[0] + 0.8 * value[1]]
    np.testing.assert_allclose(expected_by(learner, state), expected)
    # An uncommon transition, and no reward.
    errors = learn(learner, state, (1, 0, 0.0))
    np.testing.assert_allclose(errors, [value[0] - expected[1], -value[0]])


def test_sessions_without_a_valid_trial_have_no_errors(two_step_learner):
    state = two_step_learner.begin(2)
    seen = np.array([0, -1]), np.array([1, -1]), np.array([1.0, 0.0])
    if not hasattr(two_step_learner, "surprise"):
        with pytest.raises(
            LearnerError,
            match=r"MixtureOfAgents: found no function 'surprise', expected a static method surpri"
            r"se\(memory, p, trial, error\)",
        ):
            two_step_learner.prediction_errors(state, *seen)
        return
    errors = two_step_learner.prediction_errors(state, *seen)
    assert np.isfinite(errors[0]).all()
    assert np.isnan(errors[1]).all()
    before = state.memory.copy()
    two_step_learner.learn(state, *seen)
    assert state.memory[1] == before[1]
    assert state.memory[0] != before[0]


def test_softmax_of_expected_rewards(two_step_learner):
    """Without lapse, stay and bias, log-odds of choices are differences of expected rewards."""
    if not hasattr(two_step_learner, "expect"):
        return
    plain = {"perseveration": 0.0, "bias": 0.0, "lapse": 0.0}
    given = {name: getattr(two_step_learner, name) for name in two_step_learner.parameter_names()}
    learner = type(two_step_learner)(**(given | {n: v for n, v in plain.items() if n in given}))
    state = learner.begin(20)
    rng = np.random.default_rng(3)
    for _ in range(10):
        learner.learn(state, *rng.integers(0, 2, (2, 20)), rng.random(20))
    chance, value = learner.choice_probability(state), learner.action_value(state)
    expected = learner.inverse_temperature * (value[:, 1] - value[:, 0])
    np.testing.assert_allclose(np.log(chance[:, 1] / chance[:, 0]), expected, rtol=1e-9)
