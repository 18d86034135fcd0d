"""Fit a logistic regression of choices on the past, by subject and by session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError, SeparationError
from pfc_analysis.analysis.statistics.firth_logistic import fit_firth
from pfc_analysis.analysis.statistics.logistic import LogisticFit, fit_logistic
from pfc_analysis.analysis.statistics.session_newton import build_session_newton
from pfc_analysis.analysis.trials.choice_trials import BoolArray, FloatArray, IntArray
from pfc_analysis.comparison.estimates import Estimates, Measured, empty_estimates
from pfc_analysis.comparison.question import Question
from pfc_analysis.comparison.resampling_units import Units, spread_over_subjects
from pfc_analysis.comparison.usable_trials import UsableTrials

PENALTY_NOTE = (
    "It is fitted by maximum likelihood, without a penalty. Where past trials predict every choice "
    "of a subject, no such estimate exists; then the regressions of all subjects of all groups "
    "have Firth's bias-reducing penalty, and the result says so."
)
"""How the regressions are fitted, for the reader."""

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
    firth : bool
        Whether the fits have Firth's penalty.
    """

    questions: tuple[Question, ...]
    weights: FloatArray
    design: FloatArray
    predicted: BoolArray
    firth: bool


@dataclass(frozen=True)
class Fitted:
    """A fit to some trials, or why there is none.

    Attributes
    ----------
    fit : LogisticFit or None
        Of all predictors; the coefficients of those that are 0 in all trials are 0.
    note : str
        Why there is no estimate; otherwise "".
    separated : bool
        Whether there would be an estimate with a penalty.
    """

    fit: LogisticFit | None
    note: str = ""
    separated: bool = False


def measure_regression(
    usable: UsableTrials, units: Sequence[Units], regression: Regression
) -> Measured:
    """Fit a regression subject by subject and session by session."""
    trials, n = usable.trials, len(regression.questions)
    subjects, draws, separated = empty_estimates(len(trials.subjects), n), [], []
    for index, name in trials.by_subject():
        rows = np.flatnonzero((trials.subject == index) & regression.predicted)
        found = fit_or_explain(usable, regression, rows)
        separated += [name] * found.separated
        _fill(subjects, index, found, regression, rows)
        draws.append(_resample(usable, regression, rows, found.fit, units[index]))
    strata = [unit.stratum for unit in units]
    return Measured(
        regression.questions,
        subjects,
        _fit_sessions(usable, regression, subjects),
        spread_over_subjects(subjects.value, draws, strata),
        ("trials",) * n,
        tuple(separated),
    )


def fit_or_explain(usable: UsableTrials, regression: Regression, rows: IntArray) -> Fitted:
    """Fit some trials, or say why not."""
    least = MIN_TRIALS_PER_COEFFICIENT * regression.design.shape[1]
    if rows.size < least:
        return Fitted(None, f"{rows.size} trial(s) to analyse, fewer than {least}, 2 a coefficient")
    choice = usable.trials.choice[rows].astype(np.float64)
    if np.all(choice == choice[0]):
        labels = usable.recording["choice"].attrs.get("labels", ["0", "1"])
        never = labels[int(1 - choice[0])]
        return Fitted(None, f"{never!r} was never chosen in {rows.size} trial(s)")
    design, session = regression.design[rows], usable.trials.session[rows]
    used: BoolArray = np.asarray(design.any(axis=0))
    try:
        if regression.firth:
            fit = fit_firth(design[:, used], choice, session)
        else:
            names = [f"predictor {column}" for column in np.flatnonzero(used)]
            fit = fit_logistic(design[:, used], choice, session, names)
    except SeparationError:
        return Fitted(None, "past trials predict every choice, so that no estimate exists", True)
    except AnalysisError:
        return Fitted(None, "no estimate exists: a predictor is constant, or a sum of others")
    return Fitted(_widen(fit, used))


def _widen(fit: LogisticFit, used: BoolArray) -> LogisticFit:
    """Give the predictors that did not enter a coefficient of 0."""
    coefficient = np.zeros(used.size)
    coefficient[used] = fit.coefficient
    covariance = np.zeros((used.size, used.size))
    covariance[np.ix_(used, used)] = fit.covariance
    return replace(fit, coefficient=coefficient, covariance=covariance)


def _resample(
    usable: UsableTrials,
    regression: Regression,
    rows: IntArray,
    fit: LogisticFit | None,
    units: Units,
) -> FloatArray:
    """Answer the questions from resampled units, float array (draw, question)."""
    if fit is None:
        return np.full((units.weights.shape[0], len(regression.questions)), np.nan)
    design = regression.design[rows]
    used = design.any(axis=0)
    newton = build_session_newton(
        design[:, used],
        usable.trials.choice[rows].astype(np.float64),
        units.find(rows),
        units.stratum.size,
        fit.coefficient[used],
        regression.firth,
    )
    drawn = newton.resample(units.weights) @ regression.weights[:, used].T
    return np.asarray(drawn, dtype=np.float64)


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
        _fill(found, session, fit_or_explain(usable, regression, rows), regression, rows)
    return found


def _fill(
    rows_of: Estimates, index: int, found: Fitted, regression: Regression, rows: IntArray
) -> None:
    """Enter a fit in its row; there is no weight for what never happened in its trials."""
    rows_of.n[index], rows_of.note[index] = rows.size, found.note
    if found.fit is None:
        return
    value, error = found.fit.contrast(regression.weights)
    reach = found.fit.interval_quantile * error
    absent = ~regression.design[rows].any(axis=0)
    never = (regression.weights != 0) @ absent.astype(np.float64) > 0
    ends = (value, value - reach, value + reach)
    for values, end in zip((rows_of.value, rows_of.lower, rows_of.upper), ends, strict=True):
        values[index] = np.where(never, np.nan, end)
    rows_of.note[index, never] = f"it never happened before any of the {rows.size} trials"
