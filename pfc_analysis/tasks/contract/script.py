"""The script of trials: what a network is shown, does and earns, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pfc_analysis.tasks.contract.session_loops import Array


class ScriptError(ValueError):
    """A network cannot live through trials; the message names the variable and the way out."""


class ScriptStep(NamedTuple):
    """One step of a trial; each entry is a number, the same in all trials, or an array (trial,).

    Attributes
    ----------
    observation, action : int or int array (trial,)
        Codes of what is shown at the step, and of the response to it.
    reward : float or float array (trial,)
        What the response pays.
    cues : float array (trial, cue), optional
        Graded cues shown at the step; default: all 0.
    """

    observation: Array | int
    action: Array | int
    reward: Array | float = 0.0
    cues: Array | None = None


@dataclass(frozen=True)
class Script:
    """What trials hold, step by step; made by `lay_out_script`.

    Attributes
    ----------
    steps : tuple of str
        Names of the steps.
    observation, action : int64 ndarray, shape (trial, step)
        Codes of what is shown and done; without meaning in trials that are left out.
    reward : float64 ndarray, shape (trial, step)
        What each step pays. In a trial that an invalid response ended, only the steps before that
        response count here.
    cues : float64 ndarray, shape (trial, step, cue), or None
        Graded cues; None if all are 0.
    choice_step : int
        Index of the step at which the choice of the trial is made.
    choice_actions : tuple of int
        Codes of the actions that make the choices 0, 1, ...
    """

    steps: tuple[str, ...]
    observation: Array
    action: Array
    reward: Array
    cues: Array | None
    choice_step: int
    choice_actions: tuple[int, ...]


def lay_out_script(
    steps: Mapping[str, ScriptStep], choice: str, actions: Sequence[int], n_trials: int
) -> Script:
    """Make the script of trials from their steps.

    Parameters
    ----------
    steps : mapping of str to ScriptStep
        All steps of the task by name, in order.
    choice : str
        The step at which the choice of the trial is made.
    actions : sequence of int
        Codes of the actions that make the choices 0, 1, ...
    n_trials : int
        Number of trials (`GivenTrials.n_trials`).

    Returns
    -------
    Script

    Raises
    ------
    ScriptError
        If there is no such step.
    """
    if choice not in steps:
        raise ScriptError(f"script: choice: found {choice!r}, expected one of {list(steps)}.")

    def join(values: Sequence[Array | float], kind: type) -> Array:
        columns: list[Array] = [np.broadcast_to(np.asarray(one, kind), n_trials) for one in values]
        return np.stack(columns, axis=1)

    cues = [one.cues for one in steps.values()]
    widths = [one.shape[1] for one in cues if one is not None]
    graded = [np.zeros((n_trials, widths[0])) if one is None else one for one in cues if widths]
    return Script(
        tuple(steps),
        join([one.observation for one in steps.values()], np.int64),
        join([one.action for one in steps.values()], np.int64),
        join([one.reward for one in steps.values()], np.float64),
        np.stack(graded, axis=1) if graded else None,
        list(steps).index(choice),
        tuple(actions),
    )
