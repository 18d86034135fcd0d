"""Which side was the better one, as each outcome of a two-armed task tells: y = 1 for right.

Where one arm pays with q and the other with 1 - q, reward on the right speaks for the right arm
exactly as no reward on the left does, so that one signal holds all that an outcome teaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.choice_trials import (
    ChoiceTrials,
    FloatArray,
    IntArray,
    NumberArray,
    read_trials,
)


@dataclass(frozen=True)
class SideTable:
    """Trials of a recording by session; sessions are as long as the longest.

    Attributes
    ----------
    trials : ChoiceTrials
        The same as plain arrays on trial.
    choice, signal : integer arrays (session, trial in session)
        0 left, 1 right; which side the outcome spoke for. -1 where no choice was valid, and past a
        session's end.
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
        """Values on trial by session, (session, trial in session), `missing` past their ends."""
        table = np.full(self.choice.shape, missing, values.dtype)
        table[self.trials.session, self.place] = values
        return table

    def unsort(self, table: NumberArray) -> NumberArray:
        """Values (session, trial in session) back on trial."""
        return np.asarray(table[self.trials.session, self.place])


def read_side_table(recording: xr.Dataset) -> SideTable:
    """Read choices and what their outcomes say of the sides.

    Parameters
    ----------
    recording : xarray.Dataset
        As `read_trials`; a trial is rewarded if its reward is above 0.

    Returns
    -------
    SideTable
        Forced trials are in it: what they paid was seen.
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


class SideLearner(Protocol):
    """A learner of the better side; see `simulate` for how it plays."""

    def begin(self, n_sessions: int) -> Any:
        """State at the start of a session."""

    @property
    def learn(self) -> Callable[..., None]:
        """Update the state in place, by ``learn(state, choice, reward)``."""

    def describe(self, state: Any) -> dict[str, FloatArray]:
        """Say what is believed before a trial, by name; float arrays (session,)."""


DESCRIPTIONS = {
    "predicted_right": "probability that the right side is the one to choose, before the outcome",
    "predicted_right_sd": "standard deviation of that probability under the posterior",
    "volatility": "expected volatility, before the outcome",
    "volatility_sd": "standard deviation of volatility under the posterior",
    "regime": "probability that the regime is volatile, before the outcome",
    "learning_rate": "effective learning rate: change of the prediction by this trial's outcome, "
    "as a share of its prediction error",
}


def replay_side_learner(
    learner: SideLearner, recording: xr.Dataset, sessions_at_once: int = 64
) -> xr.Dataset:
    """Let a learner watch recorded choices and outcomes.

    Parameters
    ----------
    learner : SideLearner
        `pfc_analysis.analysis.learners.bayesian_volatility.BayesianVolatility` or
        `pfc_analysis.analysis.learners.hazard_observer.HazardObserver`.
    recording : xarray.Dataset
        `choice`, `reward` on `trial` with `subject`, `session` and `trial_in_session`.
    sessions_at_once : int
        Changes memory and time, not the result.

    Returns
    -------
    xarray.Dataset
        On `trial`: what the learner's `describe` says before each outcome.
    """
    table = read_side_table(recording)
    n_sessions, n_trials = table.choice.shape
    found: dict[str, FloatArray] = {}
    for start in range(0, n_sessions, sessions_at_once):
        block = slice(start, start + sessions_at_once)
        choice, signal = table.choice[block], table.signal[block]
        state = learner.begin(len(choice))
        for t in range(n_trials):
            for name, values in learner.describe(state).items():
                full = found.setdefault(name, np.empty((n_sessions, n_trials)))
                full[block, t] = values
            # The reward that gives this signal with this choice.
            learner.learn(state, choice[:, t], (choice[:, t] == signal[:, t]).astype(np.float64))
    coords = ("subject", "session", "trial_in_session")
    result = xr.Dataset(
        {
            name: ("trial", table.unsort(values), {"long_name": DESCRIPTIONS[name]})
            for name, values in found.items()
        },
        coords={name: ("trial", recording[name].values) for name in coords},
    )
    result.attrs = {"learner": repr(learner)[:500]} | table.trials.counts()
    return result


def read_outcome(choice: IntArray, reward: FloatArray) -> tuple[IntArray, IntArray]:
    """Sessions with a valid choice, and the side (0 left, 1 right) that their outcomes speak for.

    Raises
    ------
    AnalysisError
        If a choice is none of 0, 1 and -1.
    """
    choice = np.asarray(choice)
    rows = np.flatnonzero(choice != -1)
    wrong = choice[rows][(choice[rows] != 0) & (choice[rows] != 1)]
    if wrong.size:
        raise AnalysisError(f"choice: found {wrong[0]}, expected 0 (left), 1 (right) or -1 (none)")
    paid = np.asarray(reward)[rows] > 0
    return rows, (choice[rows] == paid).astype(np.int64)


def choose_side(predicted_right: FloatArray, inverse_temperature: float) -> FloatArray:
    r"""Probabilities of left and right from that of right being better; (session, 2).

    Right has the logistic function of :math:`\beta (2 r - 1)`; for infinite :math:`\beta` the
    likelier side is chosen, each with one half where they are equal.
    """
    from scipy.special import expit

    lean = 2.0 * predicted_right - 1.0
    if np.isinf(inverse_temperature):
        # Closer to even than rounding can tell.
        right = np.where(np.abs(lean) < 1e-12, 0.5, lean > 0)
    else:
        right = expit(inverse_temperature * lean)
    return np.stack([1.0 - right, right], axis=1)
