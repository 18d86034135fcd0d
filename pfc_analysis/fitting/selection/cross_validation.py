"""Predict held-out sessions by a learner that is fitted to the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.selection.folds import assign_folds
from pfc_analysis.fitting.selection.held_out import HeldOut
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner


def cross_validate_learner(
    learner: type[Learner],
    trials: FitTrials,
    n_folds: int,
    rng: np.random.Generator,
    *,
    starts: int = 5,
    settings: Sequence[Mapping[str, Any]] = ({},),
    n_threads: int | None = None,
) -> HeldOut:
    """Predict each session by a learner that is fitted to the sessions of the other folds.

    With several settings, those of each fold are chosen by cross-validation inside the sessions
    that the fold's learner is fitted to (nested), so the held-out sessions have no part in it.

    Parameters
    ----------
    learner : type
        Class of the learner.
    trials : FitTrials
        Sessions of one subject, at least as many as folds; with several settings, one more than
        folds, and at least four.
    n_folds : int
        Number of folds; 2 are odd and even sessions (`assign_folds`).
    rng : numpy.random.Generator
        Draws the starts.
    starts : int
        Number of starts of each fit.
    settings : sequence of mappings
        Arguments of `fit_maximum` to choose among, such as priors: ``({"prior": narrow},
        {"prior": wide}, {})``.
    n_threads : int, optional
        Number of threads; None: one for each processor. The result does not depend on it.

    Returns
    -------
    HeldOut
        Its `note` has what the fits of the folds had to say that bears on prediction: searches
        without an end, and disagreeing starts.

    Raises
    ------
    AnalysisError
        If there are fewer sessions than folds, or no settings.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.selection.cross_validation import cross_validate_learner
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=5.0)
    >>> played = pfc.simulate(learner, Bandit(), sessions=10, seed=1, subject="one")
    >>> trials = read_fit_trials(played, "bandit")
    >>> held_out = cross_validate_learner(type(learner), trials, 2, np.random.default_rng(1))
    >>> bool(0.5 < held_out.normalised < 1)
    True
    """
    if not settings:
        raise AnalysisError("settings: found none, expected at least one ({} for the defaults)")
    fold = assign_folds(trials.n_sessions, n_folds)
    found = np.empty(trials.n_sessions)
    notes = []
    for k in range(n_folds):
        known = trials.select_sessions(np.flatnonzero(fold != k))
        unknown = np.flatnonzero(fold == k)
        chosen = settings[0]
        if len(settings) > 1:
            chosen = _choose(learner, known, rng, starts, settings, n_threads)
        fit = fit_maximum(
            learner, known, rng, starts=starts, limits=False, n_threads=n_threads, **chosen
        )
        found[unknown] = _predict(
            learner, trials.select_sessions(unknown), chosen, fit.unconstrained
        )
        if not fit.converged or fit.n_agreeing < 2 <= starts:
            notes.append(f"Fold {k}: {fit.note}")
    return HeldOut(found, trials.n_predicted, " ".join(notes))


def _choose(
    learner: type[Learner],
    known: FitTrials,
    rng: np.random.Generator,
    starts: int,
    settings: Sequence[Mapping[str, Any]],
    n_threads: int | None,
) -> Mapping[str, Any]:
    """Choose the settings that predict best inside the sessions of a fold's learner."""
    totals = [
        cross_validate_learner(
            learner, known, 2, rng, starts=starts, settings=(one,), n_threads=n_threads
        ).total
        for one in settings
    ]
    return settings[int(np.argmax(totals))]


def _predict(
    learner: type[Learner], trials: FitTrials, settings: Mapping[str, Any], place: FloatArray
) -> FloatArray:
    likelihood = LearnerLikelihood(learner, trials, settings.get("fixed"))
    return likelihood.values_by_session(place)
