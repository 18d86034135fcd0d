"""Measure loading and regressing tables of trials: ``python benchmarks/load_table.py``.

Each measurement runs in a new process and prints the CPU time in seconds, from the start of
Python, after each of its steps, and the peak memory. Two tables are drawn at random:

- nine columns, as a laboratory may have them: the toolkit loads it and regresses choices on the
  rewards and choices of the last 15 trials; exports it as CSV, which the toolkit and
  `pandas.read_csv` read;
- a two-step task, 50,000 trials a subject: the toolkit loads it with a column map and fits the
  regression on the last five trials, subject by subject. `pandas.read_csv` with `statsmodels.Logit`
  does the same on a smaller table (statsmodels would take too long for the large one), on which
  the toolkit is measured too. The estimates of the two must agree.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SEED = 0
N_LAGS = 5
MAP = {
    "subject": "subject",
    "session": "session",
    "trial": "trial",
    "choice": "choice",
    "reward": "reward",
    "common_transition": {
        "column": "transition",
        "common": ["common"],
        "uncommon": ["uncommon"],
    },
}


def draw_table(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a table of trials in the standard names: ten sessions of 1000 trials per subject."""
    trial = np.arange(rows)
    walk = np.cumsum(rng.normal(0, 0.01, (rows, 2)), axis=0)
    probability = np.round(0.5 + 0.25 * np.sin(walk), 5)
    return pd.DataFrame(
        {
            "subject": [f"mouse_{number:03}" for number in trial // 10_000],
            "session": trial // 1000 % 10,
            "trial": trial % 1000,
            "choice": rng.choice(["left", "right", "none"], rows, p=[0.48, 0.48, 0.04]),
            "reward": rng.integers(0, 2, rows),
            "forced": rng.integers(0, 2, rows),
            "reward_probability_left": probability[:, 0],
            "reward_probability_right": probability[:, 1],
            "reaction_time": rng.gamma(2, 0.2, rows).round(4),
        }
    )


def draw_two_step(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw trials of a two-step task: 50 sessions of 1000 trials per subject, random choices."""
    trial = np.arange(rows)
    names = [f"mouse_{number:03}" for number in range(rows // 50_000 + 1)]
    uncommon = (rng.random(rows) < 0.2).astype(np.int8)
    return pd.DataFrame(
        {
            "subject": pd.Categorical.from_codes(trial // 50_000, names),
            "session": trial // 1000 % 50 + 1,
            "trial": trial % 1000 + 1,
            "choice": pd.Categorical.from_codes(rng.integers(0, 2, rows), ["left", "right"]),
            "transition": pd.Categorical.from_codes(uncommon, ["common", "uncommon"]),
            "reward": rng.integers(0, 2, rows),
        }
    )


class Steps:
    """CPU time and memory of this process, after each step."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def end(self, name: str) -> None:
        """Note the CPU time since the start of Python and the peak memory so far."""
        self.found[f"{name}_cpu_seconds"] = round(time.process_time(), 2)
        self.found["peak_GB"] = round(_peak_bytes() / 2**30, 2)


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where the peak of `resource` is at least that of the parent
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def load_and_regress(path: str, steps: Steps) -> None:
    """Load nine columns, and fit the regression on 15 lags of rewards and choices."""
    from pfc_analysis import load
    from pfc_analysis.analysis.choices.reward_history import fit_reward_history

    recording = load(path)
    steps.end("load")
    fit_reward_history(recording)
    steps.end("regress")


def load_exported(path: str, steps: Steps) -> None:
    """Load a table that the toolkit exported."""
    from pfc_analysis import load

    steps.end("import")
    load(path)
    steps.end("load")


def read_with_pandas(path: str, steps: Steps) -> None:
    """Read the same table with pandas, without any check."""
    steps.end("import")
    pd.read_csv(path)
    steps.end("load")


def two_step(path: str, steps: Steps) -> None:
    """Load trials of a two-step task, and fit the regression on five lags."""
    from pfc_analysis import load
    from pfc_analysis.analysis.choices.history_regression import fit_choice_history

    recording = load(path, MAP)
    steps.end("load")
    fits = fit_choice_history(recording, N_LAGS)
    steps.end("regress")
    steps.found["coefficients"] = fits["coefficient"].values[0].ravel().tolist()


def two_step_statsmodels(path: str, steps: Steps) -> None:
    """Do the same with pandas and statsmodels."""
    import statsmodels.api as sm

    table = pd.read_csv(path)
    steps.end("load")
    side = np.where(table["choice"] == "right", 1.0, -1.0)
    kind = 2 * (table["transition"] == "uncommon") + (table["reward"] == 0)
    own = pd.DataFrame({k: np.where(kind == k, side, 0.0) for k in range(4)})
    session = table.groupby(["subject", "session"], sort=False).ngroup()
    lags = [own.groupby(session).shift(lag, fill_value=0.0) for lag in range(1, N_LAGS + 1)]
    design = sm.add_constant(np.hstack(lags))
    right = (side > 0).astype(float)
    fits = [
        sm.Logit(right[rows], design[rows]).fit(disp=False)
        for rows in table.groupby("subject", sort=False).indices.values()
    ]
    steps.end("regress")
    steps.found["coefficients"] = fits[0].params[1:].tolist()


MEASURED: dict[str, Callable[[str, Steps], None]] = {
    function.__name__: function
    for function in (
        load_and_regress,
        load_exported,
        read_with_pandas,
        two_step,
        two_step_statsmodels,
    )
}


def measure(name: str, path: Path) -> dict[str, Any]:
    """Run a measurement in a new process, print it, and return what it found."""
    command = [sys.executable, __file__, "--measure", name, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    shown = {key: value for key, value in found.items() if key != "coefficients"}
    print(f"  {name}: {json.dumps(shown)}", flush=True)
    return found


def measure_columns(folder: Path, rows: int, rounds: int) -> None:
    """Measure the table of nine columns, and its export."""
    import pfc_analysis

    path, exported = folder / "trials.csv", folder / "exported.csv"
    draw_table(rows, np.random.default_rng(SEED)).to_csv(path, index=False)
    pfc_analysis.export_recording(pfc_analysis.load(path), exported)
    print(f"{rows:,} rows, nine columns, {path.stat().st_size / 1e6:.0f} MB")
    for _ in range(rounds):
        measure("load_and_regress", path)
        measure("load_exported", exported)
        measure("read_with_pandas", exported)


def measure_two_step(folder: Path, rows: int, rounds: int, alternatives: bool) -> None:
    """Measure the two-step table, and perhaps what else a user would run."""
    path = folder / "two_step.csv"
    draw_two_step(rows, np.random.default_rng(SEED)).to_csv(path, index=False)
    print(f"{rows:,} rows, two-step task, {path.stat().st_size / 1e6:.0f} MB")
    for _ in range(rounds):
        found = measure("two_step", path)
        if alternatives:
            other = measure("two_step_statsmodels", path)
            # Newton's method of statsmodels stops at a tolerance of 1e-8.
            np.testing.assert_allclose(found["coefficients"], other["coefficients"], atol=1e-6)


def main() -> None:
    """Draw the tables, run each measurement in a new process, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="nine columns (%(default)s)")
    parser.add_argument("--large", type=int, default=10_000_000, help="two-step (%(default)s)")
    parser.add_argument("--small", type=int, default=1_000_000, help="statsmodels (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="repeats (%(default)s)")
    parser.add_argument("--measure", nargs=2, metavar=("NAME", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        name, path = options.measure
        steps = Steps()
        MEASURED[name](path, steps)
        print(json.dumps(steps.found))
        return
    with tempfile.TemporaryDirectory() as folder:
        measure_columns(Path(folder), options.rows, options.rounds)
        measure_two_step(Path(folder), options.small, options.rounds, alternatives=True)
        measure_two_step(Path(folder), options.large, options.rounds, alternatives=False)


if __name__ == "__main__":
    main()
