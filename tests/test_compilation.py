"""What numba compiles: said once, and only if it must be compiled."""

from __future__ import annotations

import os
import sys

from numba import njit

from pfc_analysis.compilation import COMPILING, is_compiled, tell_compiling

MODULE = """
from numba import njit

@njit(cache=True)
def add_one(x):
    return x + 1
"""


def test_compiling_is_told_once_and_not_for_what_is_compiled():
    told: list[str] = []
    first, second = (njit(function) for function in (lambda x: x + 1, lambda x: x + 2))
    with tell_compiling(told.append):
        assert (first(1), second(1)) == (2, 3)
    assert told == [COMPILING]
    with tell_compiling(told.append):
        first(1)
    assert told == [COMPILING]


def test_a_module_is_compiled_until_its_file_changes(tmp_path, monkeypatch):
    source = tmp_path / "compiled_here.py"
    source.write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "cache"))
    assert not is_compiled("compiled_here")
    sys.modules["compiled_here"].add_one(1)
    assert is_compiled("compiled_here")
    later = source.stat().st_mtime + 10
    os.utime(source, (later, later))
    assert not is_compiled("compiled_here")
