"""What a hierarchical fit found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit, transform_limits
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.parameters import Parameter


@dataclass(frozen=True)
class HierarchicalFit:
    """A learner fitted to the subjects of a group together.

    Subjects' parameters come from a normal distribution on the unconstrained scale. Its mean and
    standard deviation are estimated together with the subjects, whose estimates are therefore drawn
    towards the group, the more so the less their own choices say.

    Attributes
    ----------
    learner : type
        Class of the learner.
    fixed : mapping
        Parameters that were not fitted, with their values.
    free : tuple of Parameter
        Parameters that were fitted, in order.
    subjects : tuple of str
        Names.
    mean, sd : float array (parameter,)
        Posterior means of the group's mean and standard deviation, on the unconstrained scale.
    mean_covariance, sd_covariance : float array (parameter, parameter)
        Posterior covariances of the same; the roots of the diagonal are the standard errors.
    mean_limits, sd_limits : float array (parameter, 2)
        95 % credible limits, on the unconstrained scale.
    mode_mean, mode_sd : float array (parameter,)
        Where expectation-maximisation with Laplace's approximation ended, before the correction.
    fits : tuple of SubjectFit
        One for each subject: posterior means, covariances and 95 % credible limits, averaged over
        what is possible for the group.
    subject_log_evidence : float array (subject,)
        Log-probability of each subject's choices with the subject's parameters integrated out,
        given the group's `mean` and `sd`.
    converged : bool
        Whether expectation-maximisation ended.
    n_steps : int
        Its number of steps.
    n_effective : float array (parameter,)
        Number of independent draws that the draws of each group mean are worth.
    note : str
        What to know before the estimates are used, in plain sentences; empty if nothing.
    """

    learner: type[Learner]
    fixed: Mapping[str, float]
    free: tuple[Parameter, ...]
    subjects: tuple[str, ...]
    mean: FloatArray
    sd: FloatArray
    mean_covariance: FloatArray
    sd_covariance: FloatArray
    mean_limits: FloatArray
    sd_limits: FloatArray
    mode_mean: FloatArray
    mode_sd: FloatArray
    fits: tuple[SubjectFit, ...]
    subject_log_evidence: FloatArray
    converged: bool
    n_steps: int
    n_effective: FloatArray
    note: str

    @property
    def values(self) -> dict[str, float]:
        """Each parameter at the group's mean, by name; it is the median of the group's subjects."""
        pairs = zip(self.free, self.mean, strict=True)
        return {one.name: float(one.constrain(value)) for one, value in pairs}

    @property
    def interval(self) -> FloatArray:
        """95 % credible limits of `values`; float array (parameter, 2)."""
        pairs = zip(self.free, self.mean_limits, strict=True)
        return np.array([transform_limits(*pair) for pair in pairs])
