"""What a fit of a learner to one subject found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.parameters import Parameter


@dataclass(frozen=True)
class SubjectFit:
    """A learner fitted to the choices of one subject.

    Attributes
    ----------
    learner : type
        Class of the learner.
    fixed : mapping
        Parameters that were not fitted, with their values.
    free : tuple of Parameter
        Parameters that were fitted, in order.
    unconstrained : float array (parameter,)
        Estimates of the free parameters on their unconstrained scale.
    covariance : float array (parameter, parameter)
        Of the estimates, on the unconstrained scale; NaN for a parameter that the data do not
        determine.
    log_likelihood : float
        Natural logarithm, summed over predicted choices, at the estimate. It leaves out any prior.
    by_session : float array (session,)
        The same of each session.
    n_trials : int
        Number of predicted choices.
    converged : bool
        Whether the search ended at a maximum; if not, `note` says what happened.
    n_agreeing : int
        Number of starts whose search ended at the same log-likelihood as the best, within 0.01.
    note : str
        What to know before the estimates are used, in plain sentences; empty if nothing.
    limits : float array (parameter, 2)
        95 % confidence limits on the unconstrained scale. A limit is infinite where the data set
        none on that side (a one-sided interval), and both are NaN where no interval can be given.
    robust : float array (parameter, parameter)
        Sandwich covariance from the scores of sessions; it holds also if choices of a session
        depend on each other in ways that the learner does not have. NaN with one session.
    """

    learner: type[Learner]
    fixed: Mapping[str, float]
    free: tuple[Parameter, ...]
    unconstrained: FloatArray
    covariance: FloatArray
    log_likelihood: float
    by_session: FloatArray
    n_trials: int
    converged: bool
    n_agreeing: int
    note: str
    limits: FloatArray
    robust: FloatArray

    @property
    def values(self) -> dict[str, float]:
        """Estimate of each free parameter, by its name."""
        pairs = zip(self.free, self.unconstrained, strict=True)
        return {one.name: float(one.constrain(value)) for one, value in pairs}

    @property
    def fitted(self) -> Learner:
        """The learner with the estimated and the fixed parameters, ready to play."""
        return self.learner(**{**self.fixed, **self.values})

    @property
    def interval(self) -> FloatArray:
        """95 % confidence limits of the free parameters; float array (parameter, 2).

        An unlimited side ends at the end of the parameter's range (0, 1 or infinity).
        """
        return np.array(
            [transform_limits(*pair) for pair in zip(self.free, self.limits, strict=True)]
        )

    @property
    def normalised(self) -> float:
        """Geometric mean of the probabilities of the predicted choices."""
        return float(np.exp(self.log_likelihood / self.n_trials))


def transform_limits(parameter: Parameter, limits: FloatArray) -> FloatArray:
    """Compute limits of a parameter from those of its unconstrained value, both (2,)."""
    ends = {"fraction": (0.0, 1.0), "positive": (0.0, np.inf), "real": (-np.inf, np.inf)}
    return np.where(np.isinf(limits), ends[parameter.range], parameter.constrain(limits))
