"""Compiled functions are not kept beyond a change of any function that they call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pfc_analysis import stale_caches
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


def test_an_older_file_that_replaces_a_newer_one_is_noticed(pack):
    """As where an update keeps the times of files: identity counts, not age."""
    assert call(pack) == 2
    drop_stale_functions(pack)  # records the sources
    (pack / "one.py").write_text(INNER.format("x * 21"))
    os.utime(pack / "one.py", (1e9, 1e9))
    assert call(pack) == 21


def test_nothing_changed_nothing_deleted(pack):
    call(pack)
    drop_stale_functions(pack)
    kept = set(pack.rglob("*.nbi"))
    (pack / "notes.txt").write_text("no source")
    assert drop_stale_functions(pack) == []
    assert set(pack.rglob("*.nbi")) == kept
    assert drop_stale_functions(pack / "nothing here") == []


def test_functions_of_a_task_are_dropped_with_those_of_the_package(tmp_path, monkeypatch, pack):
    """A task's folder is no package; its functions call those of the package."""
    monkeypatch.setattr(stale_caches, "PACKAGE", pack)
    task = tmp_path / "task"
    (task / "__pycache__").mkdir(parents=True)
    index = task / "__pycache__" / "task.step-1.py311.nbi"
    call(pack)
    drop_stale_functions(task)
    index.write_bytes(b"compiled")
    (task / "task.py").write_text("")
    os.utime(task / "task.py", (1e9, 1e9))
    assert drop_stale_functions(task) == []
    (pack / "one.py").write_text(INNER.format("x + 22"))
    os.utime(pack / "one.py", (1e9, 1e9))
    assert drop_stale_functions(task) == [index]


def test_files_that_may_not_be_deleted_are_left(pack, monkeypatch):
    call(pack)
    (pack / "__pycache__" / stale_caches.RECORD).unlink(missing_ok=True)
    monkeypatch.setattr(Path, "unlink", raise_permission_error)
    assert drop_stale_functions(pack) == []


def raise_permission_error(*_: object, **__: object) -> None:
    raise PermissionError
