"""Hierarchical fits against numerical integration, without sampling or approximation."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logsumexp
from scipy.stats import halfnorm, norm

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.groups.expectation_maximisation import maximise_group
from pfc_analysis.fitting.estimation.groups.fit_group import fit_hierarchical
from pfc_analysis.fitting.estimation.groups.full_posterior import MissingSamplerError, fit_posterior
from pfc_analysis.fitting.estimation.groups.group_prior import GroupPrior
from pfc_analysis.fitting.estimation.groups.subject_modes import SubjectMode
from pfc_analysis.fitting.estimation.groups.weighted_moments import (
    weighted_limits,
    weighted_moments,
)
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior

from ..binomial_choices import Biased, list_choices, make_trials

ONES = np.array([4, 9, 12, 15, 15, 17, 18, 20])
N = 20
ROOT = Path(__file__).parents[3]
PRIOR = GroupPrior(NormalPrior(np.array([0.0]), np.array([2.0])), np.array([1.5]))


def one_session_each(ones):
    """One session of 20 trials of each subject, with some choices of 1."""
    return make_trials(list_choices(ones, N), length=N, subject=np.arange(len(ones)))


@pytest.fixture(scope="module")
def integrated():
    """Posterior moments of the group's mean and sd, and of subjects, on a fine grid."""
    place = np.linspace(-9, 9, 241)
    likelihood = ONES[:, None] * np.log(expit(place)) + (N - ONES)[:, None] * np.log(expit(-place))
    means, sds = np.meshgrid(np.linspace(-2, 4, 61), np.linspace(0.1, 5, 50), indexing="ij")
    group = norm(means[..., None], sds[..., None]).logpdf(place) + np.log(place[1] - place[0])
    log_posterior = norm(0, 2.0).logpdf(means) + halfnorm(scale=1.5).logpdf(sds)
    each = [logsumexp(group + one, axis=2) for one in likelihood]
    weight = np.exp(log_posterior + sum(each) - (log_posterior + sum(each)).max())
    weight /= weight.sum()
    first = [
        np.sum(weight * np.sum(np.exp(group + one - own[..., None]) * place, axis=2))
        for one, own in zip(likelihood, each, strict=True)
    ]
    moments = {}
    for name, value in (("mean", means), ("sd", sds)):
        moments[name] = np.sum(weight * value)
        moments[f"{name}_error"] = np.sqrt(np.sum(weight * (value - moments[name]) ** 2))
    return moments, np.array(first)


@pytest.fixture(scope="module")
def fitted():
    return fit_hierarchical(Biased, one_session_each(ONES), np.random.default_rng(3), prior=PRIOR)


def test_the_group_is_that_of_numerical_integration(integrated, fitted):
    moments, _ = integrated
    error, sd_error = moments["mean_error"], moments["sd_error"]
    assert fitted.mean[0] == pytest.approx(moments["mean"], abs=0.1 * error)
    assert fitted.sd[0] == pytest.approx(moments["sd"], abs=0.1 * sd_error)
    assert np.sqrt(fitted.mean_covariance[0, 0]) == pytest.approx(error, rel=0.05)
    assert np.sqrt(fitted.sd_covariance[0, 0]) == pytest.approx(sd_error, rel=0.1)
    assert fitted.converged
    assert fitted.note == ""


def test_subjects_are_those_of_numerical_integration(integrated, fitted):
    _, expected = integrated
    found = [fit.unconstrained[0] for fit in fitted.fits]
    assert found == pytest.approx(expected, abs=0.03)


def test_subjects_are_drawn_towards_the_group(fitted):
    alone = np.log(ONES[:-1] / (N - ONES[:-1]))
    together = np.array([fit.unconstrained[0] for fit in fitted.fits[:-1]])
    assert np.all(np.abs(together - fitted.mean) <= np.abs(alone - fitted.mean) + 0.05)
    assert together.std() < alone.std()


def test_the_maximisation_step_maximises_the_expected_log_density():
    rng = np.random.default_rng(1)
    places, variances = rng.normal(1, 0.8, 9), rng.uniform(0.1, 0.5, 9)
    modes = [
        SubjectMode(np.array([x]), np.array([[v]]), True)
        for x, v in zip(places, variances, strict=True)
    ]

    def loss(x):
        mean, sd = x[0], np.exp(x[1])
        expected = norm(mean, sd).logpdf(places) - 0.5 * variances / sd**2
        return -expected.sum() - float(PRIOR.log_density(np.array([mean]), np.log([sd])))

    found = NormalPrior(np.zeros(1), np.ones(1))
    for _ in range(50):
        found = maximise_group(modes, PRIOR, found.sd)
    best = minimize(loss, [0.0, 0.0], tol=1e-10).x
    assert found.mean[0] == pytest.approx(best[0], abs=1e-4)
    assert np.log(found.sd[0]) == pytest.approx(best[1], abs=1e-4)


