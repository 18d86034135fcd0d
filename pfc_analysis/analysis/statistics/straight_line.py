"""Fit a straight line through points, with standard errors that allow for unequal scatter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.quantiles import normal_quantile, student_quantile
from pfc_analysis.given_types import checks_types

LineCovariance = Literal["HC3", "nonrobust"]

SMALLEST_SPREAD = 1e-12
"""A spread in x below this share of its size is due to rounding."""


@dataclass(frozen=True)
class StraightLine:
    """y = intercept + slope * x by ordinary least squares; NaN where it is not determined.

    Attributes
    ----------
    slope, intercept : float
    covariance : float array (2, 2)
        Of intercept and slope, in this order.
    r : float
        Pearson's correlation.
    residual_deviation : float
        Square root of the residual sum of squares over n - 2.
    n_points : int
    """

    slope: float
    intercept: float
    covariance: FloatArray
    r: float
    residual_deviation: float
    n_points: int

    @property
    def r_squared(self) -> float:
        """Share of y's variance that the line explains."""
        return self.r**2

    @property
    def intercept_error(self) -> float:
        """Standard error of the intercept."""
        return float(np.sqrt(self.covariance[0, 0]))

    @property
    def slope_error(self) -> float:
        """Standard error of the slope."""
        return float(np.sqrt(self.covariance[1, 1]))

    @property
    def slope_intercept_covariance(self) -> float:
        """Covariance of the two estimates."""
        return float(self.covariance[0, 1])

    def interval(self, name: str) -> tuple[float, float]:
        """Compute the 95 % interval of `slope`, `intercept`, `r` or `r_squared`; NaN for none."""
        value = float(getattr(self, name))
        if name in ("slope", "intercept"):
            if self.n_points < 3:
                return float("nan"), float("nan")
            quantile = float(student_quantile(0.975, self.n_points - 2))
            reach = quantile * getattr(self, f"{name}_error")
            return value - reach, value + reach
        if self.n_points < 4 or not abs(self.r) < 1:
            return float("nan"), float("nan")
        reach = normal_quantile(0.975) / np.sqrt(self.n_points - 3)
        lower, upper = (float(np.tanh(np.arctanh(self.r) + side * reach)) for side in (-1, 1))
        if name == "r":
            return lower, upper
        ends = sorted((lower**2, upper**2))
        return (0.0 if lower < 0 < upper else ends[0]), ends[1]


@checks_types
def fit_line(x: FloatArray, y: FloatArray, covariance: LineCovariance = "HC3") -> StraightLine:
    """Fit a straight line.

    Parameters
    ----------
    x, y : float arrays (point,)
        Finite numbers.
    covariance : {"HC3", "nonrobust"}
        Covariance of the estimates: heteroscedasticity-consistent, with residuals divided by
        1 - leverage; or classical.

    Raises
    ------
    AnalysisError
        If the covariance is unknown.

    References
    ----------
    MacKinnon & White (1985), J Econometrics 29:305.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    >>> line = pfc.analysis.fit_line(x, y=np.array([1.0, 3.1, 4.9, 7.0, 9.0]))
    >>> print(f"slope {line.slope:.2f}, intercept {line.intercept:.2f}, r {line.r:.2f}")
    slope 1.99, intercept 1.02, r 1.00
    """
    if covariance not in get_args(LineCovariance):
        raise AnalysisError(f"covariance: found {covariance!r}, expected 'HC3' or 'nonrobust'")
    n = x.size
    dx, dy = x - x.mean() if n else x, y - y.mean() if n else y
    spread = float(dx @ dx)
    if n < 3 or spread <= SMALLEST_SPREAD * float(x @ x):
        nothing = float("nan")
        return StraightLine(nothing, nothing, np.full((2, 2), np.nan), nothing, nothing, n)
    slope = float(dx @ dy) / spread
    residual = dy - slope * dx
    variance = float(residual @ residual) / (n - 2)
    # Rows of (X'X)^-1 X': the weight of each point's y in the intercept and in the slope.
    weight = np.stack([1 / n - x.mean() * dx / spread, dx / spread])
    if covariance == "nonrobust":
        meat = np.full(n, variance)
    else:
        leverage = 1 / n + dx**2 / spread
        # A point that alone determines the slope has no residual.
        alone = leverage > 1 - SMALLEST_SPREAD
        meat = np.where(alone, np.nan, residual / np.where(alone, 1.0, 1 - leverage)) ** 2
    total = float(dy @ dy)
    return StraightLine(
        slope=slope,
        intercept=float(y.mean() - slope * x.mean()),
        covariance=np.asarray((weight * meat) @ weight.T, dtype=np.float64),
        r=float(np.clip(dx @ dy / np.sqrt(spread * total), -1, 1)) if total > 0 else float("nan"),
        residual_deviation=float(np.sqrt(variance)),
        n_points=n,
    )
