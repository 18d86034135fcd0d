"""The numbers behind a figure: one row a number, written beside the picture as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.atomic import atomic_path

COLUMNS = [
    "panel",
    "quantity",
    "condition",
    "source",
    "subject",
    "value",
    "lower",
    "upper",
    "n",
    "published",
    "published_source",
]
"""Columns of a table of numbers.

`source` says whose number it is (agent, rats, a learner's name); `subject` is a replica, an
animal, or "mean" over them; `lower` and `upper` bound the 95 % interval; `published` is the
paper's number for the same quantity, condition and source.
"""

MEAN = "mean"


def tabulate_result(
    result: xr.Dataset,
    variable: str,
    *,
    quantity: str,
    panel: str,
    source: str,
    lower: str | None = "lower",
    upper: str | None = "upper",
    n: str | None = None,
) -> pd.DataFrame:
    """Lay out one variable of an analysis result, one row a number.

    Parameters
    ----------
    result : xarray.Dataset
        Result of an analysis; dimension `subject` and any others.
    variable : str
        What to tabulate.
    quantity, panel, source : str
        Entries of those columns.
    lower, upper, n : str, optional
        Variables with the bounds of the interval and the number of observations.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; labels of the other dimensions, joined by a space, make `condition`.
    """
    wanted = {"value": variable, "lower": lower, "upper": upper, "n": n}
    present = {column: name for column, name in wanted.items() if name in result}
    picked = xr.Dataset({c: result[name].reset_coords(drop=True) for c, name in present.items()})
    table = picked.to_dataframe().reset_index()
    others = [str(dim) for dim in result[variable].dims if dim != "subject"]
    table["condition"] = [
        " ".join(_label(dim, value) for dim, value in zip(others, values, strict=True))
        for values in table[others].itertuples(index=False)
    ]
    table = table.assign(quantity=quantity, panel=panel, source=source)
    return table.reindex(columns=COLUMNS)


def _label(dim: str, value: object) -> str:
    """Text labels stand for themselves; numbers need their dimension's name."""
    return str(value) if isinstance(value, str) else f"{dim} {value}"


def tabulate_numbers(
    values: Mapping[str, float], *, quantity: str, panel: str, source: str, subject: str = MEAN
) -> pd.DataFrame:
    """Lay out plain numbers by condition; columns as `tabulate_result`."""
    table = pd.DataFrame({"condition": list(values), "value": list(values.values())})
    table = table.assign(quantity=quantity, panel=panel, source=source, subject=subject)
    return table.reindex(columns=COLUMNS)


def untabulate_result(table: pd.DataFrame, quantity: str, dim: str, variable: str) -> xr.Dataset:
    """Rebuild a result of dimensions (subject, `dim`) from its rows.

    Parameters
    ----------
    table : pandas.DataFrame
        With columns quantity, condition, subject, value, lower and upper.
    quantity : str
        Which rows.
    dim : str
        Name of the dimension that `condition` labels.
    variable : str
        Name of the values.

    Returns
    -------
    xarray.Dataset
        Variables `variable`, `lower`, `upper`; labels in order of appearance.
    """
    rows = table[table["quantity"] == quantity].rename(columns={"value": variable})
    indexed = rows.set_index(["subject", "condition"])[[variable, "lower", "upper"]]
    result = xr.Dataset.from_dataframe(indexed).rename(condition=dim)
    order = {dim: pd.unique(rows["condition"]), "subject": pd.unique(rows["subject"])}
    return result.reindex({k: np.asarray(v, dtype=object) for k, v in order.items()})


def add_published(numbers: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Set the paper's number beside each mean that it reports.

    Parameters
    ----------
    numbers : pandas.DataFrame
        Columns `COLUMNS`.
    published : pandas.DataFrame
        A table of published numbers (`read_published`); its `group` is our `source`.

    Returns
    -------
    pandas.DataFrame
        The numbers; rows for the mean have `published` and `published_source` filled.
    """
    key = ["quantity", "condition", "source"]
    theirs = published[published["subject"].isna() | (published["subject"] == "")]
    theirs = theirs.rename(columns={"source": "published_source"})
    theirs = theirs.rename(columns={"value": "published", "group": "source"})
    theirs = theirs.drop_duplicates(key)[[*key, "published", "published_source"]]
    theirs = theirs.assign(condition=theirs["condition"].fillna(""), subject=MEAN)
    bare = numbers.drop(columns=["published", "published_source"])
    return bare.merge(theirs, on=[*key, "subject"], how="left").reindex(columns=COLUMNS)


def write_numbers(numbers: pd.DataFrame, path: str | Path) -> Path:
    """Write a table of numbers as CSV, six significant digits."""
    path = Path(path)
    with atomic_path(path) as temporary:
        numbers.to_csv(temporary, index=False, float_format="%.6g")
    return path
