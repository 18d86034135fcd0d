"""Do the states of agents in the monkeys' place tell what neurons do, better than their rivals?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.learners.three_rewards_observer import compute_three_rewards_belief
from pfc_analysis.analysis.learners.what_where_observer import compute_what_where_belief
from pfc_analysis.analysis.neurons.encoding.encoding_models import compare_encoding_models
from pfc_analysis.analysis.neurons.features.feature_set import (
    FeatureSet,
    join_features,
    select_features,
)
from pfc_analysis.analysis.neurons.features.learner_features import build_learner_features
from pfc_analysis.analysis.neurons.features.state_features import build_state_features
from pfc_analysis.analysis.neurons.features.trial_features import (
    Moment,
    build_event_features,
    build_lag_features,
)
from pfc_analysis.learners.bandit.q_learning import QLearning
from pfc_analysis.recording.replay.replay import replay
from pfc_analysis.reproduction.animals.monkey_behaviour import (
    RESULTS,
    TWO_STEP,
    WHAT_WHERE,
    drop_neurons,
)
from pfc_analysis.reproduction.numbers import MEAN

SETS = ("lags", "learner", "observer", "untrained", "agent")
"""What is compared; the base of all is the events."""

AGENT, UNTRAINED = "agent", "untrained"
BASE = "events"
COMPONENTS = (
    20  # of the states of networks: with 10, a learner of three rates can stand in for them
)
N_LAGS = 5
RATES = (0.03, 0.3, 0.9)  # of the learner of the what/where task: none of them is the monkey's
FEWEST_SPIKES = 0.05  # a trial: units with fewer are left out
BEFORE, AFTER = "before the cue", "after the outcome"

_EVENTS = {
    WHAT_WHERE: ("choice", "reward", "chosen_option"),
    TWO_STEP: ("choice", "second_choice", "reward_level"),
}
"""Together they say all that can differ between trials; rewards of three levels are codes."""

_LEARNED = ("QmbPicA", "QmbPicB", "QmfPicA", "QmfPicB")
_ERRORS = ("PE1mf", "PE1mb", "PE2")
"""Values and prediction errors of the learners that the study fitted to this monkey."""

FOLDS = 8


class Cell(NamedTuple):
    """One comparison: responses, what happened in their trials, and when they were measured."""

    label: str
    responses: xr.DataArray
    trials: xr.Dataset
    moment: Moment
    blocks: Any


def live(experiment: str, recording: xr.Dataset) -> dict[str, xr.Dataset]:
    """Let trained agents and untrained networks live through the monkeys' trials."""
    resets = "block" if experiment == WHAT_WHERE else "session"
    return {
        name: replay(
            experiment,
            drop_neurons(recording),
            resets=resets,
            untrained=name == UNTRAINED,
            progress=False,
        )
        for name in (AGENT, UNTRAINED)
    }


def measure_encoding(
    experiment: str, recording: xr.Dataset, lived: Mapping[str, xr.Dataset]
) -> pd.DataFrame:
    """Compare what sets of features add to the events, in each session.

    Parameters
    ----------
    experiment : str
        "what_where" or "two_step_three_rewards".
    recording : xarray.Dataset
        The monkeys, with neurons.
    lived : mapping of str to xarray.Dataset
        Replays of trained and of untrained networks (`live`).

    Returns
    -------
    pandas.DataFrame
        Columns `RESULTS`: `encoding_events`, `encoding_gain` of each set (for networks of each
        replica, too), and `encoding_difference`, of the agent minus each rival.
    """
    tables = []
    for cell in list_cells(experiment, recording):
        base, sets = build_sets(experiment, cell, lived)
        found = compare_encoding_models(
            cell.responses,
            base,
            sets,
            block=cell.blocks,
            n_folds=FOLDS,
            units=False,
            nested=False,
        )
        tables.append(tabulate_gains(found, cell.label))
    return pd.concat(tables, ignore_index=True)[RESULTS]


def list_cells(experiment: str, recording: xr.Dataset) -> Iterator[Cell]:
    """List the comparisons: each session, before the choice and after the outcome."""
    windows: dict[str, tuple[Moment, Sequence[str]]] = {
        BEFORE: ("before_choice", ["cue-500", "cue-250"]),
        AFTER: ("after_outcome", ["cue+750"]),
    }
    if experiment == TWO_STEP:
        windows = {
            BEFORE: ("before_choice", ["fixation"]),
            AFTER: ("after_outcome", ["outcome_late"]),
        }
    for who, rows in _list_sessions(experiment, recording):
        own = recording.isel(trial=rows)
        for label, (moment, names) in windows.items():
            counts = own["spike_count"].sel(window=list(names)).sum("window", skipna=False)
            keep = np.flatnonzero(np.nan_to_num(counts.values).mean(axis=0) > FEWEST_SPIKES)
            responses = counts.isel(unit=keep)
            responses = responses.copy(data=np.sqrt(responses.values))
            trials = drop_neurons(own)
            if experiment == WHAT_WHERE:
                # The file counts the trials of a block from 1; the observer from 0.
                first = trials["trial_in_block"].min()
                trials = trials.assign(trial_in_block=trials["trial_in_block"] - first)
                trials = trials.set_coords("block")
                yield Cell(f"{who}, {label}", responses, trials, moment, trials["block"].values)
            else:
                yield Cell(f"{who}, {label}", responses, trials, moment, 40)


