"""Numbers of Figure R1: the same questions asked of three networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import xarray as xr

from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.rival_agents import (
    RATS_SCHEDULE,
    compute_observer_share,
    find_experiments,
)
from pfc_analysis.reproduction.agents.rpe_input import (
    MEASURES,
    compute_chance,
    compute_relative_reward,
)
from pfc_analysis.reproduction.animals.rats import measure_choices
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables.rpe_input_numbers import CHANCE_SESSIONS
from pfc_analysis.reproduction.tables.stimulation_numbers import tabulate_stimulated_mice

REWARDED_IN: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {"risky_choice": {"schedule": "uniform"}}
)
"""Settings of the task in which reward is compared, where not those of testing, by task."""

Compared = xr.DataArray
"""Values on `network`, `subject` and perhaps another dimension; networks share no replicas."""


def join_networks(values: Mapping[str, xr.DataArray]) -> Compared:
    """Join the values of several networks, by name, on `network`."""
    names = xr.Variable("network", list(values))
    return xr.concat(
        [each.reset_coords(drop=True) for each in values.values()], names, join="outer"
    )


def add_two_step(
    numbers: Numbers, agents: str | Path | None, sessions: int, ridge: float, seed: int
) -> dict[str, Compared]:
    """Record all networks in the two-step task; tabulate choices, errors and reward.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    sessions : int
        Sessions of each replica.
    ridge : float
        Penalty of the history regression (`fit_choice_history`).
    seed : int
        Seed of the ideal observer's sessions.

    Returns
    -------
    dict
        By quantity: `stay_probability` and `planning_weight`.
    """
    found: dict[str, dict[str, xr.DataArray]] = {"stay_probability": {}, "planning_weight": {}}
    for network, experiment in find_experiments("two_step").items():
        played = record_agent(experiment, agents, sessions=sessions, units=False)
        choices, source = measure_choices(played, ridge), f"agents, {network}"
        numbers.add("b", source, "stay_probability", choices.stay)
        numbers.add("c", source, "planning_weight", choices.history)
        numbers.add("", source, "model_based_index", choices.stay)
        numbers.add("", source, "reward_share", compute_observer_share(played, seed))
        found["stay_probability"][network] = choices.stay["stay_probability"]
        found["planning_weight"][network] = choices.history["planning_weight"]
    return {quantity: join_networks(values) for quantity, values in found.items()}


def add_rats_schedule(numbers: Numbers, agents: str | Path | None, sessions: int) -> None:
    """Record networks in the two-step task at the rats' schedule; tabulate their choices.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows `rats_schedule_stay_probability`, which are in no panel.
    agents, sessions
        As in `add_two_step`.
    """
    for network, experiment in RATS_SCHEDULE.items():
        played = record_agent(experiment, agents, sessions=sessions, units=False)
        stay = compute_stay_probability(played)
        name = "rats_schedule_stay_probability"
        numbers.add("", f"agents, {network}", name, stay, "stay_probability")


def add_task(
    numbers: Numbers,
    task: str,
    panels: Mapping[str, str],
    agents: str | Path | None,
    sessions: int,
    seed: int,
) -> dict[str, Compared]:
    """Record all networks in one task; tabulate reward and the headline numbers of the task.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    task : str
        Name of the task, of `MEASURES`.
    panels : mapping of str to str
        Panels by quantity; quantities that are not named are tabulated without a panel.
    agents, sessions
        As in `add_two_step`.
    seed : int
        Seed of the simulated random choices.

    Returns
    -------
    dict
        By quantity; `relative_reward` is relative to the network that reads rewards.
    """
    names = find_experiments(task)
    world = REWARDED_IN.get(task, {})

    def play(experiment: str, settings: Mapping[str, object], n: int) -> xr.Dataset:
        return record_agent(experiment, agents, sessions=n, task=settings, units=False)

    played = {network: play(name, world, sessions) for network, name in names.items()}
    earned = {network: compute_performance(each) for network, each in played.items()}
    chance = compute_chance(next(iter(played.values())), CHANCE_SESSIONS, seed, world)
    standard = earned[next(iter(names))]
    found: dict[str, dict[str, xr.DataArray]] = {}
    for network, name in names.items():
        relative = compute_relative_reward(earned[network], standard, chance)
        measured = {"relative_reward": relative, **MEASURES[task](partial(play, name))}
        for quantity, result in measured.items():
            panel = panels.get(quantity, "")
            numbers.add(panel, f"agents, {network}", f"{task}_{quantity}", result, quantity)
            found.setdefault(quantity, {})[network] = result[quantity]
    return {quantity: join_networks(values) for quantity, values in found.items()}


def add_each(
    numbers: Numbers,
    panel: str,
    quantity: str,
    measure: Callable[[str], xr.Dataset],
    task: str,
    variable: str,
) -> Compared:
    """Measure all networks in one task by one function, and tabulate the result.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    panel, quantity : str
        Entries of those columns.
    measure : callable
        Returns the result for the name of an experiment.
    task : str
        Task of the experiments.
    variable : str
        Variable of the result.

    Returns
    -------
    xarray.DataArray
    """
    found = {}
    for network, experiment in find_experiments(task).items():
        result = measure(experiment)
        numbers.add(panel, f"agents, {network}", quantity, result, variable)
        found[network] = result[variable]
    return join_networks(found)


def add_raised_errors(
    numbers: Numbers,
    panels: Sequence[str],
    measure: Callable[[str, float], xr.Dataset],
    conditions: Mapping[str, float],
) -> dict[str, Compared]:
    """Raise prediction errors in all networks, with learning off and on; tabulate the effects.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    panels : pair of str
        Panels of the ratio of the effects of error and reward, and of the effect of reward.
    measure : callable
        Returns the effects (`measure_raised_errors`) for an experiment and a rate of learning.
    conditions : mapping of str to float
        Rates of learning by name.

    Returns
    -------
    dict
        `ratio` and `reward_model_based` on `network`, `subject` and `learning`.
    """
    variables = {"ratio": "stimulation_ratio", "reward_model_based": "effect_of_reward"}
    found: dict[str, dict[str, xr.DataArray]] = {variable: {} for variable in variables}
    for network, experiment in find_experiments("two_step").items():
        effects = xr.concat(
            [measure(experiment, rate) for rate in conditions.values()],
            xr.Variable("learning", list(conditions)),
            data_vars="all",
        )
        for panel, (variable, quantity) in zip(panels, variables.items(), strict=True):
            numbers.add(panel, f"agents, {network}", quantity, effects, variable)
            found[variable][network] = effects[variable]
    return {variable: join_networks(values) for variable, values in found.items()}


def tabulate_mice(published: pd.DataFrame) -> pd.DataFrame:
    """Lay out what raised errors did in mice, relative to a reward, as rows of the figure.

    Parameters
    ----------
    published : pandas.DataFrame
        Published numbers of Blanco-Pozo et al. (`read_published`).
    """
    rows = tabulate_stimulated_mice(published)
    return rows[rows["quantity"] == "stimulation_ratio"].assign(panel="d")
