"""What units code: least squares of all of them on the same task variables at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.statistics.least_squares import factorise_design, fit_least_squares
from pfc_analysis.analysis.statistics.logistic import Covariance
from pfc_analysis.analysis.trials.choice_trials import FloatArray
from pfc_analysis.analysis.trials.unit_design import (
    SessionLabels,
    find_unit_coords,
    read_sessions,
    read_unit_design,
)

Correction = Literal["bonferroni", "holm", "fdr_bh"]


def regress_units(
    responses: xr.DataArray,
    predictors: xr.Dataset | xr.DataArray,
    session: SessionLabels | None = None,
    covariance: Covariance = "nonrobust",
) -> xr.Dataset:
    r"""Regress every unit on the same predictors, by ordinary least squares.

    The model of unit u at trial t is :math:`y_{tu} = \beta_{0u} + \sum_k \beta_{ku} x_{tk} +
    e_{tu}`.

    Parameters
    ----------
    responses : xarray.DataArray
        On (`trial`, `unit`), in any order: activity at one step of the trial.
    predictors : xarray.Dataset or xarray.DataArray
        Variables on `trial`; or one array on `trial`, with a name, or on (`trial`, `predictor`).
        Numbers, in the caller's coding (for coefficients that compare, of equal variance). The
        intercept is added here.
    session : labels on `trial`, optional
        Sessions, for clustered errors; by default the coordinate `session` of the responses.
        Labels given as an `xarray.DataArray` with a coordinate `subject` on `trial` are told
        apart by subject, too.
    covariance : {"nonrobust", "cluster"}
        Standard errors for independent residuals of equal variance, with N - K degrees of freedom
        (N trials, K coefficients), or clustered by session, with G - 1 (G sessions): residuals
        may then depend on each other within sessions, as those of recurrent units do. Clustered
        errors are too small when sessions are few, in particular fewer than coefficients, and
        NaN for a predictor that is 0 outside one session.

    Returns
    -------
    xarray.Dataset
        On (`unit`, `predictor`), the first predictor being `intercept`: `coefficient` in units of
        the response per unit of the predictor, `standard_error`, `t`, `p_value` (two-sided,
        Student's t, for one coefficient: see `correct_p_values`), `lower`, `upper` (95 %). On
        `unit`: `r_squared`, about the mean. Attributes: `covariance`, `degrees_of_freedom`,
        `n_trials`, and `n_sessions` where errors are clustered.

    Raises
    ------
    MissingVariableError
        If errors are to be clustered and there are no labels of sessions.
    AnalysisError
        If values are missing, predictors are constant or collinear, a unit is constant or
        explained without residual, trials are no more than coefficients, or errors clustered by
        session cannot be estimated.

    References
    ----------
    Cameron & Miller (2015), Journal of Human Resources 50:317, on clustered errors.
    """
    if covariance not in get_args(Covariance):
        raise AnalysisError(
            f"covariance: found {covariance!r}, expected 'nonrobust' or 'cluster' (by session)"
        )
    data = read_unit_design(responses, predictors)
    cluster = read_sessions(session, responses) if covariance == "cluster" else None
    factor = factorise_design(data.design, data.names)
    fit = fit_least_squares(factor, data.responses, data.units, cluster)
    lower, upper = fit.interval()
    dims = ("unit", "predictor")
    result = xr.Dataset(
        {
            "coefficient": (dims, fit.coefficient, {"long_name": "regression coefficient"}),
            "standard_error": (dims, fit.standard_error, {"long_name": "standard error"}),
            "t": (dims, fit.t, {"long_name": "Student's t"}),
            "p_value": (dims, fit.p_value, {"long_name": "two-sided p value, uncorrected"}),
            "lower": (dims, lower, {"long_name": "lower end of the 95 % interval"}),
            "upper": (dims, upper, {"long_name": "upper end of the 95 % interval"}),
            "r_squared": ("unit", fit.r_squared, {"long_name": "explained share of variance"}),
        },
        coords={"predictor": list(data.names)} | find_unit_coords(responses),
    )
    result.attrs = {
        "covariance": covariance,
        "degrees_of_freedom": fit.degrees_of_freedom,
        "n_trials": data.design.shape[0],
        "interval": "95 %",
    }
    if cluster is not None:
        result.attrs["n_sessions"] = int(cluster.max()) + 1
    return result


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
        by itself.
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
