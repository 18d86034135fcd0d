"""CPU and wall time of one fit to a million trials: the bar is 30 seconds.

The mixture of agents (seven parameters) plays 10,000 sessions of 100 trials of the two-step task
and is fitted to them: five starts, covariances and limits.

    OMP_NUM_THREADS=1 python benchmarks/fitting/one_million.py
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.tasks.two_step import TwoStep


def main() -> None:
    """Simulate, fit, and write what it took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=10_000)
    options.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    given = options.parse_args()
    learner = pfc.learners.MixtureOfAgents()
    played = pfc.simulate(learner, TwoStep(), sessions=given.sessions, seed=1, subject="one")
    trials = read_fit_trials(played, "two_step")
    small = trials.select_sessions(np.arange(5))
    fit_maximum(type(learner), small, np.random.default_rng(1), starts=1)  # compiles
    cpu, wall = time.process_time(), time.perf_counter()
    fit = fit_maximum(type(learner), trials, np.random.default_rng(1))
    found = {
        "trials": fit.n_trials,
        "parameters": len(fit.free),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "starts_agreeing": fit.n_agreeing,
        "true_values_inside_intervals": int(
            sum(
                low <= getattr(learner, one.name) <= high
                for one, (low, high) in zip(fit.free, fit.interval, strict=True)
            )
        ),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "one_million.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
