"""Select the trials that a comparison analyses, and count the others.

| mark | analysed as a choice | past experience for later trials |
|---|---|---|
| `forced` | no | yes |
| `stimulated` | no | yes |
| `automatic_reward` | no | yes, without reward; the next trial does not count as staying or not |
| `invalid` | no | no |

``keep`` names marks to ignore: their trials are analysed as any other. No trial of a session is
analysed as a choice if more than `MOST_AUTOMATIC` of its trials have automatic reward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, listed
from pfc_analysis.analysis.trials.arm_trials import (
    ArmTrials,
    read_arm_trials,
    read_automatic_reward,
)
from pfc_analysis.analysis.trials.choice_trials import (
    BoolArray,
    ChoiceTrials,
    IntArray,
    read_common_transition,
    read_flag,
    read_trials,
)
from pfc_analysis.recording.schema import did_you_mean

MARKS = {
    "forced": (
        "Forced trials are not analysed as choices, but they count as past experience for later "
        "trials."
    ),
    "stimulated": (
        "Stimulated trials are not analysed as choices, but they count as past experience for "
        "later trials."
    ),
    "automatic_reward": (
        "Trials with automatic reward are not analysed as choices. They count as past experience "
        "without reward, and the choice right after them is counted neither as staying nor as "
        "switching. Sessions in which more than 10 % of the trials have automatic reward are left "
        "out."
    ),
    "invalid": "Invalid trials are neither analysed as choices nor counted as past experience.",
}
"""Marks of trials, and what a comparison does with these trials."""

KEPT = "Trials marked {mark} were kept: they are analysed as any other trial."


MOST_AUTOMATIC = 0.1
"""Largest share of trials with automatic reward in a session that is analysed."""


@dataclass(frozen=True)
class UsableTrials:
    """The trials of one group, as plain arrays.

    Attributes
    ----------
    recording : xarray.Dataset
        Its variable `forced` marks all trials that are not analysed as choices.
    trials : ChoiceTrials
        Choices, subjects and sessions.
    earned : boolean array (trial,)
        Whether the outcome was earned; false where the reward was automatic.
    label : integer array (session,)
        Number of the session within its subject, as recorded.
    of_subject : integer array (session,)
        Subject of each session.
    counts : integer array (subject, mark)
        Trials that carry each of `MARKS`.
    n_trials, n_used : integer arrays (subject,)
        Trials recorded, and trials that are analysed as choices.
    """

    recording: xr.Dataset
    trials: ChoiceTrials
    earned: BoolArray
    label: IntArray
    of_subject: IntArray
    counts: IntArray
    n_trials: IntArray
    n_used: IntArray

    @cached_property
    def arms(self) -> ArmTrials:
        """Rewards and reward probabilities of the two arms, for tasks with arms."""
        return read_arm_trials(self.recording)

    @cached_property
    def common(self) -> IntArray:
        """Whether the transition was common (1 yes, 0 no, -1 none), for the two-step task."""
        return read_common_transition(self.recording)

    @property
    def n_sessions(self) -> IntArray:
        """Number of sessions of each subject."""
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


def select_usable(
    recording: xr.Dataset,
    keep: Sequence[str] = (),
    leave_out: Callable[[xr.Dataset], BoolArray] | None = None,
) -> UsableTrials:
    """Select the trials of a recording that are analysed.

    Parameters
    ----------
    recording : xarray.Dataset
        A recording of choices between two options.
    keep : sequence of str
        Marks (`MARKS`) to ignore.
    leave_out : callable, optional
        From the recording to further choices that are not analysed, boolean array (trial,).

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
    if leave_out is not None:
        barred |= leave_out(recording)
    if "automatic_reward" not in keep:
        barred |= _find_untrained(recording, marks["automatic_reward"])
    usable = recording.drop_vars([name for name in keep if name in recording])
    usable = usable.assign(forced=("trial", barred.astype(np.int8)))
    trials = read_trials(usable)
    every = len(trials.subjects)
    if not trials.predicted.any():
        found = ", ".join(f"{int(marks[name].sum())} {name}" for name in MARKS)
        raise EmptySelectionError(
            f"choice: no free, valid choice is left of {barred.size} trial(s): {found}. To analyse "
            "trials with a mark like any other, name it in keep=(...)"
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


def _find_untrained(recording: xr.Dataset, automatic: BoolArray) -> BoolArray:
    """Find the trials of sessions with much automatic reward, boolean array (trial,)."""
    session = read_trials(recording).session
    share = np.bincount(session, automatic) / np.bincount(session)
    return np.asarray((share > MOST_AUTOMATIC)[session], dtype=np.bool_)


def _read_marks(recording: xr.Dataset) -> dict[str, BoolArray]:
    """Find the trials that carry each mark, boolean arrays (trial,)."""
    # Read first: its errors say which variable a recording of another kind lacks. Trials without a
    # choice are invalid, too, although nobody marked them.
    invalid = ~read_trials(recording).valid
    return {
        "forced": read_flag(recording, "forced"),
        "stimulated": read_flag(recording, "stimulated"),
        "automatic_reward": read_automatic_reward(recording),
        "invalid": invalid,
    }
