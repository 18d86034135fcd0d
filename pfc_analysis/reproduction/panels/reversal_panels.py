"""Birds and agents in one panel: what is drawn, and the table of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import xarray as xr

from pfc_analysis.analysis.learning.reversal_learning import QUANTITIES, read_sequences
from pfc_analysis.analysis.statistics.summary import compute_subject_mean, summarise_subjects
from pfc_analysis.plotting.learning.reversals import draw_problem_rate, draw_trials_to_criterion
from pfc_analysis.reproduction.agents.reversal_agents import MEASURE, AgentReversals
from pfc_analysis.reproduction.agents.reversal_policy import OBSERVER
from pfc_analysis.reproduction.agents.reversal_stages import TRAINED
from pfc_analysis.reproduction.animals.birds import GROUP, Reversals, tabulate_reversals
from pfc_analysis.reproduction.numbers import COLUMNS, Numbers

Axes = Any
"""Matplotlib's; this room leaves drawing to `plotting`."""

AGENTS, RATE, ERRORS = "agents", "problem_rate", "errors_per_reversal"
CHANGE, ORDER = "change_in_trials_to_criterion", "log_slope_by_order"


def select_birds(birds: Reversals) -> xr.DataArray:
    """Return trials to criterion of birds that had two reversals or more."""
    names = list(read_sequences(birds.problems, MEASURE))
    return birds.problems[MEASURE].sel(subject=names).dropna("reversal_number", how="all")


def compute_bird_rate(birds: Reversals) -> xr.Dataset:
    """Say of each bird's problem how fast it was learned, and after how many trials in all.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `reversal_number`), of birds that had two reversals or more: `problem_rate`,
        100 / trials to criterion, and `trials`, given from the first discrimination to the end of
        this problem.
    """
    took = select_birds(birds)
    given = birds.problems["trials_given"].sel(took.coords).where(took.notnull())
    lived = given.cumsum("reversal_number").where(took.notnull())
    return xr.Dataset({RATE: 100.0 / took, "trials": lived})


def describe_stopping(birds: Reversals) -> str:
    """Say what the birds' fall is, and how much of it the rule that stopped them makes alone."""
    first, last = (float(birds.improvement["mean"].sel(quantity=q)) for q in ("first", "last"))
    return (
        f"first to last reversal: {first:.0f} to {last:.0f} trials, most of it\n"
        f"made by the rule that stopped the birds (slope,\n"
        f"against other orders it allows: p = {float(birds.order['p_value']):.2f})"
    )


def add_reversals(
    numbers: Numbers, panel: str, birds: Reversals, agents: AgentReversals, ideal: AgentReversals
) -> None:
    """Tabulate what `draw_reversals` draws, and changes from the first to the last reversal.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows; sources are "agents", "ideal observer" and "grackles".
    panel : str
        Letter of the panel.
    birds : Reversals
        Of `pfc_analysis.reproduction.animals.birds.bird_reversals`.
    agents, ideal : AgentReversals
        Of `measure_agent_reversals` and `measure_ideal_reversals`.
    """
    for source, found in ((AGENTS, agents), (OBSERVER, ideal)):
        if found.problems.sizes["reversal_number"]:
            numbers.add(panel, source, MEASURE, found.problems)
        if found.improvement is not None:
            change = found.improvement[list(QUANTITIES)].to_array("which").to_dataset(name=CHANGE)
            numbers.add(panel, source, CHANGE, change)
        numbers.add(panel, source, RATE, found.rate)
        if bool(found.rate[ERRORS].notnull().all()):
            numbers.add(panel, source, ERRORS, found.rate)
    _add_birds(numbers, panel, MEASURE, select_birds(birds).to_dataset(name=MEASURE))
    trend = tabulate_reversals(birds).rename(columns={"group": "source"}).assign(panel=panel)
    trend = trend[trend["quantity"].isin([CHANGE, ORDER])]
    # It names a source of its own, that of published numbers; here that is who the numbers are of.
    trend = trend.loc[:, ~trend.columns.duplicated()].assign(source=GROUP)
    numbers.tables.append(pd.DataFrame(trend.reindex(columns=COLUMNS)))


def add_training(numbers: Numbers, panel: str, birds: Reversals, stages: xr.Dataset) -> None:
    """Tabulate what `draw_training` draws; see `add_reversals`, and `measure_training_stages`."""
    numbers.add(panel, AGENTS, RATE, stages)
    _add_birds(numbers, panel, RATE, compute_bird_rate(birds))


def draw_reversals(
    axes: Axes, birds: Reversals, agents: AgentReversals, ideal: AgentReversals
) -> Axes:
    """Draw trials to criterion over reversals, of birds and agents; arguments as `add_reversals`.

    Of agents, as many reversals as a bird had at most.
    """
    shown = select_birds(birds)
    most = int(shown["reversal_number"].max())
    found, best = (
        each.problems[MEASURE].where(each.problems["reversal_number"] <= most, drop=True)
        for each in (agents, ideal)
    )
    return draw_trials_to_criterion(
        axes,
        shown,
        compute_subject_mean(shown),
        found,
        compute_subject_mean(found),
        best.isel(subject=0),
        note=describe_stopping(birds),
    )


def draw_training(axes: Axes, birds: Reversals, stages: xr.Dataset, ideal: AgentReversals) -> Axes:
    """Draw how fast problems are learned over all trials lived through, birds and agents.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    birds : Reversals
        Of `pfc_analysis.reproduction.animals.birds.bird_reversals`.
    stages : xarray.Dataset
        Of `measure_training_stages`.
    ideal : AgentReversals
        Of `measure_ideal_reversals`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    rate = compute_bird_rate(birds)
    several = rate.isel(reversal_number=rate[RATE].notnull().sum("subject").values >= 2)
    mean = compute_subject_mean(several[RATE]).assign(trials=several["trials"].mean("subject"))
    return draw_problem_rate(
        axes,
        rate,
        mean,
        stages[RATE].transpose("subject", TRAINED),
        summarise_subjects(stages, RATE),
        float(ideal.rate[RATE].item()),
    )


def _add_birds(numbers: Numbers, panel: str, quantity: str, result: xr.Dataset) -> None:
    """Add birds and their mean, without rows for reversals that a bird did not come to."""
    own = Numbers(numbers.published, figure="")
    own.add(panel, GROUP, quantity, result)
    numbers.tables += [table.dropna(subset="value") for table in own.tables]
