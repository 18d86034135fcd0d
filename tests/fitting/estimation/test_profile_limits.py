"""Limits of few choices against profiles over a dense grid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.tasks.bandit import Bandit

FALL = chi2.ppf(0.95, 1) / 2


def profile(objective, k, where):
    """The highest log-likelihood over a grid of the other one of two parameters."""
    grid = np.linspace(objective.low[1 - k], objective.high[1 - k], 3001)
    places = np.empty((grid.size, 2))
    places[:, k], places[:, 1 - k] = where, grid
    return objective.likelihood.list_values(places).max()


LEARNERS = [pfc.learners.ChoiceKernel, pfc.learners.WinStayLoseShift, pfc.learners.QLearning]


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("seed", [0, 4, 5, 6])
def test_limits_are_where_the_profile_has_fallen(learner, seed):
    """With one session, whose profiles are not regular and may have several branches."""
    played = pfc.simulate(
        learner(),
        Bandit(arms="independent"),
        sessions=1,
        seed=seed,
        subject="one",
    )
    trials = read_fit_trials(played, "bandit")
    fit = fit_maximum(learner, trials, np.random.default_rng(1))
    objective = FitObjective(learner, trials)
    finite = np.argwhere(np.isfinite(fit.limits))
    assert len(finite) >= 2
    for k, side in finite:
        fallen = fit.log_likelihood - profile(objective, k, fit.limits[k, side])
        assert fallen == pytest.approx(FALL, abs=0.02 * 2 * FALL)
        beyond = [profile(objective, k, fit.limits[k, side] + (2 * side - 1) * d) for d in (0.1, 1)]
        assert all(fit.log_likelihood - one > fallen - 0.01 for one in beyond)
