"""What is measured of one group: estimates by subject and by session, and sessions drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from pfc_analysis.analysis.statistics.bootstrap import (
    MIN_VALUES,
    Resampled,
    draw_weights,
    measure_spread,
)
from pfc_analysis.analysis.trials.choice_trials import FloatArray, IntArray
from pfc_analysis.comparison.questions import Question
from pfc_analysis.comparison.usable import UsableTrials

MOST_STRETCHES = 300
"""Units at most, about, that a subject of few sessions is cut into."""

SESSIONS, STRETCHES, POINTS, NOTHING = "sessions", "stretches of trials", "blocks", "nothing"
"""What is drawn anew within subjects."""


@dataclass(frozen=True)
class Estimates:
    """Estimates of several quantities, for subjects or for sessions (the rows).

    Attributes
    ----------
    value, lower, upper : float arrays (row, quantity)
        With 95 % intervals; NaN where there is none.
    n : integer array (row, quantity)
        Trials, pairs of trials, points or problems that they rest on.
    note : text array (row, quantity)
        Why there is no value, or what was done to get it; otherwise empty.
    """

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: IntArray
    note: npt.NDArray[np.object_]


@dataclass(frozen=True)
class Measured:
    """What is measured of one group.

    Attributes
    ----------
    questions : tuple of Question
    subjects, sessions : Estimates
    resampled : Resampled
        Subjects' estimates with their sessions drawn anew.
    points : xarray.Dataset, optional
        What a line goes through, on `point`.
    """

    questions: tuple[Question, ...]
    subjects: Estimates
    sessions: Estimates
    resampled: Resampled
    points: xr.Dataset | None = None


@dataclass(frozen=True)
class Units:
    """What is drawn anew within one subject.

    Attributes
    ----------
    rows : integer array (trial of the subject,)
        Its trials among all of the recording.
    of_trial : integer array (trial of the subject,)
        Unit of each of them.
    stratum : integer array (unit,)
        Units are drawn within it.
    weights : float array (draw, unit)
        How often each was drawn.
    kind : str
        `SESSIONS`, or `STRETCHES` where the sessions are too few to draw.
    """

    rows: IntArray
    of_trial: IntArray
    stratum: IntArray
    weights: FloatArray
    kind: str

    def find(self, rows: IntArray) -> IntArray:
        """Units of some of the subject's trials, given by their place in the recording."""
        return np.asarray(self.of_trial[np.searchsorted(self.rows, rows)], dtype=np.int64)


def draw_units(
    usable: UsableTrials, n_resamples: int, rng: np.random.Generator
) -> tuple[Units, ...]:
    """Draw sessions anew within each subject, or stretches of trials where sessions are few."""
    found = []
    for index, _ in usable.trials.by_subject():
        rows = np.flatnonzero(usable.trials.subject == index)
        of_trial = np.unique(usable.trials.session[rows], return_inverse=True)[1].astype(np.int64)
        n_sessions = int(of_trial[-1]) + 1
        stratum, kind = np.zeros(n_sessions, np.int64), SESSIONS
        if n_sessions < MIN_VALUES:
            of_trial, stratum = _cut_stretches(of_trial)
            kind = STRETCHES
        found.append(Units(rows, of_trial, stratum, draw_weights(stratum, n_resamples, rng), kind))
    return tuple(found)


def _cut_stretches(session: IntArray) -> tuple[IntArray, IntArray]:
    """Stretch of each trial, and session of each stretch."""
    length = int(np.ceil(session.size / MOST_STRETCHES))
    first = np.searchsorted(session, session)
    place = (np.arange(session.size) - first) // length
    _, stretch = np.unique(np.stack([session, place]), axis=1, return_inverse=True)
    stretch = stretch.ravel().astype(np.int64)
    return stretch, session[np.unique(stretch, return_index=True)[1]]


def spread_over_subjects(
    value: FloatArray, draws: Sequence[FloatArray], strata: Sequence[IntArray]
) -> Resampled:
    """Put subjects' draws together.

    Parameters
    ----------
    value : float array (subject, quantity)
    draws : of each subject, float array (draw, quantity)
    strata : of each subject, integer array (unit,)
        Of the units drawn; empty where nothing below the subject was drawn.
    """
    spread = [measure_spread(d, stratum) for d, stratum in zip(draws, strata, strict=True)]
    return Resampled(
        value=value,
        draws=np.stack(list(draws)),
        variance=np.stack([variance for variance, _ in spread]),
        freedom=np.stack([freedom for _, freedom in spread]),
    )


def empty_estimates(n_rows: int, n_quantities: int, note: str = "") -> Estimates:
    """Rows without a value, to be filled."""
    shape = (n_rows, n_quantities)
    return Estimates(
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.zeros(shape, np.int64),
        np.full(shape, note, dtype=object),
    )


def join_measured(parts: Sequence[Measured]) -> Measured:
    """Set measured quantities of one group side by side."""

    def join(rows: Sequence[Estimates]) -> Estimates:
        names = ("value", "lower", "upper", "n", "note")
        return Estimates(*(np.concatenate([getattr(r, n) for r in rows], axis=1) for n in names))

    return Measured(
        questions=tuple(question for part in parts for question in part.questions),
        subjects=join([part.subjects for part in parts]),
        sessions=join([part.sessions for part in parts]),
        resampled=Resampled(
            np.concatenate([part.resampled.value for part in parts], axis=1),
            np.concatenate([part.resampled.draws for part in parts], axis=2),
            np.concatenate([part.resampled.variance for part in parts], axis=1),
            np.concatenate([part.resampled.freedom for part in parts], axis=1),
        ),
        points=next((part.points for part in parts if part.points is not None), None),
    )
