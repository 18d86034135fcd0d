"""Fit a logistic regression of choices on the past, by subject and by session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError, SeparationError
from pfc_analysis.analysis.statistics.logistic import LogisticFit, fit_logistic
from pfc_analysis.analysis.statistics.session_newton import build_session_newton
from pfc_analysis.analysis.trials.choice_trials import BoolArray, FloatArray, IntArray
from pfc_analysis.comparison.estimates import Estimates, Measured, empty_estimates
from pfc_analysis.comparison.question import Question
from pfc_analysis.comparison.resampling_units import Units, spread_over_subjects
from pfc_analysis.comparison.usable_trials import UsableTrials

SEPARATION_RIDGE = 1.0
"""Ridge penalty where past trials predict every choice, so that there is no estimate without."""

MOST_SESSIONS = 200
"""Most sessions of a group that are fitted one by one."""

MIN_TRIALS_PER_COEFFICIENT = 2
"""Fewest trials a coefficient; with fewer, nothing is fitted."""


@dataclass(frozen=True)
class Regression:
    """A logistic regression of choices, and the questions that its coefficients answer.

    Attributes
    ----------
    questions : tuple of Question
    weights : float array (question, predictor)
        Each question is a weighted sum of coefficients; the first predictor is the intercept.
    design : float array (trial, predictor)
    predicted : boolean array (trial,)
        Trials whose choice is predicted.
    ridge : float
        Penalty on the squared coefficients.
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
    """Fit some trials, with a ridge penalty where no estimate exists without, or say why not.

    Returns
    -------
    fit : LogisticFit or None
    ridge : float
        Penalty that it was fitted with.
    note : str
        What was done to get an estimate, or why there is none; otherwise "".
    """
    least = MIN_TRIALS_PER_COEFFICIENT * regression.design.shape[1]
    if rows.size < least:
        return None, 0.0, f"{rows.size} trial(s) to analyse, fewer than {least}, 2 a coefficient"
    choice = usable.trials.choice[rows].astype(np.float64)
    if np.all(choice == choice[0]):
        labels = usable.recording["choice"].attrs.get("labels", ["0", "1"])
        never = labels[int(1 - choice[0])]
        return None, 0.0, f"{never!r} was never chosen in {rows.size} trial(s)"
    reason = ""
    for ridge in dict.fromkeys((regression.ridge, max(SEPARATION_RIDGE, regression.ridge))):
        try:
            fit = _fit(usable, regression, rows, ridge, who)
        except SeparationError:
            reason = "past trials predict every choice"
        except AnalysisError:
            reason = "a predictor is constant, or a sum of others"
        else:
            note = f"fitted with a ridge penalty of {ridge:g}, because {reason}" if reason else ""
            return fit, ridge, note
    return None, 0.0, f"no estimate exists, with or without a ridge penalty: {reason}"


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
    """Fit every session, unless there are more than `MOST_SESSIONS`."""
    n_sessions = usable.label.size
    if n_sessions > MOST_SESSIONS:
        note = f"{n_sessions} sessions are too many to fit one by one; see the subject"
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
    """Enter a fit in its row; there is no weight for what never happened in its trials."""
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
    found.note[index, never] = f"it never happened before any of the {rows.size} trials"
