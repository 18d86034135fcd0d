"""Plant modules with the names of Python's own beside the data, and see whether they are run.

    python benchmarks/robustness/planted.py

Commands run with `python -P -m pfc_analysis`, so that only processes that they start can find the
modules. Prints one line for each command; the exit status is 1 if a module was run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from seeds import RECIPE, write_seed

NAMES = ("random", "signal", "socket", "struct", "numpy", "h5py", "json", "pickle", "sitecustomize")
SOURCE = """\
import os, sys
with open(os.environ["PLANTED"], "a") as file:
    file.write(__name__ + " ")
raise ImportError("planted module was run")
"""
LOAD = "import pfc_analysis as pfc; pfc.load({path!r}, {columns!r}, subject='m01')"


def main() -> None:
    """Run each command in a folder of planted modules."""
    root, failed = Path(__file__).parents[2], False
    with tempfile.TemporaryDirectory(prefix="planted_") as temporary:
        work = Path(temporary)
        here = work / "here"
        here.mkdir()
        (here / "small.toml").write_text(RECIPE.replace("replicas = 1", "replicas = 2"))
        pfc = ["-P", "-m", "pfc_analysis"]
        commands = {
            "train": [*pfc, "train", "small.toml", "--out", "agent", "--workers", "2"],
            "sweep": [*pfc, "sweep", "small.toml", "--out", "sweep", "--workers", "2"],
            "record": [*pfc, "record", "two_step", "--agent", "agent", "--out", "a.nc"],
            "export": [*pfc, "export", "a.nc", "--out", "a.csv"],
        }
        for name in ("hdf5", "matlab5", "nwb", "zarr3"):
            seed = write_seed(name, work / name)
            path = str(work / name / seed.target)
            commands[f"load {name}"] = ["-P", "-c", LOAD.format(path=path, columns=seed.columns)]
        for name in NAMES:
            (here / f"{name}.py").write_text(SOURCE)
        for name, arguments in commands.items():
            ran = work / "ran"
            environment = {**os.environ, "PYTHONPATH": str(root), "PLANTED": str(ran)}
            done = subprocess.run(
                [sys.executable, *arguments], cwd=here, env=environment, capture_output=True
            )
            found = ran.read_text() if ran.exists() else "nothing"
            ran.unlink(missing_ok=True)
            failed |= found != "nothing" or done.returncode != 0
            print(f"{name}: ran {found}, exit status {done.returncode}", flush=True)
            if done.returncode:
                print("   ", done.stderr.decode("utf-8", "replace").strip()[-300:])
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
