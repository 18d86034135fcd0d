"""Measure what a person waits for: ``python benchmarks/waiting/run.py``.

Every round runs every command once, in a random order, in a process and an empty folder of its own;
what takes minutes is run in the first round only. Kernels are compiled before the first round,
except for commands that are measured without. The tables that commands read and the compiled
kernels are kept in `build/waiting` (`--tables`), so that a second run starts at once. The results
are `benchmarks/results/waiting.csv` (each run) and `waiting.md` (medians and ranges, and targets).

`--small` runs every command once with a hundredth of the size, to check that it runs; nothing is
written to the results.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from machine import describe
from measure import Cost, program, run_command
from waits import BARS, EXPORTED, MILLION, SMALL, TEN_MILLION, TRIALS, Bar, Wait, list_waits

ROOT = Path(__file__).parents[2]
RESULTS, TABLES = ROOT / "benchmarks" / "results", ROOT / "build" / "waiting"


def prepare_tables(folder: Path, small: bool, quick: bool) -> None:
    """Write the tables that commands read and that are not there: random trials, an export."""
    scale = SMALL if small else 1
    million = MILLION // scale
    sizes = (million,) if quick else (million, TEN_MILLION // scale)
    wanted = {TRIALS.format(n=n): ("draw_trials", n) for n in sizes}
    wanted[EXPORTED.format(n=million)] = ("export_trials", million)
    for name, (writer, n) in wanted.items():
        if not (folder / name).exists():
            print("writing", name, flush=True)
            with tempfile.TemporaryDirectory(dir=folder) as made:  # a killed run leaves no half
                new = Path(made) / name
                run_command(program(writer, str(n), str(new)), Path(made), {})
                new.rename(folder / name)


def compile_kernels(waits: Sequence[Wait], tables: Path, cache: Path) -> None:
    """Run each command that is measured with compiled kernels once, if that was not done."""
    done = cache / "compiled"
    known = done.read_text().splitlines() if done.exists() else []
    cache.mkdir(exist_ok=True)
    for wait in waits:
        if wait.compiled and wait.name not in known:
            print("compiling", wait.name, flush=True)
            measure(wait, tables, cache)
            known.append(wait.name)
            done.write_text("\n".join(known) + "\n")


def measure(wait: Wait, tables: Path, cache: Path) -> Cost:
    """Run one command in a new folder, with the cache of compiled kernels or with an empty one."""
    with tempfile.TemporaryDirectory() as empty:
        new = Path(empty)
        kernels = cache if wait.compiled else new / "kernels"
        return run_command(wait.command(tables, new), new, {"NUMBA_CACHE_DIR": str(kernels)})


def tabulate(runs: pd.DataFrame) -> list[str]:
    """Lay out medians and ranges over rounds as a table in Markdown."""
    lines = ["| what | seconds | CPU-seconds | largest process, GB |", "|---|---|---|---|"]
    for name, own in runs.groupby("what", sort=False):
        cells = [
            f"{own[cost].median():.3g} ({own[cost].min():.3g} - {own[cost].max():.3g})"
            for cost in ("seconds", "cpu_seconds", "peak_GB")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def check_bars(runs: pd.DataFrame) -> list[str]:
    """Hold medians (or medians of ratios within rounds) against the targets."""
    lines = ["| target | measured | at most | met |", "|---|---|---|---|"]
    measured = runs.set_index(["what", "round"])
    for bar in BARS:
        if bar.wait in measured.index.get_level_values("what"):
            value = _measure_bar(measured, bar)
            unit = {"seconds": "s", "cpu_seconds": "CPU-seconds", "peak_GB": "GB"}[bar.cost]
            what = f"{bar.wait} : {bar.against}, {unit}" if bar.against else f"{bar.wait}, {unit}"
            met = "yes" if value <= bar.at_most else "no"
            lines.append(f"| {what} | {value:.3g} | {bar.at_most:g} | {met} |")
    return lines


def _measure_bar(measured: pd.DataFrame, bar: Bar) -> float:
    cost = measured.loc[bar.wait, bar.cost]
    return float((cost / measured.loc[bar.against, bar.cost] if bar.against else cost).median())


def main() -> None:
    """Measure all commands, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    parser.add_argument("--small", action="store_true", help="check that every command runs")
    parser.add_argument("--tables", type=Path, default=TABLES, help="where tables are kept")
    parser.add_argument("--only", nargs="+", default=[], help="words in the names of commands")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    waits = list_waits(given.small)
    chosen = [
        wait for wait in waits
        if not (given.quick and wait.slow)
        and (not given.only or any(word in wait.name for word in given.only))
    ]  # fmt: skip
    load, order, rows = os.getloadavg()[0], random.Random(0), []
    tables, cache = given.tables.resolve(), given.tables.resolve() / "kernels"
    tables.mkdir(parents=True, exist_ok=True)
    os.environ["NUMBA_CACHE_DIR"] = str(cache)
    prepare_tables(tables, given.small, given.quick)
    if not given.small:
        compile_kernels(chosen, tables, cache)
    for number in range(1 if given.small else given.rounds):
        for wait in order.sample(chosen, len(chosen)):
            if number and wait.slow:
                continue
            cost = measure(wait, tables, cache)
            rows.append({"round": number, "what": wait.name, **vars(cost)})
            print(number, wait.name, cost, flush=True)
    if not given.small:
        write_results(pd.DataFrame(rows), waits, given.rounds, load, given.out)


def write_results(
    runs: pd.DataFrame, waits: Sequence[Wait], rounds: int, load: float, out: Path
) -> None:
    """Write the costs of all runs as CSV, and a summary of them in Markdown."""
    places = {wait.name: place for place, wait in enumerate(waits)}
    runs = runs.sort_values("what", key=lambda names: names.map(places), kind="stable")
    runs.to_csv(out / "waiting.csv", index=False, float_format="%.4g", lineterminator="\n")
    about = [f"- {name}: {value}" for name, value in describe().items()]
    about += [f"- rounds: {rounds}; one of what takes minutes", f"- load before: {load:.2f}"]
    head = ["# What a person waits for", "", "Written by `python benchmarks/waiting/run.py`.", ""]
    text = [*head, *about, "", "## Targets", "", *check_bars(runs), "",
            "Medians over rounds; ratios within rounds.", "", "## Costs", "",
            "Median (range) over rounds.", "", *tabulate(runs)]  # fmt: skip
    (out / "waiting.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
