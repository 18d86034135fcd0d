"""Load the user's own tasks from files outside the package.

A task file is a Python program, and loading it runs it. Nothing in the package searches for task
files: one runs only when the user names its folder on the command line or in a call.
"""

from __future__ import annotations

import hashlib
import importlib.util
import keyword
import re
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from pfc_analysis.stale_caches import drop_stale_functions
from pfc_analysis.tasks.contract.task import Task

TASK_FILE = "task.py"
"""Name of the task file in the folder of an experiment."""


class TaskFileError(ValueError):
    """A task file cannot be used; the message names the file, the line, the problem and the remedy.

    Attributes
    ----------
    where : str
        File and line.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where, self.problem = where, problem


@dataclass(frozen=True)
class LoadedTask:
    """A task that was loaded from a file."""

    path: Path
    stamp: tuple[int, int]
    task: type[Task]


_LOADED: dict[Path, LoadedTask] = {}
"""Tasks by their file; of several with one name, the one that was asked for last comes last."""


def list_loaded() -> list[str]:
    """Return the names of the tasks that were loaded from files in this process."""
    return sorted({loaded.path.parent.name for loaded in _LOADED.values()})


def check_name(name: str, where: str = "") -> None:
    """Raise a TaskFileError unless an experiment can have this name."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise TaskFileError(
            where or "name",
            f"found {name!r}, expected a name of lower-case letters, digits and underscores that "
            "begins with a letter and is no keyword of Python, such as 'mouse_foraging'.",
        )


def loaded_path(name: str) -> Path | None:
    """Return the file that a task was loaded from, or None."""
    loaded = _find_last(name)
    return None if loaded is None else loaded.path


def find_loaded(name: str) -> type[Task] | None:
    """Return the class of a task that was loaded from a file, or None."""
    loaded = _find_last(name)
    return None if loaded is None else loaded.task


def _find_last(name: str) -> LoadedTask | None:
    """Return what was loaded last of a task's name."""
    found = [loaded for path, loaded in _LOADED.items() if path.parent.name == name]
    return found[-1] if found else None


def load_task_file(path: str | Path) -> type[Task]:
    """Run a task file and return its task; an unchanged file is run only once.

    Several files may define a task of one name, in different folders. `find_task` finds that of the
    file that was asked for last; tasks of the others that were made before stay as they are.

    Parameters
    ----------
    path : str or Path
        The file `task.py`, in a folder with the name of the task.

    Returns
    -------
    type
        The subclass of `Task`. After this call `find_task` finds it by its name.

    Raises
    ------
    TaskFileError
        If the file fails, or does not define one task with the name of its folder; the message
        names the line.
    FileNotFoundError
        If there is no such file.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such task file.")
    name, status = path.parent.name, path.stat()
    check_name(name, str(path.parent))
    stamp = (status.st_mtime_ns, status.st_size)
    loaded = _LOADED.get(path)
    if loaded is None or loaded.stamp != stamp:
        loaded = LoadedTask(path, stamp, _find_class(_run(path, name), path, name))
    _LOADED.pop(path, None)
    _LOADED[path] = loaded
    return loaded.task


def _run(path: Path, name: str) -> ModuleType:
    """Run the file as a module, whose name pickle and numba's cache use to find it again.

    Files of one name in different folders are different modules: tasks of both can be in use.
    """
    drop_stale_functions(path.parent)
    module_name = f"pfc_task_{name}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(module_name)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        sys.modules.pop(module_name)
        if before is not None:
            sys.modules[module_name] = before
        raise TaskFileError(*_locate(error, path)) from error
    return module


def _locate(error: BaseException, path: Path) -> tuple[str, str]:
    """Return the file and line in which an error arose, and its message."""
    if isinstance(error, SyntaxError):
        return f"{path}:{error.lineno}", f"not valid Python: {error.msg}."
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = f"{path}:{frames[-1].lineno}" if frames else str(path)
    return where, f"{type(error).__name__}: {error}"


def _find_class(module: ModuleType, path: Path, name: str) -> type[Task]:
    """Return the only task class of a module; raise an error if its name is not the folder's."""
    found: list[Any] = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Task)
        and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TaskFileError(
            str(path),
            f"found {len(found)} task classes, expected one class derived from "
            "pfc_analysis.tasks.contract.Task.",
        )
    task: type[Task] = found[0]
    if task.name != name:
        raise TaskFileError(
            f"{path}:{line_of(path, 'name =')}",
            f"found name = {task.name!r}, expected {name!r}, the name of the folder. Rename one.",
        )
    return task


def line_of(path: str | Path, text: str) -> int:
    """Return the number of the first line that contains a text; 1 if there is none."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)
