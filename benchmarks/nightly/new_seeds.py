"""Train replicas of new seeds of every experiment but Harlow's, and hold them to the claims.

By hand, from the repository, or every night: `python benchmarks/nightly/new_seeds.py --out FOLDER`.
It asks nothing, takes hours, and goes on where it was stopped if it is started again with the same
folder. It prints a table of the claims and ends with status 1 if one of them does not hold.

Two replicas have no interval to speak of. A claim about the interval of the mean over replicas is
therefore held against their mean.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pfc_analysis.reproduction.claims import INTERVAL, check_figure, format_check
from pfc_analysis.reproduction.figures import draw_figure, list_figures
from pfc_analysis.reproduction.measured_numbers import read_claims, read_measured
from pfc_analysis.reproduction.numbers import MEAN
from pfc_analysis.training.run.shipped_experiments import list_experiments
from pfc_analysis.training.run.trainer import train

FIRST_SEED, REPLICAS = 101, 2
LEFT_OUT = "harlow"
"""Beginning of the names of experiments that are not trained: from pixels, one takes days."""

HARLOW_FIGURE = "6"


def say(text: str) -> None:
    """Print a line with the time of day, at once."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def train_seeds(experiments: Sequence[str], folder: Path) -> None:
    """Train the new seeds of each experiment; those that are trained already stay as they are."""
    for name in experiments:
        say(f"train {name}")
        train(name, folder / name, replicas=REPLICAS, seed=FIRST_SEED, resume=True)


def draw_figures(figures: Sequence[str], out: Path, agents: Path) -> dict[str, str]:
    """Draw those figures that are not there yet; by figure, why one could not be drawn."""
    failed = {}
    for name in figures:
        if (out / f"{list_figures()[name].stem}.csv").is_file():
            say(f"figure {name}: drawn already")
            continue
        say(f"figure {name}")
        try:
            draw_figure(name, out, agents)
        except (OSError, ValueError) as error:  # an agent is missing, or lacks what is drawn
            failed[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return failed


def check_claims(name: str, numbers: Path) -> pd.DataFrame:
    """Hold the numbers of a figure to its claims."""
    claims = read_claims(list_figures()[name].stem)
    if claims is None:
        return pd.DataFrame()
    claims = claims.assign(of=claims["of"].replace(INTERVAL, MEAN))
    checked = check_figure(name, read_measured(numbers), claims)
    return checked[checked["holds"].notna()]


def report(figures: Sequence[str], out: Path, failed: dict[str, str]) -> int:
    """Print and write the table of claims; return the exit status."""
    tables = []
    for name in figures:
        path = out / f"{list_figures()[name].stem}.csv"
        if path.is_file():
            tables.append(check_claims(name, path))
    for name, reason in failed.items():
        print(f"figure {name} was not drawn: {reason}")
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if table.empty:
        print("No claim was checked.")
        return 1
    table.to_csv(out / "new_seeds.csv", index=False, float_format="%.6g")
    for figure, number, measured, _, claim, holds in format_check(table):
        print(f"{holds:4} figure {figure:3} {number}: {measured}, claimed {claim}")
    held = int(table["holds"].astype(bool).sum())
    print(f"{held} of {len(table)} claims hold for seeds {FIRST_SEED} and {FIRST_SEED + 1}.")
    return 0 if held == len(table) and not failed else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, draw and check."""
    trained = [name for name in list_experiments() if not name.startswith(LEFT_OUT)]
    drawn = [name for name in list_figures() if name != HARLOW_FIGURE]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of agents and figures")
    parser.add_argument("--experiments", nargs="+", choices=trained, default=trained)
    parser.add_argument("--figures", nargs="+", choices=drawn, default=drawn)
    chosen = parser.parse_args(arguments)
    train_seeds(chosen.experiments, chosen.out / "agents")
    failed = draw_figures(chosen.figures, chosen.out, chosen.out / "agents")
    return report(chosen.figures, chosen.out, failed)


if __name__ == "__main__":
    sys.exit(main())
