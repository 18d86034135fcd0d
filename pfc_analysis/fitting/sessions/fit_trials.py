"""Read the trials of a recording for fits: one record for each trial, session after session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.learners.learner_replay import read_relative_state
from pfc_analysis.analysis.trials.arm_trials import read_automatic_reward
from pfc_analysis.analysis.trials.choice_trials import NONE, ChoiceTrials, read_flag, read_trials
from pfc_analysis.fitting.sessions.option_choices import name_options
from pfc_analysis.learners.definition.memory import TRIAL

MARKS = ("stimulated",)
"""Marks of trials whose choices are not predicted, besides forced and invalid ones and those with
automatic reward; they remain in the history that later choices are predicted from."""


@dataclass(frozen=True)
class FitTrials:
    """Trials of some sessions, in order.

    Attributes
    ----------
    questions : str
        Set of questions of the task, such as "two_step".
    subjects : tuple of str
        Names, in order of appearance.
    subject : int array (session,)
        Index into `subjects`.
    session : int array (session,)
        Number of the session in its recording, from 0 over all subjects.
    first : int array (session + 1,)
        Index of each session's first trial, and at the end the number of trials.
    records : records (trial,)
        Of type `pfc_analysis.learners.definition.memory.TRIAL`.
    rows : int array (trial,)
        Index of each trial in the recording.
    n_arms : int
        Number of arms.
    reward_scale : float
        What rewards were divided by: the largest in size.
    left_out : tuple of str
        Which subjects of the recording were left out, and why.
    """

    questions: str
    subjects: tuple[str, ...]
    subject: IntArray
    session: IntArray
    first: IntArray
    records: np.ndarray[Any, Any]
    rows: IntArray
    n_arms: int
    reward_scale: float
    left_out: tuple[str, ...] = ()

    @property
    def n_sessions(self) -> int:
        """Number of sessions."""
        return self.subject.size

    @property
    def n_predicted(self) -> IntArray:
        """Number of predicted choices of each session; int array (session,)."""
        total = np.append(0, np.cumsum(self.records["predicted"]))
        return np.asarray(total[self.first[1:]] - total[self.first[:-1]], dtype=np.int64)

    @property
    def session_of_trial(self) -> IntArray:
        """Index of the session of each trial, from 0; int array (trial,)."""
        return np.repeat(np.arange(self.n_sessions), np.diff(self.first))

    def select_sessions(self, sessions: IntArray) -> FitTrials:
        """Select sessions by their indices; all subjects keep their number and name."""
        length = np.diff(self.first)[sessions]
        first = np.append(0, np.cumsum(length))
        where = np.repeat(self.first[sessions] - first[:-1], length) + np.arange(first[-1])
        return replace(
            self,
            subject=self.subject[sessions],
            session=self.session[sessions],
            first=first.astype(np.int64),
            records=self.records[where],
            rows=self.rows[where],
        )

    def of_subject(self, index: int) -> FitTrials:
        """Select the sessions of one subject."""
        return self.select_sessions(np.flatnonzero(self.subject == index))

    def by_subject(self) -> Iterator[tuple[str, FitTrials]]:
        """Name and sessions of every subject, in order of appearance."""
        for index, name in enumerate(self.subjects):
            yield name, self.of_subject(index)


def read_fit_trials(recording: xr.Dataset, questions: str) -> FitTrials:
    """Read the trials of a recording for fits.

    A choice is predicted if it was free and valid, without automatic reward or stimulation. A
    learner learns from every valid trial, predicted or not; in the two-step task, from those with a
    second state. Where options change sides, choices are those of options (`name_options`).
    Subjects without a choice to predict, or with the same choice in all trials, are left out, which
    `left_out` says.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `pfc_analysis.analysis.trials.choice_trials.read_trials`, with any number of arms; in
        the two-step task two, and `second_state` and `common_transition`.
    questions : str
        Set of questions of the task, such as "two_step".

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If no subject is left.
    AnalysisError
        If a value is out of range.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning()
    >>> played = pfc.simulate(learner, Bandit(), sessions=10, seed=1, subject="one")
    >>> trials = read_fit_trials(played, "bandit")
    >>> trials.subjects, trials.n_sessions, trials.n_arms
    (('one',), 10, 2)
    """
    two_step = questions == "two_step"
    recording = name_options(recording)
    trials = read_trials(recording, two_arms=two_step)
    state = np.full(trials.choice.size, NONE, dtype=np.int64)
    if two_step:
        state = read_relative_state(recording, trials)
    learned = trials.valid & (state >= 0) if two_step else trials.valid
    marked = read_automatic_reward(recording)
    for name in MARKS:
        marked = marked | read_flag(recording, name)
    scale = _scale_of(trials.reward[trials.valid])
    records = np.zeros(trials.choice.size, TRIAL)
    records["choice"], records["second_state"] = trials.choice, state
    records["reward"] = np.where(trials.valid, trials.reward, 0.0) / scale
    records["rewarded"] = records["reward"] > 0
    records["predicted"], records["learned"] = trials.predicted & ~marked, learned
    unusable = _find_unusable(trials, records)
    if len(unusable) == len(trials.subjects):
        raise EmptySelectionError(
            f"choice: {'; '.join(unusable.values())}. Check the column of choices"
        )
    begins = np.flatnonzero(np.diff(trials.session, prepend=-1))
    everything = FitTrials(
        questions=questions,
        subjects=trials.subjects,
        subject=trials.subject[begins],
        session=trials.session[begins],
        first=np.append(begins, trials.choice.size).astype(np.int64),
        records=records,
        rows=np.arange(trials.choice.size),
        n_arms=max(2, int(trials.choice.max()) + 1),
        reward_scale=scale,
        left_out=tuple(unusable.values()),
    )
    return _leave_out(everything, list(unusable)) if unusable else everything


def _leave_out(trials: FitTrials, subjects: list[int]) -> FitTrials:
    """Leave out subjects, and number the others anew."""
    kept = [index for index in range(len(trials.subjects)) if index not in subjects]
    chosen = trials.select_sessions(np.flatnonzero(np.isin(trials.subject, kept)))
    return replace(
        chosen,
        subjects=tuple(trials.subjects[index] for index in kept),
        subject=np.searchsorted(kept, chosen.subject).astype(np.int64),
    )


def _scale_of(reward: FloatArray) -> float:
    largest = float(np.max(np.abs(reward), initial=0.0))
    return largest if largest > 0 else 1.0


def _find_unusable(trials: ChoiceTrials, records: np.ndarray[Any, Any]) -> dict[int, str]:
    """Find subjects whose choices fits cannot explain: why, by their index."""
    found = {}
    for index, name in trials.by_subject():
        own = trials.subject == index
        made = trials.choice[own & (records["predicted"] == 1)]
        if made.size == 0:
            found[index] = (
                f"subject {name!r} has no free valid choice to predict, of {int(own.sum())} trials"
            )
        elif np.all(made == made[0]):
            found[index] = (
                f"subject {name!r} made the same choice ({made[0]}) in all {made.size} trials, so "
                "no learner's parameters can be estimated"
            )
    return found
