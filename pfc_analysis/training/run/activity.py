"""What agents did in whole sessions, what their units did and what it came to: plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

import numpy as np

from pfc_analysis.tasks.contract import Array, StepLog


@dataclass(frozen=True)
class Activity:
    """Sessions as played with weights as they are.

    Attributes
    ----------
    log : StepLog
        What was shown, done and paid.
    hidden, cell : float32 ndarray, shape (time step, session, unit)
        Output and cell state of the LSTM after each step.
    value : float32 ndarray, shape (time step, session)
        Estimate of discounted future reward at each step.
    feedback : float32 ndarray, shape (time step, session)
        What the next step's input tells of the response, reward or prediction error, scaled as it
        is there. Of the last step of all sessions, which no step follows, it has no meaning.
    """

    log: StepLog
    hidden: Array
    cell: Array
    value: Array
    feedback: Array

    def arrays(self) -> dict[str, Array]:
        """Those of the log and the others, by name."""
        names = ("hidden", "cell", "value", "feedback")
        units = {name: getattr(self, name) for name in names}
        played = {field.name: getattr(self.log, field.name) for field in fields(self.log)}
        return played | units


Watch = Callable[[Activity], None]
"""Looks on while an agent trains."""


@dataclass(frozen=True)
class Outcome:
    """What a batch of sessions came to; losses are averaged over the steps played.

    Attributes
    ----------
    steps, trials : int
        Steps and trials played in all sessions.
    reward, invalid : float
        Sum of rewards, and number of invalid responses where rewards below 0 tell them
        (`Task.punishes_invalid`), otherwise 0.
    loss, value_loss, entropy : float
        Total loss, and its value and entropy terms without their costs.
    """

    steps: int
    trials: int
    reward: float
    invalid: float
    loss: float
    value_loss: float
    entropy: float


def join_activity(parts: Iterable[Activity], n_steps: int, n_sessions: int) -> Activity:
    """Copy sessions side by side, part after part; a part need only be good until the next one.

    Parameters
    ----------
    parts : iterable of Activity
        Of one agent.
    n_steps, n_sessions : int
        Steps of the longest session at most, and sessions of all parts together.

    Returns
    -------
    Activity
        Of all sessions, in order; those that end sooner are filled up with steps not played.
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
    names = ("hidden", "cell", "value", "feedback")
    units = {name: joined.pop(name)[:longest] for name in names}
    return Activity(StepLog(**{name: array[:longest] for name, array in joined.items()}), **units)
