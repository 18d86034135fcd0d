"""How much does a signal change after an event? Responses in windows of a trace, by condition.

A window (a, b) holds the samples at times a <= t < b, in seconds from the onset of the cue.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.required_variables import require_result
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.trials.signal_trials import read_signal
from pfc_analysis.given_types import checks_types

Statistic = Literal["peak", "mean", "area"]
Window = tuple[float, float]


@checks_types
def measure_windows(
    signal: FloatArray,
    time: FloatArray,
    window: Window,
    statistic: Statistic = "mean",
    baseline: Window | None = None,
) -> FloatArray:
    r"""Measure every trace in a window: its peak, mean or area.

    With samples x_t in the window W, every :math:`\Delta` seconds, and b the mean of the samples
    in the baseline (0 where there is none):

    .. math::
        \text{peak} = \max_{t \in W} x_t - b, \qquad
        \text{mean} = \frac{1}{|W|} \sum_{t \in W} x_t - b, \qquad
        \text{area} = \Delta \sum_{t \in W} (x_t - b)

    Parameters
    ----------
    signal : float array (trial, time)
        The traces.
    time : float array (time,)
        Times of the samples in s, rising, evenly spaced.
    window, baseline : tuple of float
        Start and end in s; the end is not included.
    statistic : {"mean", "peak", "area"}
        What to compute.

    Returns
    -------
    float array (trial,)
        In the unit of the signal; "area" in that unit times s.

    Raises
    ------
    AnalysisError
        If a window reaches beyond the trace or holds no sample, samples are unevenly spaced, or
        the statistic is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> time = np.arange(-1.0, 2.0, 0.5)
    >>> signal = np.array([[0, 0, 1, 3, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=float)
    >>> for statistic in ("mean", "peak", "area"):
    ...     found = pfc.analysis.measure_windows(signal, time, (0.0, 1.0), statistic, (-1.0, 0.0))
    ...     print(statistic, found)
    mean [2. 0.]
    peak [3. 0.]
    area [2. 0.]
    """
    if statistic not in get_args(Statistic):
        raise AnalysisError(
            f"statistic: found {statistic!r}, expected one of {list(get_args(Statistic))}"
        )
    step = _sampling_step(time)
    found = signal[:, select_window(time, window)]
    rest = 0.0 if baseline is None else signal[:, select_window(time, baseline)].mean(axis=1)
    if statistic == "peak":
        return np.asarray(found.max(axis=1) - rest)
    mean = np.asarray(found.mean(axis=1) - rest)
    return mean * step * found.shape[1] if statistic == "area" else mean


def select_window(time: FloatArray, window: Window) -> BoolArray:
    """Select the samples in a window, without its end.

    Parameters
    ----------
    time : float array (time,)
        Times of the samples in s, rising, evenly spaced.
    window : tuple of float
        Start and end in s.

    Returns
    -------
    boolean array (time,)
        Whether a sample is in it.

    Raises
    ------
    AnalysisError
        If the start is not before the end, no sample lies in the window, or the window reaches
        beyond the trace by a sample or more.
    """
    start, stop = window
    if not start < stop:
        raise AnalysisError(f"window: found {window}, expected a start before an end, in s")
    step = _sampling_step(time)
    slack = 1.001 * step  # a trace covers one step before its first and after its last sample
    if start < time[0] - slack or stop > time[-1] + slack:
        raise AnalysisError(
            f"window: found {window}, but the trace reaches from {time[0]:g} to {time[-1]:g} s; "
            "expected a window inside it"
        )
    inside = (time >= start) & (time < stop)
    if not inside.any():
        raise AnalysisError(
            f"window: no sample in {window}; samples are {step:g} s apart, expected a wider window"
        )
    return np.asarray(inside)


def _sampling_step(time: FloatArray) -> float:
    """Compute the seconds between samples."""
    steps = np.diff(time)
    if steps.size == 0 or not np.allclose(steps, steps[0], rtol=1e-4) or steps[0] <= 0:
        raise AnalysisError(
            f"time: found {time.size} sample(s), {'' if steps.size else 'no '}steps between them "
            f"{f'from {steps.min():g} to {steps.max():g} s' if steps.size else ''}, expected two "
            "or more, evenly spaced and rising"
        )
    return float(steps.mean())


@labelled
def compute_window_response(
    recording: xr.Dataset,
    variable: str,
    window: Window,
    statistic: Statistic = "mean",
    baseline: Window | None = None,
    by: str = "cue",
) -> xr.Dataset:
    """Average the response in a window over the trials of each subject and condition.

    Parameters
    ----------
    recording : xarray.Dataset
        `variable` (trial, time), coordinate `time` in s, coordinate `subject`, and `by`.
    variable : str
        Name of the signal, such as "photometry".
    window, baseline, statistic
        As in `measure_windows`.
    by : str
        Variable or coordinate on `trial` whose values are the conditions: a code with `labels`
        ("cue"; trials of -1 are left out), or numbers or text ("session", "reward_delay").

    Returns
    -------
    xarray.Dataset
        On (`subject`, `condition`): `response`, in the unit of the signal ("area": times s),
        `lower` and `upper`, the 95 % interval of its mean over trials (Student's t with n - 1
        degrees of freedom, trials taken as independent; NaN for fewer than two), and `n_trials`.
        A subject without trials in a condition has NaN and 0 there. Subjects are sorted by name;
        `condition` is text where `by` has labels or is text, else numbers.

    Raises
    ------
    MissingVariableError
        If the recording lacks one of the variables.
    AnalysisError
        As `measure_windows`; also if the signal holds a value that is not a finite number.
    EmptySelectionError
        If no trial has a condition.

    Notes
    -----
    The peak of a trace is biased upwards by noise, and more in a longer window. Compare peaks only
    between conditions that were measured in the same way.

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
    >>> responses = pfc.analysis.compute_window_response(
    ...     recording, "photometry", window=(0.0, 1.0), baseline=(-1.0, 0.0)
    ... )
    >>> print(responses["response"].sel(condition=["CS+", "CS-"]).values)
    [[1. 0.]
     [1. 0.]]

    The mean of dF/F in the second after the cue, for each subject (row) and cue (column).
    """
    traces = read_signal(recording, variable, by)
    value = measure_windows(traces.signal, traces.time, window, statistic, baseline)
    shape = (len(traces.subjects), len(traces.conditions))
    n = np.zeros(shape, dtype=np.int64)
    mean, reach = np.full(shape, np.nan), np.full(shape, np.nan)
    for cell in np.ndindex(shape):
        own = value[(traces.subject == cell[0]) & (traces.condition == cell[1])]
        n[cell] = own.size
        mean[cell], reach[cell] = _mean_and_reach(own)
    dims = ("subject", "condition")
    units = recording[variable].attrs.get("units", "1")
    about = {"units": f"{units} s" if statistic == "area" else units}
    result = xr.Dataset(
        {
            "response": (dims, mean, {"long_name": f"{statistic} in the window", **about}),
            "lower": (dims, mean - reach, about),
            "upper": (dims, mean + reach, about),
            "n_trials": (dims, n),
        },
        coords={"subject": list(traces.subjects), "condition": traces.conditions},
    )
    result.attrs = {"variable": variable, "statistic": statistic, "window": list(window)}
    if baseline is not None:
        result.attrs["baseline"] = list(baseline)
    result.attrs["interval"] = "95 %, Student's t over trials; NaN for fewer than two"
    return result


def _mean_and_reach(values: FloatArray) -> tuple[float, float]:
    """Compute the mean, and half the width of its 95 % interval."""
    if values.size == 0:
        return float("nan"), float("nan")
    if values.size == 1:
        return float(values[0]), float("nan")
    error = values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean()), float(student_quantile(0.975, values.size - 1) * error)


@labelled
def compute_condition_difference(
    responses: xr.Dataset, one: object, other: object, variable: str = "response"
) -> xr.Dataset:
    """Compute the difference between two conditions in each subject, and its mean over subjects.

    Parameters
    ----------
    responses : xarray.Dataset
        From `compute_window_response`; or any quantity on (`subject`, `condition`).
    one, other : object
        Conditions; the difference is `one` minus `other`.
    variable : str
        The quantity.

    Returns
    -------
    xarray.Dataset
        `difference` on `subject`; `mean`, `standard_error`, `lower` and `upper` (95 % interval of
        the mean, Student's t over subjects) and `n_subjects`, over subjects that have both. Each
        subject is its own control: this is a paired comparison.

    Raises
    ------
    AnalysisError
        If there is no such condition.

    Examples
    --------
    Mean responses of three mice to two cues, as `compute_window_response` returns them:

    >>> import pfc_analysis as pfc
    >>> import xarray as xr
    >>> responses = xr.Dataset(
    ...     {"response": (("subject", "condition"), [[1.2, 0.2], [0.9, 0.1], [1.4, 0.1]])},
    ...     {"subject": ["a", "b", "c"], "condition": ["CS+", "CS-"]},
    ... )
    >>> result = pfc.analysis.compute_condition_difference(responses, "CS+", "CS-")
    >>> print(f"{result['mean']:.2f} ({result['lower']:.2f} to {result['upper']:.2f})")
    1.03 (0.41 to 1.66)
    """
    require_result(responses, ("condition", variable), "responses", "compute_window_response")
    known = responses["condition"].values.tolist()
    for condition in (one, other):
        if condition not in known:
            raise AnalysisError(f"condition: found {condition!r}, expected one of {known}")
    quantity = responses[variable]
    difference = quantity.sel(condition=one, drop=True) - quantity.sel(condition=other, drop=True)
    difference.attrs = {k: v for k, v in quantity.attrs.items() if k == "units"}
    result = compute_subject_mean(difference)
    result.attrs["difference"] = f"{one} minus {other}"
    return result.assign(difference=difference)
