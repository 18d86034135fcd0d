"""Serial reversal of grackles, from a table that the raw data confirm.

The raw data (Logan et al. 2023) are public, but not part of this package. The table of the results
computed from them is `datasets/published/logan_2023.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.learning.reversal_learning import (
    compute_reversal_improvement,
    compute_trials_to_criterion,
)
from pfc_analysis.analysis.learning.reversal_order import compute_reversal_order
from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.reproduction.animals.shipped_results import (
    as_published,
    find_results,
    write_shipped,
)
from pfc_analysis.reproduction.numbers import MEAN, tabulate_result, untabulate_result

DATASET, STUDY, GROUP = "grackle_reversal", "logan_2023", "grackles"
SOURCE = (
    "computed by pfc_analysis from the public data of Logan et al. (2023), doi 10.5063/F1862DWC "
    "(pfc data info grackle_reversal)"
)
CRITERION, WINDOW = 17, 20
STOP_BELOW, STOP_AFTER = 50, 2
"""Birds were stopped after two reversals in a row that took 50 trials at most."""

SEED = 0
"""Seed of the random draws for intervals and orders."""

COUNTS = ("trials_to_criterion", "trials_given")
"""Trials until 17 of the last 20 were correct, computed here and as counted in the study."""


@dataclass(frozen=True)
class Reversals:
    """Trials to criterion of birds over successive reversals.

    Attributes
    ----------
    problems : xarray.Dataset
        `trials_to_criterion` and `trials_given` on (`subject`, `reversal_number`).
    improvement : xarray.Dataset
        From the first to the last reversal, in `trials_to_criterion`
        (`compute_reversal_improvement`), of the birds that had several.
    improvement_given : xarray.Dataset
        The same in `trials_given`.
    order : xarray.Dataset
        The trend of `trials_given`, compared with other orders of the reversals at which the birds
        would have been stopped as well (`compute_reversal_order`).
    """

    problems: xr.Dataset
    improvement: xr.Dataset
    improvement_given: xr.Dataset
    order: xr.Dataset


def measure_reversals(recording: xr.Dataset) -> Reversals:
    """Compute trials to criterion, improvement and order, for birds of serial reversal.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording of `pfc_analysis.recording.catalogue.grackles`.

    Returns
    -------
    Reversals
        Of the birds that learned at least one discrimination.
    """
    problems = compute_trials_to_criterion(recording, CRITERION, WINDOW)[list(COUNTS)]
    learned = problems["trials_to_criterion"].notnull().any("reversal_number")
    problems = problems.isel(subject=learned.values)
    # Where a bird gave up, its number of trials does not measure how hard the problem was.
    finished = problems["trials_to_criterion"].notnull()
    return compare_reversals(problems.where(finished))


def compare_reversals(problems: xr.Dataset) -> Reversals:
    """Compute improvement and order from trials to criterion, with fixed random draws."""
    one, other = (
        compute_reversal_improvement(problems, np.random.default_rng(SEED), variable=name)
        for name in COUNTS
    )
    order = compute_reversal_order(
        problems,
        np.random.default_rng(SEED),
        stop_below=STOP_BELOW,
        stop_after=STOP_AFTER,
        variable="trials_given",
    )
    return Reversals(problems, one, other, order)


def bird_reversals() -> Reversals:
    """Return the results of the birds, from a table that is checked where the raw data are at hand.

    Returns
    -------
    Reversals
        Of 23 birds, 9 of which had several reversals.

    Raises
    ------
    ValueError
        If the raw data are at hand and give other numbers than the shipped table.
    """
    return find_results(
        STUDY, (DATASET,), measure_reversals, tabulate_reversals, untabulate_reversals
    )


def tabulate_reversals(reversals: Reversals) -> pd.DataFrame:
    """Convert the results of the birds to a table of published numbers."""
    tables = [
        tabulate_result(reversals.problems, name, panel="", source=GROUP, quantity=name).dropna(
            subset="value"
        )
        for name in COUNTS
    ]
    for name, improvement in zip(
        COUNTS, (reversals.improvement, reversals.improvement_given), strict=True
    ):
        means = improvement[["mean", "lower", "upper", "n_subjects"]].to_dataframe().reset_index()
        means = means.rename(columns={"quantity": "condition", "mean": "value", "n_subjects": "n"})
        tables.append(means.assign(panel="", subject=MEAN, quantity=f"change_in_{name}"))
    tables.append(_tabulate_order(reversals.order))
    table = pd.concat(tables, ignore_index=True).assign(source="")
    table["unit"] = np.where(table["quantity"].isin(COUNTS), "trials", "1")
    changes = table["condition"].isin(["first", "last", "difference"])
    table["unit"] = table["unit"].where(~changes, "trials")
    return as_published(table, "6", GROUP, SOURCE)


def _tabulate_order(order: xr.Dataset) -> pd.DataFrame:
    """Tabulate the slope of the birds' order, the mean and 95 % range of other orders, and p."""
    rows = [
        ("order", order["mean_slope"], np.nan, np.nan),
        (
            "other_orders",
            order["mean_null_mean"],
            order["mean_null_lower"],
            order["mean_null_upper"],
        ),
        ("p_value", order["p_value"], np.nan, np.nan),
    ]
    table = pd.DataFrame(rows, columns=["condition", "value", "lower", "upper"])
    table[["value", "lower", "upper"]] = table[["value", "lower", "upper"]].astype(float)
    return table.assign(
        panel="", subject=MEAN, quantity="log_slope_by_order", n=float(order.sizes["subject"])
    )


def untabulate_reversals(table: pd.DataFrame) -> Reversals:
    """Convert the table of the birds back to their results."""
    counts = [untabulate_result(table, name, name, {"reversal_number": int}) for name in COUNTS]
    return compare_reversals(xr.merge(counts, join="exact").sortby("reversal_number"))


if __name__ == "__main__":
    write_shipped(STUDY, tabulate_reversals(measure_reversals(load_dataset(DATASET))))
