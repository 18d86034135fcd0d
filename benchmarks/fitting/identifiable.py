"""Which parameters of which learners come back from 1,000 sessions of 100 trials?

Players are drawn from the priors of a learner's parameters, and play the two-step task or a bandit.
The table has for each parameter r of true and estimated values with its 95 % interval, how many
estimates ran off to an end of the range, and whether it counts as identifiable.

    python benchmarks/fitting/identifiable.py --questions two_step --players 20
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

import pfc_analysis as pfc
from pfc_analysis.fitting.checks.parameter_recovery import recover_parameters
from pfc_analysis.fitting.designs.design import Design
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.two_step import TwoStep

TASKS = {
    "two_step": (TwoStep(), pfc.learners.MixtureOfAgents()),
    "bandit": (Bandit(arms="independent"), pfc.learners.QLearning()),
}
SEED = 1


def make_design(questions: str, sessions: int) -> Design:
    """Make the design of some sessions of 100 trials; who played them does not matter."""
    task, player = TASKS[questions]
    played = pfc.simulate(player, task, sessions=sessions, seed=SEED, subject="one")
    return read_design(played, read_fit_trials(played, questions))


def main() -> None:
    """Recover the parameters of the learners that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", choices=list(TASKS), default="two_step")
    parser.add_argument("--learners", help="names with commas; all that suit by default")
    parser.add_argument("--players", type=int, default=20)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    design = make_design(given.questions, given.sessions)
    learners = pfc.learners.list_learners(given.questions)
    rows: list[dict[str, object]] = []
    for name in given.learners.split(",") if given.learners else learners:
        began = time.process_time()
        found = recover_parameters(
            learners[name],
            design,
            np.random.default_rng(SEED),
            n_players=given.players,
            repeats=[1],
            limits=False,
        ).isel(repeat=0)
        for parameter in found["parameter"].values:
            own = found.sel(parameter=parameter)
            row = {"learner": name, "parameter": parameter, "players": given.players}
            row |= {key: float(own[key]) for key in ("r", "r_lower", "r_upper")}
            rows.append(row | {key: int(own[key]) for key in ("n_run_off", "identifiable")})
        print(f"{name}: {time.process_time() - began:.0f} CPU-seconds", flush=True)
        table = pd.DataFrame(rows)  # written each time: a run that is stopped leaves a table
        table.round(4).to_csv(given.out / f"identifiable_{given.questions}.csv", index=False)
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
