"""Build the documentation site: `python docs/build.py [--out DIR]`; warnings are errors."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Execute the notebooks, write the site, and check its links."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "site")
    out = parser.parse_args().out
    started = time.monotonic()
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2"]
    done = subprocess.run(
        [*command, "-d", str(out) + "_doctrees", str(HERE), str(out)], check=False
    )
    if done.returncode == 0:
        print(f"{out / 'index.html'}  ({time.monotonic() - started:.0f} s)")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
