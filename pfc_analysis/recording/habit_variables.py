"""Convert what a network and a habit learner contributed to choices to variables of a recording."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pfc_analysis.recording.play_variables import Variables
from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.interface.habit_log import HabitLog

DIMS = ("trial", "step", "response")


def lay_out_habit(
    task: Task, habit: HabitLog, on_steps: Callable[[Array, float], Array]
) -> Variables:
    """Make the variables of a network with a habit learner beside it.

    Parameters
    ----------
    task : Task
        The task.
    habit : HabitLog
        What both contributed.
    on_steps : callable
        Rearranges values of time steps to (trial, step, ...), given the value of missing steps.

    Returns
    -------
    dict
        Variables of the recording by name.
    """
    return {
        "response": (("response",), np.array(task.actions), {}),
        "network_preference": (DIMS, on_steps(habit.network, np.nan), {}),
        "habit_preference": (DIMS, on_steps(habit.habit, np.nan), {}),
    }
