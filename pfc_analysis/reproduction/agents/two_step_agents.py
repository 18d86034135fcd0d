"""Agents of the two-step task trained at the rats' schedule: what they choose and earn."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.analysis.learning.performance import compute_performance, compute_reward_share
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.animals.rats import Choices, measure_choices
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.training.recipes.recipe_files import parse_recipe

EXPERIMENT = "two_step_rats"
CHANCE = 0.5
"""Reward a trial of random choices: both second states are reached equally often."""

SESSIONS = 3000
"""Sessions of the ideal observer."""


def measure_matched_agents(agents: str | Path | None, seed: int) -> tuple[Choices, xr.Dataset]:
    """Record the agents trained at the rats' schedule, and measure their choices and reward.

    Parameters
    ----------
    agents : str or Path, optional
        Folder that holds the agent `two_step_rats`; the shipped ones where not given.
    seed : int
        Seed of the ideal observer's sessions.

    Returns
    -------
    choices : Choices
    share : xarray.Dataset
        `reward_share` on `subject`, of what the observer of the same schedule earns above chance
        (`compute_reward_share`).
    """
    recording = record_agent(EXPERIMENT, agents, units=False)
    task = parse_recipe(str(recording.attrs["recipe"])).testing_task()
    assert isinstance(task, TwoStep)
    pays = task.reward_probability
    observer = IdealObserver(
        task.reversal_probability,
        better_pays=pays,
        worse_pays=1.0 - pays,
        common_probability=task.common_probability,
    )
    ideal = simulate(observer, task, sessions=SESSIONS, seed=seed, subject="ideal")
    ceiling = compute_performance(ideal)["reward"].item()
    share = compute_reward_share(compute_performance(recording), CHANCE, ceiling)
    return measure_choices(recording), share
