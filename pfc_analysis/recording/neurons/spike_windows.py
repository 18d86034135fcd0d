"""Count spikes in windows around events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pfc_analysis.recording.neurons.neural_entries import Window

ROUNDING = 1e-9
"""Seconds by which a spike may precede the edge of a window and still lie on it. Event plus start
is rounded, so that otherwise chance would decide about spikes on an edge, of which files that keep
milliseconds have many."""

TOLERANCE = 1e-6
"""Seconds by which a window may reach out of an interval of observation: rounding of times."""


def window_edges(
    windows: Mapping[str, Window], events: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return start and end of each window on each trial, in s of the recording.

    Parameters
    ----------
    windows : mapping of str to Window
        By name.
    events : mapping of str to numpy.ndarray
        By column, the time of the event on each trial; NaN where it did not happen.

    Returns
    -------
    start, end : numpy.ndarray
        Shape (trial, window); NaN where there was no event.
    """
    starts = [events[window.event] + window.start for window in windows.values()]
    ends = [events[window.event] + window.end for window in windows.values()]
    return np.stack(starts, axis=1), np.stack(ends, axis=1)


def count_in_windows(spikes: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Count the spikes of one unit in windows, start <= spike < end (to a nanosecond).

    Parameters
    ----------
    spikes : numpy.ndarray
        Times in s, in rising order.
    start, end : numpy.ndarray
        Start and end of each window in s, of any shape; NaN where there is no window.

    Returns
    -------
    numpy.ndarray
        Counts as float32, of the same shape; NaN where there is no window.

    Examples
    --------
    >>> import numpy as np
    >>> spikes = np.array([0.1, 0.2, 0.5, 0.9])
    >>> count_in_windows(spikes, np.array([0.0, 0.2, np.nan]), np.array([0.2, 0.9, np.nan]))
    array([ 1.,  2., nan], dtype=float32)
    """
    before_end = np.searchsorted(spikes, end - ROUNDING, side="left")
    before_start = np.searchsorted(spikes, start - ROUNDING, side="left")
    counts = (before_end - before_start).astype(np.float32)
    counts[np.isnan(start) | np.isnan(end)] = np.nan
    return counts


def merge_intervals(intervals: np.ndarray) -> np.ndarray:
    """Join intervals that overlap or touch.

    Parameters
    ----------
    intervals : numpy.ndarray
        Start and end of each in s, shape (interval, 2).

    Returns
    -------
    numpy.ndarray
        Intervals that do not touch, in rising order.

    Examples
    --------
    >>> import numpy as np
    >>> merge_intervals(np.array([[5.0, 6.0], [0.0, 2.0], [2.0, 3.0]])).tolist()
    [[0.0, 3.0], [5.0, 6.0]]
    """
    if len(intervals) == 0:
        return np.empty((0, 2))
    ordered = intervals[np.argsort(intervals[:, 0], kind="stable")]
    reached = np.maximum.accumulate(ordered[:, 1])
    first = np.append(True, ordered[1:, 0] > reached[:-1] + TOLERANCE)
    last = np.append(first[1:], True)
    return np.stack([ordered[first, 0], reached[last]], axis=1)


def are_observed(intervals: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Say of each window whether it lies wholly in one interval.

    Parameters
    ----------
    intervals : numpy.ndarray
        As `merge_intervals` returns them.
    start, end : numpy.ndarray
        Start and end of each window in s; NaN where there is none, which is not observed.

    Returns
    -------
    numpy.ndarray
        Booleans, of the shape of `start`.

    Examples
    --------
    >>> import numpy as np
    >>> intervals = np.array([[0.0, 3.0], [5.0, 6.0]])
    >>> are_observed(intervals, np.array([0.5, 2.5, 5.0]), np.array([1.0, 5.5, 6.0]))
    array([ True, False,  True])
    """
    if len(intervals) == 0:
        return np.zeros(start.shape, dtype=np.bool_)
    at = np.searchsorted(intervals[:, 0], start + TOLERANCE, side="right") - 1
    inside: np.ndarray = (at >= 0) & (end <= intervals[at, 1] + TOLERANCE)
    return inside
