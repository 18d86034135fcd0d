"""What is the time course of a signal around a cue? Mean traces by condition."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.analysis.trials.signal_trials import read_signal


@labelled
def compute_mean_traces(recording: xr.Dataset, variable: str, by: str = "cue") -> xr.Dataset:
    """Average traces over the trials of each subject, then over subjects, with an interval.

    Parameters
    ----------
    recording, variable, by
        As for `compute_window_response`: the signal on (`trial`, `time`) and the variable whose
        values are the conditions.

    Returns
    -------
    xarray.Dataset
        `trace` on (`subject`, `condition`, `time`): mean over trials. On (`condition`, `time`):
        `mean`, `standard_error`, `lower` and `upper` (95 % interval, Student's t over subjects, for
        each time separately) and `n_subjects`.

    Raises
    ------
    MissingVariableError, AnalysisError, EmptySelectionError
        As in `pfc_analysis.analysis.trials.signal_trials.read_signal`.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> import xarray as xr
    >>> time = np.arange(-1.0, 2.0, 0.5)
    >>> cue = np.tile([0, 1], 10)
    >>> signal = (cue == 0)[:, None] * (time >= 0)  # a response to the first cue alone
    >>> recording = xr.Dataset(
    ...     {
    ...         "photometry": (("trial", "time"), signal.astype(float), {"units": "dF/F"}),
    ...         "cue": ("trial", cue, {"labels": ["CS+", "CS-"]}),
    ...     },
    ...     {"subject": ("trial", np.repeat(["a", "b"], 10)), "time": time},
    ... )
    >>> traces = pfc.analysis.compute_mean_traces(recording, "photometry")
    >>> print(traces["mean"].sel(condition="CS+").values)
    [0. 0. 1. 1. 1. 1.]
    """
    traces = read_signal(recording, variable, by)
    mean = np.full((len(traces.subjects), len(traces.conditions), traces.time.size), np.nan)
    for row, column in np.ndindex(mean.shape[:2]):
        own = (traces.subject == row) & (traces.condition == column)
        if own.any():
            mean[row, column] = traces.signal[own].mean(axis=0)
    trace = xr.DataArray(
        mean,
        dims=("subject", "condition", "time"),
        coords={
            "subject": list(traces.subjects),
            "condition": traces.conditions,
            "time": traces.time,
        },
        attrs={"units": recording[variable].attrs.get("units", "1")},
    )
    return compute_subject_mean(trace).assign(trace=trace)
