"""Find the earlier trial that a cue reminds of (episodic two-step task, Ritter et al. 2018).

`cued_trial` says, on trial, which trial of the same session the cue belongs to, in the session's
own count (`trial_in_session`); -1 where no cue was shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.trials.choice_trials import NONE, ChoiceTrials, read_variable


@dataclass(frozen=True)
class CuedTrials:
    """Which earlier trial each trial's cue belongs to; arrays on trial.

    Attributes
    ----------
    is_cued : boolean array
        Whether a cue was shown.
    row : integer array
        Index of the cued trial in the recording; -1 without a cue, and where the recording lacks
        that trial.
    age : integer array
        Trials since the cued trial, at least 1; 0 without a cue.
    """

    is_cued: BoolArray
    row: IntArray
    age: IntArray

    @property
    def is_last(self) -> BoolArray:
        """Trials whose cue belongs to the trial just before, so that both cannot be told apart."""
        return np.asarray(self.age == 1, dtype=np.bool_)

    def counts(self) -> dict[str, int]:
        """Attributes for a result: trials with a cue, and those of them that cannot be used."""
        return {
            "n_trials_cued": int(self.is_cued.sum()),
            "n_trials_cued_trial_not_recorded": int((self.is_cued & (self.row == NONE)).sum()),
            "n_trials_cued_trial_is_last": int(self.is_last.sum()),
        }


def read_cued_trials(recording: xr.Dataset, trials: ChoiceTrials) -> CuedTrials:
    """Read which trial each cue belongs to, and find that trial.

    Parameters
    ----------
    recording : xarray.Dataset
        With `cued_trial` on `trial`.
    trials : ChoiceTrials
        Of the same recording.

    Returns
    -------
    CuedTrials

    Raises
    ------
    MissingVariableError
        If the recording has no `cued_trial`.
    EmptySelectionError
        If no trial has a cue.
    AnalysisError
        If a value is not a whole number of at least -1, or not below its own `trial_in_session`.
    """
    if "cued_trial" not in recording:
        raise MissingVariableError(
            "cued_trial: the recording does not say which earlier trial was cued. Expected "
            "'cued_trial' on dimension 'trial': the trial_in_session of the trial that the cue "
            'belongs to, -1 without a cue. In a column map: cued_trial = "COLUMN"'
        )
    cued = read_variable(recording, "cued_trial")
    _check(cued, trials)
    cued = cued.astype(np.int64)
    is_cued = cued >= 0
    if not is_cued.any():
        raise EmptySelectionError(
            f"cued_trial: found -1 (no cue) in all {cued.size} trials, expected cues in some"
        )
    row = np.where(is_cued, _find_row(trials, np.maximum(cued, 0)), NONE)
    age = np.where(is_cued, trials.position - cued, 0)
    return CuedTrials(is_cued, row.astype(np.int64), age.astype(np.int64))


def _check(cued: np.ndarray, trials: ChoiceTrials) -> None:
    """Raise `AnalysisError` at the first trial whose cue belongs to no earlier trial."""
    numbers = cued.astype(np.float64)
    earlier = (numbers >= 0) & (numbers == np.floor(numbers)) & (numbers < trials.position)
    wrong = np.flatnonzero(~(earlier | (numbers == NONE)))
    if not wrong.size:
        return
    at = int(wrong[0])
    raise AnalysisError(
        f"cued_trial: found {cued[at]!s} at trial_in_session {trials.position[at]} of subject "
        f"{trials.subjects[trials.subject[at]]!r} ({wrong.size} such value(s)), expected the "
        "trial_in_session of an earlier trial of the same session (from 0), or -1 (no cue)"
    )


def _find_row(trials: ChoiceTrials, position: IntArray) -> IntArray:
    """Find the trial at a position of each trial's own session; its index, or -1 for none."""
    # Sessions are consecutive and positions increase, so this key is sorted.
    length = int(trials.position.max()) + 1
    key = trials.session * length + trials.position
    wanted = trials.session * length + position
    found = np.searchsorted(key, wanted)  # never beyond the end: cues belong to earlier trials
    return np.where(key[found] == wanted, found, NONE).astype(np.int64)
