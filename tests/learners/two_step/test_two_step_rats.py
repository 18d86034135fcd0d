"""Held-out likelihoods of six rats' choices (Miller, Botvinick & Brody 2022)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners import MixtureOfAgents

# Normalised likelihood of a mixture of agents of 7 parameters, measured apart from this package.
MEASURED = {"M070": 0.641, "M064": 0.654, "M088": 0.539, "M071": 0.578}


def maximise(likelihood):
    """Maximise from the mean of the prior and from three places around it."""
    rng = np.random.default_rng(1)
    starts = rng.normal(size=(4, likelihood.n_parameters)) * np.array([[0], [1], [1], [1]])

    def loss(at):
        value, gradient = likelihood.total(at)
        return -value / 1000, -gradient / 1000

    found = [minimize(loss, start, jac=True, method="L-BFGS-B") for start in starts]
    return min(found, key=lambda one: one.fun).x


@pytest.mark.real_data
@pytest.mark.parametrize("rat", MEASURED)
def test_mixture_predicts_held_out_sessions(rat_recording, rat):
    trials = read_fit_trials(rat_recording, "two_step")
    trials = trials.of_subject(trials.subjects.index(rat))
    parts = [np.flatnonzero(np.arange(trials.n_sessions) % 2 == k) for k in (0, 1)]
    halves = [LearnerLikelihood(MixtureOfAgents, trials.select_sessions(part)) for part in parts]
    total = sum(
        held_out.total(maximise(fitted))[0]
        for fitted, held_out in zip(halves, halves[::-1], strict=True)
    )
    assert np.exp(total / trials.n_predicted.sum()) > MEASURED[rat] - 0.003
