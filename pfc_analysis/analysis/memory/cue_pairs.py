"""Pair each trial with a cue with the old trials that could have been cued in its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.memory.cued_stay import find_references
from pfc_analysis.analysis.memory.cued_trials import CuedTrials
from pfc_analysis.analysis.trials.choice_trials import NONE, TRIAL_TYPES, ChoiceTrials


@dataclass(frozen=True)
class CuePairs:
    """Staying with the choice of the cued trial, and with those of others that could have been it.

    Attributes
    ----------
    stays, counted : float arrays (trial, 8)
        Of each trial: by type of its cued trial (4), then by type of the other trials (4), whose
        weights sum to 1 as well. `counted` is the weight of each type, `stays` the part of it in
        which the choice is the same. 0 in trials that are not compared.
    """

    stays: FloatArray
    counted: FloatArray

    @property
    def has_other(self) -> BoolArray:
        """Trials that are compared: at least one other trial could have been cued."""
        return np.asarray(self.counted.any(axis=1), dtype=np.bool_)


def find_repeated(row: IntArray) -> BoolArray:
    """Find trials whose cued trial is cued in another trial, too."""
    told = row >= 0
    values, place, counts = np.unique(row[told], return_inverse=True, return_counts=True)
    found = np.zeros(row.size, dtype=np.bool_)
    found[told] = (counts > 1)[place] if values.size else False
    return found


def pair_cues(trials: ChoiceTrials, cued: CuedTrials, kind: IntArray, blocks: int) -> CuePairs:
    """Compare each trial with a cue with its cued trial, and with those cued later in its block.

    Parameters
    ----------
    trials : ChoiceTrials
    cued : CuedTrials
    kind : integer array (trial,)
        Type of each trial, -1 where it is no history.
    blocks : int
        Blocks of cued trials in a session, as for `compute_cue_effect`.
    """
    row = find_references(trials, cued)["cued_trial"]
    usable = (row >= 0) & (kind[row] >= 0) & trials.predicted
    own, other = _pair_others(_find_blocks(trials.session, cued.is_cued, blocks), row, usable)
    shape, half = (row.size, 2 * len(TRIAL_TYPES)), len(TRIAL_TYPES)
    stays, counted = np.zeros(shape), np.zeros(shape)
    told, n_others = np.unique(own, return_counts=True)
    weight = 1.0 / n_others[np.searchsorted(told, own)]
    choice = trials.choice
    for trial, old, column, each in (
        (told, row[told], kind[row[told]], np.ones(told.size)),
        (own, other, half + kind[other], weight),
    ):
        np.add.at(counted, (trial, column), each)
        np.add.at(stays, (trial, column), each * (choice[trial] == choice[old]))
    return CuePairs(stays, counted)


def _find_blocks(session: IntArray, is_cued: BoolArray, blocks: int) -> IntArray:
    """Return the number of the block of each trial with a cue, over all sessions; else -1."""
    block = np.full(session.size, NONE)
    for one in np.unique(session[is_cued]):
        rows = np.flatnonzero((session == one) & is_cued)
        block[rows] = one * blocks + np.arange(rows.size) * blocks // rows.size
    return block.astype(np.int64)


def _pair_others(block: IntArray, row: IntArray, usable: BoolArray) -> tuple[IntArray, IntArray]:
    """Pair each trial with the trials that are cued later in its block, all of them usable.

    Returns
    -------
    own, other : integer arrays (pair,)
        Index of the trial, and of the old trial that could have been its cued trial.
    """
    own, other = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for one in np.unique(block[usable]):
        rows = np.flatnonzero((block == one) & usable)
        first, second = np.triu_indices(rows.size, k=1)
        own.append(rows[first])
        other.append(row[rows[second]])
    # An old trial must be older than the trial itself: cues of later trials may be too young.
    every, olds = np.concatenate(own), np.concatenate(other)
    older = olds < every - 1
    return every[older].astype(np.int64), olds[older].astype(np.int64)
