"""Average quantities over subjects (trained replicas or animals), with intervals."""

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


def compute_group_difference(
    one: xr.DataArray, other: xr.DataArray, dim: str = "subject"
) -> xr.Dataset:
    """Compute the difference between the means of two independent groups of subjects.

    Parameters
    ----------
    one, other : xarray.DataArray
        A quantity on `dim` alone; two subjects or more in each, which need not be equally many.
    dim : str
        Dimension that counts independent subjects.

    Returns
    -------
    xarray.Dataset
        On `dim`, of length 1 and labelled "difference": `difference`, `one` minus `other`,
        `lower` and `upper`, the 95 % interval of Welch's t, and `n_subjects`, of both.

    Raises
    ------
    AnalysisError
        If a group is on other dimensions, has fewer than two subjects, or lacks a value.
    """
    from scipy.stats import ttest_ind

    for group in (one, other):
        if group.dims != (dim,) or group.size < 2 or bool(group.isnull().any()):
            raise AnalysisError(
                f"{group.name or 'group'}: found dimensions {listed(group.dims)} and "
                f"{group.size - int(group.isnull().sum())} values of {group.size}, expected "
                f"{dim!r} alone, two subjects or more, each with a value"
            )
    interval = ttest_ind(one.values, other.values, equal_var=False).confidence_interval(0.95)
    found = {
        "difference": one.values.mean() - other.values.mean(),
        "lower": interval.low,
        "upper": interval.high,
        "n_subjects": one.size + other.size,
    }
    result = xr.Dataset({name: (dim, [value]) for name, value in found.items()})
    result.attrs["interval"] = "95 %, Welch's t over subjects"
    return result.assign_coords({dim: ["difference"]})


def find_interval(result: xr.Dataset, variable: str) -> dict[str, xr.DataArray]:
    """Return the interval that an analysis gives for one of its variables.

    Parameters
    ----------
    result : xarray.Dataset
        Result of an analysis. The bounds are called `<variable>_lower` and `<variable>_upper`, or
        `lower` and `upper` where they belong to the main variable.
    variable : str
        Name of the variable.

    Returns
    -------
    dict
        `lower` and `upper`, of the variable's dimensions; empty where it has no interval.
    """
    found = {}
    for bound in ("lower", "upper"):
        own = f"{variable}_{bound}"
        name = own if own in result else bound
        if name in result and result[name].dims == result[variable].dims:
            found[bound] = result[name]
    return found


def summarise_subjects(result: xr.Dataset, variable: str) -> xr.Dataset:
    """Average a variable of a result over subjects, or take over that of a single subject.

    Parameters
    ----------
    result : xarray.Dataset
        Result of an analysis, with dimension `subject`.
    variable : str
        What to average.

    Returns
    -------
    xarray.Dataset
        As `compute_subject_mean`. If there is a single subject, `lower` and `upper` are its own
        interval, which is about its trials and not about a population.
    """
    mean = compute_subject_mean(result[variable])
    if result.sizes["subject"] > 1:
        return mean
    own = find_interval(result, variable)
    bounds = {name: array.isel(subject=0, drop=True) for name, array in own.items()}
    return mean.assign(bounds)
