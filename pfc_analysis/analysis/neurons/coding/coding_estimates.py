"""Estimate partial correlations of one subject's units, with null distributions and resamples.

Units that were recorded in the same trials are analysed together. Neurons recorded in different
sessions are each analysed with the task variables of their own sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.neurons.coding.activity_rows import (
    group_units,
    measure_scale,
    standardise_activity,
)
from pfc_analysis.analysis.neurons.coding.paired_sums import PairedSums
from pfc_analysis.analysis.row_blocks import Rows, select_rows
from pfc_analysis.analysis.statistics.bootstrap import draw_weights
from pfc_analysis.analysis.statistics.partial_correlation import (
    compute_partial_correlations,
    sum_moments,
)
from pfc_analysis.analysis.statistics.session_permutation import Pairing

FEWEST_RESAMPLED = 10
"""With fewer sessions, pieces of sessions are resampled instead of sessions."""

PIECES = 20
"""Number of pieces into which all sessions together are cut."""

Pair = Callable[[Sequence[IntArray]], Pairing]


@dataclass(frozen=True)
class CodingData:
    """Activity and factors of one subject.

    Attributes
    ----------
    activity : array (trial, unit)
        NaN where a unit was not recorded. In memory, or read block by block.
    name : str
        Of the activity.
    units : tuple of str
    factors : float array (trial, factor)
        NaN where there is none.
    names : tuple of str
        Names of the factors. The first `n_main` are partialled out of each other; each later
        factor is analysed with these only.
    n_main : int
    session : integer array (trial,)
        Counted from 0 without gaps.
    """

    activity: Rows
    name: str
    units: tuple[str, ...]
    factors: FloatArray
    names: tuple[str, ...]
    n_main: int
    session: IntArray


@dataclass(frozen=True)
class CodingEstimates:
    """Partial correlations, their null and their resamples; NaN for units not recorded.

    Attributes
    ----------
    correlation : float array (factor, unit)
    null : float array (factor, permutation, unit)
        Permutations under the null hypothesis that the unit does not code the factor.
    resampled : float array (factor, resample, unit)
        From sessions drawn with replacement.
    n_trials, n_sessions : integer arrays (unit,)
        That entered.
    """

    correlation: FloatArray
    null: FloatArray
    resampled: FloatArray
    n_trials: IntArray
    n_sessions: IntArray


def estimate_coding(
    data: CodingData,
    pair: Pair,
    generator: np.random.Generator,
    n_permutations: int,
    n_resamples: int,
) -> CodingEstimates:
    """Estimate partial correlations of every unit with every factor.

    Parameters
    ----------
    data : CodingData
        One subject's.
    pair : callable
        Makes a `Pairing` of `n_permutations` from the trials of each session.
    generator : numpy.random.Generator
        Source of resamples.
    n_permutations, n_resamples : int
        How many the result holds.

    Raises
    ------
    EmptySelectionError
        If no unit varies over the trials in which all factors are defined.
    AnalysisError
        If factors are constant or collinear, trials are too few, a unit is explained without
        residual, or as `pair`.
    """
    n_factors, n_units = len(data.names), len(data.units)
    result = CodingEstimates(
        np.full((n_factors, n_units), np.nan),
        np.full((n_factors, n_permutations, n_units), np.nan),
        np.full((n_factors, n_resamples, n_units), np.nan),
        np.zeros(n_units, dtype=np.int64),
        np.zeros(n_units, dtype=np.int64),
    )
    defined = np.asarray(np.isfinite(data.factors).all(axis=1), dtype=np.bool_)
    for used, units in group_units(data.activity, defined, data.name):
        pairing = pair(_list_sessions(data.session, used))
        entering = used & pairing.mark(used.size)
        scale = measure_scale(data.activity, entering)
        units = units[scale.varies[units]]
        if not units.size:
            continue
        activity = standardise_activity(data.activity, units, entering, scale)
        _estimate_group(data, activity, units, used, entering, pairing, generator, result)
    if not result.n_trials.any():
        raise EmptySelectionError(
            f"unit: none of {n_units} varies over the {int(defined.sum())} trial(s) in which all "
            f"factors ({', '.join(data.names)}) are defined, expected at least one; check the "
            "factors for NaN"
        )
    return result


def _list_sessions(session: IntArray, used: BoolArray) -> list[IntArray]:
    """List the trials of every session that has a trial in use, in order."""
    order = np.argsort(session, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(session))[:-1])
    return [trials for trials in parts if used[trials].any()]


def _estimate_group(
    data: CodingData,
    activity: Rows,
    units: IntArray,
    used: BoolArray,
    entering: BoolArray,
    pairing: Pairing,
    generator: np.random.Generator,
    result: CodingEstimates,
) -> None:
    """Estimate units that were recorded in the same trials, and write them to `result`."""
    factors = np.where(used[:, None], data.factors, 0.0)
    design = np.column_stack([used, _standardise(factors, entering) * used[:, None]])
    rows = np.flatnonzero(entering)
    labels = tuple(data.units[unit] for unit in units)
    piece, n_pieces = _label_pieces(pairing, used.size)
    y, x = select_rows(activity, rows), design[rows]
    own = sum_moments(y, x, piece[rows], n_pieces)
    again = own.pool(draw_weights(n_pieces, result.resampled.shape[1], generator))
    null = PairedSums(pairing, activity, design, used, entering)
    main = list(range(data.n_main + 1))
    names = ["intercept", *data.names]
    found = compute_partial_correlations(y, x[:, main], names[: data.n_main + 1], labels)
    for k in range(len(data.names)):
        others = [j for j in main if j != k + 1]
        columns = [*others, k + 1]
        if k >= data.n_main:
            selected = [names[j] for j in columns]
            found_later = compute_partial_correlations(y, x[:, columns], selected, labels)
            result.correlation[k, units] = found_later[-1]
        else:
            result.correlation[k, units] = found[k]
        given = null.given(others, [names[j] for j in others])
        result.null[k][:, units] = given.select(columns).correlate()
        result.resampled[k][:, units] = again.select(columns).correlate()
    result.n_trials[units] = rows.size
    result.n_sessions[units] = len(pairing.rows)


def _standardise(values: FloatArray, entering: BoolArray) -> FloatArray:
    """Subtract the mean of the entering trials and divide by their standard deviation."""
    part = values[entering]
    spread = part.std(axis=0)
    constant = np.ptp(part, axis=0) == 0
    return (values - part.mean(axis=0)) / np.where(constant, 1.0, spread)


def _label_pieces(pairing: Pairing, n_trials: int) -> tuple[IntArray, int]:
    """Find the piece of each trial, -1 for none, and the number of pieces.

    A piece is a session, or a part of a session where sessions are few.
    """
    n_sessions = len(pairing.rows)
    cuts = 1 if n_sessions >= FEWEST_RESAMPLED else -(-PIECES // n_sessions)
    pieces = [piece for rows in pairing.rows for piece in np.array_split(rows, cuts)]
    label = np.full(n_trials, -1, dtype=np.int64)
    for index, rows in enumerate(pieces):
        label[rows] = index
    return label, len(pieces)
