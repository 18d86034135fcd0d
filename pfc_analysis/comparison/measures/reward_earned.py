"""Reward that a group earned, and how well its choices paid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.comparison.estimates import Measured
from pfc_analysis.comparison.measures.trial_proportions import measure_ratio
from pfc_analysis.comparison.question import Question
from pfc_analysis.comparison.resampling_units import Units
from pfc_analysis.comparison.usable_trials import UsableTrials


def measure_reward(usable: UsableTrials, units: Sequence[Units]) -> Measured:
    """Measure the reward earned per trial that is analysed."""
    counted = (usable.arms.counted & usable.earned).astype(np.float64)
    question = Question("reward", "the reward earned", unit="reward per trial")
    return measure_ratio(usable, units, question, counted * usable.arms.reward, counted)


def measure_reward_share(usable: UsableTrials, units: Sequence[Units]) -> Measured | None:
    """Measure how well the choices pay: 0 as at random, 1 as the better arm.

    None where the recording has no reward probabilities.
    """
    pays = usable.arms.probability
    if pays is None:
        return None
    chosen = np.take_along_axis(pays, np.maximum(usable.trials.choice, 0)[:, None], axis=1)[:, 0]
    mean, best = pays.mean(axis=1), pays.max(axis=1)
    counted = usable.trials.predicted & (best > mean)
    question = Question(
        "reward_share",
        "the payoff of the choices",
        lowest=-1.0,
        highest=1.0,
        needs="reward_probability",
    )
    gained, could = np.where(counted, chosen - mean, 0.0), np.where(counted, best - mean, 0.0)
    return measure_ratio(usable, units, question, gained, could)
