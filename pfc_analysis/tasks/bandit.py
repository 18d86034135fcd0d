"""Two-armed bandits whose arms pay the same throughout a session (Wang et al. 2018, Fig. 1).

One step a trial: pull the left or the right arm, be rewarded or not. Nothing is shown but the number
of the trial; what the arms pay, the agent must find out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, check_probability

LEFT, RIGHT = range(2)

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("n_trials", np.int64),
        ("independent", np.int64),
        ("lowest", np.float64),
        ("highest", np.float64),
        ("left", np.float64),
        ("right", np.float64),
    ],
    align=True,
)

Arms = Literal["independent", "correlated", "easy", "medium", "hard", "fixed"]

CONTRASTS = {"easy": 0.1, "medium": 0.25, "hard": 0.4}
"""What the worse arm pays in correlated bandits of one difficulty."""


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step, which is one trial, of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 left, 1 right.
    uniform : ndarray, shape (2,)
        Random numbers; the first decides on reward.

    Returns
    -------
    float
        Reward, 1 or 0.
    """
    probability = session.left if action == LEFT else session.right
    session.trial += 1
    return 1.0 if uniform[0] < probability else 0.0
