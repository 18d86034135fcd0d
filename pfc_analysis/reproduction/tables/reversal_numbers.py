"""Serial reversal of birds and agents, as numbers of Figure 6."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from pfc_analysis.analysis.learning.reversal_learning import QUANTITIES, read_sequences
from pfc_analysis.reproduction.agents.reversal_agents import MEASURE, AgentReversals
from pfc_analysis.reproduction.agents.reversal_policy import OBSERVER
from pfc_analysis.reproduction.animals.birds import GROUP, Reversals, tabulate_reversals
from pfc_analysis.reproduction.numbers import COLUMNS, Numbers

AGENTS, RATE, ERRORS = "agents", "problem_rate", "errors_per_reversal"
CHANGE, ORDER = "change_in_trials_to_criterion", "log_slope_by_order"


def select_birds(birds: Reversals) -> xr.DataArray:
    """Return trials to criterion of birds that had two reversals or more."""
    names = list(read_sequences(birds.problems, MEASURE))
    return birds.problems[MEASURE].sel(subject=names).dropna("reversal_number", how="all")


def compute_bird_rate(birds: Reversals) -> xr.Dataset:
    """Compute how fast each bird learned each problem, and after how many trials in all.

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


def add_reversals(
    numbers: Numbers, panel: str, birds: Reversals, agents: AgentReversals, ideal: AgentReversals
) -> None:
    """Tabulate trials to criterion, and their change from the first to the last reversal.

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
    # In published numbers `source` is a reference; in a figure's numbers it is the group.
    trend = trend.loc[:, ~trend.columns.duplicated()].assign(source=GROUP)
    numbers.tables.append(pd.DataFrame(trend.reindex(columns=COLUMNS)))


def add_training(numbers: Numbers, panel: str, birds: Reversals, stages: xr.Dataset) -> None:
    """Tabulate how fast problems are learned over training, and over the reversals of birds.

    Parameters
    ----------
    numbers, panel, birds
        As for `add_reversals`.
    stages : xarray.Dataset
        Of `measure_training_stages`.
    """
    numbers.add(panel, AGENTS, RATE, stages)
    _add_birds(numbers, panel, RATE, compute_bird_rate(birds))


def _add_birds(numbers: Numbers, panel: str, quantity: str, result: xr.Dataset) -> None:
    """Add birds and their mean, without rows for reversals that a bird did not reach."""
    own = Numbers(numbers.published, figure="")
    own.add(panel, GROUP, quantity, result)
    numbers.tables += [table.dropna(subset="value") for table in own.tables]
