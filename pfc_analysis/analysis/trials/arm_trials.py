"""Read trials of a choice between arms: what was earned, and which choices count.

A choice *counts* in these analyses if it was free and valid, and no automatic water was delivered
in that trial (`automatic_reward`). Trials with other flags, such as `stimulated`, can be left out
by name. A choice that does not count is never predicted and never a success. It remains in the
history of later trials, since the subject experienced it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
    listed,
)
from pfc_analysis.analysis.trials.choice_trials import (
    ChoiceTrials,
    check_values,
    read_flag,
    read_trials,
    read_variable,
)

ARM_PROBABILITIES = ("base_probability", "reward_probability")
"""Variables with the arms' probabilities; the first is preferred, as baiting changes the second."""

LEFT, RIGHT = 0, 1


@dataclass(frozen=True)
class ArmTrials:
    """Plain arrays on trial.

    Attributes
    ----------
    trials : ChoiceTrials
        Choices, subjects and sessions.
    counted : boolean array
        Whether the choice counts (see the module's rule).
    automatic : boolean array
        Whether automatic water, which was not earned, was delivered.
    reward : float array
        Reward earned by the choice; 0 where the trial is invalid or its water automatic.
    probability : float array (trial, arm), or None
        Scheduled probability of reward of each arm; of two, the left one first.
    segment : integer array
        Stretch of trials without a gap in the session's own count, from 0 over the recording.
    left_out : integer
        Trials that do not count because of a flag in `leave_out`.
    """

    trials: ChoiceTrials
    counted: BoolArray
    automatic: BoolArray
    reward: FloatArray
    probability: FloatArray | None
    segment: IntArray
    left_out: int

    @property
    def from_start(self) -> BoolArray:
        """Trials whose session has no gap in the file before them."""
        _, first = np.unique(self.segment, return_index=True)
        return np.asarray((self.trials.position[first] == 0)[self.segment], dtype=np.bool_)

    def by_subject(self) -> Iterator[tuple[str, IntArray, ArmTrials]]:
        """Name, indices of the trials and the trials of every subject, in order of appearance.

        A large array that is made from one subject's trials need not fit in memory for all.
        """
        for index, name in self.trials.by_subject():
            rows = np.flatnonzero(self.trials.subject == index)
            names = ("counted", "automatic", "reward", "segment")
            parts: dict[str, Any] = {each: getattr(self, each)[rows] for each in names}
            if self.probability is not None:
                parts["probability"] = self.probability[rows]
            yield name, rows, replace(self, trials=self.trials.select(rows), **parts)

    def counts(self) -> dict[str, Any]:
        """Attributes for a result: how many trials there were and how many did not count."""
        return self.trials.counts() | {
            "n_trials_automatic_reward": int(self.automatic.sum()),
            "n_trials_left_out": self.left_out,
            "n_trials_counted": int(self.counted.sum()),
        }

    def require_counted(self, question: str) -> None:
        """Raise `EmptySelectionError` if no choice counts."""
        if not self.counted.any():
            raise EmptySelectionError(
                f"choice: found no choice that counts, so none can {question}: {self.counts()}"
            )


def read_arm_trials(
    recording: xr.Dataset, leave_out: Sequence[str] = (), *, two_arms: bool = True
) -> ArmTrials:
    """Read choices between arms, what they earned, and which of them count.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `pfc_analysis.analysis.trials.choice_trials.read_trials`, reward at least 0 where the
        choice is valid; `automatic_reward` (0 or 1) and `base_probability` or `reward_probability`,
        all on (`trial`, `arm`), where it has them.
    leave_out : sequence of str
        Names of flags (0 or 1 on `trial`); a trial with any of them set does not count.
    two_arms : bool
        Whether the analysis needs choices between two arms.

    Returns
    -------
    ArmTrials
        Arrays on trial.

    Raises
    ------
    MissingVariableError
        If a variable is missing, a flag in `leave_out` among them.
    AnalysisError
        If a value is out of range.
    """
    trials = read_trials(recording, two_arms=two_arms)
    automatic = read_automatic_reward(recording)
    flagged = np.zeros(trials.choice.size, dtype=np.bool_)
    for name in leave_out:
        read_variable(recording, name)
        flagged |= read_flag(recording, name)
    reward = np.where(trials.valid & ~automatic, trials.reward, 0.0)
    check_values("reward", reward, reward >= 0, "at least 0 where the choice is valid")
    starts = np.append(True, (np.diff(trials.session) != 0) | (np.diff(trials.position) != 1))
    return ArmTrials(
        trials=trials,
        counted=trials.predicted & ~automatic & ~flagged,
        automatic=automatic,
        reward=reward,
        probability=_read_probability(recording, trials, two_arms),
        segment=(np.cumsum(starts) - 1).astype(np.int64),
        left_out=int(np.sum(flagged & trials.predicted & ~automatic)),
    )


def read_automatic_reward(recording: xr.Dataset) -> BoolArray:
    """Find the trials in which automatic water was delivered at either arm; boolean (trial,)."""
    name = "automatic_reward"
    if name not in recording:
        return np.zeros(recording.sizes["trial"], dtype=np.bool_)
    at_arm = read_variable(recording, name)
    if at_arm.ndim != 2 or not np.isin(at_arm, (0, 1)).all():
        raise AnalysisError(
            f"{name}: found dimensions {listed(recording[name].dims)} and values from "
            f"{at_arm.min()} to {at_arm.max()}, expected 0 or 1 on (trial, arm)"
        )
    return np.asarray(at_arm.any(axis=1), dtype=np.bool_)


def require_probability(arms: ArmTrials, question: str) -> FloatArray:
    """Return the arms' probabilities, or raise `MissingVariableError`."""
    if arms.probability is None:
        raise MissingVariableError(
            f"base_probability, reward_probability: the recording has neither, so it does not say "
            f"{question}. Add one of them on (trial, arm), left arm first, where the data are read."
        )
    return arms.probability


def _read_probability(
    recording: xr.Dataset, trials: ChoiceTrials, two_arms: bool
) -> FloatArray | None:
    """Read scheduled probabilities (trial, arm); None where the recording has none."""
    for name in ARM_PROBABILITIES:
        if name in recording:
            found = read_variable(recording, name).astype(np.float64)
            if two_arms and found.shape[1:] != (2,):
                raise AnalysisError(
                    f"{name}: found shape {found.shape}, expected (trial, 2), left arm first"
                )
            check_choices_have_arms(name, found, trials)
            check_values(name, found, np.all(np.isfinite(found), axis=1), "finite numbers")
            return found
    return None


def check_choices_have_arms(name: str, values: FloatArray, trials: ChoiceTrials) -> None:
    """Raise `AnalysisError` unless a variable has a column for every arm that was chosen."""
    highest = int(trials.choice.max())
    if values.ndim != 2 or values.shape[1] <= highest:
        raise AnalysisError(
            f"{name}: found shape {values.shape}, but choices up to {highest}; expected (trial, "
            f"arm) with at least {highest + 1} arms, arm 0 first"
        )
