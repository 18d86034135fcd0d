"""Sum over pairs of trials once, for the null distributions of all factors.

Sums of products are linear. Those of residuals y - X b are the sums of y minus b times the sums of
X, so one pass over the trials is enough, whichever predictors are removed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.statistics.partial_correlation import Moments, remove_predictors
from pfc_analysis.analysis.statistics.session_permutation import (
    Pairing,
    sum_paired_designs,
    sum_paired_responses,
    sum_paired_squares,
)


class PairedSums:
    """Sums over the pairs of each permutation.

    Parameters
    ----------
    pairing : Pairing
        Which trials are paired.
    activity : float array (trial, unit)
        0 where not entering.
    design : float array (trial, column)
        Task variables, column 0 the intercept; all 0 where not used.
    used, entering : boolean arrays (trial,)
        Trials that have activity and task variables; those of them whose activity enters.
    """

    def __init__(
        self,
        pairing: Pairing,
        activity: FloatArray,
        design: FloatArray,
        used: BoolArray,
        entering: BoolArray,
    ) -> None:
        self.pairing, self.activity, self.used = pairing, activity, used
        self.design = design * entering[:, None] if pairing.of_residuals else design[:, :0]
        self.rows, n_units = np.flatnonzero(entering), activity.shape[1]
        both = np.column_stack([activity, self.design])
        xy = sum_paired_responses(pairing, both, design)
        squares = sum_paired_squares(pairing, activity, used)
        self.moments = Moments(
            sum_paired_designs(pairing, design, used), xy[..., :n_units], squares
        )
        self.with_design = xy[..., n_units:]

    def given(self, others: Sequence[int], names: Sequence[str]) -> Moments:
        """Return the sums of residuals on some columns, or of activity where it is exchanged."""
        if not self.pairing.of_residuals:
            return self.moments
        residual, columns = np.zeros_like(self.activity), list(others)
        residual[self.rows], weight = remove_predictors(
            self.activity[self.rows], self.design[self.rows][:, columns], names
        )
        return Moments(
            self.moments.xx,
            self.moments.xy - self.with_design[..., columns] @ weight,
            sum_paired_squares(self.pairing, residual, self.used),
        )
