"""Pairs of neighbouring trials: was the choice repeated, and what had the trial before brought?"""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    BoolArray,
    FloatArray,
    IntArray,
    find_previous,
)
from pfc_analysis.comparison.usable_trials import UsableTrials

PAIRS = "pairs of trials"
"""What staying is counted over."""


def find_stays(usable: UsableTrials) -> FloatArray:
    """Find where the choice of the trial before was repeated: 1 or 0, float array (trial,)."""
    choice = usable.trials.choice
    return np.asarray(choice == choice[find_previous(usable.trials)], dtype=np.float64)


def follows_earned(usable: UsableTrials) -> BoolArray:
    """Find trials after an outcome that was earned, boolean array (trial,).

    Automatic reward is neither a win nor a loss.
    """
    before = find_previous(usable.trials)
    return np.asarray((before >= 0) & usable.earned[before], dtype=np.bool_)


def find_outcome_before(usable: UsableTrials) -> IntArray:
    """Find the outcome of the trial before: 0 win, 1 loss, -1 without a usable pair; (trial,)."""
    trials = usable.trials
    before = find_previous(trials)
    pair = trials.predicted & follows_earned(usable) & trials.valid[before]
    return np.where(pair, trials.reward[before] <= 0, NONE).astype(np.int64)
