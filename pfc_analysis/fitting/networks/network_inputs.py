"""What a network is shown of each trial: the kind of what happened, and its reward."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.compiled.cells import Trials
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

SKIPPED = -1
"""Kind of a trial that leaves the state as it is."""

STATES = 2
"""Second-stage states of the two-step task."""


def count_kinds(questions: str, n_arms: int) -> int:
    """Count what can happen in a trial, but for its reward.

    In the two-step task these are choice and second state, elsewhere the choice.
    """
    return n_arms * STATES if questions == "two_step" else n_arms


def code_kinds(questions: str, choice: Any, second_state: Any) -> IntArray:
    """Code what happened in trials: in the two-step task as ``2 * choice + second_state``."""
    choice = np.asarray(choice, dtype=np.int64)
    if questions != "two_step":
        return choice
    second_state = np.asarray(second_state, dtype=np.int64)
    kind = choice * STATES + second_state
    return np.where((choice < 0) | (second_state < 0), SKIPPED, kind)


def name_kinds(questions: str, n_arms: int) -> list[str]:
    """Name what can happen in a trial, such as "choice 0, state 1", in order of its number."""
    if questions != "two_step":
        return [f"choice {arm}" for arm in range(n_arms)]
    return [f"choice {arm}, state {state}" for arm in range(n_arms) for state in range(STATES)]


def read_inputs(trials: FitTrials, dtype: Any = np.float32) -> Trials:
    """Read trials as compiled networks take them.

    Parameters
    ----------
    trials : FitTrials
        The sessions.
    dtype : type
        Of the rewards, and of the weights that they will be multiplied by.

    Raises
    ------
    AnalysisError
        If there is no trial.
    """
    records = trials.records
    if records.size == 0:
        raise AnalysisError("trials: found none, expected at least one session of choices")
    kind = code_kinds(trials.questions, records["choice"], records["second_state"])
    return Trials(
        kind=np.where(records["learned"] == 1, kind, SKIPPED),
        reward=np.ascontiguousarray(records["reward"], dtype=dtype),
        choice=np.ascontiguousarray(records["choice"]),
        predicted=np.ascontiguousarray(records["predicted"]),
        first=np.ascontiguousarray(trials.first),
    )
