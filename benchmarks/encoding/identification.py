"""Would the comparison of encoding models have found the truth, at the size of the sessions here?

    python benchmarks/encoding/identification.py [--study NAME] [--simulations 40]

Neurons are made along the trials of two macaques (`monkey_dlpfc`, which must be at hand) from lags,
from the values of a learner, from the beliefs of an observer, from the states of trained and of
untrained agents of `what_where`, and from nothing but the events of the last trial.

- size: all blocks of both sessions, 600 neurons, for two strengths.
- power: fewer neurons and fewer blocks of the first session.
- learner: neurons that follow a learner with another learning rate than the one compared. To name
  "q_values" is then right, and "agent" is wrong.
- learners: the same, where the values of three learning rates are compared together.

Writes `results/identification_STUDY.csv`: how often each set was named, with 95 % intervals, and
what sets add to the base on average.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import pfc_analysis as pfc

EXPERIMENT = "what_where"
VARIABLES = ("choice", "reward", "chosen_option")
ALPHA, OTHER_ALPHAS = 0.3, (0.05, 0.1, 0.6, 0.9)
SEVERAL = (0.03, 0.3, 0.9)
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Session:
    """A monkey's session, and all sets of features on its trials."""

    recording: xr.Dataset
    base: object
    sets: list
    learners: dict


def build_learner(recording: xr.Dataset, *alphas: float) -> object:
    """Values of sides and of images, learned anew in each block with each learning rate."""
    parts = [
        pfc.analysis.build_learner_features(
            pfc.learners.QLearning(alpha=alpha), recording, choice=choice, session="block"
        ).rename(f"{choice}, {alpha}")
        for alpha in alphas
        for choice in ("choice", "chosen_option")
    ]
    return pfc.analysis.join_features("q_values", *parts)


def build_session(
    recording: xr.Dataset, subject: str, lived: dict, n_blocks: int, alphas: tuple[float, ...]
) -> Session:
    """Build all sets of features for the first blocks of a subject."""
    own = (recording["subject"] == subject) & (recording["block_completed"] == 1)
    one = recording.isel(trial=np.flatnonzero(own.values)).set_coords("block")
    one = one.isel(trial=np.isin(one["block"], np.unique(one["block"])[:n_blocks]))
    # Files may count the trials of a block from 1; the observer counts from 0.
    one = one.assign(trial_in_block=one["trial_in_block"] - one["trial_in_block"].min())
    belief = pfc.analysis.compute_what_where_belief(one)
    names = ["belief_what", "belief_image_b", "belief_right", "expected_reward"]
    sets = [
        pfc.analysis.build_lag_features(one, 5, variables=VARIABLES),
        build_learner(one, *alphas),
        pfc.analysis.select_features(belief, names, "observer"),
        *(
            pfc.analysis.build_state_features(states, one, 10, step="fixation", name=name)
            for name, states in lived.items()
        ),
    ]
    others = {f"q_values, alpha {alpha}": build_learner(one, alpha) for alpha in OTHER_ALPHAS}
    base = pfc.analysis.build_event_features(one, variables=VARIABLES)
    return Session(one, base, sets, others)


def tabulate(found: xr.Dataset, **about: object) -> pd.DataFrame:
    """One row for each source and each set that could be named."""
    table = found[["n_named", "share", "share_lower", "share_upper"]].to_dataframe().reset_index()
    gain = found["gain"].rename(features="named").to_dataframe().reset_index()
    told = found["base_r_squared"].to_dataframe().reset_index()
    joined = table.merge(gain, how="left").merge(told).assign(**about)
    return joined[[*about, *(name for name in joined if name not in about)]]


def list_cells(study: str) -> list[tuple[str, int, int, float]]:
    """Subject, blocks, neurons and strength of each part of a study."""
    if study == "size":
        return [(subject, 24, 600, s) for s in (0.2, 0.15) for subject in ("V", "W")]
    if study == "power":
        return [("V", blocks, units, 0.2) for blocks in (24, 12, 6) for units in (600, 200, 60)]
    return [("V", 24, 600, 0.2)]


def main() -> None:
    """Run one study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", choices=["size", "power", "learner", "learners"], default="size")
    parser.add_argument("--simulations", type=int, default=40)
    given = parser.parse_args()
    recording = pfc.load_dataset("monkey_dlpfc").drop_vars("spike_count")
    lived = {
        name: pfc.replay(
            EXPERIMENT, recording, untrained=name == "untrained", resets="block", progress=False
        )
        for name in ("agent", "untrained")
    }
    parts = []
    for subject, n_blocks, n_units, strength in list_cells(given.study):
        alphas = SEVERAL if given.study == "learners" else (ALPHA,)
        session = build_session(recording, subject, lived, n_blocks, alphas)
        start = time.process_time()
        found = pfc.analysis.measure_identification(
            session.recording,
            session.base,
            session.sets,
            1,
            n_simulations=given.simulations,
            strength=strength,
            sources=session.learners if given.study.startswith("learner") else None,
            settings=pfc.analysis.NeuronSettings(n_units=n_units),
            comparison={"block": "block", "n_folds": min(8, n_blocks)},
        )
        about = {"subject": subject, "blocks": n_blocks, "neurons": n_units, "strength": strength}
        parts.append(tabulate(found, **about))
        print(about, f"{time.process_time() - start:.0f} CPU-s", flush=True)
        print(found["share"].to_pandas().round(2).to_string(), flush=True)
        print((100 * found["gain"]).to_pandas().round(2).to_string(), flush=True)
        RESULTS.mkdir(exist_ok=True)
        table = pd.concat(parts).round(4)
        table.to_csv(RESULTS / f"identification_{given.study}.csv", index=False)


if __name__ == "__main__":
    main()
