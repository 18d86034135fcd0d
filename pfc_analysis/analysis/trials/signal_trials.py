"""Read signals around a cue: the trace of each trial, with its subject and condition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
    listed,
)
from pfc_analysis.analysis.trials.choice_trials import check_values, read_variable


@dataclass(frozen=True)
class Traces:
    """Traces of the trials that have a condition, as plain arrays.

    Attributes
    ----------
    signal : float array (trial, time)
        The traces.
    time : float array (time,)
        In s.
    subject, condition : integer arrays (trial,)
        Index into `subjects` and `conditions`.
    subjects : tuple of str
        Names, sorted.
    conditions : array
        Labels in the order of their codes; or values, sorted.
    """

    signal: FloatArray
    time: FloatArray
    subject: IntArray
    condition: IntArray
    subjects: tuple[str, ...]
    conditions: np.ndarray


def read_signal(recording: xr.Dataset, variable: str, by: str) -> Traces:
    """Read and check a signal around a cue, with the condition of every trial.

    Parameters
    ----------
    recording, variable, by
        As for `pfc_analysis.analysis.signals.trace_windows.compute_window_response`.

    Returns
    -------
    Traces
        Plain arrays.

    Raises
    ------
    MissingVariableError
        If the recording lacks one of them.
    AnalysisError
        If the signal is on other dimensions or holds a value that is not a finite number, or a
        code has no label.
    EmptySelectionError
        If no trial has a condition.
    """
    signal = read_variable(recording, variable)
    dims = recording[variable].dims
    if dims != ("trial", "time"):
        raise AnalysisError(f"{variable}: found on {listed(dims)}, expected 'trial', 'time'")
    if "time" not in recording.coords:
        raise MissingVariableError(
            "time: the recording has no coordinate 'time', expected the times of the samples in s; "
            "use .assign_coords(time=...)"
        )
    finite = np.isfinite(signal).all(axis=1)
    check_values(variable, signal[:, 0], finite, "finite numbers in every sample")
    condition, conditions = _conditions(recording, by)
    kept = condition >= 0
    if not kept.any():
        raise EmptySelectionError(f"{by}: no trial of {condition.size} has a condition")
    names, subject = np.unique(
        read_variable(recording, "subject").astype(str)[kept], return_inverse=True
    )
    return Traces(
        signal=signal[kept].astype(np.float64),
        time=np.asarray(recording["time"].values, dtype=np.float64),
        subject=subject.astype(np.int64),
        condition=condition[kept],
        subjects=tuple(str(name) for name in names),
        conditions=conditions,
    )


def _conditions(recording: xr.Dataset, by: str) -> tuple[IntArray, np.ndarray]:
    """Read the index of each trial's condition, and the names of the conditions."""
    values = read_variable(recording, by)
    labels = recording[by].attrs.get("labels")
    if labels is None:
        found, index = np.unique(values, return_inverse=True)
        return index.astype(np.int64), found
    named = np.array([str(label) for label in labels])
    holds = (values >= -1) & (values < named.size)
    check_values(by, values, holds, f"an index into {named.tolist()}, or -1")
    return values.astype(np.int64), named
