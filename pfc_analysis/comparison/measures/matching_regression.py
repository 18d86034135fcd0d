"""Fit the matching line, log choice ratios on log reward ratios, by subject and by session."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices.matching_line import Unit, compute_log_ratios
from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.statistics.bootstrap import draw_weights
from pfc_analysis.analysis.statistics.session_sums import resample_line, sum_line
from pfc_analysis.analysis.statistics.straight_line import fit_line
from pfc_analysis.analysis.trials.choice_trials import FloatArray, IntArray
from pfc_analysis.comparison.estimates import Estimates, Measured, empty_estimates
from pfc_analysis.comparison.question import Question
from pfc_analysis.comparison.question_set import Group
from pfc_analysis.comparison.resampling_units import SESSIONS, Units, spread_over_subjects
from pfc_analysis.comparison.usable_trials import UsableTrials

MIN_BLOCK_TRIALS = 10
"""Fewest choices of a block: in shorter blocks an animal has hardly noticed the change."""

QUESTIONS = (
    Question("slope", "the slope of the matching line"),
    Question("intercept", "the intercept of the matching line", unit="log2"),
    Question("r_squared", "the variance explained by the matching line",
             lowest=0.0, highest=1.0),
)  # fmt: skip


_UNKNOWN_BLOCKS = (
    "each point of the line is a session, not a block, since the recording has no "
    "reward_probability; sides may have been exchanged within sessions, which flattens the line"
)


def measure_line(
    usable: UsableTrials, units: Sequence[Units], rng: np.random.Generator
) -> Measured:
    """Measure the slope, the intercept and the fit of the matching line.

    A point of the line is a block, if the arms' probabilities change within sessions, or otherwise
    a session.
    """
    by = find_point_unit(usable)
    try:
        points = compute_log_ratios(
            usable.recording, by=by, min_trials=MIN_BLOCK_TRIALS if by == "block" else 1
        )
    except EmptySelectionError:
        points = None
    n_subjects, n = len(usable.trials.subjects), len(QUESTIONS)
    session = np.zeros(0, np.int64) if points is None else _find_sessions(usable, points)
    x = np.zeros(0) if points is None else points["log_reward_ratio"].values
    y = np.zeros(0) if points is None else points["log_choice_ratio"].values
    subjects, draws, strata = empty_estimates(n_subjects, n), [], []
    for index in range(n_subjects):
        own = np.flatnonzero(usable.of_subject[session] == index)
        _fill(subjects, index, x[own], y[own], by)
        if usable.arms.probability is None:
            known = np.isfinite(subjects.value[index])
            subjects.note[index, known] = _UNKNOWN_BLOCKS
        found, stratum = _resample(x[own], y[own], session[own], usable, units[index], index, rng)
        draws.append(found)
        strata.append(stratum)
    return Measured(
        QUESTIONS,
        subjects,
        _fit_sessions(usable, x, y, session, by),
        spread_over_subjects(subjects.value, draws, strata),
        (f"{by}s",) * n,
        points=_label_points(usable, x, y, session),
    )


def find_point_unit(usable: UsableTrials) -> Unit:
    """Say what a point is: a "block" if probabilities change within a session, or a "session"."""
    probability = usable.arms.probability
    if probability is None:
        return "session"
    same = np.diff(usable.trials.session) == 0
    changes = np.any(np.diff(probability, axis=0) != 0, axis=1)
    return "block" if bool(np.any(same & changes)) else "session"


def describe_points(group: Group) -> str:
    """Say what a point of the line is."""
    if group.usable.arms.probability is None:
        return f"{_UNKNOWN_BLOCKS}."
    if find_point_unit(group.usable) == "session":
        return "each point of the matching line is a session."
    return (
        f"each point of the matching line is a block of at least {MIN_BLOCK_TRIALS} choices within "
        "a session."
    )


def _find_sessions(usable: UsableTrials, points: xr.Dataset) -> IntArray:
    """Find the session of each point, counted from 0 over the recording."""
    names = usable.trials.subjects
    place = {
        (names[subject], int(label)): session
        for session, (subject, label) in enumerate(
            zip(usable.of_subject, usable.label, strict=True)
        )
    }
    keys = zip(points["subject"].values.tolist(), points["session"].values.tolist(), strict=True)
    return np.array([place[key] for key in keys], dtype=np.int64)


def _resample(
    x: FloatArray,
    y: FloatArray,
    session: IntArray,
    usable: UsableTrials,
    units: Units,
    subject: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, IntArray]:
    """Fit lines to resampled sessions of a subject, or resampled points if its sessions are few."""
    if units.kind == SESSIONS:
        own = np.flatnonzero(usable.of_subject == subject)
        sums = sum_line(x, y, np.searchsorted(own, session), own.size)
        return resample_line(sums, units.weights), units.stratum
    stratum = np.zeros(x.size, np.int64)
    weights = draw_weights(stratum, units.weights.shape[0], rng)
    return resample_line(sum_line(x, y, np.arange(x.size), x.size), weights), stratum


def _fit_sessions(
    usable: UsableTrials, x: FloatArray, y: FloatArray, session: IntArray, by: Unit
) -> Estimates:
    """Fit a line to every session, if the points are blocks."""
    found = empty_estimates(usable.label.size, len(QUESTIONS))
    if by == "session":
        found.note[:] = "a session is one point of the line: its reward probabilities do not change"
        return found
    trials = usable.trials
    earned = np.bincount(trials.session, (trials.reward > 0) & trials.predicted, usable.label.size)
    for index in range(usable.label.size):
        if earned[index] == 0:
            found.note[index] = "no reward was earned in a trial that is analysed"
            continue
        own = session == index
        _fill(found, index, x[own], y[own], by)
    return found


def _fill(found: Estimates, index: int, x: FloatArray, y: FloatArray, by: Unit) -> None:
    """Enter a line in its row, or the reason why there is none."""
    found.n[index] = x.size
    if x.size < 3:
        found.note[index] = f"both arms were chosen and paid in {x.size} {by}(s), fewer than 3"
        return
    line = fit_line(x, y)
    for column, question in enumerate(QUESTIONS):
        value = getattr(line, question.name)
        found.value[index, column] = value
        found.lower[index, column], found.upper[index, column] = line.interval(question.name)
        if np.isnan(value):
            found.note[index, column] = f"all {x.size} {by}s have the same ratios"


def _label_points(
    usable: UsableTrials, x: FloatArray, y: FloatArray, session: IntArray
) -> xr.Dataset:
    """Lay out the points of the line, on `point`."""
    names = np.array(usable.trials.subjects)
    return xr.Dataset(
        {"log_reward_ratio": ("point", x), "log_choice_ratio": ("point", y)},
        {
            "point_subject": ("point", names[usable.of_subject[session]].astype(str)),
            "point_session": ("point", usable.label[session]),
        },
    )
