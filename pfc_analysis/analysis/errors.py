"""Errors that analyses raise; the message names what was found, expected, and the way out."""

from __future__ import annotations

from collections.abc import Iterable


class AnalysisError(ValueError):
    """A recording or a setting does not allow the analysis; the message says how to change it.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> try:
    ...     pfc.analysis.fit_choice_history(recording, n_lags=0)
    ... except pfc.analysis.AnalysisError as error:
    ...     print(error)
    n_lags: found 0, expected a whole number of at least 1
    """


class MissingVariableError(AnalysisError):
    """The recording lacks a variable or coordinate that the analysis reads.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> try:
    ...     pfc.analysis.build_trial_factors(recording.drop_vars("value"))
    ... except pfc.analysis.MissingVariableError as error:
    ...     print(str(error).split(";")[0])
    value: the recording has no such variable
    """


class EmptySelectionError(AnalysisError):
    """No trial is left once forced, invalid and unpaired trials are left out.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> try:
    ...     pfc.analysis.compute_stay_probability(recording.isel(trial=slice(0, 1)))
    ... except pfc.analysis.EmptySelectionError as error:
    ...     print(str(error).split(":")[0])
    no trial is left to follow another trial
    """


class SeparationError(AnalysisError):
    """The predictors separate the choices without error, so no finite estimate exists.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> predictor = np.array([-2.0, -1.0, 1.0, 2.0])
    >>> design = np.column_stack([np.ones(4), predictor])
    >>> response, session = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 0, 1, 1])
    >>> try:
    ...     pfc.analysis.fit_logistic(design, response, session, ["intercept", "stimulus"])
    ... except pfc.analysis.SeparationError as error:
    ...     print(str(error).split(" (")[0])
    no finite maximum-likelihood estimate exists: the predictors separate the choices
    """


def listed(names: Iterable[object]) -> str:
    """Join names in quotes, with commas between them, for an error message."""
    return ", ".join(repr(str(name)) for name in names) or "none"
