"""CPU and wall time of one fit to a million trials: the bar is 30 seconds.

Q-learning (two parameters) plays a bandit and the mixture of agents (seven) the two-step task, each
for 10,000 sessions of 100 trials, and each is fitted to its choices: five starts, covariances and
limits.

    OMP_NUM_THREADS=1 python benchmarks/fitting/one_million.py
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.sessions.fit_trials import FitTrials, read_fit_trials
from pfc_analysis.learners import Learner
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.two_step import TwoStep

PLAYERS = {
    "QLearning": (pfc.learners.QLearning(), Bandit(), "bandit"),
    "MixtureOfAgents": (pfc.learners.MixtureOfAgents(), TwoStep(), "two_step"),
}


def measure(learner: Learner, trials: FitTrials) -> dict[str, object]:
    """Time one fit, after one of few trials that compiles what is needed."""
    small = trials.select_sessions(np.arange(5))
    fit_maximum(type(learner), small, np.random.default_rng(1), starts=1)
    cpu, wall = time.process_time(), time.perf_counter()
    fit = fit_maximum(type(learner), trials, np.random.default_rng(1), starts=5)
    inside = [
        low <= getattr(learner, one.name) <= high
        for one, (low, high) in zip(fit.free, fit.interval, strict=True)
    ]
    return {
        "trials": fit.n_trials,
        "parameters": len(fit.free),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "starts_agreeing": fit.n_agreeing,
        "true_values_inside_limits": sum(inside),
    }


def main() -> None:
    """Simulate, fit, and write what it took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=10_000)
    options.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    given = options.parse_args()
    rows = []
    for name, (learner, task, questions) in PLAYERS.items():
        played = pfc.simulate(learner, task, sessions=given.sessions, seed=1, subject="one")
        rows.append({"learner": name, **measure(learner, read_fit_trials(played, questions))})
        print(rows[-1], flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(given.out / "one_million.csv", index=False)


if __name__ == "__main__":
    main()
