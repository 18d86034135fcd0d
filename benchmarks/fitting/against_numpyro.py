"""Hierarchical fits against NumPyro's No-U-Turn sampler, on the example tables of hBayesDM.

Both have the same model, priors and likelihood; the difference of group means, in standard
deviations of the posterior, is to be below 0.1. Needs the extra numpyro.

    python benchmarks/fitting/against_numpyro.py FOLDER_OF_TABLES
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.fitting.estimation.groups.fit_group import fit_hierarchical
from pfc_analysis.fitting.estimation.groups.full_posterior import fit_posterior
from pfc_analysis.fitting.estimation.groups.hierarchical_fit import HierarchicalFit
from pfc_analysis.fitting.sessions.fit_trials import FitTrials, read_fit_trials


class Table(NamedTuple):
    """What is fitted to a table, and how the sampler works best there."""

    learner: type
    questions: str
    draws: int
    target_accept: float
    centred: bool


TABLES = {
    "prl_multipleB": Table(pfc.learners.QLearning, "bandit", 3000, 0.99, True),
    "bandit2arm": Table(pfc.learners.QLearning, "bandit", 2000, 0.95, False),
    "prl": Table(pfc.learners.QLearning, "bandit", 2000, 0.95, False),
    "ts": Table(pfc.learners.MixtureOfAgents, "two_step", 2000, 0.95, False),
}
"""prl_multipleB has few subjects with many trials, the others the reverse."""


def sample(table: Table, trials: FitTrials) -> xr.Dataset:
    """Draw from the posterior in four chains, with 1,000 draws of warmup each."""
    return fit_posterior(
        table.learner,
        trials,
        1,
        draws=table.draws,
        warmup=1000,
        chains=4,
        target_accept=table.target_accept,
        centred=table.centred,
    )


def compare(name: str, fit: HierarchicalFit, posterior: xr.Dataset) -> list[dict[str, object]]:
    """List the group's mean and standard deviation by both, parameter by parameter."""
    rows: list[dict[str, object]] = []
    for quantity, ours, mode in (("mean", fit.mean, fit.mode_mean), ("sd", fit.sd, fit.mode_sd)):
        draws = posterior[f"group_{quantity}"]
        centre, spread = (getattr(draws, one)(("chain", "draw")).values for one in ("mean", "std"))
        for k, parameter in enumerate(fit.free):
            effective = float(posterior[f"group_{quantity}_n_effective"][k])
            row: dict[str, object] = {"table": name, "parameter": parameter.name}
            row |= {"quantity": f"group {quantity}", "fit": ours[k], "numpyro": centre[k]}
            row |= {"posterior_sd": spread[k], "difference": (ours[k] - centre[k]) / spread[k]}
            row |= {"of_laplace": (mode[k] - centre[k]) / spread[k]}
            row |= {"monte_carlo_error": effective**-0.5}
            row |= {"r_hat": float(posterior[f"group_{quantity}_r_hat"][k])}
            rows.append(row | {"diverging": int(posterior["diverging"].sum())})
    return rows


def main() -> None:
    """Fit the tables both ways and write how far the groups differ."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, help="the folder inst/extdata of hBayesDM")
    options.add_argument("--tables", nargs="+", default=list(TABLES), choices=list(TABLES))
    options.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.tables:
        table = TABLES[name]
        recording = pfc.load(given.folder / f"{name}_exampleData.txt")
        trials = read_fit_trials(recording, table.questions)
        began = time.process_time()
        fit = fit_hierarchical(table.learner, trials, np.random.default_rng(1))
        between = time.process_time()
        posterior = sample(table, trials)
        found = pd.DataFrame(compare(name, fit, posterior))
        found["fit_seconds"] = round(between - began, 1)
        found["numpyro_seconds"] = round(time.process_time() - between, 1)
        found.round(4).to_csv(given.out / f"against_numpyro_{name}.csv", index=False)
        print(found.round(3).to_string(), fit.note, posterior.attrs["note"], flush=True)


if __name__ == "__main__":
    main()
