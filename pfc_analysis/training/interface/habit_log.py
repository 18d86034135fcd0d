"""What a habit learner beside a network is, and what both contributed to choices: plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pfc_analysis.tasks.contract import Array


class HabitSettings(NamedTuple):
    """Settings of a habit learner; both are settings of this toolkit.

    Attributes
    ----------
    rate : float
        Share of its prediction error by which a value changes at the end of a trial.
    weight : float
        By what values are multiplied before they are added to the network's logits.
    """

    rate: float
    weight: float


@dataclass(frozen=True)
class HabitLog:
    """What the network and the habit learner beside it contributed to the choices of sessions.

    Attributes
    ----------
    network, habit : float32 ndarray, shape (time step, session, action)
        What each added to the logits of the policy, less its mean over actions.
    table : float32 ndarray, shape (observation, action, session)
        Values of the habit learner after the sessions.
    """

    network: Array
    habit: Array
    table: Array
