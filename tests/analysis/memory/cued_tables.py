"""A plain simulation of the episodic two-step task and players of it, apart from the package."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

Values = dict[str, np.ndarray]


def play_cued(
    log_odds: Callable[[dict[str, Values]], np.ndarray],
    n_sessions: int = 40,
    seed: int = 0,
    *,
    subject: str = "one",
    n_trials: int = 100,
    common_probability: float = 0.9,
    reward_probability: float = 0.9,
    reversal: float = 0.1,
) -> xr.Dataset:
    """A player of the task; `log_odds` gives its log-odds of going right.

    It is called with "last" and "cued": choice side (1, -1; 0 for no such trial), outcome (0.5,
    -0.5) and transition (0.5 common, -0.5) of these trials in every session.
    """
    rng = np.random.default_rng(seed)
    half, quarter = n_trials // 2, n_trials // 4
    names = ("choice", "state", "reward")
    log = {name: np.zeros((n_sessions, n_trials), int) for name in names}
    parts = [np.full((n_sessions, half), -1)]
    for first in (0, quarter):
        drawn = [first + rng.permutation(quarter) for _ in range(n_sessions)]
        parts.append(np.array(drawn))
    cue = np.concatenate(parts, axis=1)
    better = rng.integers(0, 2, n_sessions)
    every = np.arange(n_sessions)
    for t in range(n_trials):
        better = np.where(rng.random(n_sessions) < reversal, 1 - better, better)
        seen = {
            "last": _look(log, every, np.full(n_sessions, t - 1)),
            "cued": _look(log, every, cue[:, t]),
        }
        right = 1 / (1 + np.exp(-log_odds(seen)))
        choice = (rng.random(n_sessions) < right).astype(int)
        common = rng.random(n_sessions) < common_probability
        state = np.where(common, choice, 1 - choice)
        pays = np.where(state == better, reward_probability, 1 - reward_probability)
        reward = (rng.random(n_sessions) < pays).astype(int)
        old = cue[:, t]
        again = (old >= 0) & (log["state"][every, old] == state)
        reward = np.where(again, log["reward"][every, old], reward)
        for name, values in zip(names, (choice, state, reward), strict=True):
            log[name][:, t] = values
    common = (log["choice"] == log["state"]).astype(int)
    flat = {"choice": log["choice"], "second_state": log["state"], "common_transition": common,
            "cued_trial": cue}  # fmt: skip
    variables = {name: ("trial", values.ravel()) for name, values in flat.items()}
    variables["reward"] = ("trial", log["reward"].ravel().astype(float))
    return xr.Dataset(
        variables,
        coords={
            "subject": ("trial", np.repeat(subject, n_sessions * n_trials)),
            "session": ("trial", np.repeat(every, n_trials)),
            "trial_in_session": ("trial", np.tile(np.arange(n_trials), n_sessions)),
        },
    )


def _look(log: Values, every: np.ndarray, row: np.ndarray) -> Values:
    choice, state, reward = (log[name][every, row] for name in ("choice", "state", "reward"))
    return {
        "side": np.where(row >= 0, 2.0 * choice - 1, 0.0),
        "outcome": reward - 0.5,
        "transition": (choice == state) - 0.5,
    }


def incremental_planner(seen: dict[str, Values], weight: float = 3.0) -> np.ndarray:
    """Infers which state pays from the last trial alone."""
    last = seen["last"]
    return weight * last["side"] * 2 * last["transition"] * last["outcome"]


def incremental_habit(seen: dict[str, Values], weight: float = 3.0) -> np.ndarray:
    """Repeats what paid in the last trial, whatever the transition."""
    return weight * seen["last"]["side"] * seen["last"]["outcome"]


def episodic_planner(seen: dict[str, Values], weight: float = 3.0) -> np.ndarray:
    """Goes to where the cued trial was rewarded, or away from there."""
    return incremental_planner({"last": seen["cued"]}, weight)


def episodic_habit(seen: dict[str, Values], weight: float = 3.0) -> np.ndarray:
    """Repeats the choice of the cued trial if it paid."""
    return incremental_habit({"last": seen["cued"]}, weight)


PLAYERS = {
    "incremental_model_based": incremental_planner,
    "incremental_model_free": incremental_habit,
    "episodic_model_based": episodic_planner,
    "episodic_model_free": episodic_habit,
}
"""Ideal players, by the only index that they may show."""
