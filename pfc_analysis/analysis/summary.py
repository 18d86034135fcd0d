"""Means over subjects (trained replicas or animals) with their uncertainty."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, listed


def compute_subject_mean(quantity: xr.DataArray, dim: str = "subject") -> xr.Dataset:
    """Average a quantity over subjects, with a 95 % interval for the mean.

    Parameters
    ----------
    quantity : xarray.DataArray
        Has dimension `dim`; NaN where a subject has no value, which is then left out.
    dim : str
        Dimension that counts independent subjects.

    Returns
    -------
    xarray.Dataset
        On the other dimensions: `mean`, `standard_error`, `lower`, `upper` and `n_subjects`. The
        interval is ``mean -+ t * s / sqrt(n)`` with Student's t at n - 1 degrees of freedom. One
        subject gives a mean but no interval (NaN); no subject gives NaN throughout.

    Raises
    ------
    AnalysisError
        If the quantity lacks the dimension.
    """
    from scipy.stats import t

    if dim not in quantity.dims:
        raise AnalysisError(
            f"{dim}: the quantity is on dimensions {listed(quantity.dims)}; expected {dim!r} among "
            "them, to average over"
        )
    present = quantity.notnull()
    n = present.sum(dim)
    mean = quantity.where(present, 0.0).sum(dim) / n.where(n > 0)
    spread = ((quantity - mean) ** 2).sum(dim)
    error = np.sqrt(spread / (n - 1).where(n > 1) / n.where(n > 1))
    reach = xr.apply_ufunc(lambda m: t.ppf(0.975, np.maximum(m, 1)), n - 1) * error
    result = xr.Dataset(
        {
            "mean": mean,
            "standard_error": error,
            "lower": mean - reach,
            "upper": mean + reach,
            "n_subjects": n,
        }
    )
    result.attrs["interval"] = "95 %, Student's t over subjects; NaN for fewer than two"
    if "units" in quantity.attrs:
        for name in ("mean", "standard_error", "lower", "upper"):
            result[name].attrs["units"] = quantity.attrs["units"]
    return result
