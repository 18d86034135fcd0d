"""Find the times of trials, steps and samples, or construct a clock where none was recorded.

Agents have no clock, and most tables of trials have no times. For file formats that need times,
each step then takes one second (or as long as is asked for), trial after trial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

_MARGIN = 0.25
"""Gap between constructed trials, as a part of a step, so that no sample belongs to two trials."""

_TOUCH = 1e-3
"""Gap in s before the next trial, for trials whose end is not recorded."""


@dataclass(frozen=True)
class Clock:
    """Times of one session, in seconds.

    Attributes
    ----------
    start, stop : numpy.ndarray
        Start and end of each trial, shape (trial,). All samples of a trial lie between them.
    zero : numpy.ndarray
        Zero of the coordinate `time` in each trial, shape (trial,).
    step : numpy.ndarray
        Duration of a step in each trial, shape (trial,).
    step_seconds : float or None
        The duration of every step, where they follow each other without a gap; None elsewhere.
    note : str
        Where the times come from.
    """

    start: np.ndarray
    stop: np.ndarray
    zero: np.ndarray
    step: np.ndarray
    step_seconds: float | None
    note: str

    def times(self, session: xr.Dataset, dim: str | None) -> np.ndarray:
        """Return times along a dimension, shape (trial, dim); the trials' starts where it is None.

        Prediction errors are stamped half a step after the step before them: what they are of
        arrives after that step, and within the trial.
        """
        if dim is None:
            return self.start[:, np.newaxis]
        if dim == "time":
            inside = session["time"].values.astype(np.float64)
            return _to_nanoseconds(self.zero[:, np.newaxis] + inside)
        late = 0.5 if dim == "event" else 0.0
        steps = np.arange(session.sizes[dim]) + late
        return _to_nanoseconds(self.start[:, np.newaxis] + self.step[:, np.newaxis] * steps)


def _to_nanoseconds(times: np.ndarray) -> np.ndarray:
    """Round times, so that a sum is not less than a start that it should equal."""
    return np.round(times, 9)


def make_clock(session: xr.Dataset, step_seconds: float = 1.0) -> Clock:
    """Find the times of the trials of a session, or construct them.

    Parameters
    ----------
    session : xarray.Dataset
        Trials of one session. The clock is theirs where `start_time` or `cue_time` is on `trial`
        in seconds (units "s"), without gaps and going forwards, and the samples on `time` of one
        trial do not run into the next; `stop_time` too is then used where it is there.
    step_seconds : float
        Seconds a step where they have no clock; a trial without steps lasts one.

    Returns
    -------
    Clock
        The times.
    """
    recorded = _recorded_clock(session)
    return _laid_out_clock(session, step_seconds) if recorded is None else recorded


def _steps(session: xr.Dataset) -> int:
    return max(session.sizes.get("step", 1), session.sizes.get("event", 1))


def _span(session: xr.Dataset) -> tuple[float, float]:
    """First and last sample on `time`; 0 where there is none."""
    if "time" not in session.dims:
        return 0.0, 0.0
    time = session["time"].values
    return float(time[0]), float(time[-1])


def _laid_out_clock(session: xr.Dataset, step_seconds: float) -> Clock:
    first, last = _span(session)
    trials, steps = session.sizes["trial"], _steps(session)
    has_samples = "time" in session.dims
    slot = max(steps * step_seconds, (last - first + step_seconds) if has_samples else 0.0)
    start = np.arange(trials) * slot
    gapless = slot == steps * step_seconds
    around = f", `time` 0 being {-first:g} s after its start" if has_samples else ""
    return Clock(
        _to_nanoseconds(start),
        _to_nanoseconds(start + slot - _MARGIN * step_seconds),
        start - first,
        np.full(trials, step_seconds),
        step_seconds if gapless else None,
        f"The recording has no clock. Times are laid out: {slot:g} s a trial, {step_seconds:g} s "
        f"a step{around}.",
    )


def _recorded_clock(session: xr.Dataset) -> Clock | None:
    cue, begun = _seconds(session, "cue_time"), _seconds(session, "start_time")
    start = begun if begun is not None else cue
    if start is None:
        return None
    zero, (first, last) = (start if cue is None else cue), _span(session)
    after = np.append(start[1:], np.inf)
    gap = np.diff(start)
    usual = float(np.median(gap)) if gap.size else 1.0
    stop = _seconds(session, "stop_time")
    if stop is None:
        until = np.append(start[1:], start[-1] + usual)
        stop = until - np.minimum(_TOUCH, (until - start) / 2)
    begin, end = np.minimum(start, zero + first), np.maximum(stop, zero + last)
    after = np.append(begin[1:], np.inf)
    if not ((begin <= end) & (end < after)).all():
        return None
    named = "cue_time" if begun is None else "start_time"
    return Clock(
        _to_nanoseconds(begin),
        _to_nanoseconds(end),
        zero,
        (end - begin) / _steps(session),
        None,
        f"Times are the recording's own ({named}), in s on the clock it names, which need not "
        "count from session_start_time.",
    )


def _seconds(session: xr.Dataset, name: str) -> np.ndarray | None:
    """Return the times of the trials in a variable, if they are complete and increase."""
    if name not in session or session[name].dims != ("trial",):
        return None
    array = session[name]
    if array.dtype.kind not in "iuf" or array.attrs.get("units") != "s":
        return None
    values = array.values.astype(np.float64)
    return values if np.isfinite(values).all() and (np.diff(values) > 0).all() else None
