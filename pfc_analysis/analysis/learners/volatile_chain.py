"""Build the processes of the volatility task as Markov chains over its hidden states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal, get_args

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed

Process = Literal["training", "markov", "stable_first", "volatile_first"]
Probabilities = Literal["drawn", "by_regime"]

STABLE, VOLATILE = range(2)


@dataclass(frozen=True)
class VolatileChain:
    """States of a process, their probabilities of reward, and the transitions between them.

    Attributes
    ----------
    initial : float array (state,)
        Probabilities at the first trial.
    transition : float array (trials - 1, state, next state)
        From each trial to the next; rows sum to one.
    right : float array (state,)
        Probability of reward of the right arm; the left one's is 1 minus it.
    regime : integer array (state,)
        0 stable, 1 volatile.
    hazard : float array (state,)
        Of reversal.
    """

    initial: FloatArray
    transition: FloatArray
    right: FloatArray
    regime: IntArray
    hazard: FloatArray


@lru_cache(maxsize=64)
def build_chain(
    process: Process,
    trials: int,
    probabilities: Probabilities,
    stable_probability: float,
    volatile_probability: float,
    low_probability: float,
    high_probability: float,
    reversal_hazard: float,
    switch_hazard: float,
    earliest: int,
    latest: int,
    block: int,
) -> VolatileChain:
    """Build the chain of a process; see `HazardObserver` for the settings.

    A state is (phase, regime, level, side): whether the one change of regime has occurred
    (`training` and tests), the regime, which of two probabilities the better arm has, and which arm
    is the better one.
    """
    _check(process, probabilities, trials, earliest, latest, block)
    test = process in ("stable_first", "volatile_first")
    if test:
        earliest = latest = trials // 2
    by_regime = test or probabilities == "by_regime"
    sizes = (1 if process == "markov" else 2, 2, 1 if by_regime else 2, 2)
    phase, regime, level, side = (
        np.array(column) for column in zip(*product(*map(range, sizes)), strict=True)
    )
    paid = (
        (stable_probability, volatile_probability)
        if by_regime
        else (low_probability, high_probability)
    )
    better = np.asarray(paid)[regime if by_regime else level]
    first = (phase == 0).astype(np.float64)
    if test:
        first *= regime == (STABLE if process == "stable_first" else VOLATILE)
    hazard = np.where(regime == VOLATILE, 1.0 / block if test else reversal_hazard, 0.0)

    # Within a phase, regime and level stay. Across phases the regime changes, in the next phase
    # where there are two, and level and side are drawn again.
    exchanged = side[:, None] != side
    within = (regime[:, None] == regime) & (level[:, None] == level) & (phase[:, None] == phase)
    across = (regime[:, None] != regime) & (phase[:, None] + sizes[0] - 1 == phase)
    if test:
        across &= exchanged
    anew = across / np.maximum(across.sum(axis=1, keepdims=True), 1)
    transition = np.empty((max(trials - 1, 0), phase.size, phase.size))
    for t in range(1, trials):
        reversal = hazard
        if test:
            turns = (t - trials // 2) % block == 0
            reversal = np.where((regime == VOLATILE) & turns, 1.0, 0.0)
        change = _change(process, t, phase, switch_hazard, earliest, latest)[:, None]
        stay = within * np.where(exchanged, reversal[:, None], 1.0 - reversal[:, None])
        transition[t - 1] = (1.0 - change) * stay + change * anew
    return VolatileChain(
        initial=first / first.sum(),
        transition=transition,
        right=np.where(side == 1, better, 1.0 - better),
        regime=regime.astype(np.int64),
        hazard=hazard,
    )


def _change(
    process: str, trial: int, phase: IntArray, switch_hazard: float, earliest: int, latest: int
) -> FloatArray:
    """Compute the probability that the regime changes just before a trial, by state."""
    if process == "markov":
        return np.full(phase.size, switch_hazard)
    # The change is uniform between earliest and latest, so its hazard increases with time.
    due = 1.0 / (latest - trial + 1) if earliest <= trial <= latest else 0.0
    return np.where(phase == 0, due, 0.0)


def _check(
    process: str, probabilities: str, trials: int, earliest: int, latest: int, block: int
) -> None:
    if process not in get_args(Process):
        raise AnalysisError(f"process: found {process!r}, expected {listed(get_args(Process))}")
    if probabilities not in get_args(Probabilities):
        raise AnalysisError(
            f"probabilities: found {probabilities!r}, expected {listed(get_args(Probabilities))}"
        )
    if min(trials, earliest, block) < 1 or latest < earliest:
        raise AnalysisError(
            f"trials, earliest, latest, block: found {trials}, {earliest}, {latest} and {block}, "
            "expected whole numbers of at least 1, latest no less than earliest"
        )
