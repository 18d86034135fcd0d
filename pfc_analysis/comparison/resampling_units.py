"""Resample sessions within each subject, or stretches of trials where sessions are few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.statistics.bootstrap import (
    MIN_VALUES,
    draw_weights,
    measure_spread,
)
from pfc_analysis.analysis.statistics.group_means import SubjectValues
from pfc_analysis.analysis.trials.choice_trials import FloatArray, IntArray
from pfc_analysis.comparison.usable_trials import UsableTrials

MOST_STRETCHES = 300
"""Most stretches, about, that a subject of few sessions is cut into."""

SESSIONS, STRETCHES = "sessions", "stretches of trials"
"""What is resampled within a subject."""


@dataclass(frozen=True)
class Units:
    """What is resampled within one subject: its sessions, or stretches of its trials.

    Attributes
    ----------
    rows : integer array (trial of the subject,)
        Places of its trials in the recording.
    of_trial : integer array (trial of the subject,)
        Unit of each of them.
    stratum : integer array (unit,)
        Units are drawn within their stratum.
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
        """Find the units of some of the subject's trials, given by their places."""
        return np.asarray(self.of_trial[np.searchsorted(self.rows, rows)], dtype=np.int64)


def draw_units(
    usable: UsableTrials, n_resamples: int, rng: np.random.Generator
) -> tuple[Units, ...]:
    """Resample sessions within each subject, or stretches of trials if it has fewer than 4."""
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
    """Cut sessions into stretches: the stretch of each trial, and the session of each stretch."""
    length = int(np.ceil(session.size / MOST_STRETCHES))
    first = np.searchsorted(session, session)
    place = (np.arange(session.size) - first) // length
    _, stretch = np.unique(np.stack([session, place]), axis=1, return_inverse=True)
    stretch = stretch.ravel().astype(np.int64)
    return stretch, session[np.unique(stretch, return_index=True)[1]]


def spread_over_subjects(
    value: FloatArray, draws: Sequence[FloatArray], strata: Sequence[IntArray]
) -> SubjectValues:
    """Measure how much each subject's estimate varies over its resampled sessions.

    Parameters
    ----------
    value : float array (subject, quantity)
    draws : of each subject, float array (draw, quantity)
    strata : of each subject, integer array (unit,)
        Strata of the units drawn; empty where nothing within the subject was resampled.
    """
    spread = [measure_spread(d, stratum) for d, stratum in zip(draws, strata, strict=True)]
    return SubjectValues(
        value=value,
        variance=np.stack([variance for variance, _ in spread]),
        freedom=np.stack([freedom for _, freedom in spread]),
    )
