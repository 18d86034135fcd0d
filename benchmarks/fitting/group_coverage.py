"""How often 95 % intervals of a hierarchical fit hold the group that the subjects came from.

In each repeat a group is drawn from its prior, and 20 subjects from the group; each plays 100
trials of a bandit by Q-learning. Intervals of the means and standard deviations are credible
intervals, so over groups from the prior they cover 95 % if the fit is right.

    python benchmarks/fitting/group_coverage.py --repeats 100
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.groups.fit_group import fit_hierarchical
from pfc_analysis.fitting.estimation.groups.group_prior import declared_group_prior
from pfc_analysis.fitting.estimation.groups.hierarchical_fit import HierarchicalFit
from pfc_analysis.fitting.sessions.fit_trials import FitTrials, read_fit_trials
from pfc_analysis.tasks.bandit import Bandit

LEARNER = pfc.learners.QLearning
SUBJECTS = 20


def simulate(rng: np.random.Generator) -> tuple[FitTrials, np.ndarray, np.ndarray]:
    """Draw a group and its subjects, and let each play one session of 100 trials."""
    prior = declared_group_prior(LEARNER.parameters())
    mean = rng.normal(prior.mean.mean, prior.mean.sd)
    sd = np.abs(rng.normal(0.0, prior.sd_scale))
    seeds = rng.integers(2**31, size=SUBJECTS)
    played = [
        pfc.simulate(
            LEARNER.from_unconstrained(rng.normal(mean, sd)),
            Bandit(),
            sessions=1,
            seed=int(seed),
            subject=f"s{k:02d}",
        )
        for k, seed in enumerate(seeds)
    ]
    return read_fit_trials(xr.concat(played, "trial"), "bandit"), mean, sd


def measure(fit: HierarchicalFit, mean: np.ndarray, sd: np.ndarray) -> Iterator[dict[str, object]]:
    """List what the intervals say of each parameter, and where they lie."""
    found = {
        "mean": (mean, fit.mean, fit.mean_covariance, fit.mean_limits),
        "sd": (sd, fit.sd, fit.sd_covariance, fit.sd_limits),
    }
    for quantity, (true, estimate, covariance, limits) in found.items():
        for k, parameter in enumerate(fit.free):
            low, high = limits[k]
            yield {
                "parameter": parameter.name,
                "quantity": f"group {quantity}",
                "covered": low <= true[k] <= high,
                "above": true[k] > high,
                "z": (estimate[k] - true[k]) / np.sqrt(covariance[k, k]),
                "noted": fit.note != "",
            }


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Coverage, on which side the truth lies outside, and mean and spread of errors."""
    groups = table.groupby(["parameter", "quantity"], sort=False)
    found = groups.agg(
        repeats=("covered", "size"),
        coverage=("covered", "mean"),
        true_above=("above", "mean"),
        mean_error=("z", "mean"),
        sd_of_error=("z", "std"),
        with_a_note=("noted", "mean"),
    ).reset_index()
    found["monte_carlo_error"] = np.sqrt(0.95 * 0.05 / found["repeats"])
    return found


def main() -> None:
    """Repeat, and write the coverage."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=100)
    options.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    rows, began = [], time.process_time()
    for done, rng in enumerate(np.random.default_rng(1).spawn(given.repeats), start=1):
        trials, mean, sd = simulate(rng)
        rows += list(measure(fit_hierarchical(LEARNER, trials, rng, n_threads=1), mean, sd))
        if done % 10 == 0 or done == given.repeats:  # so that a run that is stopped leaves a table
            found = summarise(pd.DataFrame(rows))
            found.round(4).to_csv(given.out / "group_coverage.csv", index=False)
    print(found.round(3).to_string(), f"\n{time.process_time() - began:.0f} s of CPU time")


if __name__ == "__main__":
    main()
