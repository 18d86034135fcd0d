"""Two networks compared task by task: one reads rewards, the other prediction errors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.rpe_input import (
    MEASURES,
    compute_chance,
    compute_relative_reward,
)
from pfc_analysis.reproduction.numbers import Numbers

NETWORKS = ("reward", "RPE")
"""What the network that chooses reads."""

CHANCE_SESSIONS = 3000
"""Simulated sessions from which the reward of random choices is estimated."""

Compared = dict[str, xr.DataArray]
"""By quantity: values on `network`, `subject` and any other dimension. `reward`, of the network
that reads errors, is relative to the other network."""


def add_task(
    numbers: Numbers,
    task: str,
    experiments: tuple[str, str],
    agents: str | Path | None,
    *,
    sessions: int,
    seed: int,
) -> Compared:
    """Record both networks in one task, and tabulate reward and the headline numbers of the task.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    task : str
        Name of the task, of `MEASURES`.
    experiments : pair of str
        Experiments of the networks that read rewards and prediction errors.
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    sessions : int
        Sessions of each replica in which reward is measured.
    seed : int
        Seed of the simulated random choices.

    Returns
    -------
    Compared
    """

    def play(experiment: str, settings: Mapping[str, Any], n: int) -> xr.Dataset:
        return record_agent(experiment, agents, sessions=n, task=settings, units=False)

    played = [play(name, {}, sessions) for name in experiments]
    earned = [compute_performance(recording) for recording in played]
    chance = compute_chance(played[0], CHANCE_SESSIONS, seed)
    relative = [compute_relative_reward(each, earned[0], chance) for each in earned]
    measured = [MEASURES[task](partial(play, name)) for name in experiments]
    for network, own, rewards in zip(NETWORKS, measured, relative, strict=True):
        source = f"agents, {network}"
        numbers.add("a", source, f"{task}_relative_reward", rewards, "relative_reward")
        for quantity, result in own.items():
            numbers.add("", source, f"{task}_{quantity}", result, quantity)
    found = {"reward": relative[1]["relative_reward"]}
    for quantity in measured[0]:
        found[quantity] = _side_by_side([own[quantity][quantity] for own in measured])
    return found


def add_stay_difference(numbers: Numbers, stay: xr.DataArray) -> None:
    """Tabulate, in panel g, how far each agent that reads errors is from the mean of the others."""
    apart = stay.isel(network=1, drop=True) - stay.isel(network=0, drop=True).mean("subject")
    difference = apart.to_dataset(name="difference")
    numbers.add("g", "agents, RPE", "two_step_stay_difference", difference, "difference")


def _side_by_side(values: list[xr.DataArray]) -> xr.DataArray:
    """Join the values of both networks on `network`; their replicas are not matched by seed."""
    return xr.concat(
        [each.reset_coords(drop=True) for each in values], xr.Variable("network", list(NETWORKS))
    )
