"""Say in words what is wrong with a recipe."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ValidationError

from pfc_analysis.near_names import did_you_mean


class RecipeError(ValueError):
    """A recipe has missing, unknown or wrong entries; the message names each of them."""


def list_faults(
    source: str,
    error: ValidationError,
    parent: str = "",
    what: str = "recipe",
    known: Collection[str] = (),
) -> str:
    """List the faults, one per line: the key, the value found and what is wrong with it.

    The nearest of the `known` keys is offered for an unknown one.
    """
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in (parent, *fault["loc"]) if part != "")
        if fault["type"] == "unexpected_keyword_argument":
            meant = did_you_mean(fault["loc"][-1], known)
            lines.append(f"  - {key}: unknown key{meant}; remove it or correct its name")
        elif fault["type"] == "missing":
            lines.append(f"  - {key}: missing; add it")
        elif fault["type"] == "value_error":
            lines.append(f"  - {key}: {fault['ctx']['error']}")
        else:
            lines.append(f"  - {key}: found {fault['input']!r}; {fault['msg'].lower()}")
    return f"{source}: not a valid {what}, {len(lines)} fault(s):\n" + "\n".join(lines)
