"""Lay out simulated trials as a recording, for the analyses of animals and agents."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray, NumberArray
from pfc_analysis.fitting.designs.design import Design
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.fitting.sessions.option_choices import name_options

SCHEDULE = (
    "forced", "invalid", "better_state", "rewarded_side", "rewarded_option", "option_on_left",
    "risky_side", "risky_probability", "reversal", "reversal_number", "reward_probability",
    "base_probability", "regime", "volatility", "automatic_reward", "stimulated",
)  # fmt: skip
"""Variables that do not depend on the subject's choices, and stay as they were."""

ATTRIBUTES = ("experiment", "species", "task", "questions")
"""Attributes that a simulated recording has from the recording."""


def recording_of(trials: FitTrials, design: Design, recording: xr.Dataset) -> xr.Dataset:
    """Make a recording of simulated trials, which every analysis of the task can read.

    Parameters
    ----------
    trials : FitTrials
        Of `pfc_analysis.fitting.designs.simulate_design.simulate_design`.
    design : Design
        The design that was played.
    recording : xarray.Dataset
        The recording that the design was read from.

    Returns
    -------
    xarray.Dataset
        `choice`, `reward` and what follows from them (`second_state`, `common_transition`,
        `correct`, `risky_choice`, `chosen_option`, `trials_since_choice`, where the recording has
        them), and the schedule as recorded. Rewards have their size in the recording. What else the
        recording has, such as activity or latencies, belongs to the subject and is left out. In
        repeated designs, sessions of a subject are numbered anew.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.designs.read_design import read_design
    >>> from pfc_analysis.fitting.designs.simulate_design import simulate_design
    >>> from pfc_analysis.fitting.designs.simulated_recording import recording_of
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> agents = pfc.record("two_step", sessions=50, units=False)
    >>> design = read_design(agents, read_fit_trials(agents, "two_step")).of_subject(0)
    >>> planner = pfc.learners.MixtureOfAgents(weight_model_based=8.0, weight_model_free=0.0)
    >>> played = simulate_design(planner, design, np.random.default_rng(1))
    >>> stay = pfc.analysis.compute_stay_probability(recording_of(played, design, agents))
    >>> bool(stay["model_based_index"] > stay["model_free_index"])
    True
    """
    recording = name_options(recording)
    schedule = [name for name in SCHEDULE if name in recording]
    found = recording[schedule].drop_dims(
        [dim for dim in recording[schedule].dims if dim not in ("trial", "arm")]
    )
    found = found.isel(trial=trials.rows)
    for name, values in _played(trials, design, recording).items():
        found[name] = _like(recording[name], values)
    found = found.assign_coords(session=_like(recording["session"], _number(trials, recording)))
    kept = {name: recording.attrs[name] for name in ATTRIBUTES if name in recording.attrs}
    found.attrs = {"title": "simulated choices", "kind": "simulated learner"} | kept
    return found


def _played(trials: FitTrials, design: Design, recording: xr.Dataset) -> dict[str, NumberArray]:
    """Compute the variables that follow from choices and outcomes."""
    records, valid = trials.records, trials.records["choice"] >= 0
    choice = records["choice"]
    own = np.asarray(recording["reward"].values)[trials.rows]
    played: dict[str, NumberArray] = {
        "choice": choice,
        "reward": np.where(valid, records["reward"] * trials.reward_scale, own),
    }
    if design.two_step:
        state, known = records["second_state"], records["second_state"] >= 0
        swap = design.mirrored[trials.session_of_trial]
        played["second_state"] = np.where(known, np.where(swap, 1 - state, state), -1)
        played["common_transition"] = np.where(known, state == choice, -1)
    else:
        better = design.probability.argmax(axis=1)
        missing = np.asarray(recording["correct"].values).min() if "correct" in recording else -1
        played["correct"] = np.where(valid, choice == better, min(int(missing), 0))
    for name, side in (("risky_choice", "risky_side"), ("chosen_option", "option_on_left")):
        if name in recording and side in recording:
            shown = np.asarray(recording[side].values, dtype=np.int64)[trials.rows]
            same = (choice == shown) if name == "risky_choice" else (choice != shown)
            played[name] = np.where(valid & (shown >= 0), same, -1)
    if "trials_since_choice" in recording:
        played["trials_since_choice"] = _count_since(trials)
    return {name: values for name, values in played.items() if name in recording}


def _count_since(trials: FitTrials) -> IntArray:
    """Count the valid trials since each arm was last chosen; int array (trial, arm)."""
    choice = trials.records["choice"]
    before: IntArray = np.cumsum(choice >= 0) - (choice >= 0)
    begin: IntArray = before[np.repeat(trials.first[:-1], np.diff(trials.first))]
    chosen = choice[:, None] == np.arange(trials.n_arms)
    after = np.where(chosen, before[:, None] + 1, 0)
    last = np.vstack([np.zeros((1, trials.n_arms), dtype=np.int64), after[:-1]])
    last = np.maximum(np.maximum.accumulate(last, axis=0), begin[:, None])
    return np.asarray(before[:, None] - last, dtype=np.int64)


def _number(trials: FitTrials, recording: xr.Dataset) -> NumberArray:
    """Keep the numbers of sessions, or number them anew where a design repeats them."""
    session = np.asarray(recording["session"].values)[trials.rows]
    if np.unique(trials.rows).size == trials.rows.size:
        return session
    before = np.array([np.sum(trials.subject[:k] == one) for k, one in enumerate(trials.subject)])
    return np.asarray(before[trials.session_of_trial], dtype=session.dtype)


def _like(original: xr.DataArray, values: Any) -> xr.Variable:
    """Give new values the dimensions, type and attributes of the original."""
    return xr.Variable(
        original.dims, np.asarray(values).astype(original.dtype), dict(original.attrs)
    )
