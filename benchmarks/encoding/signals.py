"""Would a dopamine trace that follows an agent's prediction errors be told from its rivals?

    python benchmarks/encoding/signals.py [--simulations 100]

Simulated animals, planners with a learning rate of .5, play the two-step task in 6 sessions of 100
trials. In each trial a trace at 20 Hz responds to the outcome: a fast rise and a slow fall, whose
size follows

- the prediction error of one replica of the agents of `two_step`, which live through the animal's
  trials ("agent"; the seven other replicas are compared);
- the prediction error of a model-free learner, with the learning rate that is compared ("learner");
- reward alone ("reward").

The trace bleaches over a session, its size drifts slowly, and each animal has a gain of its own.
Responses are means over .1 to .8 s minus the second before the outcome. Two questions are asked:

- models: which errors add something to reward (`compare_encoding_by_subject`,
  `name_best_features`)?
- parts: is the weight of expectation below 0 (`regress_error_parts`), for the agents' errors and
  for the learner's?

Writes `results/signals.csv`.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
import xarray as xr
from identification import RESULTS

import pfc_analysis as pfc
from pfc_analysis.analysis.neurons.identification.simulated_neurons import draw_slow
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval
from pfc_analysis.tasks.two_step import TwoStep

SESSIONS, TRIALS, RATE = 6, 100, 20.0
ANIMALS = (1, 4, 8)
SIZES = (0.5, 0.25)
"""Standard deviation of the response, in that of the noise of a response in the window."""

BLOCK = 50
PLANNER = pfc.learners.ModelBased(alpha=0.5, inverse_temperature=4.0)
LEARNER = pfc.learners.ModelFreeDirect(alpha=0.5)
TIME = np.arange(-20, 40) / RATE
WINDOW, BASELINE = (0.1, 0.8), (-1.0, 0.0)


def simulate_animals(n_animals: int, seed: int) -> xr.Dataset:
    """Simulate the trials of animals."""
    parts = [
        pfc.simulate(PLANNER, TwoStep(), sessions=SESSIONS, seed=1000 * seed + k, subject=f"m{k}")
        for k in range(n_animals)
    ]
    return xr.concat(parts, "trial", combine_attrs="drop_conflicts")


def build_errors(animals: xr.Dataset) -> dict[str, object]:
    """Prediction errors at the outcome, of the agents and of the learner."""
    lived = pfc.replay("two_step", animals, units=False, progress=False)
    learner = pfc.analysis.build_learner_features(LEARNER, animals, "after_outcome")
    return {
        "agent": pfc.analysis.build_replay_features(lived, animals, {"rpe": "outcome"}),
        "learner": learner.select_features(["error_outcome"]).rename("learner"),
        "reward": pfc.analysis.select_features(animals, ["reward"], "reward"),
    }


def make_traces(
    animals: xr.Dataset, source: np.ndarray, size: float, rng: np.random.Generator
) -> xr.Dataset:
    """Make traces whose response follows the source, with noise, bleaching and drift."""
    kernel = np.where(TIME < 0, 0.0, np.exp(-TIME / 0.6) - np.exp(-TIME / 0.1))
    inside = (WINDOW[0] <= TIME) & (WINDOW[1] > TIME)
    kernel /= kernel[inside].mean()
    signal = np.empty((source.size, TIME.size))
    for _, rows in animals.groupby("subject").groups.items():
        own = np.asarray(rows)
        trial = animals["trial_in_session"].values[own]
        scaled = (source[own] - source[own].mean()) / source[own].std()
        slow = np.exp(0.2 * draw_slow(rng, own.size, 1, 150.0)[:, 0] - 0.003 * trial)
        # Noise of the mean in the window is 1, with that of the baseline.
        n_inside = inside.sum()
        spread = 1 / np.sqrt(1 / n_inside + 1 / (TIME < 0).sum())
        noise = rng.normal(0, spread, (own.size, TIME.size))
        level = 3 * np.exp(-0.005 * trial)[:, None]
        gain = np.exp(rng.normal(0, 0.5))
        signal[own] = gain * (level + (slow * size * scaled)[:, None] * kernel + noise)
    return animals.assign(signal=(("trial", "time"), signal)).assign_coords(time=TIME)


def answer(animals: xr.Dataset, errors: dict, response: xr.DataArray) -> dict[str, object]:
    """Ask both questions of one set of responses."""
    sets = [errors["agent"].rename("agent"), errors["learner"]]
    found = pfc.analysis.compare_encoding_by_subject(
        response, errors["reward"], sets, block=BLOCK, nested=False
    )
    gain = found["gain"].sel(score="components")
    told = {"named": pfc.analysis.name_best_features(found)}
    told |= {f"gain_{name}": float(gain.sel(features=name)) for name in ("agent", "learner")}
    for name in ("agent", "learner"):
        parts = pfc.analysis.regress_error_parts(response, animals, errors[name], block=BLOCK)
        upper = parts["mean_weight_upper"].sel(part="expectation")
        told[f"expectation_below_0_{name}"] = bool(upper < 0)
    return told


def simulate_once(n_animals: int, seed: int) -> list[dict]:
    """Make and judge traces of each source and size."""
    animals = simulate_animals(n_animals, seed)
    errors, rows = build_errors(animals), []
    replicas = errors["agent"].replicas
    own = replicas[seed % len(replicas)]
    compared = {
        **errors,
        "agent": errors["agent"].select_replicas([r for r in replicas if r != own]),
    }
    sources = {**errors, "agent": errors["agent"].select_replicas([own])}
    for size in SIZES:
        for k, (name, source) in enumerate(sources.items()):
            rng = np.random.default_rng([seed, n_animals, k, int(100 * size)])
            traces = make_traces(animals, source.values[0, :, 0], size, rng)
            response = pfc.analysis.measure_trial_responses(
                traces, "signal", WINDOW, "mean", BASELINE
            )
            about = {"animals": n_animals, "size": size, "source": name}
            rows.append(about | answer(animals, compared, response))
    return rows


def tabulate(rows: list[dict]) -> pd.DataFrame:
    """Shares of simulations, with 95 % intervals."""
    table = pd.DataFrame(rows)
    for name in ("agent", "learner", "reward", "undecided"):
        table[f"named_{name}"] = table["named"] == name
    keys = ["animals", "size", "source"]
    shares = table.drop(columns="named").groupby(keys, sort=False).mean()
    shares.insert(0, "n", table.groupby(keys, sort=False).size())
    for name in [c for c in shares if c.startswith(("named", "expectation"))]:
        ends = wilson_interval(shares[name].to_numpy(float), shares["n"].to_numpy(float))
        shares[f"{name}_lower"], shares[f"{name}_upper"] = ends
    return shares.reset_index()


def main() -> None:
    """Run all simulations and write their table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=100)
    given = parser.parse_args()
    rows: list[dict] = []
    RESULTS.mkdir(exist_ok=True)
    for n_animals in ANIMALS:
        start = time.process_time()
        for seed in range(given.simulations):
            rows += simulate_once(n_animals, seed)
        print(n_animals, f"{time.process_time() - start:.0f} CPU-s", flush=True)
        tabulate(rows).round(4).to_csv(RESULTS / "signals.csv", index=False)
        print(tabulate(rows).iloc[:, :11].round(3).to_string(), flush=True)


if __name__ == "__main__":
    main()
