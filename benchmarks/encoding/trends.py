"""Are false sources named where neurons and behaviour drift slowly through a whole session?

    python benchmarks/encoding/trends.py [--study models|units] [--sessions 100]

Simulated animals play the two-step task, one session of 960 trials each. A slow series, which
forgets itself after 320 trials, a third of the session (or after 80), biases their choices: they
favour one side for some time, then the other. Neurons are made along these trials, and all follow
the events of the last trial. Besides, they follow

- nothing but a slow drift of their own, each another (source "events");
- one slow trend that all share, and that has nothing to do with behaviour ("shared trend");
- the very series that biases the choices ("behaviour's trend");
- the values of a planner, with the learning rate that is compared ("planner"): to be found.

models: lags, values of a planner and of a slow model-free learner, and states of trained and of
untrained agents of `two_step` are compared, with drift left in, taken out as a trend of 3 and of 8
cosines, and by the means of blocks of 40 trials. To name any set is wrong for the first three
sources.

units: which share of units codes the planner's values or the slow learner's, by a t test and by
shifted sessions.

Writes `results/trends_STUDY.csv`.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from identification import RESULTS

import pfc_analysis as pfc
from pfc_analysis.analysis.neurons.identification.simulated_neurons import draw_slow
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval
from pfc_analysis.tasks.two_step import TwoStep

TRIALS, BLOCK = 960, 40
SCALES = (320.0, 80.0)
"""Trials after which slow series have forgotten themselves."""

REVERSALS = 0.005
"""Probability of a reversal in a trial: about five in a session, so that values are slow, too."""

BIAS = 1.5
"""Standard deviation of the bias, in units of log odds."""

STRENGTH, EVENTS = 0.3, 0.2
"""Standard deviation of the change of log rate by the source, and by events."""

PLANNER = pfc.learners.ModelBased(alpha=0.3, inverse_temperature=4.0)
HABIT = pfc.learners.ModelFreeDirect(alpha=0.02)
EVENT_NAMES = ("last_choice", "last_reward", "last_choice_x_reward")
WAYS = {
    "left in": {"drift": "none"},
    "trend, 3 cosines": {"drift": "trend", "n_cosines": 3},
    "trend, 8 cosines": {"drift": "trend", "n_cosines": 8},
    "means of blocks": {"drift": "block"},
}


@dataclass
class DriftingAnimal:
    """A planner whose choices are biased by a slow series; one column for each session."""

    bias: np.ndarray

    def begin(self, n_sessions: int) -> dict:
        """Begin sessions at their first trial."""
        return {"planner": PLANNER.begin(n_sessions), "trial": 0}

    def choice_probability(self, state: dict) -> np.ndarray:
        """Shift the planner's log odds."""
        right = PLANNER.choice_probability(state["planner"])[:, 1]
        odds = np.log(right / (1 - right)) + self.bias[state["trial"]]
        right = 1 / (1 + np.exp(-odds))
        return np.stack([1 - right, right], axis=1)

    def learn(self, state: dict, *outcome: np.ndarray) -> None:
        """Learn as the planner does."""
        PLANNER.learn(state["planner"], *outcome)
        state["trial"] += 1


def set_neurons(scale: float) -> object:
    """Return how neurons fire; their own drift is as slow as that of behaviour."""
    return pfc.analysis.NeuronSettings(n_units=200, drift=0.3, drift_trials=scale)


def simulate_animal(n_sessions: int, scale: float, seed: int) -> tuple[xr.Dataset, np.ndarray]:
    """Simulate sessions; also return the bias (session, trial)."""
    bias = draw_slow(np.random.default_rng([1, seed]), TRIALS, n_sessions, scale)
    animal = DriftingAnimal(BIAS * bias)
    task = TwoStep(trials=TRIALS, reversal_probability=REVERSALS)
    played = pfc.simulate(animal, task, sessions=n_sessions, seed=seed, subject="animal")
    return played, bias.T


def as_trend(series: np.ndarray) -> object:
    """Make a set of one feature of a slow series."""
    return pfc.analysis.FeatureSet("trend", series[None, :, None], ("trend",))


def build_sets(one: xr.Dataset, lived: dict[str, xr.Dataset]) -> list:
    """Build the sets that are compared."""
    build = pfc.analysis.build_learner_features
    return [
        pfc.analysis.build_lag_features(one, 5),
        build(PLANNER, one).rename("planner"),
        build(HABIT, one).rename("slow learner"),
        *(
            pfc.analysis.build_state_features(states, one, 10, step="fixation", name=name)
            for name, states in lived.items()
        ),
    ]


def list_sources(bias: np.ndarray, planner: object, scale: float, seed: int) -> dict:
    """Name what neurons are made from, besides events."""
    rng = np.random.default_rng([2, seed])
    shared = draw_slow(rng, TRIALS, 1, scale)[:, 0]
    return {
        "planner": planner,
        "shared trend": as_trend(shared),
        "behaviour's trend": as_trend(bias),
    }


