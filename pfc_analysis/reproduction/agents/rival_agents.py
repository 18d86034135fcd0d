"""The networks that Figure R1 compares: two of Wang et al. 2018, and one that predicts."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
import xarray as xr

from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.analysis.learning.performance import compute_performance, compute_reward_share
from pfc_analysis.analysis.neurons.decoding.latent_decoding import decode_latent_state
from pfc_analysis.analysis.signals.stimulation import compute_stimulation_effect
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.training.interventions.intervention import Intervention

REWARD, ERROR, PREDICTS = "reads rewards", "reads errors", "predicts"

NETWORKS = (REWARD, ERROR, PREDICTS)
"""The networks of Wang et al. learn from reward prediction errors in all their weights; one reads
rewards, one the errors (Supplementary Figure 9)."""

_RISKY = MappingProxyType({REWARD: "risky_choice_reward_input", ERROR: "risky_choice"})
"""In this task the paper's network reads errors (Figure 7), so that its name is that network's."""


RATS_SCHEDULE = MappingProxyType({REWARD: "two_step_rats", PREDICTS: "predictive_two_step_rats"})
"""Experiments at the schedule of the rats of Figure 5."""


def find_experiments(task: str) -> dict[str, str]:
    """Return the experiments of a task by name of network, in the order of `NETWORKS`."""
    named = {REWARD: task, ERROR: f"{task}_rpe_input", PREDICTS: f"predictive_{task}"}
    return {**named, **_RISKY} if task == "risky_choice" else named


CHANCE = 0.5
"""Reward a trial of random choices in the two-step task."""

OBSERVED = 3000
"""Sessions of the ideal observer."""

N_BOOTSTRAP = 200


def compute_observer_share(recording: xr.Dataset, seed: int) -> xr.Dataset:
    """Compute the reward of agents in the two-step task relative to the ideal observer's.

    Parameters
    ----------
    recording : xarray.Dataset
        Agents with the paper's settings of the task.
    seed : int
        Seed of the observer's sessions.

    Returns
    -------
    xarray.Dataset
        `reward_share` on `subject`: of what the observer earns above chance.
    """
    ideal = simulate(IdealObserver(), TwoStep(), sessions=OBSERVED, seed=seed, subject="ideal")
    ceiling = compute_performance(ideal)["reward"].item()
    return compute_reward_share(compute_performance(recording), CHANCE, ceiling)


def measure_raised_errors(
    experiment: str,
    agents: str | Path | None,
    rule: Intervention,
    plasticity: float,
    sessions: int,
    seed: int,
) -> xr.Dataset:
    """Measure what a prediction error raised in unrewarded trials does to later choices.

    Parameters
    ----------
    experiment, agents
        As for `record_agent`.
    rule : Intervention
        What raises the error.
    plasticity : float
        Multiple of the late learning rate at which agents learn while they play; 0: they do not.
    sessions, seed : int
        Sessions of each replica, and the seed of the bootstrap.

    Returns
    -------
    xarray.Dataset
        On `subject`, of `compute_stimulation_effect` for unrewarded trials.
    """
    recording = record_agent(
        experiment, agents, sessions=sessions, units=False, interventions=[rule],
        plasticity=plasticity,
    )  # fmt: skip
    effect = compute_stimulation_effect(
        recording, np.random.default_rng(seed), n_bootstrap=N_BOOTSTRAP
    )
    return effect.sel(outcome="unrewarded", drop=True)


def measure_latent_state(experiment: str, agents: str | Path | None, sessions: int) -> xr.Dataset:
    """Decode the paying side of the inferred-value task from units, one trial after a reversal.

    Parameters
    ----------
    experiment, agents
        As for `record_agent`.
    sessions : int
        Sessions of each replica.

    Returns
    -------
    xarray.Dataset
        `accuracy`, `accuracy_lower` and `accuracy_upper` on `subject`: at fixation, before
        anything in that trial tells the side; 0.5 is chance.
    """
    decoded = decode_latent_state(record_agent(experiment, agents, sessions=sessions))
    names = ["accuracy", "accuracy_lower", "accuracy_upper"]
    where = {"phase": "next", "step": "fixation", "target": "rewarded_side"}
    return decoded[names].sel(where, drop=True).reset_coords(drop=True)
