"""Learners play 200 sessions; fits find the parameters that made the choices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from pfc_analysis import learners, simulate
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.tasks.two_step import TwoStep

STAY = {"inverse_temperature": 4.0, "perseveration": 0.5, "bias": 0.3}
RATES = {"alpha_positive": 0.7, "alpha_negative": 0.3}

PLAYERS = [
    learners.ModelBased(alpha=0.4, **STAY),
    learners.ModelBasedForgetting(alpha=0.4, forgetting=0.2, **STAY),
    learners.ModelBasedAsymmetric(**RATES, **STAY),
    learners.ModelFreeDirect(alpha=0.4, **STAY),
    learners.ModelFreeForgetting(alpha=0.4, forgetting=0.2, **STAY),
    learners.ModelFreeAsymmetric(**RATES, **STAY),
    learners.ModelFreeChained(alpha=0.4, eligibility=0.6, **STAY),
    learners.Hybrid(
        alpha_first=0.3, alpha_second=0.6, eligibility=0.5, weight_model_based=0.6, **STAY
    ),
    learners.HybridOneRate(alpha=0.4, eligibility=0.5, weight_model_based=0.6, **STAY),
    learners.MixtureOfAgents(),
    learners.RewardAsCue(alpha=0.2, **STAY),
    # Lapses show where the learner is sure, so that it must be sure at times.
    learners.LatentState(
        reversal_probability=0.05, lapse=0.2, inverse_temperature=10.0, perseveration=0.5, bias=0.3
    ),
]


def fit(likelihood):
    """Maximise from the means of the priors; the best values and the inverse curvature there."""
    start = np.array([one.prior_mean for one in likelihood.free])

    def loss(at):
        value, gradient = likelihood.total(at)
        return -value / 1000, -gradient / 1000

    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-13}).x
    step = 1e-5 * np.eye(best.size)
    curvature = [
        (likelihood.total(best - h)[1] - likelihood.total(best + h)[1]) / 2e-5 for h in step
    ]
    return best, np.linalg.inv((np.array(curvature) + np.array(curvature).T) / 2)


@pytest.mark.parametrize("player", PLAYERS, ids=lambda one: type(one).__name__)
def test_parameters_are_found_again(player):
    played = simulate(player, TwoStep(), sessions=200, seed=1, subject="one")
    likelihood = LearnerLikelihood(type(player), read_fit_trials(played, "two_step"))
    found, covariance = fit(likelihood)
    truth = np.array([one.unconstrain(getattr(player, one.name)) for one in likelihood.free])
    error = np.sqrt(np.diag(covariance))
    # 20,000 choices: no parameter of these players is left without information, and all lie
    # within 3.5 standard errors (59 of them; one or none in 35 such tests would not).
    assert (error < 0.5).all(), dict(zip(player.parameter_names(), error, strict=False))
    np.testing.assert_array_less(np.abs(found - truth) / error, 3.5)
