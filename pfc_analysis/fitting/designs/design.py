"""Sessions in which a player makes new choices and gets new outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.fitting.sessions.fit_trials import FitTrials


@dataclass(frozen=True)
class RewardSizes:
    """What an option pays: the rewards that were observed, as shares of the largest in size.

    Attributes
    ----------
    win, loss : float arrays (size,)
        Rewards above 0, and rewards of at most 0. Where they differ, a new outcome draws one of
        them at random.
    """

    win: FloatArray
    loss: FloatArray


@dataclass(frozen=True)
class Design:
    """Sessions, lengths, forced and invalid trials of a recording, and what pays when.

    Attributes
    ----------
    trials : FitTrials
        The trials of the recording. Choices that fits do not predict (forced, stimulated, with
        automatic reward) are made again as recorded, and invalid trials stay invalid.
    drawn : boolean array (trial,)
        Whether the outcome is drawn anew. It is not in invalid trials, in trials with automatic
        reward, and in those of the two-step task that reached no second state.
    common : float array (session,)
        Probability of a common transition; NaN where the task has no second state.
    mirrored : boolean array (session,)
        Whether second state 1 is the one that choice 0 commonly leads to.
    probability : float array (trial, option)
        Probability of reward of each arm. In the two-step task of each second state, as the choice
        that commonly leads to it.
    baited : boolean array (session,)
        Whether a reward that was not collected stays at its arm. `probability` is then that of a
        new reward.
    role : int array (trial, option)
        What the option pays: an index into `sizes`.
    sizes : tuple of RewardSizes
        One for all options; in risky choice of the safe and of the risky option.
    notes : tuple of str
        What was estimated, and what the design cannot do, in sentences.
    """

    trials: FitTrials
    drawn: BoolArray
    common: FloatArray
    mirrored: BoolArray
    probability: FloatArray
    baited: BoolArray
    role: IntArray
    sizes: tuple[RewardSizes, ...]
    notes: tuple[str, ...]

    @property
    def two_step(self) -> bool:
        """Whether a choice leads to a second state."""
        return self.trials.questions == "two_step"

    def select_sessions(self, sessions: IntArray) -> Design:
        """Select sessions by their indices, in any order and any number of times."""
        first = self.trials.first
        rows = [np.arange(first[one], first[one + 1]) for one in sessions]
        where = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
        on_trial: dict[str, Any] = {
            name: getattr(self, name)[where] for name in ("drawn", "probability", "role")
        }
        on_session: dict[str, Any] = {
            name: getattr(self, name)[sessions] for name in ("common", "mirrored", "baited")
        }
        chosen = self.trials.select_sessions(sessions)
        return replace(self, trials=chosen, **on_trial, **on_session)

    def of_subject(self, index: int) -> Design:
        """Select the sessions of one subject."""
        return self.select_sessions(np.flatnonzero(self.trials.subject == index))

    def by_subject(self) -> Iterator[tuple[str, Design]]:
        """Name and sessions of every subject, in order of appearance."""
        for index, name in enumerate(self.trials.subjects):
            yield name, self.of_subject(index)

    def repeat(self, times: int) -> Design:
        """Repeat all sessions of every subject, to see what more data would tell."""
        own = (np.flatnonzero(self.trials.subject == k) for k in range(len(self.trials.subjects)))
        return self.select_sessions(np.concatenate([np.tile(one, times) for one in own]))
