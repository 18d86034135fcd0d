"""Behaviour of monkeys in two tasks, from tables that the raw data confirm.

The raw data (Bartolo, Saunders, Mitz & Averbeck 2020; Miranda, Butler et al. 2025) are public, but
not cleared for redistribution, and not part of this package. The tables of the results computed
from them are `datasets/published/bartolo_2020.csv` and `miranda_2025.csv`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import xarray as xr

from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.reproduction.animals.monkey_behaviour import (
    RESULTS,
    TWO_STEP,
    WHAT_WHERE,
    drop_neurons,
    measure_behaviour,
    measure_lived,
    split_blocks,
)
from pfc_analysis.reproduction.animals.shipped_results import (
    as_published,
    find_results,
    write_shipped,
)

MONKEYS, IN_PLACE = "monkeys", "in the monkeys' place"
"""Groups of the results: the monkeys, and the shipped agents along their trials."""

DATASETS = {WHAT_WHERE: "monkey_dlpfc", TWO_STEP: "monkey_two_step"}
STUDIES = {WHAT_WHERE: "bartolo_2020", TWO_STEP: "miranda_2025"}
SOURCES = {
    WHAT_WHERE: "computed by pfc_analysis from two sessions of the public data of Bartolo, "
    "Saunders, Mitz & Averbeck 2020, doi 10.17632/p7ft2bvphx.1 (pfc data info monkey_dlpfc)",
    TWO_STEP: "computed by pfc_analysis from three sessions of the public data of Miranda, Butler "
    "et al. 2025, eLife 14:RP106032 (pfc data info monkey_two_step)",
}
_LOG_ODDS = ("_index", "_weight", "_sum")


def monkey_results(experiment: str) -> pd.DataFrame:
    """Return results of monkeys, from a table that is checked where the raw data are at hand.

    Parameters
    ----------
    experiment : str
        "what_where" or "two_step_three_rewards".

    Returns
    -------
    pandas.DataFrame
        Columns `RESULTS` and `group`: `MONKEYS`, or `IN_PLACE` for the shipped agents.

    Raises
    ------
    ValueError
        If the raw data are at hand and give other numbers than the shipped table.
    """
    return find_results(
        STUDIES[experiment],
        (DATASETS[experiment],),
        partial(measure_monkeys, experiment),
        TABULATE[experiment],
        untabulate_monkeys,
    )


def measure_monkeys(experiment: str, recording: xr.Dataset) -> pd.DataFrame:
    """Measure the behaviour of monkeys, and how well agents in their place predict it.

    Parameters
    ----------
    experiment : str
        "what_where" or "two_step_three_rewards".
    recording : xarray.Dataset
        The data set, of `pfc_analysis.load_dataset`.

    Returns
    -------
    pandas.DataFrame
        As of `monkey_results`.
    """
    behaviour = split_blocks(recording) if experiment == WHAT_WHERE else drop_neurons(recording)
    own = measure_behaviour(experiment, behaviour).assign(group=MONKEYS)
    lived = measure_lived(experiment, behaviour).assign(group=IN_PLACE)
    return pd.concat([own, lived], ignore_index=True)


def tabulate_what_where(results: pd.DataFrame) -> pd.DataFrame:
    """Convert results of the what/where task to a table of published numbers."""
    return _tabulate(results, WHAT_WHERE)


def tabulate_two_step(results: pd.DataFrame) -> pd.DataFrame:
    """Convert results of the two-step task to a table of published numbers."""
    return _tabulate(results, TWO_STEP)


TABULATE: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    WHAT_WHERE: tabulate_what_where,
    TWO_STEP: tabulate_two_step,
}


def _tabulate(results: pd.DataFrame, experiment: str) -> pd.DataFrame:
    unit = ["log-odds" if _is_weight(name) else "1" for name in results["quantity"]]
    table = results.assign(panel="", source="", unit=unit)
    published = as_published(table, "n1", MONKEYS, SOURCES[experiment])
    return published.assign(group=results["group"].values)


def _is_weight(quantity: str) -> bool:
    """Whether a quantity is a weight of the regression of choices on past trials, or their sum."""
    return quantity.endswith(_LOG_ODDS) and not quantity.startswith("stay_")


def untabulate_monkeys(table: pd.DataFrame) -> pd.DataFrame:
    """Convert a table of monkeys back to their results."""
    return table[[*RESULTS, "group"]].reset_index(drop=True)


if __name__ == "__main__":
    for _name, _dataset in DATASETS.items():
        _results = measure_monkeys(_name, load_dataset(_dataset))
        write_shipped(STUDIES[_name], TABULATE[_name](_results))
