"""Measure trials to criterion of the first and the last reversal, by subject."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.learning.reversal_learning import (
    compute_log_slope,
    compute_trials_to_criterion,
    read_sequences,
)
from pfc_analysis.analysis.trials.choice_trials import NONE, read_variable
from pfc_analysis.comparison.estimates import Measured, empty_estimates
from pfc_analysis.comparison.question import Question
from pfc_analysis.comparison.resampling_units import Units, spread_over_subjects
from pfc_analysis.comparison.usable_trials import UsableTrials

CRITERION, WINDOW = 17, 20
"""A reversal counts as learned after 17 correct choices of 20 (Logan et al. 2023)."""

COMPARABLE = 0.9
"""Share of sessions that must reach a reversal; beyond it, only fast learners would be measured."""

QUESTIONS = (
    Question("first_reversal", "the trials to learn the first reversal", unit="trials"),
    Question("last_reversal", "the trials to learn the last reversal", unit="trials"),
    Question("log_slope", "the trend of learning over reversals"),
)


def measure_trials_to_criterion(
    usable: UsableTrials, units: Sequence[Units], across_sessions: bool
) -> Measured:
    """Measure trials to criterion of the first reversal and the last, and the trend between.

    Parameters
    ----------
    usable : UsableTrials
    units : sequence of Units
    across_sessions : bool
        Whether a problem continues in the next session (animals). If not (agents), each session
        has problems of its own, and the median is taken over problems of the same number.
    """
    names, n = usable.trials.subjects, len(QUESTIONS)
    subjects = empty_estimates(len(names), n)
    n_problems = np.zeros(len(names), np.int64)
    for name, (number, took) in _read(usable, across_sessions).items():
        index = names.index(name)
        subjects.value[index] = took[0], took[-1], compute_log_slope(number, took)
        n_problems[index] = number.size
    subjects.n[:] = n_problems[:, None]
    subjects.note[n_problems == 0] = "fewer than two reversals were learned, counted from the first"
    draws = [np.repeat(row[None], unit.weights.shape[0], axis=0) for row, unit in
             zip(subjects.value, units, strict=True)]  # fmt: skip
    reason = "reversals are measured over all sessions of a subject"
    return Measured(
        QUESTIONS,
        subjects,
        empty_estimates(usable.label.size, n, reason),
        spread_over_subjects(subjects.value, draws, [np.zeros(0, np.int64)] * len(names)),
        ("reversals",) * n,
    )


def _read(usable: UsableTrials, across_sessions: bool) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read numbers of reversals and their trials, for each subject that learned two or more."""
    correct = read_variable(usable.recording, "correct")
    counted = np.where(usable.trials.predicted, correct, NONE)
    recording = usable.recording.assign(correct=("trial", counted))
    found = compute_trials_to_criterion(
        recording, CRITERION, WINDOW, across_sessions=across_sessions
    )
    if not across_sessions:
        found = _select_comparable(found)
    try:
        return dict(read_sequences(found, "trials_to_criterion", 1, 0))
    except EmptySelectionError:
        return {}


def _select_comparable(found: xr.Dataset) -> xr.Dataset:
    """Select reversals that nearly all sessions of all subjects begin and half of them learn."""
    begun = found["n_problems"] / found["n_problems"].isel(reversal_number=0)
    kept = (begun >= COMPARABLE) & found["trials_to_criterion"].notnull()
    return found.isel(reversal_number=kept.all("subject").values)
