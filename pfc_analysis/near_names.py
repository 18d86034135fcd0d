"""Say which known name is near one that is not known."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def did_you_mean(name: object, known: Collection[str]) -> str:
    """Return the words "did you mean" and the nearest known name, or nothing.

    Parameters
    ----------
    name : object
        The name that was not known.
    known : collection of str
        The names that are.

    Returns
    -------
    str
        " (did you mean 'trial'?)" or "".
    """
    meant = get_close_matches(str(name), known, n=1)
    return f" (did you mean {meant[0]!r}?)" if meant else ""
