"""What a network with an episodic memory stored and reinstated: plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.tasks.contract import Array, Task


@dataclass(frozen=True)
class MemoryLog:
    """What a network stored and reinstated; all arrays are (time step, session[, unit]).

    Attributes
    ----------
    gate : float32 ndarray, shape (time step, session, unit)
        Reinstatement gate of each unit. Without units, if they were not asked for.
    share : float32 ndarray
        How much of the cell state came from memory: the summed size of what was reinstated in all
        units, as a share of the summed sizes of what was kept, written and reinstated.
    retrieved : int64 ndarray
        Time step at which the reinstated cell state was stored; -1 where none was.
    stored : bool ndarray
        Whether the cell state after the time step was stored.
    """

    gate: Array
    share: Array
    retrieved: Array
    stored: Array

    def retrieved_trial(self, trial: Array) -> Array:
        """Return the trial whose stored state was reinstated at each time step; -1 where none was.

        Parameters
        ----------
        trial : ndarray of int64, shape (time step, session)
            Trial of each time step.
        """
        past = np.take_along_axis(trial, np.maximum(self.retrieved, 0), axis=0)
        return np.where(self.retrieved < 0, -1, past)


def require_context(task: Task) -> None:
    """Raise a ValueError unless the task names a context, the key of the memory."""
    if not task.context:
        raise ValueError(
            f"task {task.name!r} names no context, which is the key of an episodic memory. "
            "Leave out memory = 'episodic', use a task that names one, such as "
            "'episodic_two_step', or define the property `context` in your task (see "
            "pfc_analysis.tasks.contract.Task.context)."
        )


def count_cues(task: Task) -> tuple[int, int]:
    """Return how many cues a network with a memory reads, and how many name the context."""
    n_context = len(task.context)
    return len(task.cues) - (0 if task.context_is_input else n_context), n_context
