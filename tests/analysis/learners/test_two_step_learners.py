import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.inference_learners import (
    IdealObserver,
    LatentState,
    RewardAsCue,
)
from pfc_analysis.analysis.learners.learner import Learner
from pfc_analysis.analysis.learners.two_step_learners import (
    ModelBased,
    ModelFreeChained,
    ModelFreeDirect,
)
from pfc_analysis.analysis.learners.two_step_rules import softmax

ALL = [ModelBased, ModelFreeChained, ModelFreeDirect, RewardAsCue, LatentState, IdealObserver]


def _learn(learner, state, *trials):
    """Run trials (choice, second state, reward) of one session; return the last errors."""
    for choice, second, reward in trials:
        found = learner.learn(state, np.array([choice]), np.array([second]), np.array([reward]))
    return found["second_state"].item(), found["outcome"].item()


@pytest.mark.parametrize("kind", ALL)
def test_every_learner_keeps_to_the_interface(kind):
    learner = kind()
    assert isinstance(learner, Learner)
    state = learner.begin(3)
    chance = learner.choice_probability(state)
    assert chance.dtype == np.float64
    np.testing.assert_array_equal(chance, np.full((3, 2), 0.5))
    assert learner.action_value(state).shape == (3, 2)
    errors = learner.learn(state, np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([1.0, 0, 1]))
    assert set(errors) == {"second_state", "outcome"}
    assert all(error.shape == (3,) and np.isfinite(error).all() for error in errors.values())
    np.testing.assert_allclose(learner.choice_probability(state).sum(axis=1), 1.0)


@pytest.mark.parametrize("kind", ALL)
def test_an_invalid_trial_leaves_its_session_alone(kind):
    learner = kind()
    state = learner.begin(2)
    learner.learn(state, np.array([0, 1]), np.array([0, 0]), np.array([1.0, 0.0]))
    before = {name: values.copy() for name, values in state.items()}
    errors = learner.learn(state, np.array([-1, 1]), np.array([-1, 1]), np.array([0.0, 1.0]))
    for name, values in state.items():
        np.testing.assert_array_equal(values[0], before[name][0])
    assert any(not np.array_equal(state[name][1], before[name][1]) for name in state)
    assert np.isnan([errors["second_state"][0], errors["outcome"][0]]).all()
    assert np.isfinite([errors["second_state"][1], errors["outcome"][1]]).all()


@pytest.mark.parametrize("kind", ALL)
def test_sessions_side_by_side_do_not_mix(kind):
    rng = np.random.default_rng(1)
    trials = rng.integers(0, 2, (20, 3, 4))
    learner, many = kind(), kind().begin(4)
    alone = [learner.begin(1) for _ in range(4)]
    for choice, second, reward in trials:
        learner.learn(many, choice, second, reward.astype(float))
        for i, state in enumerate(alone):
            learner.learn(state, choice[[i]], second[[i]], reward[[i]].astype(float))
    expected = np.concatenate([learner.choice_probability(state) for state in alone])
    np.testing.assert_array_equal(learner.choice_probability(many), expected)


def test_model_based_by_hand():
    learner = ModelBased(alpha=0.5, inverse_temperature=2.0, common_probability=0.8)
    state = learner.begin(1)
    # V = (.5, .5): the first second state is no surprise; then V = (.75, .5), Q = (.7, .55).
    assert _learn(learner, state, (0, 0, 1.0)) == pytest.approx((0.0, 0.5))
    np.testing.assert_allclose(learner.action_value(state), [[0.7, 0.55]])
    np.testing.assert_allclose(learner.choice_probability(state)[0, 0], 1 / (1 + np.exp(-0.3)))
    # Uncommon transition from choice 1 to state 0: .75 - .55, and no reward: 0 - .75.
    assert _learn(learner, state, (1, 0, 0.0)) == pytest.approx((0.2, -0.75))
    np.testing.assert_allclose(state["state_value"], [[0.375, 0.5]])


def test_chained_by_hand():
    learner = ModelFreeChained(alpha=0.5, inverse_temperature=2.0, eligibility=0.5)
    state = learner.begin(1)
    assert _learn(learner, state, (0, 1, 1.0)) == pytest.approx((0.0, 0.5))
    np.testing.assert_allclose(state["action_value"], [[0.625, 0.5]])
    np.testing.assert_allclose(state["state_value"], [[0.5, 0.75]])
    # d1 = .75 - .5, d2 = 0 - .75; Q += .5 (.25 - .375), V += .5 (-.75)
    assert _learn(learner, state, (1, 1, 0.0)) == pytest.approx((0.25, -0.75))
    np.testing.assert_allclose(state["action_value"], [[0.625, 0.4375]])
    np.testing.assert_allclose(state["state_value"], [[0.5, 0.375]])


def test_full_eligibility_is_direct_learning_and_shares_the_planners_state_values():
    rng = np.random.default_rng(2)
    chained, direct, planner = (
        ModelFreeChained(0.3, 2.0, eligibility=1.0),
        ModelFreeDirect(0.3, 2.0),
        ModelBased(0.3, 2.0),
    )
    states = [learner.begin(5) for learner in (chained, direct, planner)]
    for choice, second, reward in rng.integers(0, 2, (30, 3, 5)):
        found = [
            learner.learn(state, choice, second, reward.astype(float))
            for learner, state in zip((chained, direct, planner), states, strict=True)
        ]
        np.testing.assert_array_equal(found[0]["outcome"], found[2]["outcome"])
    np.testing.assert_allclose(states[0]["action_value"], states[1]["action_value"])


