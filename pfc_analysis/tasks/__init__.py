"""The experiments: what is played."""

from __future__ import annotations

import importlib
import pkgutil

from pfc_analysis.tasks.contract import Task

_SHARED = {"contract", "gymnasium", "vision"}


def list_tasks() -> list[str]:
    """Names of all tasks: one a file in this folder."""
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if module.name not in _SHARED
    )


def find_task(name: str) -> type[Task]:
    """Class of the task called `name`.

    Parameters
    ----------
    name : str
        Name of a task, e.g. ``"two_step"``.

    Returns
    -------
    type
        The subclass of `Task`; its arguments are the task's settings.

    Raises
    ------
    ValueError
        If there is no such task; the message lists those there are.
    """
    if name not in list_tasks():
        raise ValueError(f"Unknown task {name!r}; expected one of {list_tasks()}.")
    module = importlib.import_module(f"{__name__}.{name}")
    return next(
        found
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Task) and vars(found).get("name") == name
    )
