"""What a fit maximises: the log-likelihood, plus the log-density of a prior if there is one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.compiled.problem import differentiate_twice, evaluate
from pfc_analysis.fitting.estimation.compiled.quasi_newton import climb
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.parameters import Parameter

ENDS = {"fraction": 9.0, "positive": 9.0, "real": 30.0}
"""Largest size of an unconstrained value in a search, by range: fractions from 0.0001 to 0.9999,
positive numbers from 0.0001 to 8,100, others from -30 to 30. A setting of ours."""

MOST_STEPS = 1000
"""Largest number of steps of a search."""


class FitObjective:
    """Log-likelihood, or log-posterior, of one subject's choices by unconstrained parameters.

    Objects are used by one thread at a time; the compiled work releases Python's lock.

    Parameters
    ----------
    learner : type
        Class of the learner.
    trials : FitTrials
        Sessions of one subject.
    prior : NormalPrior, optional
        Of the free parameters, in their order.
    fixed : mapping, optional
        Parameters that are not fitted, with their values.
    """

    def __init__(
        self,
        learner: type[Learner],
        trials: FitTrials,
        prior: NormalPrior | None = None,
        fixed: Mapping[str, float] | None = None,
    ) -> None:
        self.likelihood = LearnerLikelihood(learner, trials, fixed)
        self.free: tuple[Parameter, ...] = self.likelihood.free
        self.fixed: Mapping[str, float] = dict(fixed or {})
        self.n_trials = trials.records.size
        self.n_predicted = int(trials.n_predicted.sum())
        self.high = np.array([ENDS[one.range] for one in self.free])
        self.low = -self.high
        self._every = np.ones(len(self.free), dtype=np.bool_)
        self._set_prior(prior)

    def _set_prior(self, prior: NormalPrior | None) -> None:
        """Keep a prior, and describe everything for compiled code."""
        self.prior = prior
        none = np.zeros(len(self.free))
        mean, precision, constant = none, none, 0.0
        if prior is not None:
            if prior.mean.size != len(self.free):
                raise AnalysisError(
                    f"prior: found {prior.mean.size} means, expected one for each of "
                    f"{', '.join(one.name for one in self.free)}"
                )
            mean, precision = np.asarray(prior.mean, np.float64), np.asarray(prior.sd**-2.0)
            constant = prior.log_density(mean)
        self._problem = self.likelihood.describe(self.low, self.high, mean, precision, constant)

    def copy(self) -> FitObjective:
        """Return the same for another thread."""
        found = copy.copy(self)
        found.likelihood = self.likelihood.copy()
        found._set_prior(self.prior)
        return found

    def with_trials(self, trials: FitTrials) -> FitObjective:
        """Return the same for other trials."""
        if trials is self.likelihood.trials:
            return self
        return FitObjective(self.likelihood.learner, trials, self.prior, self.fixed)

    def with_prior(self, prior: NormalPrior | None) -> FitObjective:
        """Return the same with another prior; both share one likelihood, so one thread."""
        found = copy.copy(self)
        found._set_prior(prior)
        return found

    def value(self, x: FloatArray) -> float:
        """Compute what is maximised, in nats; minus infinity where it is no number."""
        nothing = np.zeros(x.size, dtype=np.bool_)
        return float(self._run(evaluate, x, nothing, np.empty_like(x)))

    def gradient(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Compute the same and its gradient (parameter,), which is 0 where it is no number."""
        slope = np.empty_like(x)
        return float(self._run(evaluate, x, self._every, slope)), slope

    def hessian(self, x: FloatArray, which: BoolArray) -> FloatArray:
        """Compute second derivatives by the parameters in a mask; zero for all others.

        Central differences of the exact gradient, made symmetric; float array
        (parameter, parameter).
        """
        found = np.empty((x.size, x.size))
        self._run(differentiate_twice, x, which, found)
        return found

    def climb(
        self, start: FloatArray, moving: BoolArray, curvature: FloatArray, exact: float
    ) -> tuple[FloatArray, float]:
        """Search for a maximum by `compiled.quasi_newton.climb`; return where it is, and its value.

        Parameters
        ----------
        start : float array (parameter,)
            Where to start.
        moving : bool array (parameter,)
            Parameters that are searched.
        curvature : float array (parameter, parameter)
            Negative second derivatives, or zeros; updated in place.
        exact : float
            The search ends when two steps gained less than this, in nats.
        """
        place = start.copy()
        value = float(self._run(climb, place, moving, curvature, exact, MOST_STEPS))
        return place, value

    def _run(self, function: Callable[..., Any], *given: Any) -> Any:
        return self.likelihood.guard(function, self._problem, *given)
