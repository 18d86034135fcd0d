"""Refuse to start processes from a script that would start them again in each of them."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import FrameType


def refuse_unguarded_script() -> None:
    """Raise if a script calls this outside of `if __name__ == "__main__":`.

    Python imports the script in every process that a cluster starts; without the guard, each would
    start another cluster.

    Raises
    ------
    RuntimeError
        The message names the script and the line, and shows what to write.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None and not _is_script(frame):
        frame = frame.f_back
    if frame is None or _is_guarded(Path(frame.f_code.co_filename), frame.f_lineno):
        return
    raise RuntimeError(
        f"{frame.f_code.co_filename}, line {frame.f_lineno}: a script that starts a sweep on this "
        "machine is imported again by each worker process. Put this call, and whatever else the "
        'script does, below the line: if __name__ == "__main__":'
    )


def _is_script(frame: FrameType) -> bool:
    """Return whether a frame runs the top level of the script that Python was started with."""
    is_top = frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") in (
        "__main__",
        "__mp_main__",
    )
    return is_top and frame.f_code.co_filename.endswith(".py")


def _is_guarded(script: Path, line: int) -> bool:
    """Return whether a line of a script lies in an `if` that asks for `__name__`."""
    try:
        statements = ast.parse(script.read_text(encoding="utf-8")).body
    except (OSError, ValueError, SyntaxError):
        return True  # it cannot be told
    return any(
        isinstance(statement, ast.If)
        and "__name__" in ast.unparse(statement.test)
        and statement.lineno <= line <= (statement.end_lineno or line)
        for statement in statements
    )
