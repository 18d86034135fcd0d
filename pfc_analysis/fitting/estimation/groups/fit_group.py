"""Fit the subjects of a group together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.groups.expectation_maximisation import (
    GroupMode,
    maximise_expectation,
)
from pfc_analysis.fitting.estimation.groups.group_mode import find_group_mode, log_evidence
from pfc_analysis.fitting.estimation.groups.group_posterior import GroupDraws, draw_group
from pfc_analysis.fitting.estimation.groups.group_prior import GroupPrior, declared_group_prior
from pfc_analysis.fitting.estimation.groups.hierarchical_fit import HierarchicalFit
from pfc_analysis.fitting.estimation.groups.subject_draws import (
    SubjectDraws,
    draw_subject,
)
from pfc_analysis.fitting.estimation.groups.subject_modes import find_mode
from pfc_analysis.fitting.estimation.groups.weighted_moments import (
    weighted_limits,
    weighted_moments,
)
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_subjects
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior, declared_prior
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.estimation.work_threads import map_threads
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner

FEW = 5
"""Up to this number of subjects, a note says how much rests on the prior."""

ENOUGH_DRAWS = 100
"""Fewer effective draws than this are named in a note."""

DRAWS = 10_000
"""Weighted draws of each subject, for each parameter."""

ROUNDS = 3
"""Rounds of drawing subjects around their modes and finding the group's mode from the draws."""


def fit_hierarchical(
    learner: type[Learner],
    trials: FitTrials,
    rng: np.random.Generator,
    *,
    starts: int = 3,
    prior: GroupPrior | None = None,
    fixed: Mapping[str, float] | None = None,
    n_subject_draws: int | None = None,
    n_group_draws: int = 40_000,
    n_threads: int | None = None,
) -> HierarchicalFit:
    r"""Fit the subjects of a group together, with a normal distribution of their parameters.

    Expectation-maximisation with Laplace's approximation finds the most likely mean and standard
    deviation of the group, and the mode of each subject. Laplace's approximation takes each
    subject's posterior as normal, which it is not with few trials. Weighted draws around the modes
    (importance sampling) correct this, and give means, standard errors and limits that include the
    uncertainty of the group's standard deviation.

    Parameters
    ----------
    learner : type
        Class of the learner.
    trials : FitTrials
        Sessions of at least two subjects.
    rng : numpy.random.Generator
        Draws starts and parameters.
    starts : int
        Number of starts of each subject.
    prior : GroupPrior, optional
        Of the group; None: `declared_group_prior`.
    fixed : mapping, optional
        Parameters that are not fitted, with their values.
    n_subject_draws, n_group_draws : int, optional
        Number of weighted draws of each subject (None: 10,000 for each parameter), and of draws of
        the group in four chains.
    n_threads : int, optional
        Number of threads; None: one for each processor. The result does not depend on it.

    Raises
    ------
    AnalysisError
        If there are fewer than two subjects.

    References
    ----------
    Huys et al. (2011), PLoS Computational Biology 7:e1002028, without the correction. The priors of
    the group and the weighted draws are settings of ours.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.estimation.groups.fit_group import fit_hierarchical
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> QLearning = pfc.learners.QLearning
    >>> rates = {"a": 0.2, "b": 0.3, "c": 0.3, "d": 0.4, "e": 0.5, "f": 0.3}
    >>> played = [
    ...     pfc.simulate(QLearning(alpha=rate), Bandit(), sessions=2, seed=1, subject=name)
    ...     for name, rate in rates.items()
    ... ]
    >>> trials = read_fit_trials(xr.concat(played, "trial"), "bandit")
    >>> few = {"n_subject_draws": 2000, "n_group_draws": 4000}  # for an example that is quick
    >>> fit = fit_hierarchical(QLearning, trials, np.random.default_rng(1), **few)
    >>> low, high = fit.interval[0]
    >>> bool(low < 0.33 < high)
    True
    """
    if len(trials.subjects) < 2:
        raise AnalysisError(
            f"subjects: found {len(trials.subjects)}, expected at least 2 for a hierarchical fit. "
            "Use fit_maximum with `prior`, which needs one"
        )
    objectives = [FitObjective(learner, one, None, fixed) for _, one in trials.by_subject()]
    free = objectives[0].free
    prior = prior or declared_group_prior(free)
    first = fit_subjects(
        learner,
        trials,
        rng,
        starts=starts,
        prior=declared_prior(free),
        fixed=fixed,
        limits=False,
        n_threads=n_threads,
    )
    mode = maximise_expectation(objectives, [one.unconstrained for one in first], prior, n_threads)
    n_subject_draws = n_subject_draws or DRAWS * len(free)
    subjects, group = _correct(objectives, mode, prior, n_subject_draws, rng, n_threads)
    poor = [
        name
        for name, one in zip(trials.subjects, subjects, strict=True)
        if one.n_effective(group) < ENOUGH_DRAWS
    ]
    draws = draw_group(subjects, prior, group.mean, group.sd, n_group_draws, rng, n_threads)
    return _summarise(trials.subjects, objectives, mode, subjects, draws, poor)


