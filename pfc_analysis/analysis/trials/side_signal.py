"""Read which side each outcome of a two-armed task speaks for: y = 1 for right.

Where one arm pays with probability q and the other with 1 - q, a reward on the right is evidence
for the right arm, and no reward on the left is the same evidence. One signal y therefore holds all
the information in an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.choice_trials import ChoiceTrials, read_trials


@dataclass(frozen=True)
class SideTable:
    """Trials of a recording by session; shorter sessions are filled up to the longest one.

    Attributes
    ----------
    trials : ChoiceTrials
        The same as plain arrays on trial.
    choice, signal : integer arrays (session, trial in session)
        The choice, and the side that the outcome spoke for: 0 left, 1 right. -1 where no choice
        was valid, and past a session's end.
    subject : integer array (session,)
        Index into `trials.subjects`.
    place : integer array (trial,)
        Trial in its session, counted from 0 over the trials that are there.
    """

    trials: ChoiceTrials
    choice: IntArray
    signal: IntArray
    subject: IntArray
    place: IntArray

    def sort(self, values: NumberArray, missing: float) -> NumberArray:
        """Arrange values on trial as (session, trial in session), with `missing` past the end."""
        table = np.full(self.choice.shape, missing, values.dtype)
        table[self.trials.session, self.place] = values
        return table

    def unsort(self, table: NumberArray) -> NumberArray:
        """Arrange values (session, trial in session) on trial again."""
        return np.asarray(table[self.trials.session, self.place])


def read_side_table(recording: xr.Dataset) -> SideTable:
    """Read choices, and the side that each outcome speaks for.

    Parameters
    ----------
    recording : xarray.Dataset
        As `read_trials`; a trial is rewarded if its reward is above 0.

    Returns
    -------
    SideTable
        Forced trials are included, since the subject saw their outcomes.
    """
    trials = read_trials(recording)
    first, length = np.unique(trials.session, return_index=True, return_counts=True)[1:]
    place = np.arange(trials.session.size) - first[trials.session]
    skipped = np.flatnonzero(np.diff(trials.position) > 1)
    if np.any(trials.session[skipped] == trials.session[skipped + 1]):
        at = int(skipped[trials.session[skipped] == trials.session[skipped + 1]][0])
        raise AnalysisError(
            f"trial_in_session: found {trials.position[at + 1]} after {trials.position[at]} at "
            f"trial {at + 1}, expected every trial of a session, since learning runs through all "
            "of them; keep invalid trials in the recording, marked"
        )
    shape = (first.size, int(length.max()))
    choice, signal = (np.full(shape, -1, np.int64) for _ in range(2))
    choice[trials.session, place] = trials.choice
    told = np.where(trials.valid, trials.choice == (trials.reward > 0), -1)
    signal[trials.session, place] = told
    return SideTable(trials, choice, signal, trials.subject[first], place)
