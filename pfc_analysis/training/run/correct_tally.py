"""How often choices were correct, trial by trial of a problem, while an agent learns."""

from __future__ import annotations

import numpy as np

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.run.activity import Activity, Watch


class CorrectTally:
    """Looks on while a batch of problems is played, and counts the correct choices.

    Parameters
    ----------
    task : Task
        What is played; a session is one problem (`Task.is_learning_set`).
    watch : callable, optional
        Looks on as well: called with every `Activity` that this is called with.
    """

    def __init__(self, task: Task, watch: Watch | None = None) -> None:
        self._task, self._watch = task, watch
        self._correct: Array = np.zeros(task.n_trials, np.int64)
        self._sessions = 0

    def __call__(self, activity: Activity) -> None:
        """Count what was played."""
        _, correct, _ = self._task.trial_table(activity.log)["correct"]
        self._correct += (correct > 0).sum(axis=0)
        self._sessions += len(correct)
        if self._watch is not None:
            self._watch(activity)

    def shares(self) -> tuple[float, ...]:
        """Share of all sessions in which each trial was completed by the correct choice.

        Trials that were not completed, or not begun before their session ended, count as incorrect.
        """
        return tuple((self._correct / self._sessions).tolist())
