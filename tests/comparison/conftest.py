"""Recordings of simulated subjects, small enough to compare in a moment."""

import numpy as np
import pytest
import xarray as xr


def simulate_arms(
    subjects=("a", "b", "c", "d", "e"),
    n_sessions=5,
    n_trials=120,
    seed=0,
    *,
    reward_weight=1.5,
    block=40,
    regime=False,
    **marks,
):
    """Two arms that pay by blocks; subjects repeat what was rewarded, more or less."""
    rng = np.random.default_rng(seed)
    parts = []
    for name in subjects:
        weight = reward_weight + rng.normal(0, 0.3)
        for session in range(n_sessions):
            rich = rng.integers(0, 2)
            which = (np.arange(n_trials) // block + rich) % 2
            pays = np.where(which[:, None] == np.arange(2), 0.7, 0.2)
            choice, reward = np.zeros(n_trials, int), np.zeros(n_trials)
            drive = 0.0
            for t in range(n_trials):
                choice[t] = rng.random() < 1 / (1 + np.exp(-drive))
                reward[t] = rng.random() < pays[t, choice[t]]
                drive = 0.5 * drive + weight * reward[t] * (2 * choice[t] - 1)
            parts.append(
                xr.Dataset(
                    {
                        "choice": ("trial", choice, {"labels": ["left", "right"]}),
                        "reward": ("trial", reward),
                        "reward_probability": (("trial", "arm"), pays),
                    }
                    | ({"regime": ("trial", which)} if regime else {}),
                    {
                        "subject": ("trial", np.repeat(name, n_trials)),
                        "session": ("trial", np.repeat(session, n_trials)),
                        "trial_in_session": ("trial", np.arange(n_trials)),
                        "arm": ["left", "right"],
                    },
                )
            )
    found = xr.concat(parts, "trial", data_vars="minimal", coords="minimal", compat="override",
                      combine_attrs="override")  # fmt: skip
    for mark, share in marks.items():
        flags = (rng.random(found.sizes["trial"]) < share).astype(np.int8)
        if mark == "automatic_reward":
            found[mark] = (("trial", "arm"), np.stack([flags, 0 * flags], axis=1))
        else:
            found[mark] = ("trial", flags)
    return found


def simulate_two_step(subjects="abcde", n_sessions=5, n_trials=150, seed=0, by=1.2):
    """Subjects that repeat what paid after common, and leave it after uncommon transitions."""
    rng = np.random.default_rng(seed)
    session = np.repeat(np.arange(n_sessions), n_trials)
    size = len(subjects) * n_sessions * n_trials
    common = (rng.random(size) < 0.8).astype(int)
    reward = rng.integers(0, 2, size).astype(float)
    choice = np.zeros(size, int)
    place = np.tile(np.arange(n_trials), len(subjects) * n_sessions)
    for t in range(size):
        before = t - 1
        drive = 0.0
        if place[t] > 0:
            drive = by * (1 if common[before] == reward[before] else -1) * (2 * choice[before] - 1)
        choice[t] = rng.random() < 1 / (1 + np.exp(-drive))
    return xr.Dataset(
        {
            "choice": ("trial", choice, {"labels": ["left", "right"]}),
            "reward": ("trial", reward),
            "common_transition": ("trial", common),
        },
        {
            "subject": ("trial", np.repeat(list(subjects), n_sessions * n_trials)),
            "session": ("trial", np.tile(session, len(subjects))),
            "trial_in_session": ("trial", place),
        },
    )  # fmt: skip


@pytest.fixture(scope="session")
def make_arms():
    return simulate_arms


@pytest.fixture(scope="session")
def make_two_step():
    return simulate_two_step