def test_direct_by_hand():
    learner = ModelFreeDirect(alpha=0.2, inverse_temperature=1.0)
    state = learner.begin(1)
    assert _learn(learner, state, (1, 0, 1.0)) == pytest.approx((0.0, 0.5))
    assert _learn(learner, state, (1, 1, 0.0)) == pytest.approx((0.0, -0.6))
    np.testing.assert_allclose(state["action_value"], [[0.5, 0.48]])


def test_reward_as_cue_remembers_under_its_cue():
    learner = RewardAsCue(alpha=0.5, inverse_temperature=4.0)
    state = learner.begin(1)
    _learn(learner, state, (0, 1, 1.0))  # cue of a session's first trial; next cue: state 1, paid
    np.testing.assert_allclose(learner.action_value(state), [[0.5, 0.5]])
    _learn(learner, state, (0, 1, 1.0))
    np.testing.assert_allclose(learner.action_value(state), [[0.75, 0.5]])
    _learn(learner, state, (1, 0, 0.0))  # next cue: state 0, unpaid
    np.testing.assert_allclose(learner.action_value(state), [[0.5, 0.5]])
    _learn(learner, state, (1, 1, 1.0))  # back under the earlier cue, where 1 was learned, too
    np.testing.assert_allclose(learner.action_value(state), [[0.75, 0.25]])


def test_softmax_by_formula():
    value = np.array([[0.2, 0.5], [1.0, -1.0]])
    expected = np.exp(3 * value) / np.exp(3 * value).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax(value, 3.0), expected)
    np.testing.assert_array_equal(softmax(np.array([[0.0, 1.0]]), 1e5), [[0.0, 1.0]])


def _posterior_by_enumeration(second, reward, omega, better, worse):
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
    learner = LatentState(0.07, 0.1, (0.85, 0.3))
    state = learner.begin(1)
    _learn(learner, state, *[(0, s, float(r)) for s, r in zip(second, reward, strict=True)])
    expected = _posterior_by_enumeration(second, reward, 0.07, 0.85, 0.3)
    np.testing.assert_allclose(state["belief"], [expected], rtol=1e-12)
    value = 0.3 + 0.55 * np.array([1 - expected, expected])
    np.testing.assert_allclose(learner.state_value(state), [value])
    np.testing.assert_allclose(
        learner.action_value(state)[0], [0.8 * value[0] + 0.2 * value[1],
                                         0.2 * value[0] + 0.8 * value[1]])  # fmt: skip


def test_latent_state_lapses_and_ideal_observer_does_not():
    lapsing, ideal = LatentState(lapse=0.188), IdealObserver()
    for learner, chance in ((lapsing, [0.188, 0.812]), (ideal, [0.0, 1.0])):
        state = learner.begin(1)
        _learn(learner, state, (0, 1, 1.0))  # state 1 pays; choice 1 commonly leads there
        np.testing.assert_allclose(learner.choice_probability(state), [chance])
    # .9 * .975 + .1 * .025 after one reward
    np.testing.assert_allclose(state["belief"], [0.88])


def test_ideal_observer_earns_what_the_best_player_earns(play):
    # Independent simulation: .707 per trial (planning learner .657); its sessions were longer.
    assert play(IdealObserver(), 800, 100, seed=3)["reward"].mean() == pytest.approx(
        0.706, abs=0.01
    )
    assert play(ModelBased(0.5, 5.0), 800, 100, seed=3)["reward"].mean() == pytest.approx(
        0.657, abs=0.01
    )


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (ModelBased, {"alpha": 1.5}, "ModelBased.alpha: found 1.5, expected a number from 0 to 1"),
        (ModelBased, {"alpha": float("nan")}, "ModelBased.alpha: found nan"),
        (ModelBased, {"common_probability": -0.1}, "ModelBased.common_probability: found -0.1"),
        (ModelBased, {"initial_value": float("inf")}, "ModelBased.initial_value: found inf"),
        (ModelFreeChained, {"eligibility": 2}, "ModelFreeChained.eligibility: found 2"),
        (
            ModelFreeDirect,
            {"inverse_temperature": -1},
            "ModelFreeDirect.inverse_temperature: found -1, expected a finite number of at least 0",
        ),
        (RewardAsCue, {"alpha": -1}, "RewardAsCue.alpha: found -1"),
        (LatentState, {"lapse": 2}, "LatentState.lapse: found 2"),
        (
            LatentState,
            {"reward_probability": (1.0, 0.0)},
            r"LatentState.reward_probability: found \(1.0, 0.0\), expected two numbers strictly",
        ),
        (
            IdealObserver,
            {"common_probability": 0.5},
            "IdealObserver.common_probability: found 0.5, expected a number above 0.5, up to 1",
        ),
    ],
)
def test_parameters_out_of_range(kind, settings, message):
    with pytest.raises(AnalysisError, match=message):
        kind(**settings)


def test_a_valid_choice_needs_a_second_state():
    learner = ModelBased()
    with pytest.raises(AnalysisError, match="second_state: found -1 in a trial with a valid choic"):
        learner.learn(learner.begin(1), np.array([0]), np.array([-1]), np.array([0.0]))
