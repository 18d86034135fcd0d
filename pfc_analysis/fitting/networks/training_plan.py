"""Which sessions each network is trained on, and which tell when to stop.

A network is held out from the sessions that it predicts, and training stops by sessions that are
held out from training. Networks of several folds that would be trained on the same sessions, from
the same weights, are one network: with five folds, a network trained without folds 1 and 2 predicts
fold 1 when fold 2 stopped it, and fold 2 when fold 1 did. Each use takes the weights at the update
that it found best, so no session has a part in predictions of itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.selection.folds import assign_folds
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

ENOUGH = 3
"""With so many outer folds left, they also serve to stop training."""

PIECES = 4
"""A single session is cut into so many pieces."""


@dataclass(frozen=True)
class PlannedFit:
    """The networks of one fit.

    Attributes
    ----------
    whole : int
        Training set of the network that is trained on all sessions; index into
        `TrainingPlan.trained`.
    parts : tuple of int
        Training sets of the networks that stop training.
    held_out : bool array (part, session)
        The sessions that each of them is evaluated on.
    """

    whole: int
    parts: tuple[int, ...]
    held_out: BoolArray


@dataclass(frozen=True)
class TrainingPlan:
    """Training sets without repetition, and the fits that use them.

    Attributes
    ----------
    trained : bool array (training set, session)
        Which sessions each set holds.
    fits : tuple of PlannedFit
        The fits, in the order in which they were asked for.
    """

    trained: BoolArray
    fits: tuple[PlannedFit, ...]


def plan_training(
    training: Sequence[BoolArray],
    outer: IntArray | None,
    settings: NetworkSettings,
    validation: BoolArray | None = None,
) -> TrainingPlan:
    """Plan the networks of several fits to sessions of one subject.

    Parameters
    ----------
    training : sequence of bool arrays (session,)
        The sessions of each fit.
    outer : int array (session,), optional
        Fold of each session. A fit with at least three of them holds them out to stop training;
        with fewer, its sessions are assigned anew.
    settings : NetworkSettings
        Its `folds` is used.
    validation : bool array (session,), optional
        Sessions that stop training and are not trained on, instead of folds.
    """
    sets: dict[bytes, int] = {}
    rows: list[BoolArray] = []

    def number(chosen: BoolArray) -> int:
        if chosen.tobytes() not in sets:
            sets[chosen.tobytes()] = len(rows)
            rows.append(chosen)
        return sets[chosen.tobytes()]

    fits = []
    for sessions in training:
        if validation is not None:
            held_out, whole = (sessions & validation)[None], sessions & ~validation
        else:
            held_out, whole = _hold_out(sessions, outer, settings.folds), sessions
        parts = tuple(number(sessions & ~part) for part in held_out)
        fits.append(PlannedFit(number(whole), parts, held_out))
    return TrainingPlan(np.array(rows), tuple(fits))


def _hold_out(sessions: BoolArray, outer: IntArray | None, n_folds: int) -> BoolArray:
    """Part the sessions of one fit; bool array (part, session)."""
    chosen = np.flatnonzero(sessions)
    if outer is not None and np.unique(outer[chosen]).size >= ENOUGH:
        fold = outer[chosen]
    else:
        fold = assign_folds(chosen.size, min(n_folds, chosen.size))
    held_out = np.zeros((np.unique(fold).size, sessions.size), dtype=np.bool_)
    for row, part in zip(held_out, np.unique(fold), strict=True):
        row[chosen[fold == part]] = True
    return held_out


def cut_sessions(trials: FitTrials) -> FitTrials:
    """Cut each session into four pieces, which stop training where there is but one session.

    A piece is the whole session, of whose choices a quarter, one after the other, are predicted.
    The state of a network is thus that of the whole session.

    Returns
    -------
    FitTrials
        Four sessions in place of each, in order.
    """
    several = trials.select_sessions(np.repeat(np.arange(trials.n_sessions), PIECES))
    records = several.records.copy()
    for session in range(several.n_sessions):
        here = slice(several.first[session], several.first[session + 1])
        predicted = records["predicted"][here]
        quarter = np.cumsum(predicted) * PIECES // (predicted.sum() + 1)
        predicted[quarter != session % PIECES] = 0
    return replace(several, records=records)
