"""Summarise the tables of the simulations as `results/summary.md`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).parent / "results"
LOW, HIGH = 0.93, 0.97


def judge(coverage: pd.Series, error: float | pd.Series = 0.0) -> pd.Series:
    """Say whether coverage is within the bars, or not further out than two standard errors."""
    inside = coverage.between(LOW, HIGH)
    near = coverage.between(LOW - 2 * error, HIGH + 2 * error)
    return inside.map({True: "yes", False: "no"}).where(inside | ~near, "within 2 errors")


def write_table(table: pd.DataFrame) -> str:
    """Write a table in Markdown, numbers with three decimals."""
    text = table.map(lambda cell: f"{cell:.3f}" if isinstance(cell, float) else str(cell))
    rows = [table.columns.tolist(), ["---"] * table.shape[1], *text.values.tolist()]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def summarise_subjects() -> str:
    """Tabulate the methods side by side: t and Welch, and what was not chosen."""
    table = pd.read_csv(RESULTS / "subject_level.csv")
    wide = table.pivot_table(
        index=["population", "quantity", "method"], columns="n_subjects", values="coverage",
        sort=False,
    )  # fmt: skip
    wide.columns = [f"n = {n}" for n in wide.columns]
    return write_table(wide.reset_index())


def summarise_whole() -> str:
    """Average coverage over the headline quantities of each level, and over details of curves."""
    tables = [pd.read_csv(path) for path in sorted(RESULTS.glob("whole_*.csv"))]
    table = pd.concat(tables)
    table["detail"] = table["quantity"].str.contains(" lag ")
    table["kind"] = table["detail"].map({True: "details of curves", False: "headline"})
    keys = ["questions", "n_subjects", "level", "kind"]
    found = table.groupby(keys).agg(
        coverage=("coverage", "mean"),
        lowest=("coverage", "min"),
        highest=("coverage", "max"),
        error_of_one=("coverage_error", "mean"),
        p_below_05=("p_below_05", "mean"),
        simulations=("n_simulations", "max"),
    )
    found["within"] = judge(found["coverage"], found["error_of_one"])
    return write_table(found.reset_index())


def main() -> None:
    """Write the summary."""
    few = pd.read_csv(RESULTS / "few_subjects.csv")
    few["within"] = judge(few[["mean", "difference"]].min(axis=1))
    parts = [
        "# Coverage of 95 % intervals",
        "## Whole comparisons of simulated learners",
        "Mean over quantities, lowest and highest of them, and the standard error of one.",
        summarise_whole(),
        "## Fewer than five subjects, described by their own sessions",
        write_table(few),
        "## One number a subject, animals against eight agents: methods side by side",
        summarise_subjects(),
    ]
    (RESULTS / "summary.md").write_text("\n\n".join(parts) + "\n", "utf-8")


if __name__ == "__main__":
    main()
