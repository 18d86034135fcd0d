"""Logistic regressions of several subjects: fit each, and put the estimates on named dimensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.statistics.logistic import Covariance, LogisticFit, fit_logistic
from pfc_analysis.analysis.trials.choice_trials import ChoiceTrials, require_any

Variables = dict[str, Any]
"""Data variables of an `xarray.Dataset`, each with its dimensions and attributes."""


def fit_subjects(
    trials: ChoiceTrials,
    design: FloatArray | Callable[[IntArray], FloatArray],
    response: FloatArray,
    used: BoolArray,
    names: Sequence[str],
    *,
    ridge: float,
    covariance: Covariance,
    purpose: str,
    pattern: IntArray | None = None,
) -> list[LogisticFit]:
    """Fit one logistic regression to the trials of each subject.

    Parameters
    ----------
    trials : ChoiceTrials
        Subjects and sessions of the trials.
    design : float array (trial, predictor), or a function
        Column 0 is the intercept. A function takes the indices of some trials and returns their
        rows of the design, so that only those of one subject are held at a time.
    response : float array (trial,)
        0 or 1.
    used : boolean array (trial,)
        Trials that enter.
    names : sequence of str
        Of the design's columns, for error messages.
    ridge, covariance
        As for `fit_logistic`.
    purpose : str
        What trials are needed for, to complete "no trial is left to ..." in an error message.
    pattern : integer array (trial,), optional
        Trials of the same pattern have the same row of the design. With covariance "nonrobust",
        trials of a subject with the same pattern and response then share a row of the regression.

    Returns
    -------
    list of LogisticFit
        In the order of `trials.subjects`.

    Raises
    ------
    EmptySelectionError
        If a subject has no trial that enters.
    SeparationError, AnalysisError
        As `fit_logistic`.
    """
    fits = []
    split = split_by_subject(trials, used)
    for (_, subject), rows in zip(trials.by_subject(), split, strict=True):
        require_any(rows >= 0, f"{purpose} for subject {subject!r}", trials)
        n_sessions = int(np.unique(trials.session[rows]).size)
        count = None
        if pattern is not None and covariance == "nonrobust":
            rows, count = _join_alike(rows, pattern, response)
        fit = fit_logistic(
            design(rows) if callable(design) else design[rows],
            response[rows],
            trials.session[rows],
            names,
            ridge=ridge,
            covariance=covariance,
            subject=subject,
            count=count,
        )
        fits.append(replace(fit, n_sessions=n_sessions))
    return fits


def _join_alike(
    rows: IntArray, pattern: IntArray, response: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Find one trial for each pattern and response, and the number of trials that are like it."""
    key = 2 * pattern[rows] + (response[rows] > 0)
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    return rows[first], count.astype(np.float64)


def split_by_subject(trials: ChoiceTrials, used: BoolArray) -> list[IntArray]:
    """Return the indices of the trials used, in order, for each subject of `trials.subjects`."""
    rows = np.flatnonzero(used)
    subject = trials.subject[rows]
    if np.any(subject[1:] < subject[:-1]):
        rows = rows[np.argsort(subject, kind="stable")]
    counts = np.bincount(subject, minlength=len(trials.subjects))
    return np.split(rows, np.cumsum(counts)[:-1])


def label_coefficients(
    fits: Sequence[LogisticFit], dims: tuple[str, ...], lengths: Sequence[int], skip: int = 0
) -> Variables:
    """Lay out coefficients with standard errors and 95 % intervals.

    Parameters
    ----------
    fits : sequence of LogisticFit
        One for each subject.
    dims : tuple of str
        Dimensions of the result, "subject" first.
    lengths : sequence of int
        Lengths of the dimensions after "subject"; their product is the number of coefficients.
    skip : int
        Coefficients at the start of each fit that are left out.
    """
    shape = (len(fits), *lengths)
    estimate = np.stack([fit.coefficient[skip:] for fit in fits]).reshape(shape)
    error = np.stack([np.sqrt(np.diag(fit.covariance))[skip:] for fit in fits]).reshape(shape)
    quantile = np.array([fit.interval_quantile for fit in fits])
    reach = quantile.reshape(-1, *[1] * len(lengths)) * error
    return {
        "coefficient": (dims, estimate, {"units": "log-odds"}),
        "standard_error": (dims, error, {"units": "log-odds"}),
        "lower": (dims, estimate - reach, {"long_name": "lower end of the 95 % interval"}),
        "upper": (dims, estimate + reach, {"long_name": "upper end of the 95 % interval"}),
    }


def label_counts(fits: Sequence[LogisticFit], ridge: float) -> Variables:
    """Lay out each subject's log-likelihood, numbers of trials and sessions, and the penalty."""
    result: Variables = {
        name: ("subject", [getattr(fit, name) for fit in fits])
        for name in ("log_likelihood", "n_trials", "n_sessions")
    }
    result["ridge"] = (
        "subject", [float(ridge)] * len(fits), {"long_name": "weight of penalty"}
    )  # fmt: skip
    return result
