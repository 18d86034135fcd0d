"""Learning to learn in serial reversal, by subject."""

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
from pfc_analysis.comparison.measured import (
    Measured,
    Units,
    empty_estimates,
    spread_over_subjects,
)
from pfc_analysis.comparison.questions import Question
from pfc_analysis.comparison.usable import UsableTrials

CRITERION, WINDOW = 17, 20
"""Correct choices, of how many, after which a reversal counts as learned (Logan et al. 2023)."""

COMPARABLE = 0.9
"""Share of sessions that must begin a reversal, where each has its own: others are of the fast."""

FROM = f"until {CRITERION} of {WINDOW} were correct"
QUESTIONS = (
    Question("first_reversal", f"trials of the first reversal {FROM}", unit="trials"),
    Question("last_reversal", f"trials of the last reversal {FROM}", unit="trials"),
    Question("log_slope", "the change of the logarithm of those trials with each reversal"),
)


def measure_reversals(
    usable: UsableTrials, units: Sequence[Units], across_sessions: bool
) -> Measured:
    """Measure trials to criterion of the first reversal and the last, and the trend between.

    Parameters
    ----------
    usable : UsableTrials
    units : sequence of Units
    across_sessions : bool
        Whether problems go on in the next session (animals); if not, a session has its own
        (agents), and those of equal number are taken together by their median.
    """
    names, n = usable.trials.subjects, len(QUESTIONS)
    subjects = empty_estimates(len(names), n)
    n_problems = np.zeros(len(names), np.int64)
    for name, (number, took) in _read(usable, across_sessions).items():
        index = names.index(name)
        subjects.value[index] = took[0], took[-1], compute_log_slope(number, took)
        n_problems[index] = number.size
    subjects.n[:] = n_problems[:, None]
    subjects.note[n_problems == 0] = "fewer than two reversals, from the first on, were learned"
    draws = [np.repeat(row[None], unit.weights.shape[0], axis=0) for row, unit in
             zip(subjects.value, units, strict=True)]  # fmt: skip
    reason = "the problems are taken together for the subject"
    return Measured(
        QUESTIONS,
        subjects,
        empty_estimates(usable.label.size, n, reason),
        spread_over_subjects(subjects.value, draws, [np.zeros(0, np.int64)] * len(names)),
    )


def _read(usable: UsableTrials, across_sessions: bool) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Numbers of reversals and trials that they took, by subject; only subjects that have two."""
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
    """Reversals that nearly all sessions of all subjects begin, and half of them learn."""
    begun = found["n_problems"] / found["n_problems"].isel(reversal_number=0)
    kept = (begun >= COMPARABLE) & found["trials_to_criterion"].notnull()
    return found.isel(reversal_number=kept.all("subject").values)