def _correct(
    objectives: Sequence[FitObjective],
    mode: GroupMode,
    prior: GroupPrior,
    n_draws: int,
    rng: np.random.Generator,
    n_threads: int | None,
) -> tuple[list[SubjectDraws], NormalPrior]:
    """Draw subjects, and find the group's mode from the draws, in rounds."""
    modes, group = mode.modes, NormalPrior(mode.mean, mode.sd)
    drawn: list[Any] = [None] * len(modes)
    for round_ in range(ROUNDS):
        n = n_draws if round_ == ROUNDS - 1 else n_draws // 2
        generators = rng.spawn(len(modes))
        jobs = [
            (one, found, group, before, n, own)
            for one, found, before, own in zip(objectives, modes, drawn, generators, strict=True)
        ]
        drawn = map_threads(lambda job: draw_subject(*job), jobs, n_threads)
        group = find_group_mode(drawn, prior, group)
        again = [(one, found.place, group) for one, found in zip(objectives, modes, strict=True)]
        modes = map_threads(lambda job: find_mode(*job), again, n_threads)
    return drawn, group


def _summarise(
    names: tuple[str, ...],
    objectives: Sequence[FitObjective],
    mode: GroupMode,
    subjects: list[SubjectDraws],
    draws: GroupDraws,
    poor: list[str],
) -> HierarchicalFit:
    one = objectives[0]
    means = draws.mean.reshape(-1, len(one.free))
    sds = np.exp(draws.log_sd.reshape(-1, len(one.free)))
    equal = np.full(len(means), 1.0 / len(means))
    mean, mean_covariance = weighted_moments(means, equal)
    sd, sd_covariance = weighted_moments(sds, equal)
    fits = tuple(
        _as_fit(objective, drawn.place, weight, found.sound)
        for objective, drawn, weight, found in zip(
            objectives, subjects, draws.weight, mode.modes, strict=True
        )
    )
    return HierarchicalFit(
        learner=one.likelihood.learner,
        fixed=one.fixed,
        free=one.free,
        subjects=names,
        mean=mean,
        sd=sd,
        mean_covariance=mean_covariance,
        sd_covariance=sd_covariance,
        mean_limits=weighted_limits(means, equal),
        sd_limits=weighted_limits(sds, equal),
        mode_mean=mode.mean,
        mode_sd=mode.sd,
        fits=fits,
        subject_log_evidence=log_evidence(subjects, NormalPrior(mean, sd)),
        converged=mode.converged,
        n_steps=mode.n_steps,
        n_effective=draws.n_effective,
        note=" ".join(_describe(names, mode, draws, poor)),
    )


def _describe(
    names: tuple[str, ...], mode: GroupMode, draws: GroupDraws, poor: list[str]
) -> list[str]:
    notes = []
    if not mode.converged:
        notes.append(f"Expectation-maximisation did not end within {mode.n_steps} steps.")
    if len(names) <= FEW:
        notes.append(
            f"With {len(names)} subjects the group's standard deviations rest largely on their "
            "prior, and the limits of its means with them."
        )
    if draws.n_effective.min() < ENOUGH_DRAWS:
        notes.append(
            f"The draws of the group are worth only {draws.n_effective.min():.0f} independent "
            "ones: raise n_group_draws, or use fit_posterior."
        )
    if poor:
        notes.append(
            f"The weighted draws of {', '.join(poor)} are worth fewer than {ENOUGH_DRAWS} "
            "independent ones: raise n_subject_draws, or use fit_posterior."
        )
    return notes


def _as_fit(
    objective: FitObjective, place: FloatArray, weight: FloatArray, sound: bool
) -> SubjectFit:
    mean, covariance = weighted_moments(place, weight)
    by_session = objective.likelihood.values_by_session(mean)
    return SubjectFit(
        learner=objective.likelihood.learner,
        fixed=objective.fixed,
        free=objective.free,
        unconstrained=mean,
        covariance=covariance,
        log_likelihood=float(by_session.sum()),
        by_session=by_session,
        n_trials=objective.n_predicted,
        converged=sound,
        n_agreeing=1,
        note="" if sound else "The search for this subject's mode did not end at a maximum.",
        limits=weighted_limits(place, weight),
        robust=np.full(covariance.shape, np.nan),
    )
