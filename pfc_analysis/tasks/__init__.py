"""The tasks that agents play.

Each module of this folder is one task. The packages hold code that tasks share: `contract` (what a
task file must define), `gymnasium` (tasks as environments) and `vision` (pictures).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pfc_analysis.tasks.contract import Task


def list_tasks() -> list[str]:
    """Return the names of the tasks of this package: one per module of this folder."""
    return list(_list_shipped())


@cache
def _list_shipped() -> tuple[str, ...]:
    """Look into this folder once in each process."""
    modules = pkgutil.iter_modules(__path__)
    return tuple(sorted(module.name for module in modules if not module.ispkg))


def find_task(name: str) -> type[Task]:
    """Return the class of the task called `name`.

    Parameters
    ----------
    name : str
        Name of a task of this package, e.g. ``"two_step"``, or of a task that was loaded from a
        file (`pfc_analysis.tasks.contract.task_files.load_task_file`).

    Returns
    -------
    type
        The subclass of `Task`; its arguments are the task's settings.

    Raises
    ------
    ValueError
        If there is no such task; the message lists the known tasks.
    TypeError
        If the module of that name defines no task of that name.
    """
    from pfc_analysis.tasks.contract.task_files import find_loaded, list_loaded

    if name in list_tasks():
        return _find_shipped(name)
    loaded = find_loaded(name)
    if loaded is None:
        known = [*list_tasks(), *list_loaded()]
        raise ValueError(f"Unknown task {name!r}; expected one of {known}.")
    return loaded


def _find_shipped(name: str) -> type[Task]:
    from pfc_analysis.tasks.contract import Task

    module = importlib.import_module(f"{__name__}.{name}")
    for found in vars(module).values():
        is_task = isinstance(found, type) and issubclass(found, Task)
        if is_task and vars(found).get("name") == name:
            return found
    raise TypeError(
        f"{module.__file__}: found no task class with name = {name!r}, expected one. Every module "
        "in pfc_analysis/tasks is a task; put code that tasks share into one of its packages."
    )
