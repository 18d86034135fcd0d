"""What holds for every learner of arms: gradients, limits, poor data, and recovery."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners.definition.compiled import compile_learner
from pfc_analysis.learners.definition.learner_class import ARM_TASKS
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.risky_choice import RiskyChoice
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.tasks.volatility import VolatileBandit

BANDIT = pfc.learners.list_learners("bandit")
LEARNERS = {**BANDIT, **pfc.learners.list_learners("risky_choice")}
TWO_ARMS = {name: one for name, one in LEARNERS.items() if one.two_arms_only}
each = pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)


def likelihood_of(learner, trials) -> LearnerLikelihood:
    return LearnerLikelihood(learner, replace(trials, questions=learner.suits[0]))


@each
def test_gradient_by_central_differences(learner, make_trials):
    trials = make_trials(2 if learner.two_arms_only else 3, (-0.5, 0.0, 0.4, 1.0))
    likelihood = likelihood_of(learner, trials)
    rng = np.random.default_rng(4)
    for _ in range(3):
        x = rng.normal(0, 1, likelihood.n_parameters)
        _, gradient = likelihood.total(x)
        for k in range(x.size):
            step = np.zeros(x.size)
            step[k] = 1e-5
            difference = likelihood.total(x + step)[0] - likelihood.total(x - step)[0]
            assert gradient[k] == pytest.approx(difference / 2e-5, rel=1e-5, abs=1e-6)


@each
def test_extreme_parameters_have_finite_likelihoods(learner, make_trials):
    """A search may go anywhere on the unconstrained scale."""
    likelihood = likelihood_of(learner, make_trials(rewards=(-1.0, 0.0, 1.0), length=200))
    rng = np.random.default_rng(5)
    for scale in (5.0, 15.0, 40.0):
        for _ in range(20):
            total, gradient = likelihood.total(rng.normal(0, scale, likelihood.n_parameters))
            assert np.isfinite(total), gradient
            assert np.isfinite(gradient).all()


@each
@pytest.mark.parametrize("reward", [0.0, 1.0])
def test_rewards_all_equal_and_a_single_trial(learner, reward, make_trials):
    for length in (1, 30):
        trials = make_trials(rewards=(reward,), sessions=1, length=length)
        likelihood = likelihood_of(learner, trials)
        total, gradient = likelihood.total(np.zeros(likelihood.n_parameters))
        assert np.isfinite(total)
        assert total <= 0
        assert np.isfinite(gradient).all()


@each
def test_the_first_choice_is_random(learner):
    """But for a bias, which is 0 by default, nothing speaks for an arm before the first outcome."""
    assert learner().choice_probability(learner().begin(1)).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("learner", TWO_ARMS.values(), ids=TWO_ARMS)
def test_learners_of_two_arms_refuse_more(learner):
    with pytest.raises(LearnerError, match=f"{learner.__name__}: found 4 arms, expected 2"):
        compile_learner(learner, 4)


def test_some_learners_are_for_two_arms_only():
    assert set(TWO_ARMS) == {"behrens_learner", "hierarchical_gaussian_filter"}


def test_which_learners_suit_which_tasks():
    """Where each arm pays or not, all but those that weigh amounts."""
    amounts = {"mean_variance", "prospect_learner"}
    for questions in ARM_TASKS:
        assert set(pfc.learners.list_learners(questions)) == set(BANDIT)
    assert amounts <= set(pfc.learners.list_learners("risky_choice"))
    assert not amounts & set(BANDIT)


RISKY = RiskyChoice(
    schedule="uniform", forced=5, free=40, blocks=2, safe_reward=0.25, risky_reward=1.0
)
RECOVERED = {
    "q_learning": ({"alpha": 0.3, "inverse_temperature": 4.0}, Bandit(), 100),
    "q_forgetting": ({"alpha": 0.4, "forgetting": 0.2, "inverse_temperature": 4.0}, Matching(), 30),
    "q_asymmetric": (
        {"alpha_positive": 0.5, "alpha_negative": 0.2, "inverse_temperature": 4.0},
        VolatileBandit(),
        60,
    ),
    "q_choice_kernel": (
        {"alpha": 0.4, "alpha_kernel": 0.2, "inverse_temperature": 3.0, "weight_kernel": 1.5},
        VolatileBandit(),
        100,
    ),
    "q_combined": (
        {
            "alpha_positive": 0.6,
            "alpha_negative": 0.3,
            "forgetting": 0.2,
            "alpha_kernel": 0.4,
            "inverse_temperature": 4.0,
            "weight_kernel": 1.0,
            "bias": 0.5,
        },
        VolatileBandit(),
        150,
    ),
    "choice_kernel": ({"alpha_kernel": 0.3, "weight_kernel": 2.0}, Bandit(), 60),
    "pearce_hall": (
        {"kappa": 0.7, "eta": 0.3, "inverse_temperature": 4.0, "stickiness": 0.5},
        VolatileBandit(),
        200,
    ),
    "kalman_filter": (
        {
            "diffusion_variance": 0.1,
            "initial_variance": 1.0,
            "decay": 0.9,
            "centre": 0.5,
            "inverse_temperature": 6.0,
            "uncertainty_bonus": 1.0,
            "stickiness": 0.3,
        },
        Bandit(trials=40),
        400,
    ),
    "hidden_markov_observer": (
        {
            "hazard": 0.08,
            "reward_better": 0.8,
            "reward_worse": 0.3,
            "inverse_temperature": 4.0,
            "stickiness": 0.5,
        },
        SerialReversal(reward_probability=0.8, reversal_probability=0.8),
        200,
    ),
    "behrens_learner": ({"inverse_temperature": 4.0, "stickiness": 0.5}, VolatileBandit(), 15),
    "hierarchical_gaussian_filter": (
        {
            "tonic_volatility": -1.0,
            "meta_volatility": -2.0,
            "inverse_temperature": 2.0,
            "stickiness": 0.5,
        },
        VolatileBandit(),
        200,
    ),
    "win_stay_lose_shift": ({"stay_after_reward": 0.9, "shift_after_none": 0.4}, Bandit(), 30),
    "mean_variance": (
        {
            "alpha": 0.3,
            "alpha_variance": 0.4,
            "inverse_temperature": 5.0,
            "weight_variance": -6.0,
        },
        RISKY,
        200,
    ),
    "prospect_learner": ({"alpha": 0.3, "power": 0.6, "inverse_temperature": 5.0}, RISKY, 100),
}


def curvature(likelihood: LearnerLikelihood, x: np.ndarray) -> np.ndarray:
    """Second derivatives of the negative log-likelihood, from exact gradients."""
    step = 1e-4 * np.eye(x.size)
    rows = [likelihood.total(x - s)[1] - likelihood.total(x + s)[1] for s in step]
    found = np.array(rows) / 2e-4
    return (found + found.T) / 2


def test_every_learner_is_recovered():
    assert set(RECOVERED) == set(LEARNERS)


@pytest.mark.parametrize(("name", "case"), RECOVERED.items(), ids=RECOVERED)
def test_recovery(name, case):
    """From a start that does not know the truth, each parameter within 4 standard errors of it."""
    values, task, sessions = case
    learner = LEARNERS[name]
    played = pfc.simulate(learner(**values), task, sessions=sessions, seed=7, subject="one")
    trials = read_fit_trials(played, task.questions)
    fixed = {"loss_aversion": 1.0} if name == "prospect_learner" else None
    likelihood = LearnerLikelihood(learner, trials, fixed)
    n = trials.n_predicted.sum()

    def cost(x):
        total, gradient = likelihood.total(x)
        return -total / n, -gradient / n

    middle = [one.prior_mean for one in likelihood.free]
    limits = [(-12.0, 12.0)] * len(middle)
    best = minimize(cost, middle, jac=True, method="L-BFGS-B", bounds=limits)
    error = np.sqrt(np.diag(np.linalg.inv(curvature(likelihood, best.x))))
    truth = [float(one.unconstrain(values[one.name])) for one in likelihood.free]
    assert (error < 1.0).all(), dict(zip(values, error, strict=True))
    np.testing.assert_array_less(np.abs(best.x - truth), 4 * error)
