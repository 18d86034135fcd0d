"""Measure proportions and other ratios of sums over trials, by subject and by session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pfc_analysis.analysis.statistics.clustered_proportion import (
    ClusteredProportions,
    estimate_clustered_proportions,
)
from pfc_analysis.analysis.statistics.session_sums import (
    estimate_ratio,
    resample_ratios,
    sum_by_unit,
)
from pfc_analysis.analysis.trials.choice_trials import BoolArray, FloatArray, IntArray
from pfc_analysis.comparison.estimates import Estimates, Measured, empty_estimates
from pfc_analysis.comparison.question import Question
from pfc_analysis.comparison.resampling_units import Units, spread_over_subjects
from pfc_analysis.comparison.usable_trials import UsableTrials

NO_TRIAL = "no such trial"


@dataclass(frozen=True)
class Cells:
    """Trials sorted into cells, with a proportion of successes in each.

    Attributes
    ----------
    questions : tuple of Question
        First those of the cells, then those of weighted sums of their proportions.
    success : float array (trial,)
        0 or 1.
    cell : integer array (trial,)
        -1 for a trial in no cell.
    weights : float array (question, cell)
        Each question is a weighted sum of proportions.
    counted : str
        What is counted: "trials", or "pairs of trials".
    """

    questions: tuple[Question, ...]
    success: FloatArray
    cell: IntArray
    weights: FloatArray
    counted: str = "trials"


def measure_cells(usable: UsableTrials, units: Sequence[Units], cells: Cells) -> Measured:
    """Measure proportions, subject by subject and session by session.

    Returns
    -------
    Measured
        Subjects with intervals that widen with the correlation of trials within sessions
        (`pfc_analysis.analysis.statistics.clustered_proportion`). Sessions have none: the
        trials of one session are not independent, and intervals that take them to be cover too
        seldom (`benchmarks/coverage`).
    """
    trials, n_cells = usable.trials, cells.weights.shape[1]
    subjects = empty_estimates(len(trials.subjects), len(cells.questions))
    draws = []
    for index, _ in trials.by_subject():
        rows = np.flatnonzero((trials.subject == index) & (cells.cell >= 0))
        success, cell = cells.success[rows], cells.cell[rows]
        found = estimate_clustered_proportions(success, cell, trials.session[rows], n_cells)
        _fill(subjects, index, found.proportion, found.n_trials, cells)
        for quantity, weight in enumerate(cells.weights):
            if subjects.note[index, quantity] == "":
                kept = weight != 0
                _, low, high = _pick(found, kept).contrast(weight[kept])
                subjects.lower[index, quantity], subjects.upper[index, quantity] = low, high
        unit = units[index].find(rows)
        one_hot = np.eye(n_cells)[cell]
        n_units = units[index].stratum.size
        resampled = resample_ratios(
            sum_by_unit(one_hot * success[:, None], unit, n_units),
            sum_by_unit(one_hot, unit, n_units),
            units[index].weights,
        )
        draws.append(_sum_cells(resampled, cells.weights))
    strata = [unit.stratum for unit in units]
    return Measured(
        cells.questions,
        subjects,
        _measure_sessions(usable, cells),
        spread_over_subjects(subjects.value, draws, strata),
        (cells.counted,) * len(cells.questions),
    )


def measure_ratio(
    usable: UsableTrials,
    units: Sequence[Units],
    question: Question,
    numerator: FloatArray,
    denominator: FloatArray,
) -> Measured:
    """Measure a ratio of sums over trials.

    Parameters
    ----------
    usable : UsableTrials
    units : sequence of Units
    question : Question
    numerator, denominator : float arrays (trial,)
        Both are 0 in trials that do not count.
    """
    trials = usable.trials
    sums = np.stack([numerator, denominator], axis=1)
    by_session = sum_by_unit(sums, trials.session, usable.label.size)
    counted = np.bincount(trials.session, denominator != 0, usable.label.size).astype(int)
    subjects = empty_estimates(len(trials.subjects), 1, NO_TRIAL)
    sessions = empty_estimates(usable.label.size, 1, NO_TRIAL)
    draws = []
    for index, _ in trials.by_subject():
        rows, own = trials.subject == index, usable.of_subject == index
        of_unit = sum_by_unit(sums[rows], units[index].of_trial, units[index].stratum.size)
        draws.append(resample_ratios(of_unit[:, :1], of_unit[:, 1:], units[index].weights))
        # The interval of a subject with one session comes from the scatter of its trials.
        parts = by_session[own] if own.sum() > 1 else sums[rows]
        _put(subjects, index, parts, int(counted[own].sum()))
    starts = np.searchsorted(trials.session, np.arange(usable.label.size + 1))
    for session in np.flatnonzero(counted):
        rows = slice(starts[session], starts[session + 1])
        _put(sessions, int(session), sums[rows], int(counted[session]))
    sessions.lower[:], sessions.upper[:] = np.nan, np.nan  # as in `measure_cells`
    strata = [unit.stratum for unit in units]
    values = spread_over_subjects(subjects.value, draws, strata)
    return Measured((question,), subjects, sessions, values, ("trials",))


def measure_share(
    usable: UsableTrials,
    units: Sequence[Units],
    question: Question,
    success: BoolArray,
    cell: IntArray,
) -> Measured:
    """Measure one proportion of successes, over the trials whose cell is 0 and not -1."""
    cells = Cells((question,), success.astype(np.float64), cell, np.eye(1))
    return measure_cells(usable, units, cells)


def _pick(found: ClusteredProportions, kept: BoolArray) -> ClusteredProportions:
    """Pick the cells that a sum uses: the others may have no estimate and must not enter."""
    arrays = ("proportion", "lower", "upper", "n_effective", "n_trials")
    picked = {name: getattr(found, name)[kept] for name in arrays}
    return replace(found, correlation=found.correlation[np.ix_(kept, kept)], **picked)


def _sum_cells(proportion: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum cells by weight, (..., cell) to (..., question); NaN if a cell of the sum is NaN."""
    known = np.isfinite(proportion)
    total = np.where(known, proportion, 0.0) @ weights.T
    lacking = (~known).astype(np.float64) @ (weights != 0).T.astype(np.float64)
    return np.where(lacking > 0, np.nan, total)


