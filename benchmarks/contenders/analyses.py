"""Contenders: analyses of units and choices, and the same by loops over other libraries."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np
import xarray as xr

N_TRIALS, N_UNITS, N_PREDICTORS, N_SESSIONS = 240_000, 48, 6, 2400
N_LAGS, N_TYPES = 5, 4
N_ROWS, N_COMPONENTS = 6_000_000, 10
PERMUTATIONS = 20

Array = np.ndarray[Any, Any]
Work = Callable[[], float]


def analyse(question: str, how: str) -> Work:
    """Return a function that does one piece of an analysis and returns its amount.

    Parameters
    ----------
    question : str
        "least squares", "clustered errors", "permutation" or "logistic history".
    how : str
        The function of this project, or the alternative.
    """
    make: dict[tuple[str, str], Callable[[], Work]] = {
        ("least squares", "regress_units"): lambda: _regress_units("nonrobust"),
        ("least squares", "statsmodels"): lambda: _loop_over_units(clustered=False),
        ("clustered errors", "regress_units"): lambda: _regress_units("cluster"),
        ("clustered errors", "statsmodels"): lambda: _loop_over_units(clustered=True),
        ("permutation", "one factorisation"): _permute,
        ("permutation", "refitting"): _refit,
        ("logistic history", "this"): _fit_logistic,
        ("logistic history", "statsmodels"): _fit_logit,
    }
    return make[question, how]()


def make_units() -> tuple[Array, Array, Array]:
    """Draw responses (trial, unit), predictors (trial, predictor) and sessions (trial,)."""
    rng = np.random.default_rng(0)
    predictors = rng.standard_normal((N_TRIALS, N_PREDICTORS))
    session = np.repeat(np.arange(N_SESSIONS), N_TRIALS // N_SESSIONS)
    weights = rng.standard_normal((N_PREDICTORS, N_UNITS)) * 0.1
    responses = predictors @ weights + rng.standard_normal((N_TRIALS, N_UNITS))
    return responses, predictors, session


def _labelled() -> tuple[xr.DataArray, xr.DataArray]:
    responses, predictors, session = make_units()
    coords = {"session": ("trial", session)}
    names = [f"x{k}" for k in range(N_PREDICTORS)]
    return (
        xr.DataArray(responses, dims=("trial", "unit"), coords=coords),
        xr.DataArray(predictors, dims=("trial", "predictor"), coords={"predictor": names}),
    )


def _regress_units(covariance: Any) -> Work:
    from pfc_analysis.analysis.neurons.coding.unit_regression import regress_units

    responses, predictors = _labelled()

    def work() -> float:
        regress_units(responses, predictors, covariance=covariance)
        return N_UNITS

    return work


def _loop_over_units(clustered: bool) -> Work:
    """Regress one unit at a time, so that a round need not wait for all units."""
    import statsmodels.api as sm

    responses, predictors, session = make_units()
    design = sm.add_constant(predictors)
    how = {"cov_type": "cluster", "cov_kwds": {"groups": session}, "use_t": True}
    units = cycle(range(N_UNITS))

    def work() -> float:
        model = sm.OLS(responses[:, next(units)], design)
        fit = model.fit(**how) if clustered else model.fit()
        # Statsmodels computes these on request; `regress_units` returns all of them.
        _ = (fit.params, fit.bse, fit.tvalues, fit.pvalues, fit.conf_int(), fit.rsquared)
        return 1

    return work


def _permute() -> Work:
    from pfc_analysis.analysis.statistics.permutation import permute_predictor

    responses, predictors = _labelled()
    rng = np.random.default_rng(1)

    def work() -> float:
        permute_predictor(responses, predictors, "x0", rng, n_permutations=PERMUTATIONS)
        return PERMUTATIONS

    return work


def _refit() -> Work:
    """Freedman and Lane's test: for each permutation, refit all units by numpy's least squares."""
    responses, predictors, _ = make_units()
    rng = np.random.default_rng(1)
    full = np.column_stack((np.ones(N_TRIALS), predictors))
    reduced = np.delete(full, 1, axis=1)
    residual = responses - reduced @ np.linalg.lstsq(reduced, responses)[0]

    def work() -> float:
        permuted = residual[rng.permutation(N_TRIALS)]
        coefficient, left, _, _ = np.linalg.lstsq(full, permuted)
        inverse = np.linalg.inv(full.T @ full)
        error = np.sqrt(left / (N_TRIALS - full.shape[1]) * inverse[1, 1])
        _ = coefficient[1] / error
        return 1

    return work


def make_choices() -> tuple[Array, Array, Array]:
    """Draw the design of a choice history (trial, 1 + lag x type), choices and sessions."""
    rng = np.random.default_rng(0)
    side = rng.integers(0, 2, N_TRIALS) * 2.0 - 1.0
    kind = rng.integers(0, N_TYPES, N_TRIALS)
    each = (kind[:, None] == np.arange(N_TYPES)) * side[:, None]
    lagged = [np.roll(each, lag, axis=0) for lag in range(1, N_LAGS + 1)]
    design = np.column_stack((np.ones(N_TRIALS), *lagged))
    log_odds = design @ (rng.standard_normal(design.shape[1]) * 0.4)
    choice = (rng.random(N_TRIALS) < 1 / (1 + np.exp(-log_odds))).astype(np.float64)
    session = np.repeat(np.arange(N_SESSIONS), N_TRIALS // N_SESSIONS)
    return design, choice, session


def _fit_logistic() -> Work:
    from pfc_analysis.analysis.statistics.logistic import fit_logistic

    design, choice, session = make_choices()
    names = [f"x{k}" for k in range(design.shape[1])]

    def work() -> float:
        fit_logistic(design, choice, session, names)
        return 1

    return work


def _fit_logit() -> Work:
    import statsmodels.api as sm

    design, choice, _ = make_choices()

    def work() -> float:
        fit = sm.Logit(choice, design).fit(disp=False)
        _ = (fit.params, fit.cov_params(), fit.llf)
        return 1

    return work


def decompose(how: str) -> Work:
    """Return a function that computes principal components and returns the number of rows.

    Parameters
    ----------
    how : {"this", "sklearn randomized", "sklearn covariance_eigh"}
        The function of this project, or a solver of scikit-learn.
    """
    states = np.random.default_rng(0).standard_normal((N_ROWS, N_UNITS), dtype=np.float32)
    # Variances differ between units, as in hidden states.
    states *= np.linspace(2.0, 0.2, N_UNITS, dtype=np.float32)
    if how == "this":
        return _decompose(states)
    from sklearn.decomposition import PCA

    solver = how.removeprefix("sklearn ")

    def work() -> float:
        PCA(N_COMPONENTS, svd_solver=solver, random_state=0).fit(states)
        return N_ROWS

    return work


def _decompose(states: Array) -> Work:
    from pfc_analysis.analysis.neurons.states.state_space import compute_principal_components

    labelled = xr.DataArray(states, dims=("row", "unit"))

    def work() -> float:
        compute_principal_components(labelled, N_COMPONENTS)
        return N_ROWS

    return work
