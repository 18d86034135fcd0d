"""How large is a signal's response in each trial?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.signals.trace_windows import Statistic, Window, measure_windows
from pfc_analysis.analysis.trials.choice_trials import read_variable

COORDS = ("subject", "session", "trial_in_session")


@labelled
def measure_trial_responses(
    recording: xr.Dataset,
    variable: str,
    window: Window,
    statistic: Statistic = "mean",
    baseline: Window | None = None,
) -> xr.DataArray:
    """Measure the response of a signal in a window of every trial.

    Parameters
    ----------
    recording : xarray.Dataset
        `variable` on (`trial`, `time`), such as "signal" or "photometry"; coordinate `time` in s
        from the event around which traces are cut; coordinates `subject`, `session` and
        `trial_in_session`.
    variable : str
        Name of the signal.
    window, baseline, statistic
        As in `measure_windows`. A baseline before the outcome holds what the cue and the choice
        have evoked; one before the trial does not.

    Returns
    -------
    xarray.DataArray
        On `trial`, with these coordinates and `block`, if the recording has it; in the unit of the
        signal ("area": times s). NaN where a sample of the window or baseline is NaN.

    Raises
    ------
    MissingVariableError
        If the recording lacks one of them.
    AnalysisError
        If the signal is on other dimensions, infinite or NaN in all trials, or as
        `measure_windows`.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> import xarray as xr
    >>> label = {"subject": ["m1"] * 3, "session": [0] * 3, "trial_in_session": [0, 1, 2]}
    >>> recording = xr.Dataset(
    ...     {"signal": (("trial", "time"), np.array([[0, 0, 2, 2], [1, 1, 1, 1], [0, 0, 4, 0.0]]))},
    ...     {"time": [-0.2, -0.1, 0.0, 0.1]} | {k: ("trial", v) for k, v in label.items()},
    ... )
    >>> pfc.analysis.measure_trial_responses(recording, "signal", (0.0, 0.2)).values
    array([2., 1., 2.])
    """
    signal = _read_traces(recording, variable)
    time = np.asarray(recording["time"].values, dtype=np.float64)
    found = measure_windows(signal, time, window, statistic, baseline)
    if not np.isfinite(found).any():
        raise AnalysisError(
            f"{variable}: found NaN in the window in each of {found.size} trials, expected numbers "
            "in some; is the time of the window that of the traces?"
        )
    names = (*COORDS, *(("block",) if "block" in recording else ()))
    units = str(recording[variable].attrs.get("units", "1"))
    about = {"long_name": f"{statistic} of {variable} in the window", "window": list(window)}
    return xr.DataArray(
        found,
        dims="trial",
        coords={name: ("trial", read_variable(recording, name)) for name in names},
        name="response",
        attrs=about | {"units": f"{units} s" if statistic == "area" else units},
    )


def _read_traces(recording: xr.Dataset, variable: str) -> np.ndarray:
    """Read traces (trial, time); NaN where samples are missing."""
    signal = read_variable(recording, variable)
    dims = recording[variable].dims
    if dims != ("trial", "time"):
        raise AnalysisError(
            f"{variable}: found on {listed(dims)}, expected 'trial', 'time'; select one trace with "
            ".isel() or .sel()"
        )
    if "time" not in recording.coords:
        raise MissingVariableError(
            "time: the recording has no coordinate 'time', expected the times of the samples in s; "
            "use .assign_coords(time=...)"
        )
    if signal.dtype.kind not in "iuf" or np.isinf(signal).any():
        raise AnalysisError(
            f"{variable}: found values of type {signal.dtype}, some infinite or not numbers, "
            "expected finite numbers, or NaN where a sample is missing"
        )
    return np.asarray(signal, dtype=np.float64)