def test_few_subjects_are_said():
    fit = fit_hierarchical(
        Biased,
        one_session_each(ONES[:3]),
        np.random.default_rng(3),
        n_group_draws=400,
        n_subject_draws=5000,
    )
    assert "With 3 subjects the group's standard deviations rest largely on their prior" in fit.note


def test_the_same_seed_gives_the_same_fit():
    trials = one_session_each(ONES)
    few = {"n_group_draws": 400, "n_subject_draws": 500}
    first, second = (
        fit_hierarchical(Biased, trials, np.random.default_rng(3), n_threads=threads, **few)
        for threads in (1, 2)
    )
    assert first.mean.tobytes() == second.mean.tobytes()
    assert first.fits[0].limits.tobytes() == second.fits[0].limits.tobytes()


def test_one_subject_is_no_group():
    with pytest.raises(AnalysisError, match="found 1, expected at least 2 for a hierarchical fit"):
        fit_hierarchical(Biased, one_session_each([5]), np.random.default_rng(1))
    with pytest.raises(AnalysisError, match="found 1, expected at least 2 for the posterior"):
        fit_posterior(Biased, one_session_each([5]), 1)


def test_weighted_moments_and_limits():
    values = np.random.default_rng(1).normal(0, 2, (20_000, 1))
    weight = norm(1, 1).pdf(values[:, 0]) / norm(0, 2).pdf(values[:, 0])
    weight /= weight.sum()
    mean, covariance = weighted_moments(values, weight)
    assert (mean[0], covariance[0, 0]) == pytest.approx((1, 1), abs=0.05)
    assert weighted_limits(values, weight)[0] == pytest.approx([1 - 1.96, 1 + 1.96], abs=0.1)


def test_a_missing_sampler_is_one_line_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpyro", None)
    with pytest.raises(MissingSamplerError, match=r"^.*pip install 'pfc_analysis\[numpyro\]'$"):
        fit_posterior(Biased, one_session_each(ONES), 1)


def sample_posterior() -> dict[str, Any]:
    """Summarise draws of NumPyro."""
    length = {"draws": 500, "warmup": 200, "chains": 2, "target_accept": 0.8}
    found = fit_posterior(Biased, one_session_each(ONES), 1, **length, prior=PRIOR)
    flat = found.stack(sample=("chain", "draw"))
    return {
        "mean": float(flat["group_mean"][0].mean()),
        "sd": float(flat["group_sd"][0].mean()),
        "subjects": flat["unconstrained"].mean("sample").values[:, 0].tolist(),
        "r_hat": float(found["group_mean_r_hat"][0]),
    }


@pytest.fixture(scope="module")
def sampled():
    """What a process tells that samples with NumPyro, and runs the example in the docstring.

    It is a process of its own, as jax warns of every later fork where it was loaded; and one for
    both, as jax takes seconds to start.
    """
    pytest.importorskip("numpyro", reason="the extra numpyro is not installed")
    command = [
        sys.executable,
        "-m",
        ".".join(Path(__file__).relative_to(ROOT).with_suffix("").parts),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def test_draws_of_numpyro_are_those_of_numerical_integration(integrated, sampled):
    moments, expected = integrated
    found = sampled["posterior"]
    assert found["mean"] == pytest.approx(moments["mean"], abs=0.15 * moments["mean_error"])
    assert found["sd"] == pytest.approx(moments["sd"], abs=0.15 * moments["sd_error"])
    assert found["subjects"] == pytest.approx(list(expected), abs=0.08)
    assert found["r_hat"] < 1.02


def run_example() -> dict[str, Any]:
    """Run the example in the docstring; return how many lines ran, and what failed."""
    [example] = doctest.DocTestFinder(recurse=False).find(fit_posterior, globs={})
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=report.append)
    return {"attempted": result.attempted, "failed": result.failed, "report": "".join(report)}


def test_the_example_of_full_posteriors_runs(sampled):
    assert sampled["example"]["failed"] == 0, sampled["example"]["report"]
    assert sampled["example"]["attempted"] > 0


if __name__ == "__main__":
    print(json.dumps({"posterior": sample_posterior(), "example": run_example()}))
