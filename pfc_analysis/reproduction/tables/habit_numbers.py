"""Numbers of agents with a habit beside the network: training, silencing, and overtraining."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.choices.stay_regression import compute_stay_regression
from pfc_analysis.analysis.habit.policy_contributions import compute_policy_contributions
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.reproduction.agents.habit_agents import find_old_side
from pfc_analysis.reproduction.numbers import Numbers

Panels = dict[str, tuple[str, ...]]
"""Variables by panel."""

STEPS = ("fixation", "stage_1", "second_state")
ENDS = ("", "_lower", "_upper")
INTACT = "both"
RULES = {
    INTACT: (),
    "habit frozen": ("habit_rate",),
    "network alone": ("habit",),
    "habit alone": ("network",),
}
"""Which signals are multiplied by 0, by the name of what is left."""

INDICES = {"model_based": "transition_x_outcome", "model_free": "outcome"}
"""Predictors of the stay regression."""


def write_rules(name: str) -> list[str]:
    """Return the interventions of one entry of `RULES`, which act at every step, as JSON."""
    return [json.dumps({"target": t, "gain": 0.0, "at": STEPS}) for t in RULES[name]]


def measure_training(recordings: Mapping[int, xr.Dataset]) -> xr.Dataset:
    """Measure agents at stages of training, given a recording for each number of updates.

    Returns
    -------
    xarray.Dataset
        On (subject, updates[, system]): `fixating`, mean contribution to the log-odds of fixating
        against the other responses; `side`, standard deviation of the contribution to the log-odds
        of right against left at the first choice; `habit_share` of its variance; the indices of
        stay probabilities; `reward`; with their intervals.
    """
    found = []
    for played in recordings.values():
        fixating = compute_policy_contributions(played, STEPS[0], "centre", ("left", "right"))
        side, stay = compute_policy_contributions(played), compute_stay_probability(played)
        earned = compute_performance(played)
        of = {
            "fixating": (fixating, "log_odds"),
            "side": (side, "log_odds_sd"),
            "habit_share": (side, "habit_share"),
            "model_based_index": (stay, "model_based_index"),
            "model_free_index": (stay, "model_free_index"),
            "reward": (earned, "reward"),
        }
        found.append(_pick(of))
    return _join(found, xr.Variable("updates", list(recordings)))


def measure_silencing(record: Callable[[list[str]], xr.Dataset]) -> xr.Dataset:
    """Measure trained agents with each of `RULES`; `record` makes recordings of the same sessions.

    Returns
    -------
    xarray.Dataset
        On (subject, left[, transition, outcome or predictor]): `stay_probability` and its indices,
        `coefficient` of the stay regression with the predictor "correct" (ridge penalty 1),
        `reward` and `invalid`, with their intervals.
    """
    found = []
    for name in RULES:
        played = record(write_rules(name))
        stay, earned = compute_stay_probability(played), compute_performance(played)
        fit = compute_stay_regression(played, ridge=1.0).sel(predictor=list(INDICES.values()))
        fit = fit.assign_coords(predictor=list(INDICES))
        ends = {f"coefficient{end}": fit[end[1:] or "coefficient"] for end in ENDS}
        of = {n: (stay, n) for n in ("model_based_index", "model_free_index", "stay_probability")}
        of |= {n: (earned, n) for n in ("reward", "invalid")}
        found.append(_pick(of).assign(ends))
    return _join(found, xr.Variable("left", list(RULES)))


def measure_overtraining(recordings: Mapping[int, xr.Dataset], first: int) -> xr.Dataset:
    """Measure agents whose habit was overtrained, in sessions in which the other side is better.

    Parameters
    ----------
    recordings : mapping of int to xarray.Dataset
        By the number of sessions of overtraining; the first is 0. Of sessions without reversals.
    first : int
        First trials of a session, in which choices are counted.

    Returns
    -------
    xarray.Dataset
        On (subject, overtraining): `better_share`, share of choices of the better side in the first
        trials; `reward`; `disagreement` and `follows_network` (`compute_policy_contributions`),
        with their intervals; and `reward_lost`, relative to no overtraining.
    """
    found = [_measure_probe(played, first) for played in recordings.values()]
    joined = _join(found, xr.Variable("overtraining", list(recordings)))
    lost = joined["reward"].isel(overtraining=0, drop=True) - joined["reward"]
    return joined.assign(reward_lost=lost.transpose("subject", "overtraining"))


def measure_weights(
    record: Callable[[list[str]], xr.Dataset], gains: Sequence[float], first: int, weight: float
) -> xr.Dataset:
    """Measure overtrained agents as `measure_overtraining`, with a habit of more weight at test.

    Parameters
    ----------
    record : callable
        From interventions to a recording of the same sessions, without reversals.
    gains : sequence of float
        By what the habit's logits are multiplied.
    first : int
        As for `measure_overtraining`.
    weight : float
        The habit's weight with a gain of 1.

    Returns
    -------
    xarray.Dataset
        On (subject, weight), as `measure_overtraining`, without `reward_lost`.
    """
    rules = [json.dumps({"target": "habit", "gain": gain, "at": STEPS}) for gain in gains]
    found = [_measure_probe(record([rule]), first) for rule in rules]
    return _join(found, xr.Variable("weight", [weight * gain for gain in gains]))


def _measure_probe(played: xr.Dataset, first: int) -> xr.Dataset:
    """Measure sessions in which another side is better than in overtraining."""
    old = np.array([find_old_side(name) for name in played["subject"].values.astype(str)])
    tested = played.isel(trial=played["better_state"].values != old)
    both = compute_policy_contributions(tested)
    of = {name: (both, name) for name in ("disagreement", "follows_network")}
    of["reward"] = compute_performance(tested), "reward"
    return _pick(of).merge(_count_better(tested, first))


def _count_better(tested: xr.Dataset, first: int) -> xr.Dataset:
    """Count choices of the better side among the valid choices of the first trials."""
    early = (tested["trial_in_session"].values < first) & (tested["choice"].values >= 0)
    tested = tested.isel(trial=early)
    names, subject = np.unique(tested["subject"].values.astype(str), return_inverse=True)
    # Numbers of sessions repeat over subjects.
    session = tested["session"].values + subject * (int(tested["session"].max()) + 1)
    better = (tested["choice"].values == tested["better_state"].values).astype(float)
    counted = estimate_clustered_proportions(better, subject, session, names.size)
    values = (counted.proportion, counted.lower, counted.upper)
    ends = {f"better_share{end}": ("subject", v) for end, v in zip(ENDS, values, strict=True)}
    return xr.Dataset(ends, coords={"subject": names})


def _pick(of: Mapping[str, tuple[xr.Dataset, str]]) -> xr.Dataset:
    """Take variables with their intervals out of results, under new names."""
    picked = {}
    for name, (result, variable) in of.items():
        for end in ENDS:
            own = f"{variable}{end}"
            picked[f"{name}{end}"] = result[own if own in result else end[1:]]
    return xr.Dataset({name: array.drop_attrs() for name, array in picked.items()})


def _join(parts: list[xr.Dataset], names: xr.Variable) -> xr.Dataset:
    joined = xr.concat(parts, names, combine_attrs="override")
    return joined.transpose("subject", *names.dims, ...)


def add_training(numbers: Numbers, source: str, found: xr.Dataset) -> None:
    """Tabulate stages of training; the last one is "trained"."""
    stages = [*(f"{n} updates" for n in found["updates"].values[:-1]), "trained"]
    found = found.assign_coords(updates=stages)
    panels: Panels = {"b": ("fixating",), "c": ("side", "habit_share")}
    panels |= {"d": ("model_based_index", "model_free_index"), "": ("reward",)}
    _add(numbers, source, "training", found, panels)


def add_silencing(numbers: Numbers, source: str, found: xr.Dataset) -> None:
    """Tabulate what is left when one system is silenced."""
    panels: Panels = {
        "e f g": ("stay_probability",),
        "h": ("model_based_index", "model_free_index"),
    }
    panels |= {"i": ("coefficient",), "j": ("reward",), "": ("invalid",)}
    _add(numbers, source, "left", found, panels)


def add_overtraining(numbers: Numbers, groups: Mapping[str, xr.Dataset]) -> None:
    """Tabulate overtraining of habits beside networks at two stages of training."""
    panels: Panels = {"k": ("better_share",), "l": ("follows_network",), "m": ("reward_lost",)}
    panels |= {"": ("disagreement", "reward")}
    for source, found in groups.items():
        _add(numbers, source, "overtrained", found, panels)


def add_weights(numbers: Numbers, source: str, found: Mapping[int, xr.Dataset]) -> None:
    """Tabulate habits of more weight, by the number of sessions of overtraining."""
    for count, own in found.items():
        named = own.expand_dims(overtraining=[count])
        numbers.add("n", source, "weighted_better_share", named, "better_share")


def _add(
    numbers: Numbers,
    source: str,
    prefix: str,
    found: xr.Dataset,
    panels: Panels,
) -> None:
    for panel, names in panels.items():
        for name in names:
            numbers.add(panel, source, f"{prefix}_{name}", found, name)
