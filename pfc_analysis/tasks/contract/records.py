"""Session records: one number for each setting and each hidden variable of a session."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import numpy as np

ALWAYS = ("trial", "step", "n_trials")
"""Fields of every record: the trial and step that come next, and the trials of the session."""

_KINDS = {bool: np.int64, int: np.int64, float: np.float64}


def make_session_type(task: type[Any]) -> np.dtype[Any]:
    """Derive the dtype of session records from a task's dataclass.

    Parameters
    ----------
    task : type
        A subclass of `Task`.

    Returns
    -------
    numpy.dtype
        Its fields are `ALWAYS`; the settings that are numbers, booleans (stored as 0 or 1) or
        options of a `Literal` (stored as their index); the properties that `derived` names; and the
        annotations of the nested class `Session`. If a hidden variable has the name of a setting,
        there is one field, which starts each session with the value of the setting.

    Raises
    ------
    TypeError
        If a hidden variable or a derived property is not int, float or bool.
    """
    kinds: dict[str, Any] = dict.fromkeys(ALWAYS, np.int64)
    hashable: Any = task  # mypy takes no class as such
    for name, hint in list_setting_hints(hashable).items():
        kind = _setting_kind(hint)
        if kind is not None:
            kinds[name] = kind
    for name in task.derived:
        hint = get_type_hints(getattr(task, name).fget)["return"]
        kinds[name] = _number_kind(task, name, hint)
    for name, hint in get_type_hints(task.Session).items():
        kinds[name] = _number_kind(task, name, hint)
    return np.dtype(list(kinds.items()), align=True)


@lru_cache(maxsize=64)
def list_setting_hints(task: type[Any]) -> Mapping[str, Any]:
    """Return the annotations of a task's settings (its dataclass fields), by name."""
    hints = get_type_hints(task, include_extras=True)
    return {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}


def encode_settings(task: Any) -> Mapping[str, float]:
    """Return the values of the fields in the records of new sessions, by name."""
    values: dict[str, float] = {}
    kind: Any = type(task)
    for name, hint in list_setting_hints(kind).items():
        if _setting_kind(hint) is not None:
            values[name] = _encode(hint, getattr(task, name))
    values |= {name: getattr(task, name) for name in task.derived}
    return values | {"n_trials": task.n_trials}


def _encode(hint: Any, value: Any) -> float:
    options = get_args(hint) if get_origin(hint) is Literal else ()
    return options.index(value) if options else value


def _setting_kind(hint: Any) -> Any:
    """Return the type of a field; None for text (such as a folder's name): records hold no text."""
    if get_origin(hint) is Literal:
        return np.int64
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return _KINDS.get(hint)


def _number_kind(task: type[Any], name: str, hint: Any) -> Any:
    if hint not in _KINDS:
        raise TypeError(f"{task.__name__}: {name} is declared as {hint!r}, expected int or float.")
    return _KINDS[hint]
