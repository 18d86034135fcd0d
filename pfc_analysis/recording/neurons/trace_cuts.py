"""Cut a trace around the event of each trial."""

from __future__ import annotations

import numpy as np

from pfc_analysis.recording.schema import RecordingError

_EVEN = 0.05
"""Share of a sample by which times may be off and still count as evenly spaced."""

_NEAR = 0.75
"""Share of a sample by which the nearest sample may be off before it is missing (ours)."""


def cut_grid(start: float, end: float, rate: float) -> np.ndarray:
    """Return the numbers of the samples from `start` to `end`, both included; 0 is the event.

    Examples
    --------
    >>> cut_grid(-0.2, 0.35, 10.0)
    array([-2, -1,  0,  1,  2,  3])
    """
    # A start or end that is a sample is kept, whatever the rounding.
    first, last = np.ceil(start * rate - 1e-6), np.floor(end * rate + 1e-6)
    return np.arange(int(first), int(last) + 1)


def cut_even(
    values: np.ndarray, first: float, rate: float, events: np.ndarray, grid: np.ndarray
) -> np.ndarray:
    """Cut a trace whose samples are evenly spaced.

    Parameters
    ----------
    values : numpy.ndarray
        The trace, shape (sample,).
    first, rate : float
        Time of its first sample in s, and samples a second.
    events : numpy.ndarray
        Time of the event on each trial in s; NaN where it did not happen.
    grid : numpy.ndarray
        As `cut_grid` returns it.

    Returns
    -------
    numpy.ndarray
        Shape (trial, time). Sample 0 is the one nearest the event, so times are right to half a
        sample. NaN where there was no event, and on all of a trial whose cut leaves the trace.

    Examples
    --------
    >>> import numpy as np
    >>> trace = np.arange(10.0)
    >>> cut_even(trace, 0.0, 1.0, np.array([3.2, np.nan, 9.0]), np.array([-1, 0, 1]))
    array([[ 2.,  3.,  4.],
           [nan, nan, nan],
           [nan, nan, nan]])
    """
    there = np.isfinite(events)
    nearest = np.rint((np.where(there, events, first) - first) * rate)
    inside = there & (nearest + grid[0] >= 0) & (nearest + grid[-1] < len(values))
    cut = np.full((len(events), len(grid)), np.nan)
    cut[inside] = values[nearest[inside].astype(np.int64)[:, None] + grid]
    return cut


def cut_by_times(
    values: np.ndarray, times: np.ndarray, rate: float, events: np.ndarray, grid: np.ndarray
) -> np.ndarray:
    """Cut a trace by the time of each sample, which may jitter and have gaps.

    Parameters
    ----------
    values, times : numpy.ndarray
        The trace and the time of each sample in s, which rises.
    rate, events, grid
        As in `cut_even`.

    Returns
    -------
    numpy.ndarray
        Shape (trial, time): the nearest sample, NaN where none lies within three quarters of
        a sample, as in a gap.
    """
    wanted = events[:, None] + grid / rate
    after = np.searchsorted(times, wanted).clip(1, len(times) - 1)
    nearest = after - (wanted - times[after - 1] < times[after] - wanted)
    near = np.abs(times[nearest] - wanted) <= _NEAR / rate
    return np.where(near & np.isfinite(wanted), values[nearest], np.nan)


def rate_of_times(times: np.ndarray, where: str) -> tuple[float, bool]:
    """Return the sampling rate of a trace from the times of its samples.

    Parameters
    ----------
    times : numpy.ndarray
        In s.
    where : str
        File and place; it opens the message of an error.

    Returns
    -------
    rate : float
        One over the mean step, gaps left out (steps half as long again as the median).
    is_even : bool
        Whether no step differs from the mean by more than 5 % of it.

    Raises
    ------
    RecordingError
        If times do not rise.
    """
    if len(times) < 2 or not np.isfinite(times).all():
        raise RecordingError(f"{where}: found {len(times)} times, expected 2 or more, all finite.")
    steps = np.diff(times)
    back = np.flatnonzero(steps <= 0)
    if back.size:
        at = int(back[0]) + 1
        raise RecordingError(
            f"{where}: found time {times[at]:g} after {times[at - 1]:g} at sample {at} "
            f"({back.size} such step(s)), expected times to rise."
        )
    step = float(steps[steps < 1.5 * np.median(steps)].mean())
    drifts = abs(times[0] + step * (len(times) - 1) - times[-1]) > _EVEN * step
    return 1 / step, not drifts and bool(np.all(np.abs(steps - step) <= _EVEN * step))
