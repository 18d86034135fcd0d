"""Which parameters of a learner explain each subject's choices best? Maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.learners.learner import Learner
from pfc_analysis.analysis.learners.learner_replay import (
    SessionTable,
    arrange_sessions,
    read_relative_state,
)
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.quantiles import normal_quantile
from pfc_analysis.analysis.trials.choice_trials import ChoiceTrials, read_trials, require_any

BOUNDS = {
    "alpha": (0.0, 1.0),
    "inverse_temperature": (0.0, 20.0),
    "eligibility": (0.0, 1.0),
    "reversal_probability": (0.0, 0.5),
    "lapse": (0.0, 0.5),
}
"""Parameters that are fitted unless fixed, with the ends of the search."""

SMALLEST_PROBABILITY = 1e-12
"""Lower limit of a choice's probability in the search, so that its logarithm is finite."""

GRID = (0.1, 0.35, 0.6, 0.85)
"""Starting points, as fractions of each parameter's range."""

N_REFINED = 2
"""Number of the best grid points from which the search is started."""

Objective = Callable[[FloatArray], float]


@dataclass(frozen=True)
class _Fit:
    """Estimates of one subject; arrays on the free parameters."""

    estimate: FloatArray
    standard_error: FloatArray
    at_bound: np.ndarray
    log_likelihood: float
    n_trials: int


@labelled
def fit_learner(
    learner_type: type[Any],
    recording: xr.Dataset,
    fixed: Mapping[str, Any] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
) -> xr.Dataset:
    """Fit a learner's parameters to the choices of each subject.

    Needs choices between two arms.

    Parameters
    ----------
    learner_type : type
        Class of the learner, for instance `ModelBased`; a dataclass of its parameters.
    recording : xarray.Dataset
        As for `run_learner`. Forced trials are learned from but not predicted.
    fixed : mapping, optional
        Parameters that are not fitted, with their values. Parameters that are in neither `fixed`
        nor `bounds` nor `BOUNDS` keep the class's default.
    bounds : mapping, optional
        Ends of the search per parameter, in place of, or in addition to, those in `BOUNDS`.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `parameter`): `estimate`, `standard_error`, `lower`, `upper` (95 %, normal,
        within the bounds) and `at_bound` (1 where the estimate lies on the edge of the search).
        On `subject`: `log_likelihood`, `aic`, `bic` and `n_trials`. Attribute `learner` names the
        class, `fixed` the parameters not fitted.

    Raises
    ------
    AnalysisError
        If a parameter's name is unknown, nothing is left to fit, or a subject has no free valid
        trial.

    Notes
    -----
    The likelihood is searched on a fixed grid and from its best points by the Nelder-Mead
    simplex, so the same data give the same estimates. Standard errors come from second
    differences of the log-likelihood. They are NaN at a bound, and where two step lengths
    disagree. The likelihood is then not a smooth function, as for the reversal probability of
    `LatentState`, which changes choices in steps.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.analysis.ModelBased(alpha=0.5, inverse_temperature=5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=10, seed=1, subject="planner")
    >>> fit = pfc.analysis.fit_learner(pfc.analysis.ModelBased, recording).sel(subject="planner")
    >>> for name in ("alpha", "inverse_temperature"):
    ...     one = fit.sel(parameter=name)
    ...     print(f"{name} {one['estimate']:.1f} ({one['lower']:.1f} to {one['upper']:.1f})")
    alpha 0.5 (0.4 to 0.6)
    inverse_temperature 5.1 (4.5 to 5.6)

    The 95 % intervals contain the parameters that made the choices.
    """
    fixed = dict(fixed or {})
    limits = _free_parameters(learner_type, fixed, bounds or {})
    trials = read_trials(recording)
    state = read_relative_state(recording, trials)
    fits = []
    for index, name in trials.by_subject():
        predicted = trials.predicted & (trials.subject == index)
        require_any(predicted, f"predict for subject {name!r}", trials)
        table = arrange_sessions(trials, state, index)
        likelihood = _likelihood(learner_type, list(limits), fixed, table, trials)
        fits.append(_fit_one(likelihood, np.array(list(limits.values())), int(predicted.sum())))
    result = _label(trials, limits, fits)
    result.attrs |= trials.counts() | {
        "learner": learner_type.__name__,
        "fixed": [f"{name}={value}" for name, value in fixed.items()],
    }
    return result


