"""Commands that only tell something start at once: they import nothing that is slow."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pfc_analysis.cli.compiling import say_if_training_compiles, says_when_compiling
from pfc_analysis.compilation import COMPILING

SLOW = ("torch", "numba", "numpy", "pandas", "xarray", "scipy", "statsmodels", "sklearn")
SLOW += ("matplotlib", "dask", "distributed", "joblib", "pooch")
PROGRAM = """
import sys
from pfc_analysis.__main__ import main
sys.argv = ["pfc", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    assert ended.code in (0, None), ended.code
slow = [name for name in {slow} if name in sys.modules]
print(f"imported: {{slow}}", file=sys.stderr)
"""


@pytest.mark.parametrize(
    "command", [["list"], ["--help"], ["--version"], ["record", "--help"], ["data", "list"]]
)
def test_commands_that_only_tell_something_import_nothing_slow(command):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(slow=SLOW), *command],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout
    assert done.stderr.splitlines() == ["imported: []"]


def test_commands_say_once_that_functions_are_compiled(capsys, monkeypatch):
    from numba import njit

    @says_when_compiling
    def command(number: int) -> None:
        njit(lambda x: x + 1)(number)
        njit(lambda x: x + 2)(number)

    command(number=1)
    assert capsys.readouterr() == ("", f"pfc: {COMPILING}\n")
    for compiled, told in ((True, ""), (False, f"pfc: {COMPILING}\n")):
        monkeypatch.setattr("pfc_analysis.compilation.is_compiled", lambda name, is_=compiled: is_)
        say_if_training_compiles()
        assert capsys.readouterr() == ("", told)
