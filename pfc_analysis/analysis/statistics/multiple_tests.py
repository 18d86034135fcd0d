"""Correct p values for the number of tests.

Methods for a few numbers are written out: statsmodels takes a second to import and collects
garbage in every call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.result_labels import labelled

Correction = Literal["bonferroni", "holm", "fdr_bh"]


def adjust_holm(p: FloatArray) -> FloatArray:
    """Adjust p values, float array (test,), by Holm's method; NaN stays NaN and is no test."""
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known])]
    adjusted = np.full(p.size, np.nan)
    scaled = p[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def adjust_false_discoveries(p: FloatArray) -> FloatArray:
    """Adjust p values, float array (test,), by Benjamini and Hochberg's method; NaN is no test."""
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known])[::-1]]
    rank = np.arange(order.size, 0, -1)
    adjusted = np.full(p.size, np.nan)
    adjusted[order] = np.minimum.accumulate(np.minimum(p[order] * order.size / rank, 1.0))
    return adjusted


@labelled
def correct_p_values(
    p_value: xr.DataArray,
    method: Correction = "holm",
    dim: str | Sequence[str] = "unit",
    alpha: float = 0.05,
) -> xr.Dataset:
    """Correct p values for the number of tests.

    Parameters
    ----------
    p_value : xarray.DataArray
        Between 0 and 1, for instance of `regress_units`.
    method : {"bonferroni", "holm", "fdr_bh"}
        The first two hold the chance of any false finding in a family below `alpha`, Holm's never
        with less power; Benjamini & Hochberg's holds the expected share of false findings.
    dim : str or sequence of str
        Dimensions over which tests form one family. By default units: each predictor is corrected
        separately.
    alpha : float
        Level, above 0 and below 1.

    Returns
    -------
    xarray.Dataset
        On the dimensions of `p_value`: `p_value_corrected`, and `significant` (boolean: at most
        `alpha`). Attributes: `method`, `alpha`, `n_tests` (in a family).

    Raises
    ------
    AnalysisError
        If a p value is missing or out of range, or a setting is unknown.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6:65. Benjamini & Hochberg (1995), Journal of
    the Royal Statistical Society B 57:289.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> import xarray as xr
    >>> p_value = xr.DataArray([0.01, 0.03, 0.5], dims="unit")
    >>> corrected = pfc.analysis.correct_p_values(p_value, method="holm")
    >>> print(corrected["p_value_corrected"].values.round(2))
    [0.03 0.06 0.5 ]
    >>> print(corrected["significant"].values)
    [ True False False]
    """
    from statsmodels.stats.multitest import multipletests

    family = [dim] if isinstance(dim, str) else list(dim)
    _check_correction(p_value, method, family, alpha)
    shape = [p_value.sizes[name] for name in family]

    def correct(values: FloatArray) -> FloatArray:
        found = multipletests(values.ravel(), alpha=alpha, method=method)[1]
        return np.asarray(found, dtype=np.float64).reshape(shape)

    corrected = xr.apply_ufunc(
        correct, p_value, input_core_dims=[family], output_core_dims=[family], vectorize=True
    ).transpose(*p_value.dims)
    result = xr.Dataset({"p_value_corrected": corrected, "significant": corrected <= alpha})
    result["p_value_corrected"].attrs["long_name"] = f"p value, corrected ({method})"
    result["significant"].attrs["long_name"] = f"significant at {alpha:g}"
    result.attrs = {"method": method, "alpha": float(alpha), "n_tests": int(np.prod(shape))}
    return result


def _check_correction(p_value: xr.DataArray, method: str, family: list[str], alpha: float) -> None:
    if method not in get_args(Correction):
        raise AnalysisError(f"method: found {method!r}, expected {listed(get_args(Correction))}")
    if not 0 < alpha < 1:
        raise AnalysisError(f"alpha: found {alpha}, expected a number above 0 and below 1")
    if not family or not set(family) <= set(p_value.dims):
        raise AnalysisError(
            f"dim: found {listed(family)}, expected one or more of the p values' dimensions "
            f"({listed(p_value.dims)})"
        )
    wrong = ~((p_value >= 0) & (p_value <= 1))
    if p_value.size == 0 or bool(wrong.any()):
        raise AnalysisError(
            f"p_value: found {int(wrong.sum())} of {p_value.size} missing or out of range, "
            "expected numbers from 0 to 1; leave those tests out, for instance with .dropna()"
        )
