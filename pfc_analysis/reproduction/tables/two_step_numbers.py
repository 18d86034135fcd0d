"""Planning of agents in the two-step task: in choices and in prediction errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.signals.prediction_error import regress_prediction_error
from pfc_analysis.reproduction.animals.rats import measure_choices
from pfc_analysis.reproduction.numbers import Numbers

LEARNING_RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Of the model-based predictor, for which r squared is tabulated; the paper's is not published."""

BOUNDS = ("", "_lower", "_upper")


def measure_planning(recording: xr.Dataset, ridge: float) -> xr.Dataset:
    """Compute how much subjects plan, by stay probabilities and by regression, and what they earn.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording of the two-step task.
    ridge : float
        Penalty of the history regression (`fit_choice_history`).

    Returns
    -------
    xarray.Dataset
        On `subject`: what `compute_stay_probability` gives, `planning_index` and `reward`, with
        their intervals.
    """
    choices, earned = measure_choices(recording, ridge), compute_performance(recording)
    names = [f"planning_index{end}" for end in BOUNDS]
    rewards = [f"reward{end}" for end in BOUNDS]
    return xr.merge([choices.stay, choices.history[names], earned[rewards]], combine_attrs="drop")


def measure_error_planning(recording: xr.Dataset, seed: int) -> xr.Dataset:
    """Compute what planning explains of prediction errors, and how much choices plan.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording of agents in the two-step task.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    xarray.Dataset
        On `subject`, with their intervals: `r2` and `slope` of the regression on model-based
        errors, each for `_second_state` and `_outcome`; `model_based_index`; and `invalid`, the
        share of trials broken off.
    """
    errors = regress_prediction_error(recording, np.random.default_rng(seed), n_bootstrap=100)
    errors = errors.sel(regressor="model_based", drop=True)
    parts = [
        errors[f"{name}{end}"].sel(selection=event, drop=True).rename(f"{name}_{event}{end}")
        for name in ("r2", "slope")
        for event in ("second_state", "outcome")
        for end in BOUNDS
    ]
    stay, earned = compute_stay_probability(recording), compute_performance(recording)
    indices = [f"model_based_index{end}" for end in BOUNDS]
    invalid = [f"invalid{end}" for end in BOUNDS]
    return xr.merge([*parts, stay[indices], earned[invalid]], combine_attrs="drop")


def add_error_settings(numbers: Numbers, agent: xr.Dataset, seed: int) -> None:
    """Tabulate, in panel f, what r squared would be with other settings of the regression.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows: "rpe_r_squared_last_outcome_kept", with the last outcome of each session,
        after which there is no next value; and "rpe_r_squared_by_learning_rate" of the model-based
        predictor, without it.
    agent : xarray.Dataset
        Recording of agents in the two-step task.
    seed : int
        Seed of the bootstrap.
    """

    def regress(**settings: Any) -> xr.Dataset:
        errors = regress_prediction_error(
            agent, np.random.default_rng(seed), n_bootstrap=200, **settings
        )
        planned = errors.sel(selection="both", regressor=["model_based"])
        return planned[[f"r2{end}" for end in BOUNDS]]

    kept = regress(last_trial="keep")
    numbers.add("f", "agents", "rpe_r_squared_last_outcome_kept", kept, "r2")
    rates = xr.Variable("learning_rate", list(LEARNING_RATES))
    by_rate = xr.concat([regress(alpha=rate) for rate in LEARNING_RATES], rates)
    numbers.add("f", "agents", "rpe_r_squared_by_learning_rate", by_rate, "r2")


def select_defined(curve: xr.Dataset, quantity: str, dim: str) -> xr.Dataset:
    """Leave out the doses at which no subject has a value of a quantity.

    Parameters
    ----------
    curve : xarray.Dataset
        `quantity` on `subject` and `dim`; NaN where it is not defined, such as r squared of errors
        that do not vary.
    quantity, dim : str
        The quantity, and the dimension that counts doses.

    Returns
    -------
    xarray.Dataset
        The quantity and, where there are any, its bounds.
    """
    names = [f"{quantity}{end}" for end in BOUNDS if f"{quantity}{end}" in curve]
    return curve[names].dropna(dim, how="all", subset=[quantity])
