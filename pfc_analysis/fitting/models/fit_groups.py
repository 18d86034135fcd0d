"""Fit learners to all subjects together, and predict held-out sessions from such fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.groups.fit_group import fit_hierarchical
from pfc_analysis.fitting.estimation.groups.hierarchical_fit import HierarchicalFit
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.models.random_streams import stream
from pfc_analysis.fitting.selection.held_out import HeldOut
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.progress import track

FEWEST_SUBJECTS = 2
"""Subjects that a group needs."""


@dataclass(frozen=True)
class GroupFit:
    """One learner fitted to all subjects together.

    Attributes
    ----------
    fit : HierarchicalFit
        Fitted to all sessions.
    held_out : dict
        Predictions of each subject's sessions, by the subject's index, from fits to the other
        sessions of all subjects; not of subjects with one session.
    """

    fit: HierarchicalFit
    held_out: dict[int, HeldOut]


def fit_groups(
    models: Sequence[Model], trials: FitTrials, folds: int, seed: int, progress: bool | None
) -> dict[str, GroupFit]:
    """Fit every learner to all subjects together.

    Parameters
    ----------
    models : sequence of Model
        Networks among them are left out.
    trials : FitTrials
        Sessions of all subjects, at least two.
    folds : int
        Parts of each subject's sessions.
    seed : int
        Seed of the fits.
    progress : bool, optional
        Whether to show a progress bar.

    Returns
    -------
    dict
        By name of the learner.

    Raises
    ------
    AnalysisError
        If there is only one subject.
    """
    if len(trials.subjects) < FEWEST_SUBJECTS:
        raise AnalysisError(
            f"method: found 'hierarchical' with {len(trials.subjects)} subject, expected at least "
            f"{FEWEST_SUBJECTS}; use 'posterior', which draws estimates towards the priors"
        )
    learners = {model.name: model.learner for model in models if model.learner is not None}
    found = {}
    for name, learner in track(list(learners.items()), "fitting groups", progress):
        fit = fit_hierarchical(learner, trials, stream(seed, "group", name))
        found[name] = GroupFit(fit, _hold_out(learner, trials, folds, seed, name))
    return found


def assign_group_folds(trials: FitTrials, folds: int) -> IntArray:
    """Assign the sessions of every subject to folds in turn; -1 of a subject with one session."""
    fold = np.full(trials.n_sessions, -1, dtype=np.int64)
    for index in range(len(trials.subjects)):
        own = np.flatnonzero(trials.subject == index)
        if own.size > 1:
            fold[own] = np.arange(own.size) % min(folds, own.size)
    return fold


def _hold_out(
    learner: type[Learner], trials: FitTrials, folds: int, seed: int, name: str
) -> dict[int, HeldOut]:
    """Predict every session from a fit to the other folds of all subjects."""
    fold = assign_group_folds(trials, folds)
    values = np.full(trials.n_sessions, np.nan)
    for k in range(int(fold.max()) + 1):
        known = trials.select_sessions(np.flatnonzero(fold != k))
        fit = fit_hierarchical(learner, known, stream(seed, "group", name, str(k)))
        for index, own in enumerate(fit.fits):
            held = np.flatnonzero((fold == k) & (trials.subject == index))
            likelihood = LearnerLikelihood(learner, trials.select_sessions(held))
            values[held] = likelihood.by_session(own.unconstrained)[0]
    return {
        index: HeldOut(values[rows], trials.n_predicted[rows], "")
        for index in range(len(trials.subjects))
        if np.isfinite(values[rows := trials.subject == index]).all()
    }


def lay_out_groups(groups: dict[str, GroupFit]) -> xr.Dataset:
    """Lay out the distributions of parameters over subjects.

    Returns
    -------
    xarray.Dataset
        On `estimated`, whose labels are "LEARNER PARAMETER": `population_mean` with `_lower` and
        `_upper` (95 %), the parameter at the mean of the unconstrained distribution, and
        `population_sd` with its interval, the standard deviation on the unconstrained scale.
    """
    labels: list[str] = []
    rows: list[list[float]] = []
    for name, group in groups.items():
        fit = group.fit
        for k, one in enumerate(fit.free):
            labels.append(f"{name} {one.name}")
            means = (fit.mean[k], *fit.mean_limits[k])
            rows.append([*map(float, map(one.constrain, means)), fit.sd[k], *fit.sd_limits[k]])
    names = [f"population_{one}{end}" for one in ("mean", "sd") for end in ("", "_lower", "_upper")]
    table = np.array(rows).reshape(-1, len(names))
    return xr.Dataset(
        {name: ("estimated", table[:, k]) for k, name in enumerate(names)},
        coords={"estimated": labels},
    )