def _free_parameters(
    learner_type: type[Any], fixed: Mapping[str, Any], bounds: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Bounds of the parameters to fit, in the order of the class's fields."""
    names = [field.name for field in fields(learner_type)]
    unknown = [name for name in (*fixed, *bounds) if name not in names]
    if unknown:
        raise AnalysisError(
            f"{learner_type.__name__} has no parameter {listed(unknown)}; it has {listed(names)}"
        )
    limits = BOUNDS | dict(bounds)
    free = {name: limits[name] for name in names if name in limits and name not in fixed}
    if not free:
        raise AnalysisError(
            f"{learner_type.__name__}: all parameters are fixed, so there is nothing to fit; use "
            "run_learner for the likelihood of given parameters"
        )
    for name, (low, high) in free.items():
        if not low < high:
            raise AnalysisError(f"bounds of {name}: found ({low}, {high}), expected low < high")
    return free


def _likelihood(
    learner_type: type[Any],
    names: list[str],
    fixed: Mapping[str, Any],
    table: SessionTable,
    trials: ChoiceTrials,
) -> Objective:
    """Build the log-likelihood of a table's free valid choices, a function of the parameters."""
    inside = table.where >= 0
    counted = inside & trials.predicted[table.where]
    made = np.where(counted, trials.choice[table.where], 0)

    def log_likelihood(values: FloatArray) -> float:
        parameters = {name: float(v) for name, v in zip(names, values, strict=True)}
        learner: Learner = learner_type(**fixed, **parameters)
        probability = _probability_made(learner, table, made)
        return float(np.sum(np.log(np.maximum(probability[counted], SMALLEST_PROBABILITY))))

    return log_likelihood


def _probability_made(learner: Learner, table: SessionTable, made: IntArray) -> FloatArray:
    """Compute the probability of the choices made; float array (session, column)."""
    n_sessions, n_columns = made.shape
    probability = np.empty((n_columns, n_sessions))
    row = np.arange(n_sessions)
    state = learner.begin(n_sessions)
    for column in range(n_columns):
        probability[column] = learner.choice_probability(state)[row, made[:, column]]
        learner.learn(
            state, table.choice[:, column], table.second_state[:, column], table.reward[:, column]
        )
    return probability.T


def _fit_one(log_likelihood: Objective, limits: FloatArray, n_trials: int) -> _Fit:
    """Search within the limits, float array (parameter, 2), and estimate standard errors."""
    from scipy.optimize import minimize

    low, width = limits[:, 0], limits[:, 1] - limits[:, 0]

    def loss(fraction: FloatArray) -> float:
        return -log_likelihood(low + width * np.clip(fraction, 0.0, 1.0))

    grid = sorted(product(GRID, repeat=len(low)), key=lambda point: loss(np.array(point)))
    found = [
        minimize(
            loss,
            np.array(start),
            method="Nelder-Mead",
            bounds=[(0.0, 1.0)] * len(low),
            options={"xatol": 1e-4, "fatol": 1e-4},
        )
        for start in grid[:N_REFINED]
    ]
    best = min(found, key=lambda result: float(result.fun))
    fraction = np.asarray(best.x, dtype=np.float64)
    return _Fit(
        estimate=low + width * fraction,
        standard_error=width * _standard_error(loss, fraction),
        at_bound=(fraction < 1e-4) | (fraction > 1 - 1e-4),
        log_likelihood=-float(best.fun),
        n_trials=n_trials,
    )


def _standard_error(loss: Objective, at: FloatArray) -> FloatArray:
    """Compute standard errors from the curvature; NaN where two step lengths disagree."""
    step = 2e-3
    inside = (at > 2 * step) & (at < 1 - 2 * step)
    if not inside.all():
        return np.full(at.size, np.nan)
    fine, coarse = (_inverse_curvature(loss, at, h) for h in (step, 2 * step))
    agree = np.abs(fine - coarse) < 0.1 * coarse
    return np.where(agree, fine, np.nan)


def _inverse_curvature(loss: Objective, at: FloatArray, step: float) -> FloatArray:
    """Compute roots of the inverse Hessian's diagonal; NaN if it is not positive definite."""
    n = at.size
    unit = step * np.eye(n)
    hessian = np.empty((n, n))
    for i, j in combinations_with_replacement(range(n), 2):
        corners = [loss(at + a * unit[i] + b * unit[j]) for a in (1, -1) for b in (1, -1)]
        second = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
        hessian[i, j] = hessian[j, i] = second
    if np.linalg.eigvalsh(hessian)[0] <= 1e-8:
        return np.full(n, np.nan)
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(hessian))), dtype=np.float64)


def _label(
    trials: ChoiceTrials, limits: Mapping[str, tuple[float, float]], fits: list[_Fit]
) -> xr.Dataset:
    """Put the subjects' fits on named dimensions."""
    dims = ("subject", "parameter")
    low, high = np.array(list(limits.values())).T
    quantile = normal_quantile(0.975)
    estimate = np.stack([fit.estimate for fit in fits])
    error = np.stack([fit.standard_error for fit in fits])
    log_likelihood = np.array([fit.log_likelihood for fit in fits])
    n_trials = np.array([fit.n_trials for fit in fits])
    return xr.Dataset(
        {
            "estimate": (dims, estimate),
            "standard_error": (dims, error),
            "lower": (dims, np.clip(estimate - quantile * error, low, high)),
            "upper": (dims, np.clip(estimate + quantile * error, low, high)),
            "at_bound": (dims, np.stack([fit.at_bound for fit in fits]).astype(np.int64)),
            "log_likelihood": ("subject", log_likelihood),
            "aic": ("subject", 2 * len(limits) - 2 * log_likelihood),
            "bic": ("subject", len(limits) * np.log(n_trials) - 2 * log_likelihood),
            "n_trials": ("subject", n_trials),
        },
        coords={"subject": list(trials.subjects), "parameter": list(limits)},
    )
