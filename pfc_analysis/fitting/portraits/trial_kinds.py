"""The kinds of trials that a portrait has a curve for: what was chosen, seen and paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.network_inputs import STATES
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

NO_STATE = -1
"""Second state of trials in tasks that have none."""

DIMENSION = "trial_kind"


@dataclass(frozen=True)
class TrialKinds:
    """Kinds of trials, in order of choice, then second state, then reward.

    Attributes
    ----------
    choice, second_state : int arrays (trial_kind,)
        The arm; the state, as the choice that commonly leads to it, or -1.
    reward : float array (trial_kind,)
        Reward, as a share of the largest in size.
    """

    choice: IntArray
    second_state: IntArray
    reward: FloatArray

    @property
    def names(self) -> list[str]:
        """Names such as "choice 0, state 1, reward 1"."""
        return [
            f"choice {choice}, " + (f"state {state}, " if state >= 0 else "") + f"reward {reward:g}"
            for choice, state, reward in zip(
                self.choice, self.second_state, self.reward, strict=True
            )
        ]

    def coordinates(self) -> dict[str, tuple[str, object]]:
        """Coordinates of a dataset with the dimension `trial_kind`."""
        return {
            DIMENSION: (DIMENSION, self.names),
            "choice": (DIMENSION, self.choice),
            "second_state": (DIMENSION, self.second_state),
            "reward": (DIMENSION, self.reward),
        }

    def number(self, trials: FitTrials) -> IntArray:
        """Find the kind of each trial; -1 if it is none of them, or nothing was learned from it.

        Returns
        -------
        int array (trial,)
        """
        records = trials.records
        same = (
            (records["choice"][:, None] == self.choice)
            & (records["second_state"][:, None] == self.second_state)
            & np.isclose(records["reward"][:, None], self.reward)
            & (records["learned"] == 1)[:, None]
        )
        return np.where(same.any(axis=1), same.argmax(axis=1), -1)


def list_trial_kinds(
    questions: str, n_arms: int, rewards: Sequence[float] = (0.0, 1.0)
) -> TrialKinds:
    """List the kinds of trials of a task.

    Parameters
    ----------
    questions : str
        Set of questions of the task; "two_step" has second states.
    n_arms : int
        Number of arms.
    rewards : sequence of float
        Rewards to tell apart, as shares of the largest in size.

    Raises
    ------
    AnalysisError
        If no reward is given, or one is no finite number.

    Examples
    --------
    >>> from pfc_analysis.fitting.portraits.trial_kinds import list_trial_kinds
    >>> list_trial_kinds("bandit", n_arms=2).names
    ['choice 0, reward 0', 'choice 0, reward 1', 'choice 1, reward 0', 'choice 1, reward 1']
    """
    values = np.asarray(rewards, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise AnalysisError(f"rewards: found {rewards!r}, expected one or more finite numbers")
    states = np.arange(STATES) if questions == "two_step" else np.array([NO_STATE])
    choice, state, reward = np.meshgrid(np.arange(n_arms), states, values, indexing="ij")
    return TrialKinds(choice.ravel(), state.ravel(), reward.ravel())


def describe(dataset: xr.Dataset) -> xr.Dataset:
    """Add to the variables of a portrait what they are, and their units."""
    meanings = {
        "log_odds": "log-odds of the arm against arm 0, before the trial",
        "change": "change of the log-odds by the trial",
        "state": "state of the units, before the trial",
        "state_change": "change of the state by the trial",
        "modulus": "size of the largest eigenvalue of the Jacobian: below 1, the point attracts",
        "eigenvalue_real": "eigenvalues of the Jacobian, real part",
        "eigenvalue_imaginary": "eigenvalues of the Jacobian, imaginary part",
        "choice": "arm chosen, from 0",
        "second_state": "second state, as the choice that commonly leads to it; -1: none",
        "reward": "reward, as a share of the largest in size",
    }
    for name, meaning in meanings.items():
        if name in dataset.variables:
            dataset[name].attrs = {"description": meaning, "units": _unit_of(name)}
    return dataset


def log_odds_of(preferences: FloatArray, arm: int) -> FloatArray:
    """Compute the log-odds of an arm against arm 0 from preferences, (point, arm).

    Raises
    ------
    AnalysisError
        If there is no such arm, or it is arm 0.
    """
    if not 1 <= arm < preferences.shape[1]:
        raise AnalysisError(
            f"arm: found {arm}, expected 1 to {preferences.shape[1] - 1}; log-odds are against "
            "arm 0"
        )
    return np.asarray(preferences[:, arm] - preferences[:, 0], dtype=np.float64)


def _unit_of(name: str) -> str:
    return "nats" if name in ("log_odds", "change") else "1"
