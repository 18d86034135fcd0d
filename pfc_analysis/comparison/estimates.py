"""Estimates of one group: by subject, by session, and from resampled sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from pfc_analysis.analysis.statistics.group_means import SubjectValues
from pfc_analysis.analysis.trials.choice_trials import FloatArray, IntArray
from pfc_analysis.comparison.question import Question


@dataclass(frozen=True)
class Estimates:
    """Estimates of several quantities, for subjects or for sessions (the rows).

    Attributes
    ----------
    value, lower, upper : float arrays (row, quantity)
        With 95 % intervals; NaN where there is none.
    n : integer array (row, quantity)
        Number of trials, pairs of trials, points or problems.
    note : text array (row, quantity)
        Why there is no value, or what was done to get it; otherwise "".
    """

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: IntArray
    note: npt.NDArray[np.object_]


@dataclass(frozen=True)
class Measured:
    """What was measured in one group.

    Attributes
    ----------
    questions : tuple of Question
    subjects, sessions : Estimates
    values : SubjectValues
        Subjects' estimates, with the sampling variance that resampled sessions show.
    counted : tuple of str
        What `n` counts, by quantity: "trials", "pairs of trials", "blocks", "sessions", ...
    separated : tuple of str
        Subjects whose regression has no estimate without a penalty.
    points : xarray.Dataset, optional
        Points of the matching line, on `point`.
    """

    questions: tuple[Question, ...]
    subjects: Estimates
    sessions: Estimates
    values: SubjectValues
    counted: tuple[str, ...]
    separated: tuple[str, ...] = ()
    points: xr.Dataset | None = None


def empty_estimates(n_rows: int, n_quantities: int, note: str = "") -> Estimates:
    """Make rows without values, to be filled."""
    shape = (n_rows, n_quantities)
    return Estimates(
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.zeros(shape, np.int64),
        np.full(shape, note, dtype=object),
    )


def join_measured(parts: Sequence[Measured]) -> Measured:
    """Put quantities of one group side by side."""

    def join(rows: Sequence[Estimates]) -> Estimates:
        names = ("value", "lower", "upper", "n", "note")
        return Estimates(*(np.concatenate([getattr(r, n) for r in rows], axis=1) for n in names))

    return Measured(
        questions=tuple(question for part in parts for question in part.questions),
        subjects=join([part.subjects for part in parts]),
        sessions=join([part.sessions for part in parts]),
        values=SubjectValues(
            np.concatenate([part.values.value for part in parts], axis=1),
            np.concatenate([part.values.variance for part in parts], axis=1),
            np.concatenate([part.values.freedom for part in parts], axis=1),
        ),
        counted=tuple(text for part in parts for text in part.counted),
        separated=tuple(name for part in parts for name in part.separated),
        points=next((part.points for part in parts if part.points is not None), None),
    )
