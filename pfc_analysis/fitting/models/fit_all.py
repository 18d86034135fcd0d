"""Fit every model to every subject, and predict held-out sessions, several at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.estimation.normal_prior import declared_prior
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.models.held_out_table import HeldOutTable
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.models.random_streams import stream
from pfc_analysis.fitting.networks.cross_validation import cross_validate_network
from pfc_analysis.fitting.networks.fit_network import fit_network
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.selection.cross_validation import cross_validate_learner
from pfc_analysis.fitting.selection.held_out import HeldOut
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.progress import track

FEWEST_SESSIONS = 2
"""Sessions that a subject needs for a held-out likelihood."""


@dataclass(frozen=True)
class Settings:
    """How models are fitted.

    Attributes
    ----------
    folds : int
        Parts that the sessions of a subject are divided into; each is predicted from the others.
    starts : int
        Starting points of a learner's search.
    maximum : {"likelihood", "posterior"}
        What is maximised: the likelihood, or its product with the learner's priors.
    seed : int
        Of starting points and networks.
    workers : int
        Fits at a time; the result does not depend on it.
    """

    folds: int = 5
    starts: int = 5
    maximum: str = "likelihood"
    seed: int = 1
    workers: int = 1


Fits = dict[tuple[int, str], SubjectFit]
Networks = dict[tuple[int, str], FittedNetwork]


def count_workers() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fit_all(
    models: Sequence[Model], trials: FitTrials, settings: Settings, progress: bool | None
) -> tuple[Fits, Networks]:
    """Fit every model to all sessions of every subject.

    Returns
    -------
    fits, networks : dict
        By (index of subject, name of model).
    """

    def fit(subject: int, model: Model) -> Any:
        own = trials.of_subject(subject)
        rng = stream(settings.seed, "fit", trials.subjects[subject], model.name)
        if model.learner is not None:
            prior = (
                declared_prior(model.learner.parameters())
                if settings.maximum == "posterior"
                else None
            )
            starts = settings.starts
            return fit_maximum(model.learner, own, rng, starts=starts, prior=prior, n_threads=1)
        assert model.network is not None
        return fit_network(own, model.network, rng)

    found = _run(fit, models, len(trials.subjects), settings, "fitting", progress)
    fits = {key: one for key, one in found.items() if isinstance(one, SubjectFit)}
    return fits, {key: one for key, one in found.items() if isinstance(one, FittedNetwork)}


def hold_out_all(
    models: Sequence[Model], trials: FitTrials, settings: Settings, progress: bool | None
) -> tuple[HeldOutTable, dict[tuple[int, str], str]]:
    """Predict held-out sessions of every subject by every model.

    Returns
    -------
    table : HeldOutTable
        NaN for subjects with one session.
    notes : dict
        By (index of subject, name of model); only where there is something to say.
    """

    def predict(subject: int, model: Model) -> HeldOut | None:
        own = trials.of_subject(subject)
        if own.n_sessions < FEWEST_SESSIONS:
            return None
        folds = min(settings.folds, own.n_sessions)
        rng = stream(settings.seed, "held out", trials.subjects[subject], model.name)
        if model.learner is not None:
            prior = settings.maximum == "posterior"
            return cross_validate_learner(model.learner, own, folds, rng, prior=prior)
        assert model.network is not None
        return cross_validate_network(own, model.network, folds, rng)

    n_subjects = len(trials.subjects)
    found = _run(predict, models, n_subjects, settings, "predicting held-out sessions", progress)
    values = np.full((trials.n_sessions, len(models)), np.nan)
    notes = {}
    for (subject, name), one in found.items():
        if one is None:
            continue
        column = [model.name for model in models].index(name)
        values[trials.subject == subject, column] = one.log_likelihood
        if one.note:
            notes[subject, name] = one.note
    return HeldOutTable(values, trials.n_predicted, trials.subject, n_subjects), notes


def _run(
    work: Callable[[int, Model], Any],
    models: Sequence[Model],
    n_subjects: int,
    settings: Settings,
    text: str,
    progress: bool | None,
) -> dict[tuple[int, str], Any]:
    """Do some work for every subject and model, several at a time; networks, the slowest, first."""
    from joblib import Parallel, delayed

    pairs = sorted(
        product(range(n_subjects), models),
        key=lambda pair: -(pair[1].network.units if pair[1].network else 0),
    )
    parallel = Parallel(n_jobs=settings.workers, backend="threading", return_as="generator")
    results = parallel(delayed(work)(subject, model) for subject, model in pairs)
    done = track(results, text, total=len(pairs), shown=progress)
    return {(subject, model.name): one for (subject, model), one in zip(pairs, done, strict=True)}
