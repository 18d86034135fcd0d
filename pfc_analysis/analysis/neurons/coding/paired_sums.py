"""Sum over pairs of trials once, for the null distributions of all factors.

Sums of products are linear. Those of residuals y - X b are the sums of y minus b times the sums of
X, so one pass over the trials is enough, whichever predictors are removed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.neurons.coding.activity_rows import Residuals
from pfc_analysis.analysis.row_blocks import Rows, select_rows
from pfc_analysis.analysis.statistics.partial_correlation import Moments, fit_predictors
from pfc_analysis.analysis.statistics.session_permutation import (
    Pairing,
    find_lacking,
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
        0 where not entering. In memory, or read session by session.
    design : float array (trial, column)
        Task variables, column 0 the intercept; all 0 where not used.
    used, entering : boolean arrays (trial,)
        Trials that have activity and task variables; those of them whose activity enters.
    """

    def __init__(
        self,
        pairing: Pairing,
        activity: Rows,
        design: FloatArray,
        used: BoolArray,
        entering: BoolArray,
    ) -> None:
        self.pairing, self.activity, self.used = pairing, activity, used
        self.rows = np.flatnonzero(entering)
        self.xx = sum_paired_designs(pairing, design, used)
        self.xy = sum_paired_responses(pairing, activity, design)
        if pairing.of_residuals:
            self.design = design * entering[:, None]
            self.with_design = sum_paired_responses(pairing, self.design, design)
            self.lacking = find_lacking(pairing, used)
        else:
            self.yy = sum_paired_squares(pairing, activity, used)

    def given(self, others: Sequence[int], names: Sequence[str]) -> Moments:
        """Return the sums of residuals on some columns, or of activity where it is exchanged."""
        if not self.pairing.of_residuals:
            return Moments(self.xx, self.xy, self.yy)
        columns = list(others)
        design = self.design[:, columns]
        responses = select_rows(self.activity, self.rows)
        weight, unexplained = fit_predictors(responses, design[self.rows], names)
        if self.lacking:
            residuals = Residuals(self.activity, design, weight)
            yy = sum_paired_squares(self.pairing, residuals, self.used)
        else:  # the same in every permutation
            yy = np.broadcast_to(unexplained, (len(self.xx), unexplained.size))
        return Moments(self.xx, self.xy - self.with_design[..., columns] @ weight, yy)
