"""What happens in trials, as the inputs that a network reads from one trial's start to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.tasks.contract import MISSING, Array, Script, Task


@dataclass(frozen=True)
class EventSequences:
    """The different sequences of events in trials.

    Attributes
    ----------
    number : int array (trial,)
        Sequence of each trial.
    inputs : list of float array (step, input)
        By sequence: inputs of the second step of the trial to its last, then of the first step of
        the next trial. The last input is the reward, not scaled.
    to_choice : list of int
        By sequence: how many of these steps lead to the step of the choice; -1 if the trial ends
        before it.
    """

    number: IntArray
    inputs: list[FloatArray]
    to_choice: list[int]


def list_sequences(script: Script, stretch: Array, task: Task) -> EventSequences:
    """List the different sequences of events of trials.

    The first step of the next trial, at which the network reads the outcome, belongs to the trial.
    The last trial before a reset has none; its own first step stands for it.

    Parameters
    ----------
    script : Script
        What the trials hold; a step that was not reached has observation -1.
    stretch : int array (trial,)
        Stretch of each trial between two resets.
    task : Task
        The task.
    """
    following = np.arange(stretch.size)
    following[:-1] += stretch[1:] == stretch[:-1]
    n_trials, n_steps = script.observation.shape
    cues = np.zeros((n_trials, n_steps, 0)) if script.cues is None else script.cues
    shown = np.append(script.observation[:, 1:], script.observation[following, :1], axis=1)
    graded = np.append(cues[:, 1:], cues[following, :1], axis=1)
    columns = [shown, script.action, script.reward, graded.reshape(n_trials, -1)]
    rows = np.concatenate([one.astype(np.float64) for one in columns], axis=1)
    _, first, number = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    inputs, to_choice = [], []
    for k in first:
        reached = np.append(script.observation[k, 1:] != MISSING, True)
        steps = np.flatnonzero(script.observation[k] != MISSING)
        table = np.zeros(
            (steps.size, len(task.observations) + len(task.cues) + len(task.actions) + 1)
        )
        place = np.arange(steps.size)
        table[place, shown[k][reached]] = 1.0
        start = len(task.observations) + len(task.cues)
        if script.cues is not None:
            table[:, len(task.observations) : start] = graded[k][reached]
        table[place, start + script.action[k][steps]] = 1.0
        table[:, -1] = script.reward[k][steps]
        inputs.append(table)
        chooses = script.observation[k, script.choice_step] != MISSING
        to_choice.append(script.choice_step if chooses else -1)
    return EventSequences(number.ravel().astype(np.int64), inputs, to_choice)
