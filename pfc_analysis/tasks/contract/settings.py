"""Settings of a task: the annotations that limit their values, and the check of the values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_args, get_origin

from pfc_analysis.tasks.contract.records import list_setting_hints


@dataclass(frozen=True)
class Limit:
    """A condition on a setting: ``Annotated[float, Limit("above 0", lambda v: v > 0)]``.

    Attributes
    ----------
    expected : str
        The expected values; completes the sentence "expected ..." in error messages.
    holds : callable
        Return whether a value meets the condition.
    """

    expected: str
    holds: Callable[[Any], bool]


Probability = Annotated[float, Limit("a probability, between 0 and 1", lambda v: 0.0 <= v <= 1.0)]
Count = Annotated[int, Limit("a whole number of at least 1", lambda v: v >= 1)]
NonNegativeCount = Annotated[int, Limit("a whole number of at least 0", lambda v: v >= 0)]


def check_settings(task: Any) -> None:
    """Check every field of a task's dataclass against its annotation.

    Raises
    ------
    ValueError
        If a value is outside its `Limit` or not among the options of its `Literal`; the message
        names the setting, the value and what was expected.
    """
    kind: Any = type(task)
    hints = list_setting_hints(kind)
    for field in fields(task):
        expected = find_fault(hints[field.name], getattr(task, field.name))
        if expected:
            raise ValueError(f"{field.name} = {getattr(task, field.name)!r}: expected {expected}.")


def find_fault(hint: Any, value: Any) -> str:
    """Return what its annotation expects of a value, or "" if the value meets it."""
    if get_origin(hint) is Literal:
        options = get_args(hint)
        return "" if value in options else f"one of {list(options)}"
    if get_origin(hint) is Annotated:
        for limit in hint.__metadata__:
            if isinstance(limit, Limit) and not limit.holds(value):
                return limit.expected
    return ""
