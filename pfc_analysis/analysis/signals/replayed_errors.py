"""Read an agent's prediction errors, and compute those of the learners that they are compared with.

Both learners run along the agent's choices and outcomes: one that plans, `ModelBased`, and one that
does not, SARSA(1) (`ModelFreeChained` with eligibility 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.learners.learner_replay import (
    EVENTS,
    arrange_sessions,
    read_relative_state,
    replay_errors,
)
from pfc_analysis.analysis.trials.choice_trials import ChoiceTrials, read_trials
from pfc_analysis.analysis.trials.labelled_values import read_at_labels
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.two_step.model_based import ModelBased
from pfc_analysis.learners.two_step.model_free_chained import ModelFreeChained

LastTrial = Literal["drop", "keep"]


@dataclass(frozen=True)
class ReplayedErrors:
    """Prediction errors of an agent and of two learners along its choices.

    A point is one event of one trial. Invalid trials and missing errors have none.

    Attributes
    ----------
    trials : ChoiceTrials
        Of the recording.
    trial, event : integer arrays (point,)
        Index of the trial in the recording, ascending; index into `EVENTS`.
    agent, model_based, model_free : float arrays (point,)
        Prediction errors, in units of reward.
    n_left_out : int
        Points that `last_trial` dropped.
    """

    trials: ChoiceTrials
    trial: IntArray
    event: IntArray
    agent: FloatArray
    model_based: FloatArray
    model_free: FloatArray
    n_left_out: int


def read_replayed_errors(
    recording: xr.Dataset,
    alpha: float,
    common_probability: float,
    initial_value: float,
    last_trial: LastTrial,
) -> ReplayedErrors:
    """Read the agent's errors and run both learners; arguments as of `regress_prediction_error`.

    Raises
    ------
    MissingVariableError, EmptySelectionError, AnalysisError, LearnerError
        As `regress_prediction_error`.
    """
    read = read_at_labels(recording, "rpe", ("trial", "event"), EVENTS)
    rpe = np.asarray(read, dtype=np.float64)
    if last_trial not in get_args(LastTrial):
        raise AnalysisError(f"last_trial: found {last_trial!r}, expected 'drop' or 'keep'")
    trials = read_trials(recording)
    planner = ModelBased(
        alpha=alpha, common_probability=common_probability, initial_value=initial_value
    )
    habit = ModelFreeChained(alpha=alpha, eligibility=1.0, initial_value=initial_value)
    based, free = _replay(recording, trials, (planner, habit))
    usable = np.isfinite(rpe) & np.isfinite(based) & trials.valid[:, None]
    usable, n_left_out = _select(usable, trials, last_trial)
    trial, event = np.nonzero(usable)
    return ReplayedErrors(
        trials, trial, event, rpe[usable], based[usable], free[usable], n_left_out
    )


def _replay(
    recording: xr.Dataset, trials: ChoiceTrials, learners: tuple[Learner, ...]
) -> list[FloatArray]:
    """Compute the prediction errors of each learner, float arrays (trial, event); NaN for none."""
    table = arrange_sessions(trials, read_relative_state(recording, trials))
    inside = table.where >= 0
    found = []
    for learner in learners:
        errors = np.empty((trials.choice.size, len(EVENTS)))
        errors[table.where[inside]] = replay_errors(learner, table)[inside]
        found.append(errors)
    return found


def _select(
    usable: BoolArray, trials: ChoiceTrials, last_trial: LastTrial
) -> tuple[BoolArray, int]:
    """Drop the last outcome of each session where this is wanted; count what was dropped."""
    ends = np.append(np.diff(trials.session) > 0, True)
    outcome = np.array([event == "outcome" for event in EVENTS])
    terminal = usable & ends[:, None] & outcome
    n_left_out = 0
    if last_trial == "drop":
        usable, n_left_out = usable & ~terminal, int(terminal.sum())
    if not usable.any():
        raise EmptySelectionError(
            "rpe: no prediction error is left, expected finite numbers in valid trials, other than "
            "the last outcome of each session; use last_trial='keep', or record longer sessions"
        )
    return usable, n_left_out
