"""Use of memory by agents: choices relative to cued trials, lesions, and what is reinstated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.memory.cue_effect import compute_cue_effect
from pfc_analysis.analysis.memory.cued_stay import compute_cued_stay
from pfc_analysis.analysis.memory.memory_indices import fit_memory_indices
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.memory_pictures import join_indices
from pfc_analysis.reproduction.numbers import Numbers

STEPS = ("stage_1", "second_state", "outcome")

INTACT = "intact"
"""Name of the agents whose memory is not changed."""

ENDS = ("", "_lower", "_upper")


@dataclass(frozen=True)
class MemoryChoices:
    """Choices of one group of agents.

    Attributes
    ----------
    stay : xarray.Dataset
        Of `compute_cued_stay`.
    indices : xarray.Dataset
        `index` on (subject, name) with its interval: of `fit_memory_indices`.
    effect : xarray.Dataset
        `cue_effect` on subject with its interval: of `compute_cue_effect`.
    reward : xarray.Dataset
        `reward` on (subject, cue) with its interval; "cued" and "uncued" trials.
    """

    stay: xr.Dataset
    indices: xr.Dataset
    effect: xr.Dataset
    reward: xr.Dataset


def measure_memory(recording: xr.Dataset, n_lags: int, ridge: float) -> MemoryChoices:
    """Measure how a group of agents chooses relative to the last and to the cued trial.

    Parameters
    ----------
    recording : xarray.Dataset
        Of the episodic two-step task.
    n_lags, ridge
        As for `fit_memory_indices`.
    """
    fitted = fit_memory_indices(recording, n_lags, ridge)
    told = recording["cued_trial"].values >= 0
    parts = [compute_performance(recording.isel(trial=rows)) for rows in (told, ~told)]
    reward = xr.concat(parts, xr.Variable("cue", ["cued", "uncued"]), combine_attrs="override")
    names = [f"reward{end}" for end in ENDS]
    effect = compute_cue_effect(recording)
    return MemoryChoices(
        compute_cued_stay(recording),
        join_indices(fitted),
        xr.Dataset({f"cue_effect{end}": effect[f"model_based_effect{end}"] for end in ENDS}),
        reward[names].transpose("subject", "cue"),
    )


def write_lesions(capacity: int, noise: float, seed: int) -> dict[str, list[str]]:
    """Return changes of the memory by name: interventions, as JSON.

    They act at every step, except for two that act only where the cue is shown: "gate closed at
    cue", and "one step late", of which what is due there is reinstated at the second state, where
    the choice was made.

    Parameters
    ----------
    capacity : int
        States stored last that can still be found, of "few memories".
    noise : float
        Probability that a bit of a barcode is mistaken, of "noisy barcodes".
    seed : int
        Of what they draw.
    """
    changes: dict[str, dict[str, object]] = {
        "gate closed": {"target": "reinstatement", "gain": 0.0},
        "gate closed at cue": {"target": "reinstatement", "gain": 0.0, "at": STEPS[0]},
        "another memory": {"target": "retrieval", "recall": "random"},
        "one step late": {"target": "retrieval", "recall": "delayed", "at": STEPS[0]},
        "few memories": {"target": "retrieval", "capacity": capacity},
        "noisy barcodes": {"target": "retrieval", "noise": noise},
    }
    rules = {name: {"at": STEPS, **rule, "seed": seed} for name, rule in changes.items()}
    return {INTACT: [], **{name: [json.dumps(rule)] for name, rule in rules.items()}}


def measure_lesions(
    record: Callable[[list[str]], xr.Dataset], lesions: Mapping[str, list[str]]
) -> xr.Dataset:
    """Measure agents with each change of their memory.

    Parameters
    ----------
    record : callable
        From interventions to a recording of the same sessions.
    lesions : mapping of str to list of str
        Of `write_lesions`.

    Returns
    -------
    xarray.Dataset
        On (subject, lesion): `cue_effect`, of `compute_cue_effect`; `episodic_stay_index` and
        `incremental_stay_index`, the model-based stay indices relative to the cued trial and,
        without a cue, to the last one; and `cued_reward`; each with its interval.
    """
    found = []
    for rules in lesions.values():
        played = record(rules)
        stay = compute_cued_stay(played)
        earned = compute_performance(played.isel(trial=played["cued_trial"].values >= 0))
        values = {f"cued_reward{end}": earned[f"reward{end}"] for end in ENDS}
        effect = compute_cue_effect(played)
        values |= {f"cue_effect{end}": effect[f"model_based_effect{end}"] for end in ENDS}
        for name, reference in (("episodic", "cued_trial"), ("incremental", "last_trial_uncued")):
            own = stay.sel(reference=reference, drop=True)
            values |= {f"{name}_stay_index{end}": own[f"model_based_index{end}"] for end in ENDS}
        found.append(xr.Dataset(values))
    names = xr.Variable("lesion", list(lesions))
    return xr.concat(found, names, combine_attrs="override").transpose("subject", "lesion")


def add_choices(numbers: Numbers, groups: Mapping[str, MemoryChoices]) -> xr.Dataset:
    """Tabulate stays, indices and rewards of both groups; return what memory adds to rewards.

    Returns
    -------
    xarray.Dataset
        `reward_gain` on (subject, cue): reward with memory, less the mean without. Replicas of the
        two groups are other networks, so that none has a partner. Its interval joins that of the
        replica's reward, over sessions, with that of the mean (Zou & Donner 2008).
    """
    for source, found in groups.items():
        numbers.add("c d e f", source, "stay_probability", found.stay)
        for name in ("model_based_index", "model_free_index"):
            numbers.add("c d e f", source, name, found.stay)
        numbers.add("g", source, "index", found.indices)
        numbers.add("h", source, "cue_effect", found.effect)
        numbers.add("", source, "reward", found.reward)
    first, second = groups.values()
    result = subtract_mean(first.reward, second.reward)
    numbers.add("", next(iter(groups)), "reward_gain", result)
    return result


def subtract_mean(own: xr.Dataset, others: xr.Dataset) -> xr.Dataset:
    """Subtract the mean reward of a group from that of each replica, with intervals."""
    mean = summarise_subjects(others, "reward")
    gain = own["reward"] - mean["mean"]
    below = np.hypot(own["reward"] - own["reward_lower"], mean["upper"] - mean["mean"])
    above = np.hypot(own["reward_upper"] - own["reward"], mean["mean"] - mean["lower"])
    ends = {"reward_gain_lower": gain - below, "reward_gain_upper": gain + above}
    return xr.Dataset({"reward_gain": gain, **ends})


def add_lesions(numbers: Numbers, source: str, found: xr.Dataset) -> None:
    """Tabulate lesions, and each replica's values less its own when intact (`..._change`)."""
    intact = found.sel(lesion=INTACT, drop=True)
    changed = found.sel(lesion=[name for name in found["lesion"].values if name != INTACT])
    for name in ("cue_effect", "episodic_stay_index", "incremental_stay_index", "cued_reward"):
        numbers.add("h i j", source, f"lesion_{name}", found, name)
        change = (changed[name] - intact[name]).to_dataset(name=f"{name}_change")
        numbers.add("h i j", source, f"{name}_change", change)


def count_memory(recording: xr.Dataset) -> xr.Dataset:
    """Average the share of the cell that came from memory, over cued trials, step by step.

    Returns
    -------
    xarray.Dataset
        `memory_share` on (subject, step).
    """
    told = recording.isel(trial=recording["cued_trial"].values >= 0)
    share = told["memory_share"].groupby("subject").mean()
    return xr.Dataset({"memory_share": share.transpose("subject", "step")})
