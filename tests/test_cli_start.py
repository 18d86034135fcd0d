"""Commands that only tell something start at once: they import nothing that is slow."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = ("torch", "numba", "numpy", "pandas", "xarray", "scipy", "statsmodels", "sklearn")
SLOW += ("matplotlib", "dask", "distributed", "joblib", "pandera", "pooch")
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
