"""Fit every model to every subject, and predict held-out sessions, several at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from pfc_analysis.fitting.estimation.derivative_check import check_derivatives
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.estimation.normal_prior import declared_prior
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.estimation.work_threads import map_threads
from pfc_analysis.fitting.models.fit_groups import GroupFit, fit_groups
from pfc_analysis.fitting.models.held_out_table import HeldOutTable
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.models.random_streams import stream
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.networks.network_fit import fit_and_validate_network, fit_network
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.selection.cross_validation import cross_validate_learner
from pfc_analysis.fitting.selection.held_out import HeldOut
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner

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
    method : {"likelihood", "posterior", "hierarchical"}
        Whether learners' likelihood is maximised, or its product with their priors, or whether
        subjects are fitted together, as a group.
    seed : int
        Of starting points and networks.
    workers : int
        Fits at a time; the result does not depend on it.
    """

    folds: int = 5
    starts: int = 5
    method: str = "likelihood"
    seed: int = 1
    workers: int = 1


Fits = dict[tuple[int, str], SubjectFit]
Networks = dict[tuple[int, str], FittedNetwork]


@dataclass(frozen=True)
class Fitted:
    """All fits, by (index of subject, name of model).

    Attributes
    ----------
    learners, networks : dict
        Fitted to all sessions of the subject.
    held_out : dict
        Predictions of sessions by models that were fitted to other sessions; not of subjects with
        one session.
    groups : dict
        By name of the learner, fits to all subjects together; empty with other methods.
    """

    learners: Fits
    networks: Networks
    held_out: dict[tuple[int, str], HeldOut]
    groups: dict[str, GroupFit]

    def tabulate(self, models: Sequence[Model], trials: FitTrials) -> HeldOutTable:
        """Lay out the log-likelihoods of held-out sessions, NaN where there is none."""
        values = np.full((trials.n_sessions, len(models)), np.nan)
        for (subject, name), one in self.held_out.items():
            column = [model.name for model in models].index(name)
            values[trials.subject == subject, column] = one.log_likelihood
        return HeldOutTable(values, trials.n_predicted, trials.subject, len(trials.subjects))


def count_workers() -> int:
    """Count the processors that this process may use."""
    from joblib import cpu_count

    return int(cpu_count())


def fit_all(
    models: Sequence[Model], trials: FitTrials, settings: Settings, progress: bool | None
) -> Fitted:
    """Fit every model to all sessions of every subject, and predict held-out sessions.

    Parameters
    ----------
    models : sequence of Model
        Learners and networks.
    trials : FitTrials
        Sessions of all subjects.
    settings : Settings
        How they are fitted.
    progress : bool, optional
        Whether to show a progress bar.

    Raises
    ------
    LearnerError
        If a learner's functions raise an error or lose derivatives (`check_derivatives`).
    """

    def fit(job: tuple[int, Model]) -> tuple[Any, HeldOut | None]:
        subject, model = job
        own = trials.of_subject(subject)
        rng = stream(settings.seed, "fit", trials.subjects[subject], model.name)
        folds = min(settings.folds, own.n_sessions)
        if model.learner is not None:
            return _fit_learner(model.learner, own, folds, settings, rng)
        assert model.network is not None
        return _fit_network(model.network, own, folds, rng)

    for model in models:
        if model.learner is not None:
            check_derivatives(model.learner, trials.of_subject(0))
    together = settings.method == "hierarchical"
    alone = [model for model in models if not (together and model.learner)]
    jobs = _list_jobs(alone, trials)
    done = map_threads(fit, jobs, settings.workers, text="fitting", progress=progress)
    found = {(subject, model.name): one for (subject, model), one in zip(jobs, done, strict=True)}
    groups = {}
    if together:
        groups = fit_groups(models, trials, settings.folds, settings.seed, progress)
        found |= _split_groups(groups)
    fits = {key: one for key, (one, _) in found.items()}
    return Fitted(
        learners={key: one for key, one in fits.items() if isinstance(one, SubjectFit)},
        networks={key: one for key, one in fits.items() if isinstance(one, FittedNetwork)},
        held_out={key: one for key, (_, one) in found.items() if one is not None},
        groups=groups,
    )


def _split_groups(groups: Mapping[str, GroupFit]) -> dict[tuple[int, str], Any]:
    """List the fits of groups by subject, as those of single subjects are."""
    return {
        (subject, name): (fit, group.held_out.get(subject))
        for name, group in groups.items()
        for subject, fit in enumerate(group.fit.fits)
    }


def _fit_learner(
    learner: type[Learner],
    trials: FitTrials,
    folds: int,
    settings: Settings,
    rng: np.random.Generator,
) -> tuple[SubjectFit, HeldOut | None]:
    """Fit a learner to one subject."""
    prior = declared_prior(learner.parameters()) if settings.method == "posterior" else None
    options: dict[str, Any] = {"starts": settings.starts, "n_threads": 1}
    fit = fit_maximum(learner, trials, rng, prior=prior, **options)
    if folds < FEWEST_SESSIONS:
        return fit, None
    held_out = cross_validate_learner(
        learner, trials, folds, rng, settings=({"prior": prior},), **options
    )
    return fit, held_out


def _fit_network(
    network: NetworkSettings, trials: FitTrials, folds: int, rng: np.random.Generator
) -> tuple[FittedNetwork, HeldOut | None]:
    """Fit a network to one subject: of all folds and starts side by side."""
    if folds < FEWEST_SESSIONS:
        return fit_network(trials, network, rng), None
    both = fit_and_validate_network(trials, network, folds, rng)
    return both.network, both.held_out


def _list_jobs(models: Sequence[Model], trials: FitTrials) -> list[tuple[int, Model]]:
    """List subjects and models, the slowest first: no thread is then left with one at the end."""
    sizes = [int(own.records.size) for _, own in trials.by_subject()]

    def effort(job: tuple[int, Model]) -> tuple[int, int]:
        units = job[1].network.units if job[1].network else 0
        return -units * sizes[job[0]], -sizes[job[0]]

    return sorted(product(range(len(sizes)), models), key=effort)
