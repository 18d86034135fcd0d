"""Read trials of problems that are learned one after another, such as serial reversals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.trials.choice_trials import NONE, check_values, read_variable


@dataclass(frozen=True)
class ProblemTrials:
    """Outcomes of the trials of each problem, in order.

    Attributes
    ----------
    subjects : tuple of str
        Names, in order of appearance.
    subject, number : integer arrays (problem,)
        Index into `subjects`; reversals that came before.
    session : integer array (problem,)
        Session that it began in, as the recording numbers it.
    correct : tuple of boolean arrays
        Of each problem, its trials with a choice.
    n_trials_recorded, n_trials_missed, n_trials_other : int
        Trials of the recording, those of problems without a choice, and those of no problem.
    """

    subjects: tuple[str, ...]
    subject: IntArray
    number: IntArray
    session: IntArray
    correct: tuple[BoolArray, ...]
    n_trials_recorded: int
    n_trials_missed: int
    n_trials_other: int

    def counts(self) -> dict[str, int]:
        """Attributes for a result: how many trials there were and how many were left out."""
        names = ("n_trials_recorded", "n_trials_missed", "n_trials_other")
        return {name: getattr(self, name) for name in names}


def read_problems(recording: xr.Dataset, across_sessions: bool) -> ProblemTrials:
    """Read the problems of a recording.

    Parameters
    ----------
    recording : xarray.Dataset
        `correct` (1, 0, -1 none) and `reversal_number` (-1 in trials of no problem) on `trial`,
        with coordinates `subject`, `session` and `trial_in_session`.
    across_sessions : bool
        Whether a problem goes on in the next session.

    Returns
    -------
    ProblemTrials
        A problem in which no choice was made is there, with no trials.

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    AnalysisError
        If a variable has a value it cannot have, or `reversal_number` decreases within a subject
        (or within a session, if `across_sessions` is false).
    EmptySelectionError
        If no trial belongs to a problem.
    """
    names = ("subject", "session", "correct", "reversal_number")
    subject, session, correct, number = (read_variable(recording, name) for name in names)
    check_values("correct", correct, np.isin(correct, (0, 1, NONE)), "0, 1 or -1 (no choice)")
    check_values("reversal_number", number, number >= NONE, "0, 1, ... or -1 (no problem)")
    problem = number >= 0
    if not problem.any():
        raise EmptySelectionError(
            f"reversal_number: found none of 0, 1, ... in {number.size} trial(s), expected trials "
            "of a problem"
        )
    kept = np.flatnonzero(problem)
    who, count = subject[kept].astype(str), number[kept].astype(np.int64)
    opens = np.append(True, who[1:] != who[:-1])
    if not across_sessions:
        opens |= np.append(True, np.diff(session[kept].astype(np.int64)) != 0)
    falls = ~opens & np.append(False, np.diff(count) < 0)
    if falls.any():
        at = kept[np.flatnonzero(falls)[0]]
        raise AnalysisError(
            f"reversal_number: found {number[at]} after a higher number at trial {at} (subject "
            f"{subject[at]}, session {session[at]}), expected it to increase; if each session has "
            "problems of its own, pass across_sessions=False"
        )
    starts = np.flatnonzero(opens | np.append(True, np.diff(count) != 0))
    unique, first, inverse = np.unique(who[starts], return_index=True, return_inverse=True)
    order = np.argsort(first)
    parts = np.split(correct[kept], starts[1:])
    return ProblemTrials(
        subjects=tuple(str(name) for name in unique[order]),
        subject=np.argsort(order)[inverse].astype(np.int64),
        number=count[starts],
        session=session[kept][starts].astype(np.int64),
        correct=tuple(part[part != NONE] == 1 for part in parts),
        n_trials_recorded=int(number.size),
        n_trials_missed=int(np.sum(correct[kept] == NONE)),
        n_trials_other=int(np.sum(~problem)),
    )
