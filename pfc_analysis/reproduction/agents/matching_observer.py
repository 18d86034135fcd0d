"""The ideal observer of the matching task, which agents are compared with."""

from __future__ import annotations

import xarray as xr

from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.matching import Matching

OBSERVER = "observer"
"""Name of the observer in figures: Bayesian and greedy, it knows the rule of the task and the
range of reward rates in training."""

SESSIONS = 4000


def simulate_observer(seed: int) -> xr.Dataset:
    """Let the observer play the matching task over the whole range, in sessions of 100 trials.

    Parameters
    ----------
    seed : int
        Seed of the sessions.

    Returns
    -------
    xarray.Dataset
        A recording with one subject, `OBSERVER`.
    """
    task = Matching(range="whole", shortest=100)
    observer = BaitingObserver(prior="gaps")
    return simulate(observer, task, sessions=SESSIONS, seed=seed, subject=OBSERVER)
