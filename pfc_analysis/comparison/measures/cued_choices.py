"""Measure how much more choices follow the cued trial than others that could have been cued."""

from __future__ import annotations

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.memory.cue_effect import WEIGHTS, estimate_cue_effect
from pfc_analysis.analysis.memory.cue_pairs import CuePairs, find_repeated, pair_cues
from pfc_analysis.analysis.memory.cued_trials import read_cued_trials
from pfc_analysis.analysis.statistics.session_sums import resample_ratios, sum_by_unit
from pfc_analysis.comparison.estimates import Estimates, Measured, empty_estimates
from pfc_analysis.comparison.question import Question
from pfc_analysis.comparison.question_set import Group
from pfc_analysis.comparison.resampling_units import spread_over_subjects
from pfc_analysis.comparison.usable_trials import UsableTrials

BLOCKS = 2
"""Blocks of cued trials in a session, as `compute_cue_effect` assumes where nothing is said."""

REPEATED = "a trial was cued twice or more"
NO_TYPE = "trials of one of the four types were never cued while another could have been"

QUESTIONS = (
    Question(
        "cue_effect", "the model-based effect of the cue", "model_based", lowest=-2.0, highest=2.0
    ),
    Question(
        "cue_effect",
        "the model-free effect of the cue",
        "model_free",
        headline=False,
        lowest=-2.0,
        highest=2.0,
    ),
)


def measure_cue_effect(group: Group, kind: IntArray) -> Measured:
    """Measure the effects of the cue, subject by subject and session by session.

    Parameters
    ----------
    group : Group
    kind : integer array (trial,)
        Type of each trial that is history; -1 for others.

    Returns
    -------
    Measured
        Subjects as by `compute_cue_effect`, but a subject of whom a trial was cued twice has no
        value. Sessions have no interval.
    """
    usable, trials = group.usable, group.usable.trials
    cued = read_cued_trials(usable.recording, trials)
    repeated = np.isin(trials.subject, trials.subject[find_repeated(cued.row)])
    pairs = pair_cues(trials, cued, np.where(repeated, -1, kind).astype(np.int64), BLOCKS)
    subjects = empty_estimates(len(trials.subjects), len(QUESTIONS))
    draws = []
    for index, _ in trials.by_subject():
        rows = np.flatnonzero((trials.subject == index) & pairs.has_other)
        with_pair, session = np.unique(trials.session[rows], return_inverse=True)
        value, lower, upper, _ = estimate_cue_effect(*_sum(pairs, rows, session, with_pair.size))
        subjects.value[index] = value
        subjects.lower[index], subjects.upper[index] = lower, upper
        unit = group.units[index]
        sums = _sum(pairs, rows, unit.find(rows), unit.stratum.size)
        draws.append(resample_ratios(*sums, unit.weights) @ WEIGHTS.T)
    own = np.unique(trials.subject[repeated])
    _explain(subjects, trials.subject[pairs.has_other], own)
    sessions = _measure_sessions(usable, pairs, own)
    strata = [unit.stratum for unit in group.units]
    values = spread_over_subjects(subjects.value, draws, strata)
    return Measured(QUESTIONS, subjects, sessions, values, ("trials",) * len(QUESTIONS))


def _sum(
    pairs: CuePairs, rows: IntArray, unit: IntArray, n_units: int
) -> tuple[FloatArray, FloatArray]:
    """Sum stays and weights of some trials over units, float arrays (unit, 8)."""
    return (
        sum_by_unit(pairs.stays[rows], unit, n_units),
        sum_by_unit(pairs.counted[rows], unit, n_units),
    )


def _measure_sessions(usable: UsableTrials, pairs: CuePairs, repeated: IntArray) -> Estimates:
    """Measure every session, without intervals."""
    n = usable.label.size
    every = np.arange(len(pairs.counted))
    sums = _sum(pairs, every, usable.trials.session, n)
    found = empty_estimates(n, len(QUESTIONS))
    found.value[:] = resample_ratios(*sums, np.eye(n)) @ WEIGHTS.T
    told = usable.trials.session[pairs.has_other]
    _explain(found, told, np.flatnonzero(np.isin(usable.of_subject, repeated)))
    return found


def _explain(rows: Estimates, row: IntArray, repeated: IntArray) -> None:
    """Enter numbers of trials, from the row that each belongs to, and why there is no value."""
    rows.n[:] = np.bincount(row, minlength=len(rows.n))[:, None]
    rows.note[np.isnan(rows.value)] = NO_TYPE
    rows.note[repeated] = REPEATED
