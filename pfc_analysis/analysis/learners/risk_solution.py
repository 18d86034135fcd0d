"""Solve for the optimal play of a risky and a safe arm, by dynamic programming over counts."""

from __future__ import annotations

from functools import cache

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError

LONGEST_SOLVED = 200
"""Most pulls of the risky arm for which optimal play is solved; the table then takes 65 MB."""


@cache
def solve_risky_arm(
    forced: int = 5, free: int = 20, safe_reward: float = 1.0, risky_reward: float = 4.0
) -> tuple[FloatArray, float]:
    """Solve for the choices that earn most in the free trials after forced ones.

    Parameters
    ----------
    forced, free : int
        Forced pulls of each arm, at least 0, and free trials, at least 1; together at most
        `LONGEST_SOLVED`.
    safe_reward, risky_reward : float
        What the arms pay.

    Returns
    -------
    advantage : float array (remaining, paid, unpaid)
        How much more reward choosing the risky arm now earns than choosing the safe one, in this
        and the remaining free trials, if all later choices are optimal; by how often the risky arm
        paid and did not pay so far. Read-only.
    reward : float
        Earned in a free trial, on average over probabilities uniform on [0, 1].

    Raises
    ------
    AnalysisError
        If a number of trials is out of range.
    """
    if forced < 0 or free < 1 or forced + free > LONGEST_SOLVED:
        raise AnalysisError(
            f"forced, free: found {forced} and {free}, expected at least 0 and 1, together at most "
            f"{LONGEST_SOLVED}; memory grows with the third power"
        )
    most = forced + free
    paid, unpaid = np.indices((most + 1, most + 1))
    probability = (1.0 + paid) / (2.0 + paid + unpaid)
    later = np.zeros((most + 2, most + 2))  # the margin is never reached from counts that occur
    advantage = np.zeros((free + 1, most + 1, most + 1))
    for remaining in range(1, free + 1):
        risky = probability * (risky_reward + later[1:, :-1])
        risky += (1.0 - probability) * later[:-1, 1:]
        safe = safe_reward + later[:-1, :-1]
        advantage[remaining] = risky - safe
        later[:-1, :-1] = np.maximum(risky, safe)
    advantage.setflags(write=False)
    known = np.arange(forced + 1)
    # Before the first pull it is not known which arm is the risky one, so both are equally likely.
    first = later[known, forced - known].mean()
    if forced == 0:
        first -= 0.5 * abs(advantage[free, 0, 0])
    return advantage, float(first) / free
