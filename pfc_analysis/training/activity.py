"""What agents did in whole sessions, what their units did and what it came to: plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.tasks.task import Array, StepLog


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
    """

    log: StepLog
    hidden: Array
    cell: Array
    value: Array


@dataclass(frozen=True)
class Outcome:
    """What a batch of sessions came to; losses are averaged over the steps played.

    Attributes
    ----------
    steps : int
        Steps played in all sessions.
    reward, invalid : float
        Sum of rewards, and number of negative ones.
    loss, value_loss, entropy : float
        Total loss, and its value and entropy terms without their costs.
    """

    steps: int
    reward: float
    invalid: float
    loss: float
    value_loss: float
    entropy: float


def join_activity(parts: Sequence[Activity]) -> Activity:
    """Put sessions side by side; those that end sooner are filled up with steps not played.

    Parameters
    ----------
    parts : sequence of Activity
        Of one agent.

    Returns
    -------
    Activity
        Of all sessions, in order.
    """
    n_steps = max(len(part.value) for part in parts)

    def join(arrays: Sequence[Array]) -> Array:
        if len(arrays) == 1:
            return arrays[0]
        first = arrays[0]
        n_sessions = sum(array.shape[1] for array in arrays)
        joined = np.zeros((n_steps, n_sessions, *first.shape[2:]), first.dtype)
        start = 0
        for array in arrays:
            joined[: len(array), start : start + array.shape[1]] = array
            start += array.shape[1]
        return joined

    def column(name: str) -> Array:
        return join([getattr(part, name) for part in parts])

    def logged(name: str) -> Array:
        return join([getattr(part.log, name) for part in parts])

    names = ("before", "observation", "action", "reward", "active")
    log = StepLog(**{name: logged(name) for name in names})
    return Activity(log, column("hidden"), column("cell"), column("value"))
