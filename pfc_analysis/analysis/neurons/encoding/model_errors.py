"""Compute the held-out errors of all models, replica by replica, with drift taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.neurons.encoding.drift_removal import (
    build_trend,
    subtract_block_means,
)
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import (
    Errors,
    leave_out_each,
    sum_by_block,
)
from pfc_analysis.analysis.neurons.encoding.encoding_rows import EncodingRows
from pfc_analysis.analysis.neurons.encoding.held_out_errors import (
    TREND,
    EncodingArrays,
    compute_residuals,
)
from pfc_analysis.analysis.neurons.encoding.population_components import find_loadings
from pfc_analysis.analysis.trials.unit_design import SMALLEST_SPREAD

Drift = Literal["block", "trend", "none"]


@dataclass(frozen=True)
class Removal:
    """How drift is taken out."""

    drift: Drift
    n_cosines: int

    def find_trend(self, rows: EncodingRows) -> FloatArray:
        """Return the trend that is fitted without a penalty, (trial, term)."""
        if self.drift == "trend":
            return build_trend(rows.session, self.n_cosines)
        return np.ones((rows.block.size, 1 if self.drift == "none" else 0))

    def apply(self, rows: EncodingRows, values: FloatArray) -> FloatArray:
        """Subtract the mean, or that of each block, from values (trial, column)."""
        if self.drift == "block":
            return subtract_block_means(values, rows.block)
        return values - values.mean(axis=0)

    def scale(self, rows: EncodingRows, values: FloatArray) -> FloatArray:
        """As `apply`, and divide by the standard deviation."""
        left = self.apply(rows, values)
        spread = left.std(axis=0)
        still = spread <= SMALLEST_SPREAD * np.abs(values).max(axis=0)
        return np.asarray(left / np.where(still, np.inf, spread))


def compute_errors(
    rows: EncodingRows,
    fold: IntArray,
    models: dict[str, list[str]],
    removal: Removal,
    n_components: int,
    units: bool,
) -> Errors:
    """Compute the errors of all models, replica by replica."""
    responses, trend = removal.apply(rows, rows.responses), removal.find_trend(rows)
    base = removal.scale(rows, rows.sets[0].values[0])
    n_components = min(n_components, responses.shape[1])
    targets = _list_targets(responses, find_loadings(responses, trend, fold, n_components), units)
    found: dict[str, list[FloatArray]] = {name: [] for name in (TREND, *models)}
    several = {one.name for one in rows.sets if len(one.replicas) > 1}
    for replica in range(len(rows.replicas)):
        columns, sets = rows.columns(replica)
        features = removal.scale(rows, columns)
        arrays = EncodingArrays(trend, base, features, targets, n_components, fold)
        # A model without sets of several replicas is the same for all of them.
        own = {k: v for k, v in models.items() if replica == 0 or several & set(v)}
        left = compute_residuals(arrays, sets, own)
        for name, parts in found.items():
            again = replica == 0 or name in own
            parts.append(sum_by_block(left[name], rows.block) if again else parts[0])
    by_model = {
        name: np.stack([leave_out_each(each) for each in parts]) for name, parts in found.items()
    }
    return Errors(by_model, responses.shape[1] if units else 0)


def _list_targets(
    responses: FloatArray, loadings: Sequence[FloatArray], units: bool
) -> list[FloatArray]:
    """Lay out units, if wanted, and components, for each fold."""
    scores = [responses @ each for each in loadings]
    return [np.concatenate([responses, each], axis=1) for each in scores] if units else scores
