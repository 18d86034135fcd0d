"""How often 95 % intervals of fitted parameters hold the parameters that made the choices.

Each fit gets 20 sessions of 100 trials of one simulated subject, whose parameters are drawn from
their priors; 50 fits use 1,000 sessions. To count coverage precisely there are more fits (--fits).
Three kinds of interval are compared: limits of `fit_maximum` (Wald where the likelihood is a
parabola, profile likelihood elsewhere), Wald, and Wald with the sandwich covariance. Besides, the
column `ratio` counts how often the likelihood-ratio test accepts the true value, with searches that
also start at the true parameters: it is what limits would cover if no search for them went wrong. A
parameter counts as identifiable where at least 80 % of its intervals have two sides.

    python benchmarks/fitting/interval_coverage.py --fits 1000 --out benchmarks/fitting/results
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.estimation.start_searches import search_from
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.sessions.fit_trials import FitTrials, read_fit_trials
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.two_step import TwoStep

SESSIONS = 20
DESIGNS = {
    "q_learning": (pfc.learners.QLearning, Bandit(), "bandit"),
    "mixture_of_agents": (pfc.learners.MixtureOfAgents, TwoStep(), "two_step"),
}
WALD = 1.959963984540054
TWO_SIDED = 0.8
"""Least share of two-sided intervals of an identifiable parameter."""


def simulate(name: str, rng: np.random.Generator) -> tuple[FitTrials, np.ndarray]:
    """Simulate a subject with parameters from their priors, again if all its choices are equal."""
    learner, task, questions = DESIGNS[name]
    while True:
        drawn = np.array([rng.normal(p.prior_mean, p.prior_sd) for p in learner.parameters()])
        player = learner.from_unconstrained(drawn)
        seed = int(rng.integers(2**31))
        played = pfc.simulate(player, task, sessions=SESSIONS, seed=seed, subject="one")
        try:
            return read_fit_trials(played, questions), drawn
        except EmptySelectionError:
            continue


def profile_ratio(objective: FitObjective, fit: SubjectFit, true: np.ndarray, k: int) -> float:
    """Twice the fall of the log-likelihood from its maximum to the best with one true value."""
    held = np.arange(true.size) == k
    starts = (true, np.where(held, true, fit.unconstrained))
    inside = [np.clip(one, objective.low, objective.high) for one in starts]
    best = max(search_from(objective, one, held).value for one in inside)
    return 2.0 * (fit.log_likelihood - best)


def measure(
    name: str, trials: FitTrials, fit: SubjectFit, true: np.ndarray
) -> Iterator[dict[str, object]]:
    """List what each kind of interval says of each parameter."""
    objective = FitObjective(DESIGNS[name][0], trials)
    errors = {"wald": fit.covariance, "sandwich": fit.robust}
    for k, parameter in enumerate(fit.free):
        low, high = fit.limits[k]
        row = {"learner": name, "parameter": parameter.name, "true": true[k]}
        row |= {"estimate": fit.unconstrained[k], "low": low, "high": high}
        row |= {"two_sided": np.isfinite(low) and np.isfinite(high), "given": not np.isnan(low)}
        row["ratio"] = profile_ratio(objective, fit, true, k) <= WALD**2
        row["limits"] = np.isnan(low) or low <= true[k] <= high
        for kind, covariance in errors.items():
            error = np.sqrt(covariance[k, k])
            row[kind] = abs(fit.unconstrained[k] - true[k]) <= WALD * error
            row[f"{kind}_given"] = np.isfinite(error)
        yield row


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Coverage of each kind where it gives an interval, and how often it gives one."""
    rows = []
    for (learner, parameter), part in table.groupby(["learner", "parameter"], sort=False):
        given = part[part["given"]]
        two_sided = part[part["two_sided"]]
        row = {"learner": learner, "parameter": parameter, "fits": len(part)}
        row |= {"limits": given["limits"].mean(), "given": len(given) / len(part)}
        row |= {"two_sided": len(two_sided) / len(part)}
        row["limits_two_sided"] = two_sided["limits"].mean()
        row["identifiable"] = row["two_sided"] >= TWO_SIDED
        row["ratio"] = part["ratio"].mean()
        for kind in ("wald", "sandwich"):
            row[kind] = part.loc[part[f"{kind}_given"], kind].mean()
        row["monte_carlo_error"] = np.sqrt(0.95 * 0.05 / len(part))
        row["r"] = np.corrcoef(two_sided["true"], two_sided["estimate"])[0, 1]
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    """Run the fits and write both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fits", type=int, default=50)
    options.add_argument("--learners", nargs="+", default=list(DESIGNS))
    options.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options.add_argument("--each", type=Path, help="folder for tables of all intervals")
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.learners:
        rows, started = [], time.process_time()
        for done, rng in enumerate(np.random.default_rng(1).spawn(given.fits), start=1):
            trials, true = simulate(name, rng)
            fit = fit_maximum(DESIGNS[name][0], trials, rng, n_threads=1)
            rows += list(measure(name, trials, fit, true))
            if done % 25 == 0 or done == given.fits:  # a run that is stopped leaves a table
                summary = summarise(pd.DataFrame(rows))
                summary.round(4).to_csv(given.out / f"interval_coverage_{name}.csv", index=False)
        if given.each:
            pd.DataFrame(rows).to_csv(
                given.each / f"interval_coverage_{name}_each.csv", index=False
            )
        print(summary.round(3).to_string(), f"\n{time.process_time() - started:.0f} CPU-seconds")


if __name__ == "__main__":
    main()
