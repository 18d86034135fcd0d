"""A regression of choices on the past, fitted by subject and by session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError, SeparationError
from pfc_analysis.analysis.statistics.logistic import LogisticFit, fit_logistic
from pfc_analysis.analysis.statistics.session_newton import build_session_newton
from pfc_analysis.analysis.trials.choice_trials import BoolArray, FloatArray, IntArray
from pfc_analysis.comparison.measured import (
    Estimates,
    Measured,
    Units,
    empty_estimates,
    spread_over_subjects,
)
from pfc_analysis.comparison.questions import Question
from pfc_analysis.comparison.usable import UsableTrials

RESCUE = 1.0
"""Ridge for choices that the past tells without error."""

MOST_SESSIONS = 200
"""Above so many in a group, sessions are not fitted one by one."""

MIN_TRIALS_PER_COEFFICIENT = 2
"""Below it a fit says next to nothing."""


@dataclass(frozen=True)
class Regression:
    """A regression of choices, and the questions that its coefficients answer.

    Attributes
    ----------
    questions : tuple of Question
    weights : float array (question, predictor)
        Sums of coefficients; the first predictor is the intercept.
    design : float array (trial, predictor)
    predicted : boolean array (trial,)
    ridge : float
    """

    questions: tuple[Question, ...]
    weights: FloatArray
    design: FloatArray
    predicted: BoolArray
    ridge: float


def measure_regression(
    usable: UsableTrials, units: Sequence[Units], regression: Regression
) -> Measured:
    """Fit a regression subject by subject and session by session."""
    trials, n = usable.trials, len(regression.questions)
    subjects, draws = empty_estimates(len(trials.subjects), n), []
    for index, name in trials.by_subject():
        rows = np.flatnonzero((trials.subject == index) & regression.predicted)
        fit, ridge, note = fit_or_explain(usable, regression, rows, name)
        _fill(subjects, index, fit, regression, rows, note)
        n_draws = units[index].weights.shape[0]
        if fit is None:
            draws.append(np.full((n_draws, n), np.nan))
            continue
        newton = build_session_newton(
            regression.design[rows],
            trials.choice[rows].astype(np.float64),
            units[index].find(rows),
            units[index].stratum.size,
            fit.coefficient,
            ridge,
        )
        draws.append(newton.resample(units[index].weights) @ regression.weights.T)
    strata = [unit.stratum for unit in units]
    resampled = spread_over_subjects(subjects.value, draws, strata)
    return Measured(
        regression.questions, subjects, _fit_sessions(usable, regression, subjects), resampled
    )


def fit_or_explain(
    usable: UsableTrials, regression: Regression, rows: IntArray, who: str
) -> tuple[LogisticFit | None, float, str]:
    """Fit some trials; with a ridge where there is no estimate without; or say why not.

    Returns
    -------
    fit : LogisticFit or None
    ridge : float
        That it was fitted with.
    note : str
        What was done to get it, or why it could not be got; otherwise empty.
    """
    least = MIN_TRIALS_PER_COEFFICIENT * regression.design.shape[1]
    if rows.size < least:
        return (
            None,
            0.0,
            (f"{rows.size} trial(s) to predict, fewer than {least}, twice the coefficients"),
        )
    choice = usable.trials.choice[rows].astype(np.float64)
    if np.all(choice == choice[0]):
        labels = usable.recording["choice"].attrs.get("labels", ["0", "1"])
        never = labels[int(1 - choice[0])]
        return None, 0.0, f"{never!r} was never chosen in {rows.size} trial(s)"
    reason = ""
    for ridge in dict.fromkeys((regression.ridge, max(RESCUE, regression.ridge))):
        try:
            fit = _fit(usable, regression, rows, ridge, who)
        except SeparationError:
            reason = "the past tells the choices without error"
        except AnalysisError:
            reason = "a predictor does not vary, or follows from others"
        else:
            note = f"fitted with a ridge of {ridge:g}, as {reason}" if reason else ""
            return fit, ridge, note
    return None, 0.0, f"no estimate exists, with or without a ridge: {reason}"


def _fit(
    usable: UsableTrials, regression: Regression, rows: IntArray, ridge: float, who: str
) -> LogisticFit:
    return fit_logistic(
        regression.design[rows],
        usable.trials.choice[rows].astype(np.float64),
        usable.trials.session[rows],
        [f"predictor {column}" for column in range(regression.design.shape[1])],
        ridge=ridge,
        subject=who,
    )


def _fit_sessions(usable: UsableTrials, regression: Regression, subjects: Estimates) -> Estimates:
    """Fit every session, unless they are too many."""
    n_sessions = usable.label.size
    if n_sessions > MOST_SESSIONS:
        note = f"sessions are not fitted one by one: there are {n_sessions}, see the subject"
        return empty_estimates(n_sessions, len(regression.questions), note)
    found = empty_estimates(n_sessions, len(regression.questions))
    alone = usable.n_sessions == 1
    for session in range(n_sessions):
        subject = usable.of_subject[session]
        rows = np.flatnonzero((usable.trials.session == session) & regression.predicted)
        if alone[subject]:  # one fit for both
            for name in ("value", "lower", "upper", "n", "note"):
                getattr(found, name)[session] = getattr(subjects, name)[subject]
            continue
        fit, _, note = fit_or_explain(usable, regression, rows, usable.trials.subjects[subject])
        _fill(found, session, fit, regression, rows, note)
    return found


def _fill(
    found: Estimates,
    index: int,
    fit: LogisticFit | None,
    regression: Regression,
    rows: IntArray,
    note: str,
) -> None:
    """Put a fit in its row; what never happened in its trials has no weight."""
    found.n[index], found.note[index] = rows.size, note
    if fit is None:
        return
    value, error = fit.contrast(regression.weights)
    reach = fit.interval_quantile * error
    found.value[index], found.lower[index], found.upper[index] = value, value - reach, value + reach
    absent = ~regression.design[rows].any(axis=0)
    never = (regression.weights != 0) @ absent.astype(np.float64) > 0
    for values in (found.value, found.lower, found.upper):
        values[index, never] = np.nan
    found.note[index, never] = f"what it weighs never came before any of the {rows.size} trials"
