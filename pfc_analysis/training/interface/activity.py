"""What agents did in whole sessions, and the states of their units: plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

import numpy as np

from pfc_analysis.tasks.contract import Array, StepLog
from pfc_analysis.training.interface.habit_log import HabitLog
from pfc_analysis.training.interface.memory_log import MemoryLog

UNIT_ARRAYS = ("hidden", "cell", "value", "feedback")


@dataclass(frozen=True)
class Activity:
    """Sessions that an agent played, and the states of its units.

    Attributes
    ----------
    log : StepLog
        What was shown, done and paid at each step.
    hidden, cell : float32 ndarray, shape (time step, session, unit)
        Output and cell state of the LSTM after each step.
    value : float32 ndarray, shape (time step, session)
        The critic's estimate of discounted future reward at each step.
    feedback : float32 ndarray, shape (time step, session)
        The reward or prediction error that the network reads at the next step, scaled as in its
        input. The last time step has no next one: its values have no meaning.
    memory : MemoryLog, optional
        What the network stored and reinstated, if it has an episodic memory.
    habit : HabitLog, optional
        What network and habit contributed to choices, if a habit learner stands beside it.
    """

    log: StepLog
    hidden: Array
    cell: Array
    value: Array
    feedback: Array
    memory: MemoryLog | None = None
    habit: HabitLog | None = None

    def arrays(self) -> dict[str, Array]:
        """Return all arrays by name, those of the log too, but not those of a memory or habit."""
        played = {field.name: getattr(self.log, field.name) for field in fields(self.log)}
        return played | {name: getattr(self, name) for name in UNIT_ARRAYS}


ActivityCallback = Callable[[Activity], None]
"""Function that is called with the sessions an agent plays while it trains."""


def join_activity(parts: Iterable[Activity], n_steps: int, n_sessions: int) -> Activity:
    """Copy the sessions of several parts into one, side by side.

    Parameters
    ----------
    parts : iterable of Activity
        Sessions of one agent. The arrays of a part may be overwritten once the next part is asked
        for.
    n_steps : int
        Largest number of steps that a session may have.
    n_sessions : int
        Number of sessions in all parts together.

    Returns
    -------
    Activity
        All sessions, in order. Shorter ones are filled up with inactive steps.
    """
    joined: dict[str, Array] = {}
    start = longest = 0
    for part in parts:
        played, stop = len(part.value), start + part.value.shape[1]
        longest = max(longest, played)
        for name, array in part.arrays().items():
            if name not in joined:
                joined[name] = np.zeros((n_steps, n_sessions, *array.shape[2:]), array.dtype)
            joined[name][:played, start:stop] = array
        start = stop
    hidden, cell, value, feedback = (joined.pop(name)[:longest] for name in UNIT_ARRAYS)
    log = StepLog(**{name: array[:longest] for name, array in joined.items()})
    return Activity(log, hidden, cell, value, feedback)
