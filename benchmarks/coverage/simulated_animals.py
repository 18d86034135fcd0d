"""Simulate animals whose true values are known, from a pool of learners that differ.

Each learner of the pool plays many sessions once; what is measured in these is its truth. The mean
over the pool is the truth of the population. A simulated experiment draws learners from the pool,
each of which plays a few new sessions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numba import njit

N_TRIALS, N_SESSIONS = 150, 6
LONG = 50
"""Sessions from which a learner's truth is measured."""


@dataclass(frozen=True)
class Pool:
    """Learners by the parameters of their choices, float array (learner, parameter)."""

    kind: str
    parameters: np.ndarray

    def play(self, chosen: np.ndarray, n_sessions: int, rng: np.random.Generator) -> xr.Dataset:
        """Let some learners play, each under a name of its own ("s3" for the fourth)."""
        n = chosen.size * n_sessions
        owner = np.repeat(chosen, n_sessions)
        uniforms = rng.random((n, N_TRIALS, 3))
        play = _play_arms if self.kind == "bandit" else _play_two_step
        choice, reward, extra = play(self.parameters[owner], uniforms)
        variables = {
            "choice": ("trial", choice.ravel(), {"labels": ["left", "right"]}),
            "reward": ("trial", reward.ravel()),
        }
        if self.kind == "bandit":
            right = extra.ravel() > 0
            pays = np.where(right[:, None] == (np.arange(2) == 1), 0.7, 0.2)
            variables["reward_probability"] = (("trial", "arm"), pays)
        else:
            variables["common_transition"] = ("trial", extra.ravel())
        names = np.array([f"s{place}" for place in range(chosen.size)])
        return xr.Dataset(
            variables,
            {
                "subject": ("trial", np.repeat(names, n_sessions * N_TRIALS)),
                "session": ("trial", np.tile(np.repeat(np.arange(n_sessions), N_TRIALS),
                                             chosen.size)),
                "trial_in_session": ("trial", np.tile(np.arange(N_TRIALS), n)),
                **({"arm": ["left", "right"]} if self.kind == "bandit" else {}),
            },
        )  # fmt: skip


def make_pool(kind: str, n_learners: int, rng: np.random.Generator) -> Pool:
    """Draw learners: how much they follow reward, repeat themselves, and prefer the right side."""
    columns = [rng.gamma(6.0, 0.25, n_learners), rng.normal(0.3, 0.3, n_learners),
               rng.normal(0.0, 0.3, n_learners)]  # fmt: skip
    return Pool(kind, np.stack(columns, axis=1))


@njit(cache=True)
def _play_arms(parameters, uniforms):
    """Two arms that pay .7 and .2 and change places every 40 trials; right pays first at random."""
    n, n_trials = uniforms.shape[0], uniforms.shape[1]
    choice, right = np.zeros((n, n_trials), np.int64), np.zeros((n, n_trials), np.int64)
    reward = np.zeros((n, n_trials))
    for s in range(n):
        drive, last, first = 0.0, 0.0, uniforms[s, 0, 2] < 0.5
        for t in range(n_trials):
            right[s, t] = ((t // 40) % 2 == 0) == first
            log_odds = drive + parameters[s, 1] * last + parameters[s, 2]
            choice[s, t] = uniforms[s, t, 0] < 1 / (1 + np.exp(-log_odds))
            pays = 0.7 if choice[s, t] == right[s, t] else 0.2
            reward[s, t] = 1.0 * (uniforms[s, t, 1] < pays)
            last = 2.0 * choice[s, t] - 1
            drive = 0.5 * drive + parameters[s, 0] * reward[s, t] * last
    return choice, reward, right


@njit(cache=True)
def _play_two_step(parameters, uniforms):
    """Repeat what paid after common transitions, leave what paid after uncommon ones."""
    n, n_trials = uniforms.shape[0], uniforms.shape[1]
    choice, common = np.zeros((n, n_trials), np.int64), np.zeros((n, n_trials), np.int64)
    reward = np.zeros((n, n_trials))
    for s in range(n):
        drive, last = 0.0, 0.0
        for t in range(n_trials):
            log_odds = drive + parameters[s, 1] * last + parameters[s, 2]
            choice[s, t] = uniforms[s, t, 0] < 1 / (1 + np.exp(-log_odds))
            common[s, t] = uniforms[s, t, 1] < 0.8
            reward[s, t] = 1.0 * (uniforms[s, t, 2] < 0.5)
            last = 2.0 * choice[s, t] - 1
            agree = 1.0 if common[s, t] == reward[s, t] else -1.0
            drive = 0.4 * drive + parameters[s, 0] * agree * last
    return choice, reward, common