def _fill(
    rows: Estimates, index: int, proportion: FloatArray, n_trials: IntArray, cells: Cells
) -> None:
    """Enter values, numbers of trials, and a note where there is no value."""
    used = cells.weights != 0
    rows.value[index] = _sum_cells(proportion, cells.weights)
    rows.n[index] = (used * n_trials).sum(axis=1)
    rows.note[index] = np.where(np.isnan(rows.value[index]), NO_TRIAL, "")


def _measure_sessions(usable: UsableTrials, cells: Cells) -> Estimates:
    """Proportions of every session, without intervals."""
    n_sessions, n_cells = usable.label.size, cells.weights.shape[1]
    inside = cells.cell >= 0
    flat = usable.trials.session[inside] * n_cells + cells.cell[inside]
    total = np.bincount(flat, minlength=n_sessions * n_cells).reshape(n_sessions, n_cells)
    successes = np.bincount(flat, cells.success[inside], n_sessions * n_cells).reshape(total.shape)
    proportion = np.divide(successes, total, np.full(total.shape, np.nan), where=total > 0)
    value = _sum_cells(proportion, cells.weights)
    return Estimates(
        value=value,
        lower=np.full(value.shape, np.nan),
        upper=np.full(value.shape, np.nan),
        n=(total @ (cells.weights != 0).T).astype(np.int64),
        note=np.where(np.isnan(value), NO_TRIAL, "").astype(object),
    )


def _put(rows: Estimates, index: int, sums: FloatArray, n: int) -> None:
    """Enter a ratio with its interval, from sums (unit, numerator and denominator)."""
    if n == 0:
        return
    value, lower, upper = estimate_ratio(sums[:, :1], sums[:, 1:])
    rows.value[index], rows.lower[index], rows.upper[index] = value, lower, upper
    rows.n[index], rows.note[index] = n, ""
