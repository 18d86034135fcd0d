"""What a fit maximises: the log-likelihood, plus the log-density of a prior if there is one."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.parameters import Parameter

ENDS = {"fraction": 9.0, "positive": 9.0, "real": 30.0}
"""Largest size of an unconstrained value in a search, by range: fractions from 0.0001 to 0.9999,
positive numbers from 0.0001 to 8,100, others from -30 to 30. A setting of ours."""

DIFFERENCE = 1e-4
"""Step of the central differences that give second derivatives from exact gradients."""


class FitObjective:
    """Log-likelihood, or log-posterior, of one subject's choices by unconstrained parameters.

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
        self._made_of = (learner, trials, prior, fixed)
        self.likelihood = LearnerLikelihood(learner, trials, fixed)
        self.free: tuple[Parameter, ...] = self.likelihood.free
        self.prior = prior
        self.fixed: Mapping[str, float] = dict(fixed or {})
        self.n_trials = trials.records.size
        self.n_predicted = int(trials.n_predicted.sum())
        self.high = np.array([ENDS[one.range] for one in self.free])
        self.low = -self.high
        if prior is not None and prior.mean.size != len(self.free):
            raise AnalysisError(
                f"prior: found {prior.mean.size} means, expected one for each of "
                f"{', '.join(one.name for one in self.free)}"
            )

    def copy(self) -> FitObjective:
        """Return the same for another thread."""
        return FitObjective(*self._made_of)

    def with_trials(self, trials: FitTrials) -> FitObjective:
        """Return the same for other trials."""
        learner, _, prior, fixed = self._made_of
        return FitObjective(learner, trials, prior, fixed)

    def with_prior(self, prior: NormalPrior | None) -> FitObjective:
        """Return the same with another prior; both share one likelihood, so one thread."""
        found = copy.copy(self)
        found.prior = prior
        return found

    def value(self, x: FloatArray) -> float:
        """Compute what is maximised, in nats; minus infinity where it is no number."""
        found = float(self.likelihood.values_by_session(x).sum())
        if self.prior is not None:
            found += self.prior.log_density(x)
        return found if np.isfinite(found) else -np.inf

    def gradient(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Compute the same and its gradient (parameter,), which is 0 where it is no number."""
        found, slope = self.likelihood.total(x)
        if self.prior is not None:
            found, slope = found + self.prior.log_density(x), slope + self.prior.slope(x)
        if not (np.isfinite(found) and np.all(np.isfinite(slope))):
            return -np.inf, np.zeros_like(x)
        return found, slope

    def hessian(self, x: FloatArray, which: BoolArray) -> FloatArray:
        """Compute second derivatives by the parameters in a mask; zero for all others.

        Central differences of the exact gradient, made symmetric; float array
        (parameter, parameter).
        """
        found = np.zeros((x.size, x.size))
        for k in np.flatnonzero(which):
            ahead, behind = x.copy(), x.copy()
            ahead[k] += DIFFERENCE
            behind[k] -= DIFFERENCE
            found[k] = (self.gradient(ahead)[1] - self.gradient(behind)[1]) / (2.0 * DIFFERENCE)
        found[:, ~which] = 0.0
        return 0.5 * (found + found.T)
