"""Train every seed of a shipped recipe; tabulate when each solved the task, and at what cost."""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents.photographs import write_photographs
from pfc_analysis.training.run.experiment import find_experiment
from pfc_analysis.training.run.trainer import train
from pfc_analysis.training.run.training_log import read_log

HERE = Path(__file__).resolve().parent
SOLVED, WINDOW, SESSIONS, ALL = 0.95, 100, 500, 0.999


def main() -> None:
    """Train the seeds, several at a time, and write one row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiment", default="harlow")
    parser.add_argument("--seeds", default="1-16", help="such as 1-16 or 3,5")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="folder of the agent; default: a temporary one")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one is not None:
        print(json.dumps(train_one(asked.experiment, asked.out, asked.one)))
        return
    first, _, last = asked.seeds.partition("-")
    seeds = range(int(first), int(last) + 1) if last else map(int, asked.seeds.split(","))
    with tempfile.TemporaryDirectory() as temporary:
        out = asked.out or Path(temporary) / asked.experiment

        def start(seed: int) -> dict[str, float]:
            command = [sys.executable, __file__, "--experiment", asked.experiment]
            command += ["--out", str(out), "--one", str(seed)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
            print(row, flush=True)
            return row

        with ThreadPoolExecutor(asked.workers) as pool:
            rows = list(pool.map(start, seeds))
    table = HERE / "results" / f"solve_{asked.experiment}.csv"
    table.parent.mkdir(exist_ok=True)
    rows += [row for row in read_table(table) if int(row["seed"]) not in {r["seed"] for r in rows}]
    rows.sort(key=lambda row: int(row["seed"]))
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def read_table(path: Path) -> list[dict[str, float]]:
    """Read the rows of an earlier call, of which those of other seeds are kept."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def train_one(experiment: str, out: Path, seed: int) -> dict[str, float]:
    """Train one seed in a process of its own; return what it cost, and how well it plays."""
    recipe = find_experiment(experiment).recipe
    started, before = time.perf_counter(), time.process_time()
    train(experiment, out, replicas=1, seed=seed, workers=1, progress=False)  # in this process
    cpu = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    log = read_log(out / f"seed_{seed}")
    rows = max(1, round(WINDOW * len(log) / recipe.optimisation.updates))
    correct = log["correct_2"].rolling(rows).mean()
    reached = np.flatnonzero(correct.to_numpy() >= SOLVED)
    at = log.iloc[reached[0]] if reached.size else None
    steps = float(log["steps"].iloc[-1])
    row = {
        "seed": seed,
        "first_sessions": np.nan if at is None else float(at["sessions"]),
        "first_steps": np.nan if at is None else float(at["steps"]),
        # An estimate: early steps take less time than late ones, so that it is rather too long.
        "first_cpu_seconds": np.nan if at is None else round(cpu * float(at["steps"]) / steps, 1),
        "steps": steps,
        "cpu_seconds": round(cpu, 1),
        "seconds": round(time.perf_counter() - started, 1),
        "peak_megabytes": round(peak, 1),
    }
    with tempfile.TemporaryDirectory() as folder:
        images = str(write_photographs(folder))
        photographs = {"images": images, "split": "test", "test_share": ALL}
        for name, task in (("patterns", None), ("photographs", photographs)):
            row |= test(experiment, out, seed, name, task)
    return row


def test(
    experiment: str, agent: Path, seed: int, name: str, task: dict[str, object] | None
) -> dict[str, float]:
    """Play test sessions; return shares of correct choices by trial, and of finished sessions."""
    played = record(
        experiment, agent=agent, sessions=SESSIONS, task=task, units=False, progress=False
    )
    one = played.isel(trial=(played["subject"] == f"seed_{seed}").values)
    trial = one["trial_in_session"].values
    correct = (one["correct"].values == 1) & (one["invalid"].values == 0)
    n_trials = int(trial.max()) + 1
    row = {
        f"{name}_{k + 1}": round(float(correct[trial == k].sum()) / SESSIONS, 4)
        for k in range(n_trials)
    }
    finished = ((trial == n_trials - 1) & (one["invalid"].values == 0)).sum()
    return row | {f"{name}_finished": round(float(finished) / SESSIONS, 4)}


if __name__ == "__main__":
    main()
