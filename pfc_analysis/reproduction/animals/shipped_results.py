"""Results from public raw data that this package does not contain: shipped as tables of numbers.

The tables are in `datasets/published`, with status `computed`. Results always come from the table,
so that a figure has the same numbers with and without the raw data. Where the raw data are at hand,
the results are computed again and must agree with the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from pfc_analysis.atomic import atomic_path
from pfc_analysis.paths import content_folder
from pfc_analysis.recording.catalogue.public_data import find_dataset, load_dataset
from pfc_analysis.recording.published import COLUMNS, NUMBER_COLUMNS, read_published

Results = TypeVar("Results")

TOLERANCE = 1e-6
"""Largest difference between the shipped numbers and those computed anew."""


def find_results(
    study: str,
    datasets: Sequence[str],
    measure: Callable[..., Results],
    tabulate: Callable[[Results], pd.DataFrame],
    untabulate: Callable[[pd.DataFrame], Results],
) -> Results:
    """Read results from the shipped table; compute them anew where the raw data are at hand.

    The numbers returned are those of the table in either case: computed anew, the last of nine
    digits may differ.

    Parameters
    ----------
    study : str
        Name of the shipped table, in `datasets/published`.
    datasets : sequence of str
        Names of the public data sets that the results are computed from.
    measure : callable
        Computes the results from the recordings of these data sets, in their order.
    tabulate, untabulate : callable
        Lay results out as a table of published numbers, and rebuild them from it. The module of
        `tabulate` writes the shipped table when it is run.

    Returns
    -------
    object
        What `untabulate` returns.

    Raises
    ------
    ValueError
        If the raw data give other numbers than those that are shipped.
    """
    shipped = read_published(study)
    if all(find_dataset(name) is not None for name in datasets):
        results = measure(*(load_dataset(name) for name in datasets))
        confirm_shipped(study, shipped, tabulate(results), tabulate.__module__)
    return untabulate(shipped)


def as_published(table: pd.DataFrame, figure: str, group: str, source: str) -> pd.DataFrame:
    """Give rows of `tabulate_result`, with a column `unit`, the columns of published numbers."""
    table = table.drop(columns="source").assign(
        figure=figure, group=group, status="computed", source=source, note=""
    )
    return table.reindex(columns=list(COLUMNS))


def confirm_shipped(study: str, shipped: pd.DataFrame, anew: pd.DataFrame, module: str) -> None:
    """Raise an error if numbers computed anew differ from the shipped ones.

    Parameters
    ----------
    study : str
        Name of the table.
    shipped, anew : pandas.DataFrame
        Columns of published numbers.
    module : str
        Module that writes the table when it is run.

    Raises
    ------
    ValueError
        If they differ by more than `TOLERANCE`.
    """
    values = list(NUMBER_COLUMNS)
    same = anew.drop(columns=values).astype(str).equals(shipped.drop(columns=values).astype(str))
    if not same or not np.allclose(anew[values], shipped[values], atol=TOLERANCE, equal_nan=True):
        raise ValueError(
            f"datasets/published/{study}.csv: computed anew from the raw data at hand, the numbers "
            "differ from this table. If an analysis was meant to change, write the table again: "
            f"python -m {module}"
        )


def write_shipped(study: str, table: pd.DataFrame) -> Path:
    """Write a table of computed numbers to where it is shipped from; return the file."""
    path = content_folder("datasets") / "published" / f"{study}.csv"
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    return path
