"""How often do learners without memory look as if they followed the cued trial?

    python benchmarks/memory/false_memories.py

Learners of known weights play the episodic two-step task, in 60 experiments of 40 sessions each,
with two reversal probabilities. Writes `results/false_memories.csv`: each estimate, and whether its
95 % interval leaves out 0. The page "Memory, or slow learning?" of the documentation shows it. It
takes about two minutes of CPU time.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep

EXPERIMENTS, SESSIONS = 60, 40
REVERSALS = (0.025, 0.1)
LEARNERS = {
    "follows the last trial": {"incremental_model_based": 3},
    "learns slowly, alpha .3": {"incremental_model_based": 5, "alpha": 0.3},
    "learns slowly, alpha .1": {"incremental_model_based": 6, "alpha": 0.1},
    "remembers the cued trial": {"episodic_model_based": 1},
}
RESULTS = Path(__file__).parent / "results"


def measure(recording: xr.Dataset) -> dict[str, list[float]]:
    """Return estimate and 95 % interval of each number."""
    stay = pfc.analysis.compute_cued_stay(recording).sel(reference="cued_trial")
    effect = pfc.analysis.compute_cue_effect(recording)
    fits = {lags: pfc.analysis.fit_memory_indices(recording, lags) for lags in (1, 5)}
    numbers = {
        "stay index": (stay, "model_based_index"),
        "regression, 1 past trial": (fits[1], "episodic_model_based"),
        "regression, 5 past trials": (fits[5], "episodic_model_based"),
        "effect of the cue": (effect, "model_based_effect"),
    }
    return {
        name: [found[f"{variable}{end}"].item() for end in ("", "_lower", "_upper")]
        for name, (found, variable) in numbers.items()
    }


def main() -> None:
    """Play all experiments and write the table."""
    rows = []
    for reversal in REVERSALS:
        task = EpisodicTwoStep(reversal_probability=reversal)
        for name, weights in LEARNERS.items():
            learner = pfc.analysis.EpisodicLearner(**weights)
            for seed in range(EXPERIMENTS):
                played = pfc.simulate(learner, task, sessions=SESSIONS, seed=seed, subject="one")
                for number, (value, low, high) in measure(played).items():
                    about = {"reversal": reversal, "learner": name, "number": number}
                    found = {"value": round(value, 4), "significant": low > 0 or high < 0}
                    rows.append(about | {"experiment": seed} | found)
            print(reversal, name, flush=True)
    RESULTS.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(RESULTS / "false_memories.csv", index=False)


if __name__ == "__main__":
    main()
