"""Score learners on a simulated data set, by an information criterion or by held-out sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.selection.cross_validation import cross_validate_learner
from pfc_analysis.fitting.selection.information_criteria import compute_bic
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.finding import name_of

Criterion = Literal["bic", "held_out"]

N_FOLDS = 2
"""Folds of held-out likelihoods: odd and even sessions."""


@dataclass(frozen=True)
class Scoring:
    """How simulated data sets are fitted and compared.

    Attributes
    ----------
    learners : sequence of type
        The learners that are fitted.
    fits : mapping
        By the name of a learner, its fits to the subjects: what they held fixed is fixed again.
    criterion : {"bic", "held_out"}
        What a score is: -BIC / 2, or the log-likelihood of held-out sessions.
    starts : int
        Starts of each fit.
    """

    learners: Sequence[type[Learner]]
    fits: Mapping[str, Sequence[SubjectFit]]
    criterion: Criterion
    starts: int

    def score(self, trials: FitTrials, subject: int, rng: np.random.Generator) -> FloatArray:
        """Score every learner on a subject's data set, the higher the better; (learner,), nats."""
        return np.array([self._score(one, trials, subject, rng) for one in self.learners])

    def _score(
        self, learner: type[Learner], trials: FitTrials, subject: int, rng: np.random.Generator
    ) -> float:
        own = self.fits.get(name_of(learner))
        fixed = own[subject].fixed if own else None
        if self.criterion == "held_out":
            settings = ({"fixed": fixed},)
            return cross_validate_learner(
                learner, trials, N_FOLDS, rng, starts=self.starts, settings=settings, n_threads=1
            ).total
        fit = fit_maximum(
            learner, trials, rng, starts=self.starts, fixed=fixed, limits=False, n_threads=1
        )
        return -0.5 * compute_bic(fit)
