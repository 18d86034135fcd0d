"""Fit the subjects of a group together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.groups.expectation_maximisation import (
    GroupMode,
    maximise_expectation,
)
from pfc_analysis.fitting.estimation.groups.group_posterior import (
    GroupDraws,
    GroupLikelihood,
    draw_group,
    find_group_mode,
    weigh_subjects,
)
from pfc_analysis.fitting.estimation.groups.group_prior import GroupPrior, declared_group_prior
from pfc_analysis.fitting.estimation.groups.hierarchical_fit import HierarchicalFit
from pfc_analysis.fitting.estimation.groups.subject_draws import draw_subject
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

ROUNDS = 2
"""Rounds of drawing subjects around their modes and finding the group's mode from the draws."""


def fit_hierarchical(
    learner: type[Learner],
    trials: FitTrials,
    rng: np.random.Generator,
    *,
    starts: int = 3,
    prior: GroupPrior | None = None,
    fixed: Mapping[str, float] | None = None,
    n_subject_draws: int = 2000,
    n_group_draws: int = 2000,
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
    n_subject_draws, n_group_draws : int
        Number of weighted draws of each subject, and of the group.
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
    >>> fit = fit_hierarchical(QLearning, trials, np.random.default_rng(1))
    >>> low, high = fit.interval[0]
    >>> bool(low < 0.33 < high)
    True
    """
    if len(trials.subjects) < 2:
        raise AnalysisError(
            f"subjects: found {len(trials.subjects)}, expected at least 2 for a hierarchical fit. "
            "Use fit_maximum with `prior`, which needs one"
        )
    subjects = [one for _, one in trials.by_subject()]
    objectives = [FitObjective(learner, one, None, fixed) for one in subjects]
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
    likelihood, centre, spread = _correct(objectives, mode, prior, n_subject_draws, rng, n_threads)
    draws = draw_group(likelihood, prior, centre, spread, n_group_draws, rng)
    weights = weigh_subjects(likelihood, draws)
    return _summarise(trials.subjects, objectives, mode, likelihood, draws, weights)


def _correct(
    objectives: Sequence[FitObjective],
    mode: GroupMode,
    prior: GroupPrior,
    n_draws: int,
    rng: np.random.Generator,
    n_threads: int | None,
) -> tuple[GroupLikelihood, FloatArray, FloatArray]:
    """Draw subjects, and find the group's mode and covariance from the draws, in rounds."""
    modes, group = mode.modes, NormalPrior(mode.mean, mode.sd)
    for _ in range(ROUNDS):
        jobs = [
            (one, found, group, n_draws, own)
            for one, found, own in zip(objectives, modes, rng.spawn(len(modes)), strict=True)
        ]
        likelihood = GroupLikelihood(map_threads(lambda job: draw_subject(*job), jobs, n_threads))
        centre, spread = find_group_mode(likelihood, prior, group.mean, np.log(group.sd))
        group = NormalPrior(centre[: group.mean.size], np.exp(centre[group.mean.size :]))
        again = [(one, found.place, group) for one, found in zip(objectives, modes, strict=True)]
        modes = map_threads(lambda job: find_mode(*job), again, n_threads)
    return likelihood, centre, spread


def _summarise(
    names: tuple[str, ...],
    objectives: Sequence[FitObjective],
    mode: GroupMode,
    likelihood: GroupLikelihood,
    draws: GroupDraws,
    weights: list[FloatArray],
) -> HierarchicalFit:
    one = objectives[0]
    mean, mean_covariance = weighted_moments(draws.mean, draws.weight)
    sds = np.exp(draws.log_sd)
    sd, sd_covariance = weighted_moments(sds, draws.weight)
    poor = [n for n, w in zip(names, weights, strict=True) if 1.0 / np.sum(w**2) < ENOUGH_DRAWS]
    fits = tuple(
        _as_fit(objective, drawn.place, weight, found.sound)
        for objective, drawn, weight, found in zip(
            objectives, likelihood.subjects, weights, mode.modes, strict=True
        )
    )
    evidence = likelihood.by_subject(mean[np.newaxis], np.log(sd)[np.newaxis])[:, 0]
    return HierarchicalFit(
        learner=one.likelihood.learner,
        fixed=one.fixed,
        free=one.free,
        subjects=names,
        mean=mean,
        sd=sd,
        mean_covariance=mean_covariance,
        sd_covariance=sd_covariance,
        mean_limits=weighted_limits(draws.mean, draws.weight),
        sd_limits=weighted_limits(sds, draws.weight),
        mode_mean=mode.mean,
        mode_sd=mode.sd,
        fits=fits,
        log_evidence=draws.log_evidence,
        subject_log_evidence=evidence,
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
    if draws.n_effective < ENOUGH_DRAWS:
        notes.append(
            f"The weighted draws of the group are worth only {draws.n_effective:.0f} independent "
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
