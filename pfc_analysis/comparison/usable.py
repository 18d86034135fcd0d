"""Which trials count in a comparison, in one place, and how many do not.

| mark | predicted | history of later trials |
|---|---|---|
| `forced` | never | yes: the subject lived through it |
| `stimulated` | never | yes |
| `automatic_reward` | never | its choice, with a reward of 0; no pair of trials begins with it |
| `invalid` | never | no |

``keep`` names marks to ignore: their trials count as any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, listed
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import (
    BoolArray,
    ChoiceTrials,
    IntArray,
    read_flag,
    read_trials,
)
from pfc_analysis.recording.schema import did_you_mean

MARKS = {
    "forced": "never predicted; history of later trials",
    "stimulated": "never predicted; history of later trials",
    "automatic_reward": "never predicted; history with a reward of 0; begins no pair of trials",
    "invalid": "never predicted; no history",
}
"""Marks of trials, and what is done with them."""

KEPT = "kept: counts as any other trial"


@dataclass(frozen=True)
class UsableTrials:
    """The trials of one group.

    Attributes
    ----------
    recording : xarray.Dataset
        In which `forced` marks all that must not be predicted.
    trials : ChoiceTrials
        The same as plain arrays.
    earned : boolean array (trial,)
        Whether the outcome was earned; false where water was automatic.
    label : integer array (session,)
        Session, as the recording numbers it within its subject.
    of_subject : integer array (session,)
        Subject of each session.
    counts : integer array (subject, mark)
        Trials that carry each of `MARKS`.
    n_trials, n_used : integer arrays (subject,)
        Trials recorded, and those whose choice may be predicted.
    """

    recording: xr.Dataset
    trials: ChoiceTrials
    earned: BoolArray
    label: IntArray
    of_subject: IntArray
    counts: IntArray
    n_trials: IntArray
    n_used: IntArray

    @property
    def n_sessions(self) -> IntArray:
        """Sessions of each subject."""
        return np.bincount(self.of_subject, minlength=len(self.trials.subjects)).astype(np.int64)


def check_keep(keep: Sequence[str]) -> None:
    """Raise `AnalysisError` unless `keep` is a sequence of marks."""
    if isinstance(keep, str):
        raise AnalysisError(
            f"keep: found the text {keep!r}, expected a sequence of marks, such as ({keep!r},)"
        )
    for name in keep:
        if name not in MARKS:
            raise AnalysisError(
                f"keep: found {name!r}{did_you_mean(name, MARKS)}, expected some of {listed(MARKS)}"
            )


def select_usable(recording: xr.Dataset, keep: Sequence[str] = ()) -> UsableTrials:
    """Tell which trials of a recording count.

    Parameters
    ----------
    recording : xarray.Dataset
        A recording of choices between two options.
    keep : sequence of str
        Marks (`MARKS`) to ignore.

    Returns
    -------
    UsableTrials

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If no free, valid choice is left.
    AnalysisError
        If a value is out of range, or `keep` names no mark.
    """
    check_keep(keep)
    marks = _read_marks(recording)
    barred = np.zeros(recording.sizes["trial"], dtype=np.bool_)
    for name in ("forced", "stimulated", "automatic_reward"):
        if name not in keep:
            barred |= marks[name]
    usable = recording.drop_vars([name for name in keep if name in recording])
    usable = usable.assign(forced=("trial", barred.astype(np.int8)))
    trials = read_trials(usable)
    every = len(trials.subjects)
    if not trials.predicted.any():
        found = ", ".join(f"{int(marks[name].sum())} {name}" for name in MARKS)
        raise EmptySelectionError(
            f"choice: no free, valid choice is left of {barred.size} trial(s): {found}. Ignore a "
            f"mark by keep=(...), if its trials are to count"
        )
    first = np.unique(trials.session, return_index=True)[1]
    return UsableTrials(
        recording=usable,
        trials=trials,
        earned=~marks["automatic_reward"] | ("automatic_reward" in keep),
        label=recording["session"].values[first].astype(np.int64),
        of_subject=trials.subject[first],
        counts=np.stack(
            [np.bincount(trials.subject, marks[name], every) for name in MARKS], axis=1
        ).astype(np.int64),
        n_trials=np.bincount(trials.subject, minlength=every).astype(np.int64),
        n_used=np.bincount(trials.subject, trials.predicted, every).astype(np.int64),
    )


def _read_marks(recording: xr.Dataset) -> dict[str, BoolArray]:
    """Trials that carry each mark, boolean arrays (trial,)."""
    original = read_trials(recording)
    found = {name: read_flag(recording, name) for name in ("forced", "stimulated")}
    arms = recording[["choice", "reward", "subject", "session", "trial_in_session"]]
    if "automatic_reward" in recording:
        arms = arms.assign(automatic_reward=recording["automatic_reward"])
        found["automatic_reward"] = read_arm_trials(arms).automatic
    else:
        found["automatic_reward"] = np.zeros(original.choice.size, dtype=np.bool_)
    # A trial that nobody marked, but in which no choice was made, is as good as marked.
    found["invalid"] = ~original.valid
    return found
