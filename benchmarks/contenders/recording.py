"""Contenders: training with and without a callback that receives activity; and recording."""

from __future__ import annotations

from collections.abc import Callable

from contenders.engine import EXPERIMENT, learn, trained_replica

from pfc_analysis.recording.record import record_replica
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_experiment, shipped_agent

SESSIONS = 64


def learn_with(recording: bool) -> Callable[[], float]:
    """Return a function that makes one update and returns the number of steps.

    Parameters
    ----------
    recording : bool
        Whether a callback receives hidden states, cell states, values and what was played. These
        are the engine's own arrays; the time to copy or analyse them is not measured.
    """
    replica = trained_replica("compiled", SESSIONS)
    kept: list[Activity] = []

    def keep(activity: Activity) -> None:
        kept[:] = [activity]

    return lambda: learn(replica, keep if recording else None)


def record() -> Callable[[], float]:
    """Return a function that records a replica as a dataset and returns the number of steps."""
    folder = list_replicas(shipped_agent(EXPERIMENT))[0]
    recipe = find_experiment(EXPERIMENT).recipe
    steps = SESSIONS * recipe.testing_task().max_steps

    def work() -> float:
        record_replica(recipe, folder, recipe.testing_task(), SESSIONS, seed=0)
        return steps

    return work
