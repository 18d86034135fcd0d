"""Read hidden states and the true volatility, subject by subject, for decoding."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray, is_finite, list_names, number_labels
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.neurons.trial_factors import select_step
from pfc_analysis.analysis.row_blocks import iterate_rows, read_rows
from pfc_analysis.analysis.trials.choice_trials import read_variable
from pfc_analysis.analysis.trials.unit_design import read_sessions

Target = Literal["regime", "volatility"]


def read_states(recording: xr.Dataset, step: str | None) -> xr.DataArray:
    """Read hidden states on (trial, unit), finite, at a step or the only one."""
    if "hidden" not in recording:
        raise MissingVariableError(
            f"hidden: the recording has no such variable; it has {listed(recording.variables)}. "
            "Record an agent with its hidden states"
        )
    hidden = recording["hidden"]
    if step is None and "step" in hidden.dims and hidden.sizes["step"] == 1:
        step = str(hidden["step"].values[0])
    states = select_step(hidden, step).transpose("trial", "unit")
    if not all(is_finite(block) for _, block in iterate_rows(read_rows(states))):
        raise AnalysisError(
            "hidden: found states that are missing or infinite, expected a number for every unit "
            "and trial; leave trials out that were never reached"
        )
    return states


def read_target(recording: xr.Dataset, target: str) -> FloatArray:
    """Read the regime or the hazard of reversal; float array (trial,)."""
    if target not in get_args(Target):
        raise AnalysisError(f"target: found {target!r}, expected 'regime' or 'volatility'")
    return read_variable(recording, target).astype(np.float64)


def split_subjects(states: xr.DataArray, fewest: int) -> list[tuple[str, IntArray, IntArray]]:
    """List the name, rows and sessions (numbered from 0) of each subject."""
    if not isinstance(fewest, (int, np.integer)) or fewest < 2:
        raise AnalysisError(f"n_folds: found {fewest!r}, expected a whole number of at least 2")
    session = read_sessions(None, states)
    subject = states["subject"].values.astype(str)
    found = []
    for name in list_names(subject):
        rows = np.flatnonzero(subject == name)
        own = number_labels(session[rows])[1]
        if own.max() + 1 < fewest:
            raise AnalysisError(
                f"session: found {int(own.max()) + 1} of subject {name!r}, expected at least "
                f"{fewest}, one for each fold"
            )
        found.append((name, rows, own))
    return found


def require_variation(truth: FloatArray, target: str, subject: str) -> None:
    """Raise `AnalysisError` where a subject's target is the same in all trials."""
    if np.ptp(truth) == 0:
        raise AnalysisError(
            f"{target}: found {truth[0]:g} in all trials of subject {subject!r}, expected phases "
            "of both kinds"
        )
