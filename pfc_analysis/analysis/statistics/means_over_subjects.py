"""Average quantities over subjects (trained replicas or animals), with intervals."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.required_variables import require_result
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.result_names import find_range
from pfc_analysis.given_types import checks_types


@labelled
def compute_subject_mean(
    quantity: xr.DataArray,
    dim: str = "subject",
    valid_range: tuple[float, float] | None = None,
) -> xr.Dataset:
    """Average a quantity over subjects, with a 95 % interval for the mean.

    Parameters
    ----------
    quantity : xarray.DataArray
        Has dimension `dim`; NaN where a subject has no value, which is then left out.
    dim : str
        Dimension that counts independent subjects.
    valid_range : tuple of float, optional
        Smallest and largest value that the quantity can have, such as (0, 1) for a proportion and
        (-1, 1) for a correlation: the interval is then computed on the logit scale of that range
        (for a correlation, Fisher's z), so that it stays inside.

    Returns
    -------
    xarray.Dataset
        On the other dimensions: `mean`, `standard_error`, `lower`, `upper` and `n_subjects`. The
        interval is ``mean -+ t * s / sqrt(n)`` with Student's t at n - 1 degrees of freedom; with a
        `valid_range`, the same about the logit of the mean, with the standard error divided by the
        logit's slope (delta method). One subject gives a mean but no interval (NaN); no subject
        gives NaN throughout.

    Raises
    ------
    AnalysisError
        If the quantity lacks the dimension.

    Examples
    --------
    One number for each of five subjects, here the probability of staying after a reward:

    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> stay = xr.DataArray([0.70, 0.75, 0.80, 0.85, 0.90], dims="subject")
    >>> mean = pfc.analysis.compute_subject_mean(stay, valid_range=(0, 1))
    >>> for name in ("mean", "lower", "upper"):
    ...     print(name, float(mean[name].round(2)))
    mean 0.8
    lower 0.68
    upper 0.88
    """
    if dim not in quantity.dims:
        raise AnalysisError(
            f"{dim}: the quantity is on dimensions {listed(quantity.dims)}; expected {dim!r} among "
            "them, to average over"
        )
    n = quantity.notnull().sum(dim)
    columns = _average(quantity.values, quantity.get_axis_num(dim), valid_range)
    variables = {name: (n.dims, values, n.attrs) for name, values in columns.items()}
    result = xr.Dataset(variables | {"n_subjects": (n.dims, n.values)}, coords=n.coords)
    scale = (
        "" if valid_range is None else " on the logit scale of {:g} to {:g}".format(*valid_range)
    )
    result.attrs["interval"] = f"95 %, Student's t over subjects{scale}; NaN for fewer than two"
    if "units" in quantity.attrs:
        for name in ("mean", "standard_error", "lower", "upper"):
            result[name].attrs["units"] = quantity.attrs["units"]
    return result


def _average(
    values: NumberArray, axis: int, valid_range: tuple[float, float] | None
) -> dict[str, FloatArray]:
    """Average over an axis; `mean`, `standard_error`, `lower` and `upper` of the others."""
    # In numpy, which takes a twentieth of the time of labelled arrays this small.
    present = ~np.isnan(values)
    n = present.sum(axis=axis)
    known, several = np.where(n > 0, n, np.nan), np.where(n > 1, n, np.nan)
    mean = np.where(present, values, 0.0).sum(axis=axis) / known
    away = np.where(present, values - np.expand_dims(mean, axis), 0.0)
    error = np.sqrt((away**2).sum(axis=axis) / (several - 1) / several)
    reach = find_t_quantile(n - 1) * error
    lower, upper = mean - reach, mean + reach
    if valid_range is not None:
        lower, upper = _stay_inside(mean, reach, valid_range)
    return {"mean": mean, "standard_error": error, "lower": lower, "upper": upper}


def find_t_quantile(freedom: IntArray) -> FloatArray:
    """Find the .975 quantile of Student's t, of one degree of freedom where there are fewer."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.maximum(freedom, 1), 0.975), dtype=np.float64)


def _stay_inside(
    mean: FloatArray, reach: FloatArray, valid_range: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Compute an interval on the logit scale of a range; at an end of the range it has no width."""
    from scipy.special import expit, logit

    low, high = valid_range
    share = np.clip((mean - low) / (high - low), 0.0, 1.0)
    inside = (share > 0) & (share < 1)
    middle = np.where(inside, share, np.nan)
    half = reach / (high - low) / (middle * (1.0 - middle))
    ends = (low + (high - low) * expit(logit(middle) + side * half) for side in (-1, 1))
    lower, upper = (np.where(inside, end, mean - reach) for end in ends)
    return lower, upper


@labelled
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

    Examples
    --------
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> lesion = xr.DataArray([0.50, 0.55, 0.60], dims="subject")
    >>> control = xr.DataArray([0.70, 0.80, 0.75, 0.85], dims="subject")
    >>> result = pfc.analysis.compute_group_difference(lesion, control)
    >>> print(f"{result['difference'].item():.3f}")
    -0.225

    The interval leaves out 0, so the two groups differ:

    >>> bool(result["upper"] < 0)
    True
    """
    from scipy.stats import ttest_ind

    for group in (one, other):
        if group.dims != (dim,) or group.size < 2 or bool(group.isnull().any()):
            raise AnalysisError(
                f"{group.name or 'group'}: found dimensions {listed(group.dims)} and "
                f"{group.size - int(group.isnull().sum())} values of {group.size}, expected "
                f"{dim!r} alone, two subjects or more, each with a value"
            )
    with warnings.catch_warnings():
        # Of subjects that are all the same the variance is 0, which is right here.
        warnings.filterwarnings("ignore", "Precision loss occurred", RuntimeWarning)
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


@checks_types
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

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(0.5, 5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> stay = pfc.analysis.compute_stay_probability(recording)
    >>> interval = pfc.analysis.find_interval(stay, "model_based_index")
    >>> print(interval["lower"].values.round(2), interval["upper"].values.round(2))
    [0.37] [0.51]
    """
    require_result(result, (variable,), "result")
    found = {}
    for bound in ("lower", "upper"):
        own = f"{variable}_{bound}"
        name = own if own in result else bound
        if name in result and result[name].dims == result[variable].dims:
            found[bound] = result[name]
    return found


@labelled
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
        As `compute_subject_mean`; of proportions and correlations, the interval stays within their
        range. If there is a single subject, `lower` and `upper` are its own interval, which is
        about its trials and not about a population.

    Examples
    --------
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(0.5, 5.0)
    >>> rats = [
    ...     pfc.simulate(planner, TwoStep(), sessions=5, seed=seed, subject=f"rat_{seed}")
    ...     for seed in (1, 2, 3)
    ... ]
    >>> performance = pfc.analysis.compute_performance(xr.concat(rats, "trial"))
    >>> mean = pfc.analysis.summarise_subjects(performance, "reward")
    >>> print(f"{float(mean['mean']):.2f} rewards a trial, {int(mean['n_subjects'])} subjects")
    0.64 rewards a trial, 3 subjects
    """
    require_result(result, (variable,), "result")
    valid_range = find_range(variable)
    if valid_range and not result[variable].isnull().all():
        low, high = result[variable].min().item(), result[variable].max().item()
        # A difference of proportions may have kept their name.
        valid_range = valid_range if valid_range[0] <= low and high <= valid_range[1] else None
    mean = compute_subject_mean(result[variable], valid_range=valid_range)
    if result.sizes["subject"] > 1:
        return mean
    own = find_interval(result, variable)
    bounds = {name: array.isel(subject=0, drop=True) for name, array in own.items()}
    return mean.assign(bounds)
