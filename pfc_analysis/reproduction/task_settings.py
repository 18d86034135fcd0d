"""Read the settings of a task from its file, without running it."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

_PARAMETER = re.compile(r"(?P<names>\w+(?:, \w+)*) : .+")


@dataclass(frozen=True)
class TaskSetting:
    """A setting of a task.

    Attributes
    ----------
    name : str
        Its name, as in ``pfc record EXPERIMENT --task NAME=VALUE``.
    default : str
        Its default, as Python code.
    meaning : str
        What the task's documentation says about it; empty if it says nothing.
    """

    name: str
    default: str
    meaning: str


def read_task_settings(path: Path, name: str) -> tuple[str, list[TaskSetting]]:
    """Read what a task is about, and its settings.

    Parameters
    ----------
    path : Path
        The Python file of the task. It is parsed, not run.
    name : str
        Name of the task, which its class states.

    Returns
    -------
    about : str
        First line of the documentation of the class; empty if the file defines no such task.
    settings : list of TaskSetting
        In the order of the file.

    Raises
    ------
    ValueError
        If the file cannot be read or is not valid Python.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{path}: this task file cannot be read: {error}") from error
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    found = next((node for node in classes if _name_of(node) == name), None)
    if found is None:
        return "", []
    text = ast.get_docstring(found) or ""
    meanings = _read_meanings(text)
    fields = [node for node in found.body if isinstance(node, ast.AnnAssign)]
    settings = [
        TaskSetting(
            node.target.id,
            "" if node.value is None else ast.unparse(node.value),
            meanings.get(node.target.id, ""),
        )
        for node in fields
        if isinstance(node.target, ast.Name)
    ]
    return text.partition("\n")[0], settings


def _name_of(node: ast.ClassDef) -> str:
    """Return the name that the class of a task states: ``name = "two_step"``."""
    for line in node.body:
        if (
            isinstance(line, ast.Assign)
            and isinstance(line.value, ast.Constant)
            and any(isinstance(target, ast.Name) and target.id == "name" for target in line.targets)
        ):
            return str(line.value.value)
    return ""


def _read_meanings(docstring: str) -> dict[str, str]:
    """Read the section Parameters of a numpydoc docstring; names of one entry share its text."""
    _, _, section = inspect.cleandoc(docstring).partition("Parameters\n----------\n")
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        head = _PARAMETER.fullmatch(line)
        if head:
            names = head["names"].split(", ")
            meanings |= dict.fromkeys(names, "")
        elif line.startswith("    "):
            meanings |= {name: f"{meanings[name]} {line.strip()}".strip() for name in names}
        elif line.strip():
            break
    return meanings
