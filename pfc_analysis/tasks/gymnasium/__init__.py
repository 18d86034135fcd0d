"""Tasks as gymnasium environments, one or many sessions at a time.

Importing this module registers every task as ``pfc_analysis/NAME-v0``:

>>> import gymnasium
>>> import pfc_analysis.tasks.gymnasium
>>> env = gymnasium.make("pfc_analysis/TwoStep-v0", trials=50)
>>> envs = gymnasium.make_vec("pfc_analysis/TwoStep-v0", num_envs=64)

`register_experiment` does the same for the folder of an experiment of your own.

An episode is a session. The observation is a code; in tasks with graded cues, a dictionary of the
code (`observation`) and the cues (`cues`); in tasks with pictures, a picture. The agents of this
toolkit also see their last action and reward; the environments do not add these to the observation,
but a wrapper of your own can.
"""

from __future__ import annotations

from pathlib import Path

import gymnasium

from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.tasks.contract.task_files import TASK_FILE, load_task_file

_ENVIRONMENTS = f"{__name__}.environments"


def register_tasks() -> list[str]:
    """Register every task of this package with gymnasium, once; return their ids."""
    return [_register(name) for name in list_tasks()]


def register_experiment(folder: str | Path) -> str:
    """Register the task of an experiment of the user's own; return its id.

    Parameters
    ----------
    folder : str or Path
        Folder of the experiment, whose `task.py` is run. Where two folders have one name, the id
        stands for the one that was named last.

    Raises
    ------
    TaskFileError, FileNotFoundError
        As for `pfc_analysis.tasks.contract.task_files.load_task_file`.
    """
    return _register(load_task_file(Path(folder) / TASK_FILE).name)


def _register(name: str) -> str:
    task_id = f"pfc_analysis/{find_task(name).__name__}-v0"
    if task_id not in gymnasium.registry:
        gymnasium.register(
            task_id,
            entry_point=f"{_ENVIRONMENTS}:TaskEnv",
            vector_entry_point=f"{_ENVIRONMENTS}:TaskVectorEnv",
            kwargs={"task": name},
        )
    return task_id


register_tasks()
