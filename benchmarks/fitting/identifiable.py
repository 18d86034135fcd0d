"""Which parameters of which learners come back from 1,000 sessions of 100 trials?

Players are drawn from the priors of a learner's parameters, and play the two-step task or a bandit.
A line says for each parameter r of true and estimated values, and whether it counts as
identifiable.

    python benchmarks/fitting/identifiable.py --questions two_step --players 20
"""

from __future__ import annotations

import argparse
import time

import numpy as np

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
    given = parser.parse_args()
    design = make_design(given.questions, given.sessions)
    learners = pfc.learners.list_learners(given.questions)
    for name in given.learners.split(",") if given.learners else learners:
        began = time.process_time()
        found = recover_parameters(
            learners[name],
            design,
            np.random.default_rng(SEED),
            n_players=given.players,
            repeats=[1],
            limits=False,
        )
        print(f"{name}: {time.process_time() - began:.0f} CPU-seconds")
        for parameter in found["parameter"].values:
            own = found.sel(parameter=parameter).isel(repeat=0)
            print(
                f"  {parameter}: r {float(own['r']):.3f}, run off {int(own['n_run_off'])}, "
                f"identifiable {int(own['identifiable'])}",
                flush=True,
            )


if __name__ == "__main__":
    main()
