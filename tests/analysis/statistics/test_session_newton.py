"""Regressions of sessions drawn anew: one step of Newton against fitting them anew."""

import numpy as np
import pytest
import statsmodels.api as sm

from pfc_analysis.analysis.statistics.firth_logistic import fit_firth
from pfc_analysis.analysis.statistics.logistic import fit_logistic
from pfc_analysis.analysis.statistics.session_newton import build_session_newton


def simulate(seed, n_sessions=20, n_trials=150, spread=0.3):
    """Choices whose coefficients differ between sessions."""
    rng = np.random.default_rng(seed)
    session = np.repeat(np.arange(n_sessions), n_trials)
    design = np.column_stack(
        [np.ones(session.size), rng.choice([-1.0, 0.0, 1.0], (session.size, 5))]
    )
    truth = np.array([0.2, 1.5, 0.8, 0.4, -0.3, 0.0])
    own = truth + rng.normal(0, spread, (n_sessions, truth.size))
    chance = 1 / (1 + np.exp(-np.sum(design * own[session], axis=1)))
    return design, (rng.random(session.size) < chance).astype(float), session


def draw_sessions(n_sessions, n_draws, seed=1):
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_sessions, np.full(n_sessions, 1 / n_sessions), n_draws).astype(float)


def refit(design, response, session, firth):
    if firth:
        return fit_firth(design, response, session)
    return fit_logistic(design, response, session, [str(i) for i in range(6)])


def build(design, response, session, firth=False):
    fit = refit(design, response, session, firth)
    n = int(session.max()) + 1
    return build_session_newton(design, response, session, n, fit.coefficient, firth)


@pytest.mark.parametrize("firth", [False, True])
def test_one_step_is_near_the_refit(firth):
    # With the penalty in sessions so short that it matters.
    design, response, session = simulate(0, n_trials=100 if firth else 150)
    newton = build(design, response, session, firth)
    weights = draw_sessions(20, 40)
    found = newton.resample(weights)
    refits = []
    for weight in weights:
        rows = np.repeat(np.arange(session.size), weight[session].astype(int))
        refits.append(refit(design[rows], response[rows], session[rows], firth).coefficient)
    refits = np.array(refits)
    spread = refits.std(axis=0)
    # Far below the spread over draws, which is what an interval is made of.
    error = np.sqrt(np.mean((found - refits) ** 2, axis=0))
    assert (error < 0.15 * spread).all()
    assert found.std(axis=0) == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("firth", [False, True])
def test_a_draw_of_every_session_once_is_the_fit(firth):
    design, response, session = simulate(1, n_trials=10)
    newton = build(design, response, session, firth)
    found = newton.resample(np.ones((1, 20)))
    assert found[0] == pytest.approx(newton.coefficient, abs=1e-7)


def test_the_standard_error_is_the_clustered_one_of_statsmodels():
    design, response, session = simulate(2, n_sessions=60)
    found = build(design, response, session).resample(draw_sessions(60, 4000)).std(axis=0)
    expected = sm.Logit(response, design).fit(
        disp=False, cov_type="cluster", cov_kwds={"groups": session}
    )
    assert found == pytest.approx(expected.bse, rel=0.08)


def test_sessions_that_would_separate_the_choices_stay_finite():
    design, response, session = simulate(3, n_sessions=4, n_trials=30)
    weights = np.array([[4.0, 0, 0, 0], [0, 0, 0, 4.0]])
    assert np.isfinite(build(design, response, session).resample(weights)).all()
