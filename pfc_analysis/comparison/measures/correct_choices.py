"""Which choices of a recording are correct."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    IntArray,
    check_values,
    read_variable,
)
from pfc_analysis.comparison.usable_trials import UsableTrials

NEEDS_CORRECT = {"correct": 'correct = "COLUMN"  # 1 where the option that pays more was chosen'}
"""Line of a column map that names correct choices."""


def read_correct(usable: UsableTrials) -> IntArray:
    """Read whether choices are correct: 1, 0, or -1 where there is no choice; (trial,)."""
    correct = read_variable(usable.recording, "correct")
    check_values("correct", correct, np.isin(correct, (0, 1, NONE)), "0, 1 or -1 (no choice)")
    return correct.astype(np.int64)
