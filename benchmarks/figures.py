"""How long figures take: CPU-seconds of each, and all of them side by side or one after the other.

    python benchmarks/figures.py              # each figure, CPU-seconds
    python benchmarks/figures.py --wall       # `reproduce` with one process and with one per core

Run it twice: the first run also compiles. For `--wall` the machine must be idle.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from pfc_analysis.reproduction.drawing.draw_figures import draw_figures
from pfc_analysis.reproduction.figures import draw_figure, list_figures


def measure_each(out: Path, names: list[str]) -> None:
    """Print the CPU-seconds of each figure, longest first, and their sum."""
    seconds = {}
    for name in names:
        before = time.process_time()
        draw_figure(name, out)
        seconds[name] = time.process_time() - before
    for name in sorted(names, key=lambda name: -seconds[name]):
        print(f"{name:>4} {seconds[name]:6.1f}")
    print(f" all {sum(seconds.values()):6.1f} CPU-seconds")


def measure_wall(out: Path) -> None:
    """Print the seconds until all figures are drawn, one after the other and side by side."""
    for workers, what in ((1, "one after the other"), (None, "one process per core")):
        before = time.perf_counter()
        draw_figures(out, workers=workers)
        print(f"{what}: {time.perf_counter() - before:.1f} s")


def main() -> None:
    """Read the command and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="figures to measure; default: all")
    parser.add_argument("--wall", action="store_true", help="measure all side by side, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure_each(Path(folder), given.names or list(list_figures()))
        if given.wall:
            measure_wall(Path(folder))


if __name__ == "__main__":
    main()
