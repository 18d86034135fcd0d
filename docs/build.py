"""Build the documentation site: `python docs/build.py [--out DIR]`; warnings are errors."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from check_links import find_broken_links

from pfc_analysis.recording.catalogue.local_copies import find_dataset

HERE = Path(__file__).resolve().parent

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Two pages run at once; on small matrices, further threads mostly wait for each other."""

CELL = re.compile(r"^```\{code-cell\}.*?^```", re.MULTILINE | re.DOTALL)
"""A cell that is executed; other code of a page is only shown."""

LOADED = re.compile(r"load_dataset\(\s*[\"'](\w+)[\"']")
"""Where a page loads a public data set: its name."""


def main() -> int:
    """Execute the notebooks, write the site, and check its links; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "site")
    out = parser.parse_args().out
    missing = find_missing_datasets(find_loaded_datasets(HERE))
    if missing:
        print(_explain_missing(missing), file=sys.stderr)
        return 1
    started = time.monotonic()
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2"]
    done = subprocess.run(
        [*command, "-d", str(out) + "_doctrees", str(HERE), str(out)],
        check=False,
        env=ONE_THREAD | os.environ,
    )
    if done.returncode:
        return done.returncode
    broken = find_broken_links(out)
    for line in broken:
        print(f"broken link: {line}", file=sys.stderr)
    print(f"{out / 'index.html'}  ({time.monotonic() - started:.0f} s)")
    return 1 if broken else 0


def find_loaded_datasets(docs: Path) -> list[str]:
    """List the public data sets that the executed pages load, in alphabetical order."""
    pages = (path.read_text(encoding="utf-8") for path in docs.rglob("*.md"))
    return sorted(
        {name for text in pages for cell in CELL.findall(text) for name in LOADED.findall(cell)}
    )


def find_missing_datasets(names: list[str]) -> list[str]:
    """List those data sets that are not on this computer."""
    return [name for name in names if find_dataset(name) is None]


def _explain_missing(names: list[str]) -> str:
    lines = ["Tutorials of the site load public data that are not on this computer:"]
    lines += [f"  pfc data fetch {name}" for name in names]
    return "\n".join(
        [*lines, "Fetch them once, or set PFC_ANALYSIS_DATA to the folder that has them."]
    )


if __name__ == "__main__":
    sys.exit(main())
