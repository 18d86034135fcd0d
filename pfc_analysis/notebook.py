"""Find out where Python runs: in a notebook, at a prompt, or in a script."""

from __future__ import annotations

import sys
from typing import Any


def running_ipython() -> Any | None:
    """Return the running IPython shell, or None."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def is_notebook() -> bool:
    """Return whether Python is the kernel of a notebook."""
    return getattr(running_ipython(), "kernel", None) is not None


def is_interactive() -> bool:
    """Return whether somebody types at a prompt of Python or IPython."""
    return hasattr(sys, "ps1") or running_ipython() is not None


def is_progress_shown(progress: bool | None) -> bool:
    """Decide whether a call shows its progress.

    Parameters
    ----------
    progress : bool or None
        What the caller asked for; None: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    bool
    """
    return is_interactive() if progress is None else progress
