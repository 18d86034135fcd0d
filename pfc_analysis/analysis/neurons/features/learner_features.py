"""Features of what a learner would have expected in each trial, and of its prediction errors."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner_replay import run_learner
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.features.trial_features import Moment, read_moment
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    ChoiceTrials,
    find_previous,
    read_variable,
)
from pfc_analysis.given_types import checks_types
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.play_state import PlayState

Expected = tuple[FloatArray, tuple[str, ...], FloatArray | None]
"""What is remembered or expected before each trial, its names, and prediction errors."""


@checks_types
def build_learner_features(
    learner: Learner,
    recording: xr.Dataset,
    moment: Moment = "before_choice",
    *,
    choice: str = "choice",
    session: str = "session",
) -> FeatureSet:
    """Build features of a learner that lives through the trials of a recording.

    Parameters
    ----------
    learner : pfc_analysis.learners.Learner
        With the parameters that it is to have. A learner of the two-step task is run by
        `run_learner`; others learn from `choice` and `reward`.
    recording : xarray.Dataset
        As for `build_event_features`.
    moment : {"before_choice", "after_outcome"}
        Before the choice, the features are what the learner expects, and the prediction errors of
        the last trial; after the outcome, those of this trial as well.
    choice : str
        Variable with what was chosen (0, 1, ...; below 0 none): "choice", or "chosen_option" for a
        learner of images rather than sides. Not of the two-step task.
    session : str
        Variable or coordinate on `trial` at whose changes the learner begins anew: "session", or
        "block" where each block has new options. Not of the two-step task.

    Returns
    -------
    FeatureSet
        Named after the learner's class. Of the two-step task: expected reward of each choice
        ("value_0", "value_1") and errors at the second stage and the outcome ("last error_outcome",
        ...). Of others: everything that the learner remembers, such as "value_0", and "error": the
        reward minus the value of the choice, where the learner has one value for each arm.
        Rewards are divided by the largest in size.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a setting is unknown, or the learner remembers what is no number.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("bandit_independent", sessions=2, units=False)
    >>> learner = pfc.learners.QLearning(alpha=0.3)
    >>> pfc.analysis.build_learner_features(learner, recording).features
    ('value_0', 'value_1', 'last error')
    """
    trials = read_moment(recording, moment)
    if learner.suits and "two_step" in learner.suits:
        values, names, errors = _run_two_step(learner, recording)
        labels = ["error_second_state", "error_outcome"]
    else:
        values, names, errors = _run_arms(learner, recording, trials, choice, session)
        labels = ["error"]
    columns = [values]
    if errors is not None:
        errors = np.nan_to_num(errors)  # a trial that teaches nothing has no error
        if moment == "after_outcome":
            columns.append(errors)
            names = (*names, *labels)
        before = find_previous(trials)
        columns.append(np.where((before == NONE)[:, None], 0.0, errors[before]))
        names = (*names, *(f"last {label}" for label in labels))
    return FeatureSet(type(learner).__name__, np.concatenate(columns, axis=1)[None], names)


def _run_two_step(learner: Learner, recording: xr.Dataset) -> Expected:
    """Run a learner of the two-step task."""
    found = run_learner(learner, recording)
    name, label = ("action_value", "value") if "action_value" in found else ("probability",) * 2
    errors = found["prediction_error"].values if "prediction_error" in found else None
    return found[name].values, (f"{label}_0", f"{label}_1"), errors


def _run_arms(
    learner: Learner, recording: xr.Dataset, trials: ChoiceTrials, choice: str, session: str
) -> Expected:
    """Run a learner of arms: memory before each trial, (trial, number), and its error."""
    chosen = _read_choices(recording, trials, choice)
    label = read_variable(recording, session)
    starts = np.append(True, (np.diff(trials.session) != 0) | (label[1:] != label[:-1]))
    scale = float(np.abs(trials.reward).max()) or 1.0
    reward = trials.reward / scale
    n_arms = max(int(chosen.max()) + 1, 2)
    rows = _arrange(np.cumsum(starts) - 1)
    state = PlayState(learner, len(rows), n_arms)
    names = _name_memory(state)
    memory, error = np.empty((chosen.size, len(names))), np.full((chosen.size, 1), np.nan)
    for column in rows.T:
        there = column >= 0
        memory[column[there]] = _flatten(state)[there]
        taken = np.where(there, chosen[column], NONE)
        error[column[there], 0] = _find_error(state, taken, reward[column])[there]
        state.update(taken, NONE, np.where(taken >= 0, reward[column], 0.0))
    return memory, names, error if np.isfinite(error).any() else None


def _read_choices(recording: xr.Dataset, trials: ChoiceTrials, choice: str) -> IntArray:
    """Read what was chosen; -1 where the trial is invalid."""
    if choice == "choice":
        return trials.choice
    values = read_variable(recording, choice)
    if values.dtype.kind not in "biu":
        raise AnalysisError(
            f"{choice}: found values of type {values.dtype}, expected whole numbers: 0, 1, ... or "
            "-1 (none)"
        )
    return np.where(trials.valid & (values >= 0), values, NONE).astype(np.int64)


def _arrange(part: IntArray) -> IntArray:
    """Arrange trials as one row for each part, integer array (part, column); -1 where it is over.

    Parts are numbered from 0 and consecutive.
    """
    length = np.bincount(part)
    rows = np.full((length.size, int(length.max())), NONE, dtype=np.int64)
    column = np.arange(part.size) - (np.cumsum(length) - length)[part]
    rows[part, column] = np.arange(part.size)
    return rows


def _name_memory(state: PlayState) -> tuple[str, ...]:
    """Name every number that a learner remembers."""
    found = []
    for name in state.memory.dtype.names or ():
        shape = state.memory.dtype[name].shape
        found += ["_".join([name, *map(str, index)]) for index in np.ndindex(*shape)]
    if not found:
        raise AnalysisError(
            f"learner: found memory of type {state.memory.dtype}, expected named numbers; "
            "see pfc_analysis.learners.Learner.memory"
        )
    return tuple(found)


def _flatten(state: PlayState) -> FloatArray:
    """Lay out the memory of each session as one row of numbers."""
    parts = [
        np.real(state.memory[name]).reshape(state.memory.size, -1)
        for name in state.memory.dtype.names or ()
    ]
    return np.concatenate(parts, axis=1, dtype=np.float64)


def _find_error(state: PlayState, choice: IntArray, reward: FloatArray) -> FloatArray:
    """Compute reward minus the value of the choice; NaN without one value for each arm."""
    if "value" not in (state.memory.dtype.names or ()) or state.memory["value"].ndim != 2:
        return np.full(choice.size, np.nan)
    value = np.real(state.memory["value"])[np.arange(choice.size), choice]
    return np.where(choice >= 0, reward - value, np.nan)
