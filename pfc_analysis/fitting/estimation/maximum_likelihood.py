"""Maximum likelihood and maximum a posteriori fits of a learner to one subject's choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.fitting.estimation.fit_notes import (
    AGREEING,
    count_agreeing,
    describe_edges,
    describe_limits,
    describe_rivals,
    describe_robust,
    describe_searches,
    describe_singular,
)
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.likelihood_profile import BetterPlaceError
from pfc_analysis.fitting.estimation.newton_steps import Maximum, refine
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior
from pfc_analysis.fitting.estimation.observed_information import (
    invert_information,
    robust_covariance,
)
from pfc_analysis.fitting.estimation.profile_limits import find_limits, list_rivals
from pfc_analysis.fitting.estimation.start_searches import (
    PART,
    Search,
    draw_starts,
    search_from,
    take_part,
)
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.estimation.work_threads import map_threads
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner

SUSPICIOUS = {"fraction": 4.5, "positive": 4.5, "real": 15.0}
"""Size of an unconstrained value from which on the end of the range is tried, too."""

FLAT_FALL = 1e-3
"""The likelihood is highest at the end of a range if it falls by less than this on the way."""

CONVERGED = 1e-4
"""A search has converged if another Newton step promises less than this, in nats."""

MOST_RESTARTS = 4
"""Number of times that a fit goes on from a higher place which a profile likelihood met."""

RIVALS = 2
"""Number of different maxima of a part of the trials that are refined on all of them."""


def fit_maximum(
    learner: type[Learner],
    trials: FitTrials,
    rng: np.random.Generator,
    *,
    starts: int = 5,
    prior: NormalPrior | None = None,
    fixed: Mapping[str, float] | None = None,
    limits: bool = True,
    n_threads: int | None = None,
) -> SubjectFit:
    """Fit a learner to the choices of one subject by maximum likelihood.

    A quasi-Newton method (BFGS) searches on the unconstrained scale with exact gradients, from the
    learner's default and from draws of the parameters' priors; Newton steps refine the best place.
    With more than 20,000 trials, the starts are searched on a part of the sessions, and the two
    best places are refined on all of them. The covariance is the inverse of the negative second
    derivatives. Limits are those of `profile_limits.find_limits`.

    Parameters
    ----------
    learner : type
        Class of the learner.
    trials : FitTrials
        Sessions of one subject.
    rng : numpy.random.Generator
        Draws the starts.
    starts : int
        Number of starts.
    prior : NormalPrior, optional
        With it, the log-posterior is maximised (maximum a posteriori), and covariance and limits
        are those of the posterior. `normal_prior.declared_prior` has the learner's own.
    fixed : mapping, optional
        Parameters that are not fitted, with their values.
    limits : bool
        False leaves out the confidence limits (NaN). They take most of the time of a fit, and a
        larger share of it where choices are few.
    n_threads : int, optional
        Number of threads for starts and refinements; None: one for each processor that this
        process may use. The result does not depend on it.

    Returns
    -------
    SubjectFit
        Its `note` says what stands in the way of trusting the estimates.

    Raises
    ------
    AnalysisError
        If `starts` is below 1, or no start has a finite log-likelihood.
    EmptySelectionError
        If no choice is left to predict.
    LearnerError
        If the learner does not suit the task.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, ch. 6 (BFGS); Venzon & Moolgavkar (1988),
    Applied Statistics 37:87 (profile likelihood). Ends of the search, number of starts and the size
    of the part are settings of ours.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=3.0)
    >>> played = pfc.simulate(learner, Bandit(), sessions=30, seed=1, subject="one")
    >>> trials = read_fit_trials(played, "bandit")
    >>> fit = fit_maximum(type(learner), trials, np.random.default_rng(1))
    >>> low, high = fit.interval[0]
    >>> bool(low < 0.3 < high)
    True
    """
    if starts < 1:
        raise AnalysisError(f"starts: found {starts}, expected at least 1")
    if not trials.n_predicted.sum():
        raise EmptySelectionError("no choice is left to predict in these sessions")
    objective = FitObjective(learner, trials, prior, fixed)
    part = objective.with_trials(take_part(trials))
    searches = _search_all(part, draw_starts(objective, starts, rng), n_threads)
    rivals = _list_rivals(objective, searches)
    refined = map_threads(lambda place: refine(objective.copy(), place), rivals, n_threads)
    best = max(refined, key=lambda one: one.value)
    return _summarise(objective, best, searches, limits)


def _search_all(
    part: FitObjective, starts: list[FloatArray], n_threads: int | None
) -> list[Search]:
    """Search from every start; raise an error if none has a finite log-likelihood."""
    searches = map_threads(lambda start: search_from(part.copy(), start), starts, n_threads)
    if not any(np.isfinite(one.value) for one in searches):
        names = ", ".join(one.name for one in part.free)
        raise AnalysisError(
            f"the log-likelihood is not a finite number at any of {len(starts)} starts of {names}. "
            "Check that the learner's preferences are finite for these trials, with "
            "`LearnerLikelihood.preferences`"
        )
    return searches


def _list_rivals(objective: FitObjective, searches: list[Search]) -> list[FloatArray]:
    """List the best place and, if it was the best of a part of the trials only, a different one."""
    sound = [one for one in searches if np.isfinite(one.value)]
    ordered = sorted(sound, key=lambda one: -one.value)
    best, *others = ordered
    if objective.n_trials <= PART:
        return [best.place]
    different = [one for one in others if one.value < best.value - AGREEING]
    return [one.place for one in (best, *different)][:RIVALS]


def _summarise(
    objective: FitObjective, best: Maximum, searches: list[Search], limits: bool
) -> SubjectFit:
    """Find ends, covariance and limits; start again from a higher place if a profile meets one."""
    others = [one.place for one in searches if np.isfinite(one.value)]
    for _ in range(MOST_RESTARTS):
        best, edge = _try_ends(objective, best)
        covariance = invert_information(best.hessian, best.inside)
        try:
            found = find_limits(objective, best, covariance, others) if limits else None
        except BetterPlaceError as better:
            best = refine(objective, better.place)
        else:
            return _as_fit(objective, best, covariance, edge, found, searches)
    return _as_fit(objective, best, covariance, edge, None, searches)


def _try_ends(objective: FitObjective, best: Maximum) -> tuple[Maximum, BoolArray]:
    """Move parameters to the end of their range where the likelihood does not fall on the way."""
    edge = np.zeros(best.place.size, dtype=bool)
    near = [SUSPICIOUS[one.range] for one in objective.free]
    for k in np.flatnonzero(np.abs(best.place) >= near):
        place = best.place.copy()
        place[k] = (objective.high if place[k] > 0 else objective.low)[k]
        held = edge | (np.arange(place.size) == k)
        if not held.all():
            place = search_from(objective, place, held).place
        if objective.value(place) >= best.value - FLAT_FALL:
            edge[k] = True
            best = refine(objective, place, edge)
    return best, edge


def _as_fit(
    objective: FitObjective,
    best: Maximum,
    covariance: FloatArray,
    edge: BoolArray,
    limits: FloatArray | None,
    searches: list[Search],
) -> SubjectFit:
    likelihood = objective.likelihood
    by_session, scores = likelihood.by_session(best.place)
    converged = best.missing < CONVERGED
    notes = describe_searches(searches)
    notes += describe_edges(objective.free, best.place, edge)
    notes += describe_singular(objective.free, covariance, best.inside)
    if not converged:
        notes.append(f"The search did not end at a maximum: {best.missing:.2g} nats are missing.")
    if limits is not None:
        limits = np.where(np.all(np.isinf(limits), axis=1, keepdims=True), np.nan, limits)
        notes += describe_limits(objective.free, limits)
    others = [one.place for one in searches if np.isfinite(one.value)]
    notes += describe_rivals(objective.free, list_rivals(objective, best, covariance, others))
    robust = robust_covariance(covariance, scores)
    notes += describe_robust(objective.free, covariance, robust, len(by_session))
    return SubjectFit(
        learner=likelihood.learner,
        fixed=objective.fixed,
        free=objective.free,
        unconstrained=best.place,
        covariance=covariance,
        log_likelihood=float(by_session.sum()),
        by_session=by_session,
        n_trials=objective.n_predicted,
        converged=converged,
        n_agreeing=count_agreeing(searches),
        note=" ".join(notes),
        limits=np.full((best.place.size, 2), np.nan) if limits is None else limits,
        robust=robust,
    )


def fit_subjects(
    learner: type[Learner],
    trials: FitTrials,
    rng: np.random.Generator,
    *,
    n_threads: int | None = None,
    **settings: Any,
) -> tuple[SubjectFit, ...]:
    """Fit a learner to each subject by itself, several subjects at a time.

    Parameters
    ----------
    learner, trials, rng, n_threads
        As of `fit_maximum`; `trials` with any number of subjects.
    **settings
        Other arguments of `fit_maximum`.

    Returns
    -------
    tuple of SubjectFit
        In the order of `trials.subjects`. The same seed gives the same fits for any `n_threads`.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.estimation.maximum_likelihood import fit_subjects
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> slow = pfc.learners.QLearning(alpha=0.1, inverse_temperature=5.0)
    >>> fast = pfc.learners.QLearning(alpha=0.6, inverse_temperature=5.0)
    >>> played = [
    ...     pfc.simulate(one, Bandit(), sessions=20, seed=1, subject=name)
    ...     for name, one in {"slow": slow, "fast": fast}.items()
    ... ]
    >>> trials = read_fit_trials(xr.concat(played, "trial"), "bandit")
    >>> first, second = fit_subjects(type(slow), trials, np.random.default_rng(1))
    >>> first.values["alpha"] < second.values["alpha"]
    True
    """
    subjects = [one for _, one in trials.by_subject()]
    jobs = list(zip(subjects, rng.spawn(len(subjects)), strict=True))
    threads = n_threads if len(subjects) == 1 else 1

    def fit(job: tuple[FitTrials, np.random.Generator]) -> SubjectFit:
        return fit_maximum(learner, *job, n_threads=threads, **settings)

    return tuple(map_threads(fit, jobs, n_threads))
