"""Read activity of one subject: which units were recorded in which trials, and scaled values.

Activity in memory is scaled once. Activity in a file is read in blocks of trials, which are scaled
as they are read, so that the file may be larger than memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.row_blocks import RowBlocks, Rows, iterate_rows
from pfc_analysis.analysis.trials.unit_design import SMALLEST_SPREAD


def group_units(activity: Rows, defined: BoolArray, name: str) -> list[tuple[BoolArray, IntArray]]:
    """Group units that were recorded in the same trials, in order of the first unit.

    Parameters
    ----------
    activity : array (trial, unit)
        NaN where a unit was not recorded.
    defined : boolean array (trial,)
        Trials in which all factors are defined; others are left out.
    name : str
        Of the activity, for error messages.

    Returns
    -------
    list of boolean array (trial,) and integer array (unit,)
        Trials and units of each group. Units that were recorded in no trial are left out.

    Raises
    ------
    AnalysisError
        If a value is infinite.
    """
    bits, sizes = [], []
    for start, block in iterate_rows(activity):
        present = np.isfinite(block)
        if not present.all() and np.isinf(block).any():
            raise AnalysisError(
                f"{name}: found values of type {block.dtype}, some infinite or not numbers, "
                "expected finite numbers, or NaN where a unit was not recorded"
            )
        present &= defined[start : start + len(block), None]
        bits.append(np.packbits(present, axis=0))
        sizes.append(len(block))
    packed, ends = np.concatenate(bits).T, np.cumsum([len(each) for each in bits])[:-1]
    groups: dict[bytes, list[int]] = {}
    for unit, own in enumerate(packed):
        if own.any():
            groups.setdefault(own.tobytes(), []).append(unit)
    found = []
    for units in groups.values():
        parts = zip(np.split(packed[units[0]], ends), sizes, strict=True)
        used = np.concatenate([np.unpackbits(part, count=size) for part, size in parts])
        found.append((used.astype(np.bool_), np.array(units)))
    return found


@dataclass(frozen=True)
class ActivityScale:
    """Mean and standard deviation of units over trials, and whether they vary; arrays (unit,)."""

    mean: FloatArray
    spread: FloatArray
    varies: BoolArray


def measure_scale(activity: Rows, entering: BoolArray) -> ActivityScale:
    """Measure the scale of units over the trials that enter, block by block.

    Parameters
    ----------
    activity : array (trial, unit)
    entering : boolean array (trial,)

    Returns
    -------
    ActivityScale
        A unit varies if its range is more than rounding. NaN for units that are NaN in a trial.
    """
    n_units = activity.shape[1]
    count, mean, square = 0, np.zeros(n_units), np.zeros(n_units)
    lowest, highest = np.full(n_units, np.inf), np.full(n_units, -np.inf)
    for start, block in iterate_rows(activity):
        rows = block[entering[start : start + len(block)]].astype(np.float64)
        if not len(rows):
            continue
        own, total = rows.mean(axis=0), count + len(rows)
        lowest = np.minimum(lowest, rows.min(axis=0))
        highest = np.maximum(highest, rows.max(axis=0))
        rows -= own
        # Moments of two sets of trials, pooled (Chan, Golub & LeVeque 1983).
        square += np.einsum("ij,ij->j", rows, rows)
        square += (own - mean) ** 2 * (count * len(rows) / total)
        mean, count = mean + (own - mean) * (len(rows) / total), total
    if not count:
        return ActivityScale(mean, mean, np.zeros(n_units, np.bool_))
    varies = highest - lowest > SMALLEST_SPREAD * np.maximum(np.abs(lowest), np.abs(highest))
    return ActivityScale(mean, np.sqrt(square / count), np.asarray(varies, dtype=np.bool_))


def standardise_activity(
    activity: Rows, units: IntArray, entering: BoolArray, scale: ActivityScale
) -> Rows:
    """Subtract each unit's mean and divide by its standard deviation.

    Parameters
    ----------
    activity : array (trial, unit)
    units : integer array (unit,)
        That are wanted; they vary.
    entering : boolean array (trial,)
        Trials that enter; the others are 0 in the result.
    scale : ActivityScale
        Of all units.

    Returns
    -------
    array (trial, unit) or StandardisedRows
        The latter where activity is read from a file.
    """
    if isinstance(activity, RowBlocks):
        return StandardisedRows(activity.select_columns(units), units, entering, scale)
    return StandardisedRows(activity[:, units], units, entering, scale)[slice(None)]


class StandardisedRows:
    """Activity of some units whose rows are scaled when they are asked for.

    Parameters
    ----------
    activity : array (trial, unit)
        Of the units that are wanted; others as for `standardise_activity`.
    """

    def __init__(
        self, activity: Rows, units: IntArray, entering: BoolArray, scale: ActivityScale
    ) -> None:
        self._activity, self._entering = activity, entering
        self._mean, self._spread = scale.mean[units], scale.spread[units]
        self.shape = activity.shape

    def __getitem__(self, rows: slice | IntArray) -> FloatArray:
        """Read and scale rows; 0 where a trial does not enter."""
        block: NumberArray = self._activity[rows]
        scaled = (block - self._mean) / self._spread
        scaled[~self._entering[rows]] = 0.0
        return np.asarray(scaled)


class Residuals:
    """What predictors leave unexplained of rows, computed when they are asked for.

    Parameters
    ----------
    responses : array (trial, unit)
    design : float array (trial, column)
    weight : float array (column, unit)
    """

    def __init__(self, responses: Rows, design: FloatArray, weight: FloatArray) -> None:
        self._responses, self._design, self._weight = responses, design, weight
        self.shape = responses.shape

    def __getitem__(self, rows: slice | IntArray) -> FloatArray:
        """Compute the residuals of rows."""
        return np.asarray(self._responses[rows] - self._design[rows] @ self._weight)
