"""Numbers computed from raw data that are public but not part of this package.

What the analyses give for such data is shipped as a table of published numbers, status `computed`.
Where the raw data are at hand, they are computed anew, and must agree.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.atomic import atomic_path
from pfc_analysis.paths import content_folder
from pfc_analysis.recording.published import COLUMNS, NUMBER_COLUMNS

TOLERANCE = 1e-6
"""Largest difference between the shipped numbers and those computed anew."""


def as_published(table: pd.DataFrame, figure: str, group: str, source: str) -> pd.DataFrame:
    """Give rows of `tabulate_result`, with a column `unit`, the columns of published numbers."""
    table = table.drop(columns="source").assign(
        figure=figure, group=group, status="computed", source=source, note=""
    )
    return table.reindex(columns=list(COLUMNS))


def confirm_shipped(study: str, shipped: pd.DataFrame, anew: pd.DataFrame, module: str) -> None:
    """Compare numbers computed anew with the shipped ones.

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
        If they differ.
    """
    values = list(NUMBER_COLUMNS)
    same = anew.drop(columns=values).astype(str).equals(shipped.drop(columns=values).astype(str))
    if not same or not np.allclose(anew[values], shipped[values], atol=TOLERANCE, equal_nan=True):
        raise ValueError(
            f"datasets/published/{study}.csv: computed anew from the raw data at hand, the numbers "
            "differ from these. If an analysis was meant to change, write them again with: "
            f"python -m {module}"
        )


def write_shipped(study: str, table: pd.DataFrame) -> Path:
    """Write a table of computed numbers to where it is shipped from; return the file."""
    path = content_folder("datasets") / "published" / f"{study}.csv"
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    return path
