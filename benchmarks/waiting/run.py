"""Measure what a person waits for: ``python benchmarks/waiting/run.py``.

Every round runs every command once, in a random order, in a process and an empty folder of its own.
Kernels are compiled before the first round, except for commands that are measured without. The
results are `benchmarks/results/waiting.csv` (each run) and `waiting.md` (medians and ranges, and
targets).
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from machine import describe
from measure import Cost, pfc, program, run_command
from waits import BARS, EXPORTED, MILLION, TEN_MILLION, TRIALS, WAITS, Bar, Wait

RESULTS = Path(__file__).parents[1] / "results"
AGENTS, TRIALS_A_SESSION = 8, 100  # of the shipped two-step agents


def prepare_tables(folder: Path, quick: bool) -> None:
    """Write the tables that commands read: random trials, and a recording exported to CSV."""
    for n in (MILLION,) if quick else (MILLION, TEN_MILLION):
        run_command(program("draw_trials", str(n), str(folder / TRIALS.format(n=n))), folder, {})
    sessions = str(MILLION // AGENTS // TRIALS_A_SESSION)
    recording = str(folder / "recording.nc")
    record = pfc("record", "two_step", "--sessions", sessions, "--no-units", "--out", recording)
    run_command(record, folder, {})
    run_command(pfc("export", recording, "--out", str(folder / EXPORTED)), folder, {})


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
    parser.add_argument("--only", nargs="+", default=[], help="words in the names of commands")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    chosen = [
        wait for wait in WAITS
        if not (given.quick and wait.slow)
        and (not given.only or any(word in wait.name for word in given.only))
    ]  # fmt: skip
    load, order, rows = os.getloadavg()[0], random.Random(0), []
    with tempfile.TemporaryDirectory() as made:
        tables, cache = Path(made), Path(made) / "kernels"
        os.environ["NUMBA_CACHE_DIR"] = str(cache)
        prepare_tables(tables, given.quick)
        for wait in chosen:  # compiles
            if wait.compiled and not wait.slow:
                measure(wait, tables, cache)
        for number in range(given.rounds):
            for wait in order.sample(chosen, len(chosen)):
                cost = measure(wait, tables, cache)
                rows.append({"round": number, "what": wait.name, **vars(cost)})
                print(number, wait.name, cost, flush=True)
        shutil.rmtree(cache, ignore_errors=True)
    places = {wait.name: place for place, wait in enumerate(WAITS)}
    runs = pd.DataFrame(rows).sort_values(
        "what", key=lambda names: names.map(places), kind="stable"
    )
    runs.to_csv(given.out / "waiting.csv", index=False, float_format="%.4g", lineterminator="\n")
    about = [f"- {name}: {value}" for name, value in describe().items()]
    about += [f"- rounds: {given.rounds}", f"- load before: {load:.2f}"]
    head = ["# What a person waits for", "", "Written by `python benchmarks/waiting/run.py`.", ""]
    text = [*head, *about, "", "## Targets", "", *check_bars(runs), "",
            "Medians over rounds; ratios within rounds.", "", "## Costs", "",
            "Median (range) over rounds.", "", *tabulate(runs)]  # fmt: skip
    (given.out / "waiting.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
