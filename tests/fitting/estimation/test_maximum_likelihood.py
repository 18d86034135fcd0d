"""Fits against closed forms, statsmodels and scipy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit
from scipy.stats import chi2, norm

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.fitting.estimation.fit_notes import describe_searches
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum, fit_subjects
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior
from pfc_analysis.fitting.estimation.start_searches import Search, take_part
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.parameters import fraction, real

from ..binomial_choices import Biased, list_choices, make_trials

FALL = chi2.ppf(0.95, 1) / 2


class Repeating(Learner):
    """A logistic regression on the choice and the rewarded choice before."""

    memory: ClassVar = {"before": (), "paid": ()}
    bias: float = real(0.0, "intercept")
    repeat: float = real(0.5, "weight of the choice before")
    reward: float = real(0.5, "weight of the rewarded choice before")

    @staticmethod
    def start(memory, p):
        memory.before = 0
        memory.paid = 0

    @staticmethod
    def prefer(memory, p, preference):
        preference[0] = 0
        preference[1] = p.bias + p.repeat * memory.before + p.reward * memory.paid

    @staticmethod
    def update(memory, p, trial):
        memory.before = 2 * trial.choice - 1
        memory.paid = (2 * trial.choice - 1) * trial.reward


class Slipping(Learner):
    """Chooses 0 with probability `first`; `idle` does nothing."""

    memory: ClassVar = {"nothing": ()}
    first: float = fraction(0.5, "probability of choice 0")
    idle: float = real(0.0, "nothing")

    @staticmethod
    def start(memory, p):
        memory.nothing = 0

    @staticmethod
    def prefer(memory, p, preference):
        preference[0] = np.log(p.first)
        preference[1] = np.log(1 - p.first)

    @staticmethod
    def update(memory, p, trial):
        memory.nothing = 0


class Squared(Biased):
    """The same bias with either sign: two maxima, equally high."""

    bias: float = real(0.5, "root of one plus the log-odds")

    @staticmethod
    def prefer(memory, p, preference):
        preference[0] = 0
        preference[1] = p.bias * p.bias - 1


class Broken(Biased):
    bias: float = real(0.0, "bias")

    @staticmethod
    def prefer(memory, p, preference):
        preference[:] = np.log(p.bias - p.bias) * 0


def seeded():
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def regression_data():
    """Choices of a simulated logistic regression, with its design matrix."""
    rng = seeded()
    n, length = 1500, 50
    choice, reward = np.zeros(n, dtype=int), (rng.random(n) < 0.5).astype(float)
    design = np.zeros((n, 3))
    design[:, 0] = 1
    for i in range(n):
        if i % length:
            side = 2 * choice[i - 1] - 1
            design[i, 1:] = side, side * reward[i - 1]
        choice[i] = rng.random() < expit(design[i] @ [0.2, 0.4, 0.8])
    return make_trials(choice, reward, length=length), sm.Logit(choice, design).fit(disp=0)


def test_a_logistic_regression_is_that_of_statsmodels(regression_data):
    trials, logit_fit = regression_data
    fit = fit_maximum(Repeating, trials, seeded())
    assert fit.unconstrained == pytest.approx(logit_fit.params, abs=1e-6)
    assert fit.covariance == pytest.approx(logit_fit.cov_params(), rel=1e-5)
    assert fit.log_likelihood == pytest.approx(logit_fit.llf, abs=1e-9)
    assert fit.by_session.sum() == pytest.approx(logit_fit.llf, abs=1e-9)
    assert fit.limits == pytest.approx(logit_fit.conf_int(), abs=0.01)
    assert (fit.converged, fit.n_agreeing, fit.n_trials, fit.note) == (True, 5, 1500, "")


def test_the_sandwich_is_that_of_statsmodels(regression_data):
    """With sessions as clusters; statsmodels has the factor (n - 1) / (n - k) besides."""
    trials, logit_fit = regression_data
    groups = np.repeat(np.arange(trials.n_sessions), 50)
    model = sm.Logit(logit_fit.model.endog, logit_fit.model.exog)
    robust = model.fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True}
    )
    fit = fit_maximum(Repeating, trials, seeded(), limits=False)
    assert fit.robust * 1499 / 1497 == pytest.approx(robust.cov_params(), rel=2e-4)


def test_sessions_that_differ_more_than_the_model_allows_are_said():
    """Of a bias that differs between sessions; the sandwich of a binomial has a closed form."""
    ones = np.array([4, 16] * 10)
    choice = list_choices(ones, 20)
    fit = fit_maximum(Biased, make_trials(choice, length=20), seeded())
    factor = np.sqrt(ones.var(ddof=1) / (20 * 0.25))
    assert np.sqrt(fit.robust / fit.covariance)[0, 0] == pytest.approx(factor, rel=1e-4)
    assert f"are larger for bias ({factor:.1f} times)" in fit.note


def test_sessions_that_differ_by_chance_are_not_said():
    """Binomials of one probability; two sessions of 4 and 10 in 20 are 1.6 times too different."""
    choice = (seeded().random(20 * 30) < 0.4).astype(int)
    assert fit_maximum(Biased, make_trials(choice, length=20), seeded()).note == ""
    choice = list_choices((4, 10), 20)
    fit = fit_maximum(Biased, make_trials(choice, length=20), seeded())
    assert np.sqrt(fit.robust / fit.covariance)[0, 0] > 1.5
    assert fit.note == ""


def test_limits_are_those_of_the_profile_likelihood():
    """Of a binomial: few trials, so that Wald limits are clearly others."""
    n, ones = 12, 10
    fit = fit_maximum(Biased, make_trials([1] * ones + [0] * (n - ones), length=n), seeded())

    def fall(x):
        at = ones * np.log(expit(x)) + (n - ones) * np.log(expit(-x))
        best = ones * np.log(ones / n) + (n - ones) * np.log(1 - ones / n)
        return best - at - FALL

    centre = logit(ones / n)
    assert fit.unconstrained[0] == pytest.approx(centre, abs=1e-6)
    assert fit.covariance[0, 0] == pytest.approx(1 / (n * 10 / 12 * 2 / 12), rel=1e-6)
    expected = [brentq(fall, -9, centre), brentq(fall, centre, 9)]
    assert fit.limits[0] == pytest.approx(expected, abs=2e-3)
    wald = centre + np.array([-1.96, 1.96]) * np.sqrt(fit.covariance[0, 0])
    assert np.abs(fit.limits[0] - wald).max() > 0.2


def test_limits_reach_round_all_maxima_that_searches_met():
    n, ones = 40, 30
    choice = [1] * ones + [0] * (n - ones)
    plain = fit_maximum(Biased, make_trials(choice, length=n), seeded())
    fit = fit_maximum(Squared, make_trials(choice, length=n), seeded())
    best = np.sqrt(1 + logit(ones / n))
    assert abs(fit.unconstrained[0]) == pytest.approx(best, abs=1e-6)
    end = np.sqrt(1 + plain.limits[0, 1])
    assert fit.limits[0] == pytest.approx([-end, end], abs=0.01)
    other = -np.sign(fit.unconstrained[0]) * best
    assert fit.note.startswith("Quite different parameters explain the choices about as well: bias")
    assert fit.note.endswith(f"bias {other:.3g}.")


def test_a_limit_that_is_not_reached_is_one_sided_and_said():
    """All choices are equal: the likelihood f^n rises to the end of the range."""
    fit = fit_maximum(Slipping, make_trials([0] * 40, length=20), seeded(), fixed={"idle": 0.0})
    assert fit.values["first"] > 0.999
    assert np.isnan(fit.covariance[0, 0])
    assert fit.interval[0, 1] == 1.0
    assert fit.interval[0, 0] == pytest.approx(np.exp(-FALL / 40), abs=1e-3)
    assert "first is highest at the end of its range (1)" in fit.note
    assert "no upper limit to first" in fit.note


def test_a_parameter_that_does_nothing_is_said_to_be_undetermined():
    fit = fit_maximum(Slipping, make_trials([0, 0, 1, 0] * 10, length=20), seeded())
    assert np.isnan(fit.covariance[1]).all()
    assert np.isnan(fit.limits[1]).all()
    assert fit.covariance[0, 0] == pytest.approx(1 / (40 * 0.75 * 0.25), rel=1e-5)
    assert "flat along idle" in fit.note
    assert "do not determine idle" in fit.note


def test_a_prior_gives_the_mode_of_the_posterior():
    n, ones = 12, 10
    prior = NormalPrior(np.array([-1.0]), np.array([0.5]))
    trials = make_trials([1] * ones + [0] * (n - ones), length=n)
    fit = fit_maximum(Biased, trials, seeded(), prior=prior)

    def loss(x):
        choices = ones * np.log(expit(x)) + (n - ones) * np.log(expit(-x))
        return -choices - norm(-1.0, 0.5).logpdf(x)

    mode = minimize_scalar(loss, bracket=(-2, 2), tol=1e-10).x
    assert fit.unconstrained[0] == pytest.approx(mode, abs=1e-5)
    p = expit(mode)
    assert fit.covariance[0, 0] == pytest.approx(1 / (n * p * (1 - p) + 4.0), rel=1e-5)
    assert fit.log_likelihood == pytest.approx(ones * np.log(p) + 2 * np.log(1 - p), abs=1e-5)


def test_very_many_trials_are_all_used():
    choice = (seeded().random(60_000) < 0.3).astype(int)
    trials = make_trials(choice, length=100)
    part = take_part(trials)
    assert 10_000 < part.records.size <= 20_000
    fit = fit_maximum(Biased, trials, seeded())
    assert fit.unconstrained[0] == pytest.approx(logit(choice.mean()), abs=1e-5)
    assert fit.n_trials == 60_000


def test_one_very_long_session_is_cut_for_the_search_only():
    trials = make_trials((seeded().random(60_000) < 0.3).astype(int), length=60_000)
    assert take_part(trials).records.size == 20_000


def test_threads_do_not_change_the_result(regression_data):
    trials, _ = regression_data
    one, two = (fit_maximum(Repeating, trials, seeded(), n_threads=n) for n in (1, 2))
    assert one.unconstrained.tobytes() == two.unconstrained.tobytes()
    assert one.limits.tobytes() == two.limits.tobytes()


def test_subjects_are_fitted_by_themselves():
    choice = np.concatenate([[1] * 15 + [0] * 5, [0] * 12 + [1] * 8])
    fits = fit_subjects(Biased, make_trials(choice, length=20, subject=[0, 1]), seeded())
    assert [fit.fitted.bias for fit in fits] == pytest.approx([logit(0.75), logit(0.4)], abs=1e-6)


def test_starts_that_disagree_are_said():
    searches = [Search(np.zeros(1), value) for value in (-10.0, -12.5, -np.inf)]
    first, second = describe_searches(searches)
    assert first == "1 of 3 starts met a log-likelihood that is not a finite number."
    assert "Only one of 2 starts reached this maximum; the next best ended 2.50 lower" in second


def test_numbers_that_are_not_finite_are_an_error():
    with pytest.raises(AnalysisError, match="not a finite number at any of 2 starts of bias"):
        fit_maximum(Broken, make_trials([0, 1] * 10, length=20), seeded(), starts=2)


def test_no_choice_to_predict_is_an_error():
    trials = make_trials([0, 1], length=2)
    trials.records["predicted"] = 0
    with pytest.raises(EmptySelectionError, match="no choice is left to predict"):
        fit_maximum(Biased, trials, seeded())


def test_arguments_are_checked():
    trials = make_trials([0, 1], length=2)
    with pytest.raises(AnalysisError, match="starts: found 0, expected at least 1"):
        fit_maximum(Biased, trials, seeded(), starts=0)
    with pytest.raises(AnalysisError, match="prior: found 2 means, expected one for each of bias"):
        fit_maximum(Biased, trials, seeded(), prior=NormalPrior(np.zeros(2), np.ones(2)))
    with pytest.raises(AnalysisError, match="expected numbers above 0"):
        NormalPrior(np.zeros(1), np.zeros(1))
