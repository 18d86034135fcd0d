"""Measure time and memory of loading a table of trials: ``python benchmarks/load_table.py``.

A random table is drawn: subjects, sessions, trials, choices, rewards, forced trials and drifting
reward probabilities. A new process loads it; the time includes importing the package, reading and
checking. Then it regresses choices on the rewards and choices of the last 15 trials, for each
subject.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 0

LOAD = """
import json, resource, sys, time
start = time.perf_counter()
import pfc_analysis
recording = pfc_analysis.load(sys.argv[1])
seconds, processor = time.perf_counter() - start, time.process_time()
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
weights = fit_reward_history(recording)
regressed = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({"trials": recording.sizes["trial"], "seconds": seconds,
                  "processor_seconds": processor, "with_regression_seconds": regressed,
                  "peak_GB": peak}))
"""


def draw_table(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a table of trials in the standard names: ten sessions of 1000 trials per subject."""
    trial = np.arange(rows)
    walk = np.cumsum(rng.normal(0, 0.01, (rows, 2)), axis=0)
    probability = np.round(0.5 + 0.25 * np.sin(walk), 5)
    return pd.DataFrame(
        {
            "subject": [f"mouse_{number:03}" for number in trial // 10_000],
            "session": trial // 1000 % 10,
            "trial": trial % 1000,
            "choice": rng.choice(["left", "right", "none"], rows, p=[0.48, 0.48, 0.04]),
            "reward": rng.integers(0, 2, rows),
            "forced": rng.integers(0, 2, rows),
            "reward_probability_left": probability[:, 0],
            "reward_probability_right": probability[:, 1],
            "reaction_time": rng.gamma(2, 0.2, rows).round(4),
        }
    )


def main() -> None:
    """Draw a table, load it in a new process, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="trials (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="repeats (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.csv"
        table = draw_table(options.rows, np.random.default_rng(SEED))
        table.to_csv(path, index=False)
        print(f"{len(table):,} rows x {table.shape[1]} columns, {path.stat().st_size / 1e6:.0f} MB")
        for _ in range(options.rounds):
            done = subprocess.run(
                [sys.executable, "-c", LOAD, str(path)], capture_output=True, text=True, check=True
            )
            print(done.stdout.strip())


if __name__ == "__main__":
    main()
