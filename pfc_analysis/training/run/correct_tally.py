"""Count correct choices, for each trial of a problem, while an agent trains."""

from __future__ import annotations

import numpy as np

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.interface.activity import Activity, ActivityCallback


class CorrectTally:
    """Counts the correct choices in a batch of problems; engines call it with what they play.

    Parameters
    ----------
    task : Task
        The task that is played; a session is one problem (`Task.is_learning_set`).
    callback : callable, optional
        Called in turn with every `Activity` that this is called with.
    """

    def __init__(self, task: Task, callback: ActivityCallback | None = None) -> None:
        self._task, self._callback = task, callback
        self._correct: Array = np.zeros(task.n_trials, np.int64)
        self._sessions = 0

    def __call__(self, activity: Activity) -> None:
        """Add the correct choices of some sessions."""
        _, correct, _ = self._task.trial_table(activity.log)["correct"]
        self._correct += (correct > 0).sum(axis=0)
        self._sessions += len(correct)
        if self._callback is not None:
            self._callback(activity)

    def shares(self) -> tuple[float, ...]:
        """Return, for each trial, the share of sessions in which it ended with the correct choice.

        Trials that were not completed, or that a session did not reach, count as incorrect.
        """
        return tuple((self._correct / self._sessions).tolist())
