"""Compare simulated groups with `compare_recordings`, and count how often its intervals cover.

Run it by `python benchmarks/coverage/whole_comparison.py`. Both groups are drawn from one pool of
learners (`simulated_animals`), so that no difference is true: eight "agents" and 3, 5, 8 or 20
"animals" of six sessions each. Every interval is held against the truth of what it is about.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from simulated_animals import LONG, N_SESSIONS, Pool, make_pool

from pfc_analysis.comparison.compare_groups import compare_recordings

SIZES, AGENTS, LEARNERS = (3, 5, 8, 20), 8, 120
N_SIMULATIONS, N_RESAMPLES = 100, 200

Hits = dict[tuple[str, str], list[tuple[float, float]]]
"""By level and quantity: share of intervals that cover, and share of p below .05, a simulation."""


def measure_truth(pool: Pool, questions: str, rng: np.random.Generator) -> xr.DataArray:
    """Measure every learner in many sessions, on (subject, quantity)."""
    half = len(pool.parameters) // 2
    groups = {
        name: pool.play(np.arange(start, start + half), LONG, rng)
        for name, start in (("agents", 0), ("animals", half))
    }
    return compare_recordings(questions, groups, rng, 100)["subject_value"]


def count_hits(
    hits: Hits, result: xr.Dataset, truth: xr.DataArray, chosen: dict[str, np.ndarray]
) -> None:
    """Hold the intervals of one comparison against the truth."""
    own = truth.sel(quantity=result["quantity"])
    population = own.mean("subject").values
    values = {name: own.isel(subject=at).values for name, at in chosen.items()}

    def add(level: str, lower: xr.DataArray, upper: xr.DataArray, true: np.ndarray,
            p: np.ndarray | None = None) -> None:  # fmt: skip
        low, high, right = (np.atleast_2d(part) for part in (lower.values, upper.values, true))
        known = np.isfinite(low) & np.isfinite(high)
        for place, quantity in enumerate(result["quantity"].values):
            kept = known[:, place]
            if not kept.any():
                continue
            inside = (low[kept, place] <= right[kept, place]) & (
                right[kept, place] <= high[kept, place]
            )
            rejected = np.nan if p is None or np.isnan(p[place]) else float(p[place] < 0.05)
            hits[level, str(quantity)].append((float(inside.mean()), rejected))

    means = {}
    for name in chosen:
        group = result.sel(group=name)
        about = group["inference"].values == "population"
        means[name] = np.where(about, population, values[name].mean(axis=0))
        level = "mean of 8 agents" if name == "agents" else "mean"
        add(level, group["group_lower"], group["group_upper"], means[name])
    contrast = result.isel(comparison=0)
    add("difference", contrast["difference_lower"], contrast["difference_upper"],
        means["agents"] - means["animals"], contrast["difference_p"].values)  # fmt: skip
    animal = (result["subject_group"] == "animals").values
    add("subject", result["subject_lower"][animal], result["subject_upper"][animal],
        values["animals"])  # fmt: skip
    of_animal = (result["session_group"] == "animals").values
    who = np.repeat(np.arange(len(chosen["animals"])), N_SESSIONS)
    add("session", result["session_lower"][of_animal], result["session_upper"][of_animal],
        values["animals"][who])  # fmt: skip
    for effect, lower, upper in zip(result["effect_name"].values, result["effect_lower"].values,
                                    result["effect_upper"].values, strict=True):  # fmt: skip
        if str(effect).startswith("group"):  # no difference is true
            inside = float(lower <= 0 <= upper)
            hits["mixed effect", str(effect)].append((inside, 1 - inside))


def simulate(
    pool: Pool, truth: xr.DataArray, questions: str, n_animals: int, n: int, seed: int
) -> pd.DataFrame:
    """Simulate comparisons of one size, and tabulate shares with their standard errors."""
    rng = np.random.default_rng([seed, n_animals])
    hits: Hits = defaultdict(list)
    for _ in range(n):
        chosen = {name: rng.integers(0, LEARNERS, size) for name, size in
                  (("agents", AGENTS), ("animals", n_animals))}  # fmt: skip
        groups = {name: pool.play(at, N_SESSIONS, rng) for name, at in chosen.items()}
        result = compare_recordings(questions, groups, rng, N_RESAMPLES)
        count_hits(hits, result, truth, chosen)
    rows = []
    for (level, quantity), found in hits.items():
        covered, rejected = np.array(found).T
        rows.append(
            {
                "questions": questions,
                "n_subjects": n_animals,
                "level": level,
                "quantity": quantity,
                "coverage": covered.mean(),
                "coverage_error": covered.std() / np.sqrt(covered.size),
                "p_below_05": np.nanmean(rejected) if np.isfinite(rejected).any() else np.nan,
                "n_simulations": covered.size,
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Simulate all sizes, write the table and print its summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=N_SIMULATIONS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--questions", nargs="+", default=["bandit", "matching", "two_step"])
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    given = parser.parse_args()
    for questions in given.questions:
        kind = "two_step" if questions == "two_step" else "bandit"
        pool = make_pool(kind, LEARNERS, np.random.default_rng(given.seed))
        truth = measure_truth(pool, questions, np.random.default_rng(given.seed))
        for size in given.sizes:
            table = simulate(pool, truth, questions, size, given.simulations, given.seed)
            out = given.out / f"whole_{questions}_{size}.csv"
            table.to_csv(out, index=False, float_format="%.4f", lineterminator="\n")
            print(questions, size, flush=True)
            print(table.groupby("level")["coverage"].describe().to_string(), flush=True)


if __name__ == "__main__":
    main()
