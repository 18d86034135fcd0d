"""How does each unit depend on task variables? Least squares of all units at once."""

from __future__ import annotations

from typing import get_args

import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.least_squares import factorise_design, fit_least_squares
from pfc_analysis.analysis.statistics.logistic import Covariance
from pfc_analysis.analysis.trials.unit_design import (
    SessionLabels,
    find_unit_coords,
    read_sessions,
    read_unit_design,
)


@labelled
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
        On (`trial`, `unit`), in any order: activity at one step of the trial. An array of dask, as
        `open_recording` returns of a large file, is read block by block.
    predictors : xarray.Dataset or xarray.DataArray
        Variables on `trial`; or one array on `trial`, with a name, or on (`trial`, `predictor`).
        Numbers in any coding (with equal variances, coefficients can be compared). The intercept
        is added here.
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

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=5)
    >>> factors = pfc.analysis.build_trial_factors(recording, step="fixation")
    >>> used = (recording["subject"] == "seed_1") & (recording["trial_in_session"] > 0)
    >>> states = recording["hidden"].sel(step="fixation").isel(trial=used.values)
    >>> predictors = factors[["last_action", "last_reward"]].isel(trial=used.values)
    >>> fit = pfc.analysis.regress_units(states, predictors, covariance="cluster")
    >>> fit["coefficient"].dims
    ('unit', 'predictor')
    >>> fit["predictor"].values.tolist()
    ['intercept', 'last_action', 'last_reward']
    >>> print(f"median share of variance explained {float(fit['r_squared'].median()):.1f}")
    median share of variance explained 0.4
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
