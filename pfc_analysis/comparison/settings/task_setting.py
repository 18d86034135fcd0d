"""One setting of a task as it was read from a recording, with its interval and its count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.statistics.session_sums import estimate_clustered_mean
from pfc_analysis.comparison.question import PROBABILITY

STATED = "setting of the task"
RECORDED = "recorded"
COUNTED = "counted"
ESTIMATED = "estimated from outcomes"
NOT_FOUND = "not in the data"
"""How a value is known: the agents' task says it; the recording has it trial by trial; it is a
count of recorded trials; it follows from outcomes under a model; or it is not known."""


@dataclass(frozen=True)
class TaskSetting:
    """One setting of a task.

    Attributes
    ----------
    name, title : str
        "common_probability"; "probability of a common transition".
    unit : str
        Of the value: "probability", "trials", "1".
    value, lower, upper : float
        With a 95 % interval over sessions; NaN where it is not known.
    n : int
        How many of `counted` it is from.
    counted : str
        What `n` counts: "trials", "sessions".
    basis : str
        How it is known: `STATED`, `RECORDED`, `COUNTED`, `ESTIMATED` or `NOT_FOUND`.
    detail : str
        What a reader must know beside it; "" for nothing.
    """

    name: str
    title: str
    unit: str
    value: float
    lower: float
    upper: float
    n: int
    counted: str
    basis: str
    detail: str = ""


def read_share(
    name: str, title: str, success: BoolArray, asked: BoolArray, session: IntArray,
    basis: str = COUNTED, detail: str = "",
) -> TaskSetting:  # fmt: skip
    """Read a setting that is a share of trials.

    Parameters
    ----------
    name, title, basis, detail
        As for `TaskSetting`.
    success, asked : boolean arrays (trial,)
        Trials that are counted, among those that are asked.
    session : integer array (trial,)
        Session of each trial, over which the interval is computed.
    """
    rows = np.flatnonzero(asked)
    if rows.size == 0:
        return _lacking(name, title, PROBABILITY)
    found = estimate_clustered_proportions(
        success[rows].astype(np.float64), np.zeros(rows.size, np.int64), session[rows], 1
    )
    ends = float(found.lower[0]), float(found.upper[0])
    return TaskSetting(
        name, title, PROBABILITY, float(found.proportion[0]), *ends, rows.size, "trials", basis,
        detail,
    )  # fmt: skip


def read_mean(
    name: str, title: str, unit: str, values: FloatArray, session: IntArray,
    basis: str = RECORDED, detail: str = "",
) -> TaskSetting:  # fmt: skip
    """Read a setting that is a mean over trials; its interval is Student's t over sessions.

    The interval of a setting that is the same in all trials has no width, also with one session:
    the experimenter set it, and it is not a sample.

    Parameters
    ----------
    name, title, unit, basis, detail
        As for `TaskSetting`.
    values : float array (trial,)
        NaN where a trial does not count.
    session : integer array (trial,)
        Session of each trial.
    """
    known = np.isfinite(values)
    if not known.any():
        return _lacking(name, title, unit)
    mean, lower, upper = estimate_clustered_mean(values[known], session[known])
    if np.ptp(values[known]) == 0:
        mean = lower = upper = float(values[known][0])
    if unit == PROBABILITY:
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    n = int(known.sum())
    return TaskSetting(name, title, unit, mean, lower, upper, n, "trials", basis, detail)


def read_session_length(session: IntArray) -> TaskSetting:
    """Read the number of trials of a session, invalid ones included."""
    length = np.unique(session, return_counts=True)[1].astype(np.float64)
    found = read_mean("trials", "trials a session", "trials", length, np.arange(length.size))
    low, high = int(length.min()), int(length.max())
    return TaskSetting(
        found.name, found.title, found.unit, found.value, found.lower, found.upper,
        length.size, "sessions", COUNTED, "" if low == high else f"{low:,} to {high:,}",
    )  # fmt: skip


def _lacking(name: str, title: str, unit: str) -> TaskSetting:
    nan = float("nan")
    return TaskSetting(name, title, unit, nan, nan, nan, 0, "trials", NOT_FOUND)