def _list_sessions(experiment: str, recording: xr.Dataset) -> Iterator[tuple[str, np.ndarray]]:
    """List the trials of each session under a name; of the what/where task whole blocks."""
    if experiment == TWO_STEP:
        for number, session in enumerate(np.unique(recording["session"].values)):
            yield f"Charlie {number + 1}", np.flatnonzero(recording["session"].values == session)
        return
    for who in dict.fromkeys(recording["subject"].values.tolist()):
        own = (recording["subject"].values == who) & (recording["block_completed"].values == 1)
        yield str(who), np.flatnonzero(own)


def build_sets(
    experiment: str, cell: Cell, lived: Mapping[str, xr.Dataset]
) -> tuple[FeatureSet, list[FeatureSet]]:
    """Build the base and the sets of features of a comparison.

    The base has all combinations of the events of a trial, so that networks are not named for
    telling apart events that the base cannot. In the what/where task it also has the time since the
    block began: neurons respond to new images, and values rise from 0 in each block.
    """
    trials, moment, events = cell.trials, cell.moment, _EVENTS[experiment]
    base = build_event_features(trials, moment, variables=events, products=len(events))
    if experiment == WHAT_WHERE:
        base = join_features(BASE, base, _build_time(trials))
    lags = build_lag_features(trials, N_LAGS, moment, variables=events)
    at = {"step": "fixation"} if moment == "before_choice" else {"event": "outcome"}
    states = [
        build_state_features(lived[name], trials, COMPONENTS, name=name, **at)
        for name in (UNTRAINED, AGENT)
    ]
    return base, [
        lags,
        _build_learner(experiment, cell),
        _build_observer(experiment, cell),
        *states,
    ]


def _build_time(trials: xr.Dataset) -> FeatureSet:
    """Time since the block began: a cubic, and a quick decay. A setting of ours."""
    time = trials["trial_in_block"].values / 80.0
    columns = np.stack([time, time**2, time**3, np.exp(-8.0 * time)], axis=1)
    return FeatureSet("time", columns[None], ("linear", "square", "cube", "decay"))


def _build_learner(experiment: str, cell: Cell) -> FeatureSet:
    if experiment == TWO_STEP:
        errors = _ERRORS if cell.moment == "after_outcome" else ()
        return select_features(cell.trials, [*_LEARNED, *errors], "learner")
    parts = [
        build_learner_features(
            QLearning(alpha=rate), cell.trials, cell.moment, choice=choice, session="block"
        ).rename(f"{choice}, {rate}")
        for rate in RATES
        for choice in ("choice", "chosen_option")
    ]
    return join_features("learner", *parts)


def _build_observer(experiment: str, cell: Cell) -> FeatureSet:
    if experiment == TWO_STEP:
        belief = compute_three_rewards_belief(cell.trials)
        return select_features(belief, ["action_value", "expected_reward"], "observer")
    names = ["belief_what", "belief_image_b", "belief_right", "expected_reward"]
    return select_features(compute_what_where_belief(cell.trials), names, "observer")


def tabulate_gains(found: xr.Dataset, label: str) -> pd.DataFrame:
    """List the numbers of one comparison, scored by the population's components."""
    own = found.sel(score="components")
    base = own["r_squared"].sel(model=BASE)
    rows = [_row("encoding_events", label, BASE, own, "r_squared", model=BASE)]
    for name in found["features"].values:
        condition = f"{label}, {name}"
        rows.append(_row("encoding_gain", condition, MEAN, own, "gain", features=name))
        if name in (AGENT, UNTRAINED):
            gains = own["replica_r_squared"].sel(model=name) - base
            rows += [
                {"quantity": "encoding_gain", "condition": condition, "subject": f"seed_{k + 1}",
                 "value": float(gain), "lower": np.nan, "upper": np.nan}
                for k, gain in enumerate(gains.values)
            ]  # fmt: skip
        if name != AGENT:
            pair = {"features": AGENT, "rival": name}
            rows.append(_row("encoding_difference", condition, MEAN, own, "difference", **pair))
    return pd.DataFrame(rows).assign(n=float(found.attrs["n_units"]))[RESULTS]


def _row(
    quantity: str, condition: str, subject: str, own: xr.Dataset, name: str, **place: str
) -> dict[str, Any]:
    ends = {end: float(own[f"{name}_{end}"].sel(place)) for end in ("lower", "upper")}
    value = float(own[name].sel(place))
    return {"quantity": quantity, "condition": condition, "subject": subject, "value": value} | ends
