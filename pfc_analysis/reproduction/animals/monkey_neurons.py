"""What neurons of monkeys carry, from tables that the raw data confirm (see `monkeys`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import xarray as xr

from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.reproduction.animals.monkey_behaviour import RESULTS, TWO_STEP, WHAT_WHERE
from pfc_analysis.reproduction.animals.monkey_coding import measure_coding
from pfc_analysis.reproduction.animals.monkey_encoding import live, measure_encoding
from pfc_analysis.reproduction.animals.monkeys import DATASETS, SOURCES
from pfc_analysis.reproduction.animals.shipped_results import (
    as_published,
    find_results,
    write_shipped,
)

NEURONS = "neurons"
"""Group of the numbers in the shipped tables."""

STUDIES = {WHAT_WHERE: "bartolo_2020_neurons", TWO_STEP: "miranda_2025_neurons"}


def neuron_results(experiment: str) -> pd.DataFrame:
    """Return what was found in neurons, from a table checked where the raw data are at hand.

    Parameters
    ----------
    experiment : str
        "what_where" or "two_step_three_rewards".

    Returns
    -------
    pandas.DataFrame
        Columns `RESULTS`.

    Raises
    ------
    ValueError
        If the raw data are at hand and give other numbers than the shipped table.
    """
    return find_results(
        STUDIES[experiment],
        (DATASETS[experiment],),
        partial(measure_neurons, experiment),
        TABULATE[experiment],
        lambda table: table[RESULTS].reset_index(drop=True),
    )


def measure_neurons(experiment: str, recording: xr.Dataset) -> pd.DataFrame:
    """Compare encoding models and, in the two-step task, count neurons that code variables.

    Parameters
    ----------
    experiment : str
        "what_where" or "two_step_three_rewards".
    recording : xarray.Dataset
        The data set, of `pfc_analysis.load_dataset`.

    Returns
    -------
    pandas.DataFrame
        Columns `RESULTS`.
    """
    lived = live(experiment, recording)
    found = [measure_encoding(experiment, recording, lived)]
    if experiment == TWO_STEP:
        found.append(measure_coding(recording, lived))
    return pd.concat(found, ignore_index=True)


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
    table = results.assign(panel="", source="", unit="1")
    return as_published(table, "n2", NEURONS, SOURCES[experiment])


if __name__ == "__main__":
    for _name, _dataset in DATASETS.items():
        _results = measure_neurons(_name, load_dataset(_dataset))
        write_shipped(STUDIES[_name], TABULATE[_name](_results))
