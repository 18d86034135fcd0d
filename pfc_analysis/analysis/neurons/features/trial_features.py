"""Features of what happened: events of this and the last trial, and lagged choices and rewards."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    ChoiceTrials,
    find_previous,
    read_trials,
    read_variable,
)
from pfc_analysis.given_types import checks_types

Moment = Literal["before_choice", "after_outcome"]
"""Which events units can have seen: those of earlier trials, or also those of this trial."""

MOST_CODES = 8
"""Whole numbers with at most as many values are codes, each of which has a feature of its own."""

USUAL = ("choice", "reward")


@checks_types
def build_event_features(
    recording: xr.Dataset,
    moment: Moment = "before_choice",
    *,
    variables: Sequence[str] = USUAL,
    products: int = 2,
) -> FeatureSet:
    """Build features of the events of the last trial and, after the outcome, of this trial.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice`, `reward` and the other variables on `trial`, with coordinates `subject`, `session`
        and `trial_in_session`.
    moment : {"before_choice", "after_outcome"}
        When responses are measured: before the choice (last trial's events only), or after the
        outcome (events of both trials).
    variables : sequence of str
        Variables on `trial`. Codes (whole numbers of 3 to 8 values) have one feature for each value
        after the first; two values are -1 and 1; codes below 0 mean that there is none.
    products : int
        Largest number of variables of the same trial whose product is a feature, such as choice x
        reward (2); 1 for none. With as many as there are variables, no combination of events of the
        same trial can be told from another by anything but the features.

    Returns
    -------
    FeatureSet
        "events". Features have mean 0 over the trials that have one, and are 0 in others (in the
        first trial of a session there is no last trial).

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a setting is unknown, or a variable is no number on `trial`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> events = pfc.analysis.build_event_features(recording)
    >>> events.features
    ('last choice', 'last reward', 'last choice x reward')
    """
    trials = read_moment(recording, moment)
    columns = _code_variables(recording, trials, variables)
    _check_products(products, variables)
    columns = columns | _multiply(columns, products)
    found = _shift(columns, find_previous(trials), "last ")
    if moment == "after_outcome":
        found = {label: values for _, own in columns.items() for label, values in own} | found
    return _as_set("events", found)


@checks_types
def build_lag_features(
    recording: xr.Dataset,
    n_lags: int = 5,
    moment: Moment = "before_choice",
    *,
    variables: Sequence[str] = USUAL,
) -> FeatureSet:
    """Build features of the choices, rewards and their product over some trials back.

    Parameters
    ----------
    recording, moment, variables
        As for `build_event_features`. After the outcome, this trial is lag 0.
    n_lags : int
        Trials back, at least 1.

    Returns
    -------
    FeatureSet
        "lags". Features have mean 0 over the trials that have them, and are 0 where a session has
        no such trial.

    Raises
    ------
    MissingVariableError, AnalysisError
        As `build_event_features`; or if `n_lags` is out of range.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> pfc.analysis.build_lag_features(recording, n_lags=2).features[:3]
    ('choice, 1 back', 'reward, 1 back', 'choice x reward, 1 back')
    """
    if not isinstance(n_lags, (int, np.integer)) or n_lags < 1:
        raise AnalysisError(f"n_lags: found {n_lags!r}, expected a whole number of at least 1")
    trials = read_moment(recording, moment)
    columns = _code_variables(recording, trials, variables)
    columns = columns | _multiply(columns, 2)
    found: dict[str, FloatArray] = {}
    for lag in range(0 if moment == "after_outcome" else 1, n_lags + 1):
        rows = find_previous(trials, lag) if lag else np.arange(trials.choice.size)
        shifted = _shift(columns, rows, "")
        found |= {f"{label}, {lag} back": values for label, values in shifted.items()}
    return _as_set("lags", found)


def read_moment(recording: xr.Dataset, moment: str) -> ChoiceTrials:
    """Read the trials, and check the name of the moment."""
    if moment not in get_args(Moment):
        raise AnalysisError(f"moment: found {moment!r}, expected {listed(get_args(Moment))}")
    return read_trials(recording, two_arms=False)


Columns = dict[str, list[tuple[str, FloatArray]]]
"""By variable, its features: the name of each, and values with mean 0, 0 where there is none."""


def _code_variables(
    recording: xr.Dataset, trials: ChoiceTrials, variables: Sequence[str]
) -> Columns:
    """Code each variable as one feature or more."""
    if not variables:
        raise AnalysisError("variables: found none, expected one name or more")
    columns: Columns = {}
    for name in variables:
        values = trials.choice if name == "choice" else read_variable(recording, name)
        if values.ndim != 1 or values.dtype.kind not in "biuf":
            raise AnalysisError(
                f"{name}: found {values.dtype} of shape {values.shape}, expected one number a "
                "trial; leave it out of variables"
            )
        columns[name] = _code(name, values, trials.valid)
    return columns


def _code(name: str, values: np.ndarray, valid: BoolArray) -> list[tuple[str, FloatArray]]:
    """Code a variable; trials without a valid choice have none."""
    numbers = values.astype(np.float64)
    coded = values.dtype.kind in "biu"
    there = valid & np.isfinite(numbers) & ((numbers >= 0) | (not coded))
    levels = np.unique(numbers[there])
    if coded and levels.size > MOST_CODES:
        coded = False
    if levels.size <= 2 or not coded:
        return [(name, _centre(numbers, there))]
    return [
        (f"{name} {level:g}", _centre((numbers == level).astype(np.float64), there))
        for level in levels[1:]
    ]


def _centre(values: FloatArray, there: BoolArray) -> FloatArray:
    """Subtract the mean, and divide by the standard deviation; 0 where there is no value."""
    if not there.any():
        return np.zeros(values.size)
    mean, spread = values[there].mean(), values[there].std()
    return np.where(there, (values - mean) / (spread if spread > 0 else 1.0), 0.0)


def _check_products(products: int, variables: Sequence[str]) -> None:
    if not isinstance(products, (int, np.integer)) or not products >= 1:
        raise AnalysisError(
            f"products: found {products!r}, expected a whole number from 1 (none) to "
            f"{len(variables)} (of all variables)"
        )


def _multiply(columns: Columns, most: int) -> Columns:
    """Multiply the features of 2 variables, of 3, and so on."""
    found: Columns = {}
    for n in range(2, most + 1):
        for names in combinations(columns, n):
            found[" x ".join(names)] = [
                (" x ".join(label for label, _ in parts), np.prod([v for _, v in parts], axis=0))
                for parts in product(*(columns[name] for name in names))
            ]
    return found


def _shift(columns: Columns, rows: IntArray, prefix: str) -> dict[str, FloatArray]:
    """Take the features of other trials, of index `rows`; 0 where that is -1."""
    return {
        f"{prefix}{label}": np.where(rows == NONE, 0.0, values[rows])
        for own in columns.values()
        for label, values in own
    }


def _as_set(name: str, found: dict[str, FloatArray]) -> FeatureSet:
    return FeatureSet(name, np.stack(list(found.values()), axis=1)[None], tuple(found))
