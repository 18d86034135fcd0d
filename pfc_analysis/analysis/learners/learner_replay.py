"""What would a learner have expected in each trial of a recording? Run it along the choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    ChoiceTrials,
    read_common_transition,
    read_second_state,
    read_trials,
)
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.learner_error import LearnerError

EVENTS = ("second_state", "outcome")
"""Events at which a learner of the two-step task has a prediction error."""


@dataclass(frozen=True)
class SessionTable:
    """Trials with one row per session and one column per trial; short sessions are filled up.

    Attributes
    ----------
    where : integer array (session, column)
        Index of the trial in the recording; -1 where the session is over.
    choice, second_state : integer arrays (session, column)
        As a learner takes them: choice -1 where there is nothing to learn from.
    reward : float array (session, column)
    """

    where: IntArray
    choice: IntArray
    second_state: IntArray
    reward: FloatArray


@dataclass(frozen=True)
class Replay:
    """Values and prediction errors of a learner along given choices.

    Attributes
    ----------
    probability, value : float arrays (session, column, 2)
        Probability and expected reward of each choice, before the trial. No value for a learner
        that expects no rewards.
    error : float array (session, column, 2)
        Prediction error at each of `EVENTS`; NaN where there was nothing to learn from. None for a
        learner without prediction errors.
    """

    probability: FloatArray
    value: FloatArray | None
    error: FloatArray | None


@labelled
def run_learner(learner: Learner, recording: xr.Dataset) -> xr.Dataset:
    """Run a learner along the choices and outcomes of a recording.

    The learner begins anew in every session. It learns from forced trials, but they do not enter
    the likelihood; an invalid trial, or one without a second stage, leaves it as it is. It takes
    the side each choice commonly leads to from `common_transition`, so that subjects with either
    map of sides to ports are treated alike.

    Needs choices between two arms.

    Parameters
    ----------
    learner : pfc_analysis.learners.Learner
        A learner of the two-step task, such as `pfc_analysis.learners.ModelBased`, or one of your
        own.
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none), `reward`, `second_state` (0, 1, -1 none) and
        `common_transition` (1, 0, -1 none) on `trial`; `forced` and `invalid` where it has them.
        For a learner with fitted parameters, divide `reward` by the `reward_scale` of the fit.

    Returns
    -------
    xarray.Dataset
        On `trial`, with the recording's coordinates: `choice_probability`, of the choice made
        (NaN where invalid); `probability` and `action_value` (expected reward; of learners that
        have the function `expect`) on (`trial`, `option`), before the trial; `prediction_error`
        (of learners that have `surprise`) on (`trial`, `event`) with events "second_state" and
        "outcome". On `subject_name`: `log_likelihood` (natural logarithm) and `n_trials`, over
        free valid trials.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a value is out of range, or the map from choices to states changes within a session.
    LearnerError
        If the learner does not suit the two-step task.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=5, units=False)
    >>> for learner in (pfc.learners.ModelBased(), pfc.learners.ModelFreeDirect()):
    ...     expected = pfc.analysis.run_learner(learner, recording)
    ...     share = float((expected["log_likelihood"] / expected["n_trials"]).mean())
    ...     print(f"{type(learner).__name__}: log-likelihood a choice {share:.2f}")
    ModelBased: log-likelihood a choice -0.17
    ModelFreeDirect: log-likelihood a choice -0.39

    The agents' choices are more likely under planning. Choosing at random gives -0.69.
    """
    _check_suits(learner)
    trials = read_trials(recording)
    table = arrange_sessions(trials, read_relative_state(recording, trials))
    on_trial = _lay_on_trials(replay_sessions(learner, table), table)
    probability = on_trial["probability"][1]
    made = probability[np.arange(trials.choice.size), trials.choice]
    made = np.where(trials.valid, made, np.nan)
    n_subjects = len(trials.subjects)
    with np.errstate(divide="ignore"):
        log_made = np.where(trials.predicted, np.log(made), 0.0)
    coords = {n: recording[n].variable for n in ("subject", "session", "trial_in_session")}
    result = xr.Dataset(
        {
            "choice_probability": ("trial", made),
            **on_trial,
            "log_likelihood": (
                "subject_name",
                np.bincount(trials.subject, log_made, n_subjects),
            ),
            "n_trials": (
                "subject_name",
                np.bincount(trials.subject, trials.predicted, n_subjects).astype(np.int64),
            ),
        },
        coords=coords
        | {"option": [0, 1], "event": list(EVENTS), "subject_name": list(trials.subjects)},
    )
    result.attrs |= trials.counts() | {"learner": repr(learner)}
    return result


def _check_suits(learner: Learner) -> None:
    """Raise `LearnerError` unless a learner suits the two-step task."""
    if learner.suits and "two_step" not in learner.suits:
        raise LearnerError(
            f"learner {type(learner).__name__} suits {', '.join(learner.suits)}, not two_step. "
            "pfc.learners.list_learners('two_step') names those that suit it"
        )


def _lay_on_trials(replay: Replay, table: SessionTable) -> dict[str, tuple[Any, ...]]:
    """Lay out what a learner expected as variables on the trials of the recording."""
    inside = table.where >= 0
    variables: dict[str, tuple[Any, ...]] = {}
    for name, dimension, found, attributes in (
        ("probability", "option", replay.probability, {}),
        ("action_value", "option", replay.value, {"units": "reward"}),
        ("prediction_error", "event", replay.error, {"units": "reward"}),
    ):
        if found is not None:
            on_trial = np.full((int(inside.sum()), 2), np.nan)
            on_trial[table.where[inside]] = found[inside]
            variables[name] = (("trial", dimension), on_trial, attributes)
    return variables


def read_relative_state(recording: xr.Dataset, trials: ChoiceTrials) -> IntArray:
    """Read the second-stage state as the choice that commonly leads to it; -1 none; on trial.

    Raises
    ------
    AnalysisError
        If the state to which a choice commonly leads changes within a session.
    """
    common = read_common_transition(recording)
    state = read_second_state(recording)
    known = trials.valid & (common >= 0) & (state >= 0)
    same_side = (state == trials.choice) == (common == 1)
    n = int(trials.session.max()) + 1
    total = np.bincount(trials.session[known], minlength=n)
    same = np.bincount(trials.session[known], weights=same_side[known], minlength=n)
    mixed = np.flatnonzero((same > 0) & (same < total))
    if mixed.size:
        at = int(np.flatnonzero(trials.session == mixed[0])[0])
        raise AnalysisError(
            f"common_transition: in subject {trials.subjects[trials.subject[at]]!r}, in the "
            f"session that begins at trial {at}, choice 0 commonly leads to state 0 in some trials "
            "and to state 1 in others; expected one map per session. Check second_state and "
            "common_transition, or split the session where the map changes."
        )
    relative = np.where(common == 1, trials.choice, 1 - trials.choice)
    return np.where(known, relative, NONE).astype(np.int64)


def arrange_sessions(
    trials: ChoiceTrials, relative_state: IntArray, subject: int | None = None
) -> SessionTable:
    """Arrange the sessions of all subjects, or of one, as rows of a table."""
    rows = np.arange(trials.choice.size)
    if subject is not None:
        rows = np.flatnonzero(trials.subject == subject)
    _, session, length = np.unique(trials.session[rows], return_inverse=True, return_counts=True)
    column = np.arange(rows.size) - (np.cumsum(length) - length)[session]
    where = np.full((length.size, int(length.max())), NONE, dtype=np.int64)
    where[session, column] = rows
    learned = (where >= 0) & (relative_state[where] >= 0)
    return SessionTable(
        where=where,
        choice=np.where(learned, trials.choice[where], NONE),
        second_state=np.where(learned, relative_state[where], NONE),
        reward=np.where(learned, trials.reward[where], 0.0),
    )


def replay_sessions(learner: Learner, table: SessionTable) -> Replay:
    """Run a learner along the columns of a table, all sessions at once."""
    shape = (*table.choice.shape, 2)
    probability = np.full(shape, np.nan)
    value = np.full(shape, np.nan) if hasattr(learner, "expect") else None
    error = np.full(shape, np.nan) if hasattr(learner, "surprise") else None
    state = learner.begin(len(table.choice))
    for column in range(table.choice.shape[1]):
        seen = _seen_in(table, column)
        probability[:, column] = learner.choice_probability(state)
        if value is not None:
            value[:, column] = learner.action_value(state)
        if error is not None:
            error[:, column] = learner.prediction_errors(state, *seen)
        learner.learn(state, *seen)
    return Replay(probability, value, error)


def replay_errors(learner: Learner, table: SessionTable) -> FloatArray:
    """Run a learner as `replay_sessions` does, for its prediction errors only.

    Returns
    -------
    float array (session, column, 2)
        Prediction error at each of `EVENTS`; NaN where there was nothing to learn from.
    """
    error = np.full((*table.choice.shape, len(EVENTS)), np.nan)
    state = learner.begin(len(table.choice))
    for column in range(table.choice.shape[1]):
        seen = _seen_in(table, column)
        error[:, column] = learner.prediction_errors(state, *seen)
        learner.learn(state, *seen)
    return error


def _seen_in(table: SessionTable, column: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Choice, second state and reward of every session in one trial."""
    return table.choice[:, column], table.second_state[:, column], table.reward[:, column]
