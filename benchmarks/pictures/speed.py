"""Time the compiled engine for pictures against torch's autograd, in turns, on one thread."""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np

from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.training.interface.engine_protocol import EngineProtocol
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_agent
from pfc_analysis.training.run.replica import first_weights, make_engine, single_thread

HERE = Path(__file__).resolve().parent
ENGINES, SESSIONS = ("compiled", "torch"), (16, 32)
COSTS = LossCosts(0.91, 0.4, 0.04)


def main() -> None:
    """Print and write the steps per CPU-second of every round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiment", default="harlow")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--updates", type=int, default=5, help="in a round")
    asked = parser.parse_args()
    folder, recipe = find_agent(asked.experiment)
    task = recipe.training_task()
    networks = {
        "untrained": first_weights(recipe, 1),
        "trained": load_agent_weights(recipe, list_replicas(folder)[0]),
    }
    rows = []
    for sessions in SESSIONS:
        for name, weights in networks.items():
            engines = {e: make_engine(recipe, weights, task, sessions, e) for e in ENGINES}
            for engine in engines.values():
                measure(engine, 1, 0)  # compiles
            for k in range(asked.rounds):
                rates = {e: measure(each, asked.updates, k) for e, each in engines.items()}
                ratio = rates["compiled"] / rates["torch"]
                rows.append(
                    {"sessions": sessions, "network": name, "round": k, **rates, "ratio": ratio}
                )
            own = [r for r in rows if (r["sessions"], r["network"]) == (sessions, name)]
            middle = {e: round(float(np.median([r[e] for r in own]))) for e in (*ENGINES,)}
            ratio = np.median([r["ratio"] for r in own])
            print(f"{sessions} sessions, {name}: {middle}, ratio {ratio:.2f}", flush=True)
    out = HERE / "results" / f"speed_{asked.experiment}.csv"
    out.parent.mkdir(exist_ok=True)
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def measure(engine: EngineProtocol, updates: int, seed: int) -> float:
    """Return the steps per CPU-second of some gradients; both engines play the same sessions."""
    with single_thread("torch"):
        start, steps = time.process_time(), 0
        for k in range(updates):
            steps += engine.differentiate(np.random.default_rng([seed, k]), COSTS).steps
        return steps / (time.process_time() - start)


if __name__ == "__main__":
    main()
