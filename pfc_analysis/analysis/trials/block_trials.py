"""Read the blocks of a session: where each begins, and the place of a trial in its block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.choice_trials import ChoiceTrials, check_values, read_variable


@dataclass(frozen=True)
class BlockTrials:
    """Plain arrays on trial.

    Attributes
    ----------
    begins : boolean array
        The first trial of each block.
    number : integer array
        Block of each trial, counted from 0 over the whole recording.
    place : integer array
        Trial within its block, as the block counted it, from 0.
    """

    begins: BoolArray
    number: IntArray
    place: IntArray


def read_blocks(recording: xr.Dataset, trials: ChoiceTrials) -> BlockTrials:
    """Read the blocks of a recording.

    A block begins where a session does, and where `trial_in_block` does not rise.

    Parameters
    ----------
    recording : xarray.Dataset
        `trial_in_block` on `trial`, counted from 0.
    trials : ChoiceTrials
        Its sessions.

    Raises
    ------
    AnalysisError
        If the variable is missing, below 0, or counted from 1.
    """
    place = read_variable(recording, "trial_in_block").astype(np.int64)
    check_values("trial_in_block", place, place >= 0, "at least 0")
    if place.min() == 1:
        raise AnalysisError(
            "trial_in_block: found numbers from 1 on, expected trials counted from 0; subtract 1: "
            "recording.assign(trial_in_block=recording['trial_in_block'] - 1)"
        )
    new_session = np.append(True, np.diff(trials.session) != 0)
    begins = new_session | np.append(True, np.diff(place) <= 0)
    return BlockTrials(begins, np.cumsum(begins) - 1, place)
