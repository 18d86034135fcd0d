"""Simulate groups of fewer than five subjects, which are described by their own sessions.

Subjects and sessions are normal. The interval of the mean is held against the mean of these
subjects' true values, that of the difference against the population of the agents minus this mean.
Run it by `python benchmarks/coverage/few_subjects.py`; it takes seconds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.analysis.statistics.group_means import (
    SubjectValues,
    average_group,
    subtract_groups,
)

N_SIMULATIONS, AGENTS = 20_000, 8


def simulate(n_subjects: int, n_sessions: int, between: float, seed: int) -> dict[str, float]:
    """Simulate one design; sessions of a subject have a standard deviation of 1."""
    rng = np.random.default_rng([seed, n_subjects, n_sessions])
    true = rng.normal(0, between, (n_subjects, N_SIMULATIONS))
    sessions = true[:, None] + rng.normal(size=(n_subjects, n_sessions, N_SIMULATIONS))
    value = sessions.mean(axis=1)
    variance = sessions.var(axis=1, ddof=1) / n_sessions
    few = average_group(SubjectValues(value, variance, np.full_like(value, n_sessions - 1)))
    scatter = np.hypot(between, 1 / np.sqrt(n_sessions))
    agents = rng.normal(0, scatter, (AGENTS, N_SIMULATIONS))
    many = average_group(SubjectValues(agents, agents**2, np.ones_like(agents)))
    difference = subtract_groups(many, few)
    lower, upper = few.interval()
    about = true.mean(axis=0)
    return {
        "n_subjects": n_subjects,
        "n_sessions": n_sessions,
        "between": between,
        "mean": float(np.mean((lower < about) & (about < upper))),
        "difference": float(np.mean((difference.lower < -about) & (-about < difference.upper))),
        "n_simulations": N_SIMULATIONS,
    }


def main() -> None:
    """Simulate all designs, write the table and print it."""
    designs = [(n, s, b) for n in (1, 3, 4) for s in (4, 6, 20) for b in (0.3, 2.0)]
    table = pd.DataFrame([simulate(*design, seed=0) for design in designs])
    out = Path(__file__).parent / "results" / "few_subjects.csv"
    table.to_csv(out, index=False, float_format="%.4f", lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
