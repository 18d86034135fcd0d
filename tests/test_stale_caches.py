"""Compiled functions are not kept beyond a change of any function that they call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pfc_analysis.stale_caches import drop_stale_functions

INNER = "from numba import njit\n@njit(cache=True)\ndef inner(x):\n    return {}\n"
OUTER = """
from numba import njit
from pack.one import inner
@njit(cache=True)
def outer(x):
    return inner(x)
"""


@pytest.fixture
def pack(tmp_path) -> Path:
    """A package whose function calls one of another file."""
    folder = tmp_path / "pack"
    folder.mkdir()
    for name, text in (("__init__", ""), ("one", INNER.format("x + 1")), ("two", OUTER)):
        (folder / f"{name}.py").write_text(text)
    return folder


def call(pack: Path) -> int:
    """Call the outer function in a process of its own, after stale functions were dropped."""
    code = (
        "from pathlib import Path; from pfc_analysis.stale_caches import drop_stale_functions; "
        f"drop_stale_functions(Path({str(pack)!r})); from pack.two import outer; print(outer(1))"
    )
    command = [sys.executable, "-c", code]
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        command, cwd=pack.parent, env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_a_changed_inner_function_is_used(pack):
    assert call(pack) == 2
    assert not drop_stale_functions(pack)  # nothing has changed
    kept = set(pack.rglob("*.nbi"))
    assert {path.name.partition(".")[0] for path in kept} == {"one", "two"}
    (pack / "one.py").write_text(INNER.format("x + 2"))
    later = max(path.stat().st_mtime for path in kept) + 10
    os.utime(pack / "one.py", (later, later))
    assert call(pack) == 3


def test_other_files_are_left(pack):
    call(pack)
    (pack / "notes.py").write_text("# compiles nothing")
    later = (pack / "one.py").stat().st_mtime + 1000
    os.utime(pack / "notes.py", (later, later))
    assert drop_stale_functions(pack) == []
    assert drop_stale_functions(pack / "nothing here") == []
