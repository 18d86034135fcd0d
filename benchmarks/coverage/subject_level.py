"""Simulate estimates of subjects, and count how often intervals cover and tests reject.

Each simulated subject has one number. A group's mean has an interval, and so has the difference
from a second group of eight (the agents), which also has a p value. The true difference is 0.
Run it by `python benchmarks/coverage/subject_level.py`; it takes about two minutes on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

SIZES = (3, 5, 8, 20)
AGENTS = 8
N_SIMULATIONS, N_RESAMPLES, BATCH = 10_000, 500, 250

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
Ends = tuple[np.ndarray, np.ndarray]

POPULATIONS: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, shape: rng.normal(size=shape), 0.0),
    "lognormal, sigma .5": (lambda rng, shape: rng.lognormal(0, 0.5, shape), np.exp(0.125)),
    "share, beta(18, 2)": (lambda rng, shape: rng.beta(18, 2, shape), 0.9),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0),
}
"""Populations of subjects, with their true mean: the last is more skewed than our measures."""


def summarise(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of the last axis and its standard error."""
    return values.mean(axis=-1), values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1])


def resample(values: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw subjects with replacement: means and standard errors, (simulation, draw)."""
    n = values.shape[-1]
    which = rng.integers(0, n, (values.shape[0], N_RESAMPLES, n))
    return summarise(np.take_along_axis(values[:, None], which, axis=2))


def welch_freedom(errors: list[np.ndarray], sizes: list[int]) -> np.ndarray:
    """Compute the degrees of freedom of Welch and Satterthwaite."""
    squares = [error**2 for error in errors]
    shares = sum(square**2 / (n - 1) for square, n in zip(squares, sizes, strict=True))
    return np.asarray(sum(squares) ** 2 / shares)


def mean_intervals(values: np.ndarray, rng: np.random.Generator) -> dict[str, Ends]:
    """Compute 95 % intervals of the mean, (simulation,), by each method."""
    mean, error = summarise(values)
    reach = t.ppf(0.975, values.shape[1] - 1) * error
    found = {"t": (mean - reach, mean + reach)}
    means, errors = resample(values, rng)
    low, high = np.quantile(means, (0.025, 0.975), axis=1)
    found["percentile bootstrap"] = (low, high)
    errors = np.where(errors > 1e-9, errors, np.nan)
    low, high = np.nanquantile((means - mean[:, None]) / errors, (0.025, 0.975), axis=1)
    found["bootstrap-t"] = (mean - high * error, mean - low * error)
    return found


def difference_intervals(
    one: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> dict[str, Ends]:
    """Compute 95 % intervals of the difference of means, (simulation,), by each method."""
    sizes = [one.shape[1], other.shape[1]]
    (mean, error), (mean_2, error_2) = summarise(one), summarise(other)
    value, total = mean - mean_2, np.hypot(error, error_2)
    reach = t.ppf(0.975, welch_freedom([error, error_2], sizes)) * total
    found = {"Welch's t": (value - reach, value + reach)}
    (draws, errors), (draws_2, errors_2) = resample(one, rng), resample(other, rng)
    low, high = np.quantile(draws - draws_2, (0.025, 0.975), axis=1)
    found["percentile bootstrap"] = (low, high)
    spread = np.hypot(errors, errors_2)
    spread = np.where(spread > 1e-9, spread, np.nan)
    distance = (draws - draws_2 - value[:, None]) / spread
    low, high = np.nanquantile(distance, (0.025, 0.975), axis=1)
    found["bootstrap-t"] = (value - high * total, value - low * total)
    return found


def simulate(n_simulations: int, seed: int) -> pd.DataFrame:
    """Simulate every population and size: coverage of each interval, with its own uncertainty."""
    rows = []
    for population, (draw, truth) in POPULATIONS.items():
        for n in SIZES:
            rng = np.random.default_rng([seed, n])
            covered: dict[tuple[str, str], list[np.ndarray]] = {}
            for _ in range(n_simulations // BATCH):
                own, agents = draw(rng, (BATCH, n)), draw(rng, (BATCH, AGENTS))
                for method, (low, high) in mean_intervals(own, rng).items():
                    covered.setdefault(("mean", method), []).append((low < truth) & (truth < high))
                for method, (low, high) in difference_intervals(agents, own, rng).items():
                    covered.setdefault(("difference", method), []).append((low < 0) & (high > 0))
            for (quantity, method), hits in covered.items():
                share = float(np.mean(hits))
                rows.append((population, n, quantity, method, share, 1 - share))
    columns = ["population", "n_subjects", "quantity", "method", "coverage", "p_below_05"]
    table = pd.DataFrame(rows, columns=columns).assign(n_simulations=n_simulations)
    table.loc[table["quantity"] == "mean", "p_below_05"] = np.nan
    inside = table["coverage"].between(0.93, 0.97)
    return table.assign(within_bar=inside)


def main() -> None:
    """Simulate, write the table and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=N_SIMULATIONS)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    table = simulate(given.simulations, given.seed)
    out = Path(__file__).parent / "results" / "subject_level.csv"
    table.to_csv(out, index=False, float_format="%.4f", lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