def compare_models(n_sessions: int, scale: float) -> pd.DataFrame:
    """Count what is named, by source and by how drift is taken out."""
    animal, bias = simulate_animal(n_sessions, scale, 1)
    lived = {
        name: pfc.replay("two_step", animal, untrained=name == "untrained", progress=False)
        for name in ("agent", "untrained")
    }
    rows = []
    for k in range(n_sessions):
        start = time.process_time()
        one = animal.isel(trial=animal["session"].values == k)
        one = one.assign_coords(block=one["trial_in_session"] // BLOCK)
        own = {
            name: states.isel(trial=states["replayed_session"].values == k)
            for name, states in lived.items()
        }
        sets = build_sets(one, own)
        sources = list_sources(bias[k], sets[1], scale, k)
        for way, settings in WAYS.items():
            found = pfc.analysis.measure_identification(
                one, pfc.analysis.build_event_features(one), sets, k, n_simulations=1,
                strength=STRENGTH, base_strength=EVENTS, sources=sources,
                settings=set_neurons(scale),
                comparison={"block": "block", "n_folds": 8, **settings},
            )  # fmt: skip
            table = found["n_named"].to_dataframe().reset_index()
            gain = found["gain"].rename(features="named").to_dataframe().reset_index()
            rows.append(table.merge(gain, how="left").assign(drift=way, session=k))
        print(k, f"{time.process_time() - start:.1f} CPU-s", flush=True)
    table = pd.concat(rows).groupby(["drift", "source", "named"], sort=False, dropna=False)
    summed = table.agg(n_named=("n_named", "sum"), n=("n_named", "size"), gain=("gain", "mean"))
    return _add_interval(summed.reset_index(), "n_named")


def count_units(n_sessions: int, scale: float) -> pd.DataFrame:
    """Count units that code values, by source, factor and test."""
    animal, bias = simulate_animal(n_sessions, scale, 1)
    rows = []
    for k in range(n_sessions):
        one = animal.isel(trial=animal["session"].values == k)
        sets = build_sets(one, {})
        sources = list_sources(bias[k], sets[1], scale, k)
        events = pfc.analysis.build_event_features(one)
        factors = _build_factors(one, sets)
        for source in (*sources, "events"):
            drives = {"events": (events, EVENTS)}
            if source != "events":
                drives["source"] = (sources[source], STRENGTH)
            counts = pfc.analysis.simulate_neurons(one, drives, k, set_neurons(scale))
            rows.append(_test_units(np.sqrt(counts), factors, k).assign(source=source))
        print(k, flush=True)
    summed = pd.concat(rows).groupby(["source", "factor", "test"], sort=False)
    table = summed.agg(share=("share", "mean"), error=("share", "sem"), n=("share", "size"))
    return table.reset_index()


def _build_factors(one: xr.Dataset, sets: list) -> xr.Dataset:
    """Differences of values, which are corrected for the last trial's events."""
    coords = {name: one[name] for name in ("subject", "session", "trial_in_session")}
    last = pfc.analysis.build_event_features(one).values[0]
    variables = {name: ("trial", last[:, i]) for i, name in enumerate(EVENT_NAMES)}
    for features in sets[1:3]:
        value = features.values[0]
        variables[features.name] = ("trial", value[:, 1] - value[:, 0])
    return xr.Dataset(variables, coords)


def _test_units(activity: xr.DataArray, factors: xr.Dataset, seed: int) -> pd.DataFrame:
    """Share of units with p at most .05, by test, for each learner by itself."""
    rows = []
    for name in ("planner", "slow learner"):
        own = factors[[*EVENT_NAMES, name]]
        fit = pfc.analysis.regress_units(activity, own, covariance="nonrobust")
        shift = pfc.analysis.compute_unit_coding(
            activity, seed, factors=own, step=None, null="shift", n_permutations=200, n_resamples=2
        )
        for test, found in (
            ("t test", fit.sel(predictor=name)),
            ("shifted sessions", shift.sel(factor=name)),
        ):
            share = float((found["p_value"].values <= 0.05).mean())
            rows.append({"factor": name, "test": test, "share": share})
    return pd.DataFrame(rows)


def _add_interval(table: pd.DataFrame, count: str) -> pd.DataFrame:
    share = (table[count] / table["n"]).to_numpy()
    lower, upper = wilson_interval(share, table["n"].to_numpy(dtype=float))
    return table.assign(share=share, share_lower=lower, share_upper=upper)


def main() -> None:
    """Run one study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", choices=["models", "units"], default="models")
    parser.add_argument("--sessions", type=int, default=100)
    given = parser.parse_args()
    study = compare_models if given.study == "models" else count_units
    parts = [study(given.sessions, scale).assign(drift_trials=int(scale)) for scale in SCALES]
    table = pd.concat(parts)
    RESULTS.mkdir(exist_ok=True)
    table.round(4).to_csv(RESULTS / f"trends_{given.study}.csv", index=False)
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
