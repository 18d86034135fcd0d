"""Numbers of Figure R2: reward prediction errors that are changed, weakened, or set in late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import pandas as pd
import xarray as xr

from pfc_analysis.analysis.choices.risk_preference import compute_preference_change
from pfc_analysis.analysis.learners.risk_learners import Manipulation
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.late_errors import find_update, read_learning_curve
from pfc_analysis.reproduction.agents.risky_agents import measure_agent_preference
from pfc_analysis.reproduction.agents.rival_agents import find_experiments
from pfc_analysis.reproduction.agents.silenced_agents import measure_silenced
from pfc_analysis.reproduction.numbers import COLUMNS, MEAN, Numbers
from pfc_analysis.reproduction.tables.rival_numbers import Compared, join_networks
from pfc_analysis.reproduction.tables.two_step_numbers import measure_planning, select_defined

LEARNED = 0.6
"""Reward a trial about half-way between random choices (0.5) and the ideal observer (0.71)."""

ONSETS = ("from the start", "late")
"""When prediction errors begin to teach: at the first update, or after updates without them."""


def add_late_learning(
    numbers: Numbers, panels: Sequence[str], agents: str | Path | None, networks: Sequence[str]
) -> tuple[dict[str, dict[str, xr.Dataset]], Compared]:
    """Tabulate how fast networks learn the two-step task where errors set in late, and at once.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows: `updates_to_learn`, by onset, until `LEARNED` is earned, and `updates_saved`,
        of the replicas of one seed. A replica that never earns it has no value, and is not counted
        in the mean.
    panels : sequence of str
        Panel of the curves of each network, then that of the updates saved.
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    networks : sequence of str
        Names of networks, of `NETWORKS`.

    Returns
    -------
    curves : dict
        By network and onset: `reward` on `subject` and `update`.
    saved : xarray.DataArray
        Updates saved, on `network` and `subject`.
    """
    curves: dict[str, dict[str, xr.Dataset]] = {}
    saved: dict[str, xr.DataArray] = {}
    for panel, network in zip(panels, networks, strict=False):
        experiment, source = find_experiments("two_step")[network], f"agents, {network}"
        names = (experiment, f"{experiment}_late_rpe")
        read = [read_learning_curve(name, agents) for name in names]
        curves[network] = {
            onset: curve.to_dataset(name="reward")
            for onset, curve in zip(ONSETS, read, strict=True)
        }
        needed = [find_update(curve, LEARNED) for curve in read]
        joined = xr.concat(needed, xr.Variable("onset", list(ONSETS)), join="inner")
        numbers.add(panel, source, "updates_to_learn", joined.to_dataset(name="updates_to_learn"))
        saved[network] = joined.isel(onset=0, drop=True) - joined.isel(onset=1, drop=True)
        found = saved[network].to_dataset(name="updates_saved")
        numbers.add(panels[-1], source, "updates_saved", found)
    return curves, join_networks(saved)


def add_weakened(
    numbers: Numbers,
    panels: Mapping[str, str],
    agents: str | Path | None,
    doses: Mapping[str, Mapping[float, str]],
    sessions: int,
    ridge: float,
) -> dict[str, xr.Dataset]:
    """Tabulate what two-step agents learn from prediction errors that teach more weakly.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    panels : mapping of str to str
        Panels by quantity of `measure_planning`.
    agents
        As in `add_late_learning`.
    doses : mapping
        By name of network: the experiment at each share of the weights' changes, in ascending
        order.
    sessions : int
        Sessions of each replica.
    ridge : float
        Penalty of the history regression (`fit_choice_history`).

    Returns
    -------
    dict
        By network: the quantities on `subject` and `dose`, of the seeds that all doses have.
    """
    curves = {}
    for network, experiments in doses.items():
        found = [
            measure_planning(record_agent(name, agents, sessions=sessions, units=False), ridge)
            for name in experiments.values()
        ]
        curve = xr.concat(
            found, xr.Variable("dose", list(experiments)), join="inner", combine_attrs="override"
        )
        for quantity, panel in panels.items():
            numbers.add(panel, f"agents, {network}", f"weakened_{quantity}", curve, quantity)
        curves[network] = curve
    return curves


def add_silenced(
    numbers: Numbers,
    panels: Mapping[str, str],
    agents: str | Path | None,
    shares: Sequence[float],
    sessions: int,
    seed: int,
) -> dict[str, xr.Dataset]:
    """Tabulate errors and choices of two-step agents of whose units a share is silent.

    Parameters
    ----------
    numbers, agents
        As in `add_weakened`.
    panels : mapping of str to str
        Panels by quantity of `measure_silenced`.
    shares : sequence of float
        Shares of the units, in ascending order.
    sessions, seed : int
        As for `measure_silenced`.

    Returns
    -------
    dict
        By network: the quantities on `subject` and `share`.
    """
    curves = {}
    for network, experiment in find_experiments("two_step").items():
        curve = xr.concat(
            [
                measure_silenced(experiment, agents, share, sessions=sessions, seed=seed)
                for share in shares
            ],
            xr.Variable("share", list(shares)),
            combine_attrs="override",
        )
        for quantity, panel in panels.items():
            defined = select_defined(curve, quantity, "share")
            numbers.add(panel, f"agents, {network}", f"silenced_{quantity}", defined, quantity)
        curves[network] = curve
    return curves


def add_risky_changes(
    numbers: Numbers,
    panel: str,
    agents: str | Path | None,
    directions: Mapping[str, float],
    rates: Mapping[str, float],
    sessions: int,
) -> Compared:
    """Tabulate by how much changed prediction errors change risky choices (as in Figure 7).

    Parameters
    ----------
    numbers, agents
        As in `add_weakened`.
    panel : str
        Panel of the changes, averaged over both probabilities of the risky reward.
    directions : mapping of str to float
        Direction of the change in rats, by manipulation.
    rates : mapping of str to float
        By name: multiple of the late learning rate at which agents learn while they play.
    sessions : int
        Sessions of each replica at each probability.

    Returns
    -------
    xarray.DataArray
        Changes in percentage points, on `network`, `learning`, `manipulation` and `subject`.
    """
    changed = {}
    for network, experiment in find_experiments("risky_choice").items():

        def measure(rule: str, rate: float, experiment: str = experiment) -> xr.Dataset:
            return measure_agent_preference(
                agents, cast("Manipulation", rule), sessions, experiment=experiment,
                plasticity=rate,
            )  # fmt: skip

        by_rate = []
        for rate in rates.values():
            control = measure("none", rate)
            changes = [
                compute_preference_change(control, measure(rule, rate))["change"]
                for rule in directions
            ]
            by_rate.append(xr.concat(changes, xr.Variable("manipulation", list(directions))))
        change = xr.concat(by_rate, xr.Variable("learning", list(rates)))
        change = change.transpose("learning", "manipulation", "probability", "subject")
        source = f"agents, {network}"
        numbers.add("", source, "risky_change", change.to_dataset(name="change"), "change")
        changed[network] = change.mean("probability")
        mean = changed[network].to_dataset(name="change")
        numbers.add(panel, source, "mean_risky_change", mean, "change")
    return join_networks(changed)


def tabulate_rats(directions: Mapping[str, float]) -> pd.DataFrame:
    """Lay out in which direction rats changed their risky choices as rows of the figure.

    Parameters
    ----------
    directions : mapping of str to float
        By manipulation: -1, fewer risky choices; 1, more. The size is not published.
    """
    rows = {"condition": list(directions), "value": list(directions.values())}
    named = {"panel": "h", "quantity": "change_direction", "source": "rats", "subject": MEAN}
    return pd.DataFrame(rows).assign(**named).reindex(columns=COLUMNS)
