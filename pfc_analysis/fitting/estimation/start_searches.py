"""Search for a maximum from several starts, on a part of the trials if there are very many."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.normal_prior import declared_prior
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

PART = 20_000
"""Number of trials above which starts are searched on a part of the sessions."""

EXACT = 1e-6
"""A search ends when two steps gained less than this, in nats."""


@dataclass(frozen=True)
class Search:
    """Where a search from one start ended.

    Attributes
    ----------
    place : float array (parameter,)
        Unconstrained parameters.
    value : float
        What was maximised, in nats; minus infinity if no number was found.
    """

    place: FloatArray
    value: float


def draw_starts(
    objective: FitObjective, n_starts: int, rng: np.random.Generator
) -> list[FloatArray]:
    """Draw starts from the parameters' priors; the first is at their default values."""
    prior = objective.prior or declared_prior(objective.free)
    default = np.array([float(one.unconstrain(one.default)) for one in objective.free])
    drawn = prior.mean + prior.sd * rng.standard_normal((n_starts - 1, default.size))
    return [np.clip(one, objective.low, objective.high) for one in (default, *drawn)]


def search_from(
    objective: FitObjective, start: FloatArray, held: BoolArray | None = None
) -> Search:
    """Search for a maximum by a quasi-Newton method.

    Parameters
    ----------
    objective : FitObjective
        What is maximised.
    start : float array (parameter,)
        Where to start, within the ends of the ranges.
    held : bool array (parameter,), optional
        Parameters that stay at their start.
    """
    moving = np.ones(start.size, dtype=np.bool_) if held is None else ~held
    return Search(*objective.climb(start, moving, np.zeros((start.size, start.size)), EXACT))


def take_part(trials: FitTrials, most: int = PART) -> FitTrials:
    """Take about `most` trials: sessions evenly spread over the recording, cut if they are long.

    The start of a session is a session of its own, so its likelihood is that of the learner.
    """
    if trials.records.size <= most:
        return trials
    length = np.diff(trials.first)
    every = int(np.ceil(trials.n_sessions * length.mean() / most))
    chosen = trials.select_sessions(np.arange(every // 2, trials.n_sessions, every))
    if chosen.n_sessions == 0:
        chosen = trials.select_sessions(np.array([0]))
    return _cut_sessions(chosen, most)


def _cut_sessions(trials: FitTrials, most: int) -> FitTrials:
    """Cut sessions to one length, so that at most `most` trials are left."""
    if trials.records.size <= most:
        return trials
    length = np.minimum(np.diff(trials.first), max(1, most // trials.n_sessions))
    first = np.append(0, np.cumsum(length)).astype(np.int64)
    where = np.repeat(trials.first[:-1] - first[:-1], length) + np.arange(first[-1])
    return replace(trials, first=first, records=trials.records[where], rows=trials.rows[where])
