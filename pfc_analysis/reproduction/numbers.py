"""Tables of the numbers in a figure, one row a number, written as CSV beside the picture."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import find_interval, summarise_subjects
from pfc_analysis.atomic import atomic_path
from pfc_analysis.spreadsheet_cells import neutral_table

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

`source` is the group of the subject ("agents", "rats", the name of a learner); `subject` is a
replica, an animal, or "mean" over them; `lower` and `upper` bound the 95 % interval; `published` is
the paper's number for the same quantity, condition and source.
"""

MEAN = "mean"

_COUNTS = ("n_trials", "n_points", "n_subjects", "n_sessions")


class Numbers:
    """Collect the numbers of a figure, add the paper's numbers to them, and write them.

    Parameters
    ----------
    published : pandas.DataFrame
        The paper's numbers (`read_published`); its `group` is our `source`.
    figure : str
        The paper's name of the figure: "5", "s6". Published numbers of other figures are left out.
    """

    def __init__(self, published: pd.DataFrame, figure: str) -> None:
        self.published = published[published["figure"] == figure]
        self.tables: list[pd.DataFrame] = []

    def add(
        self,
        panel: str,
        source: str,
        quantity: str,
        result: xr.Dataset,
        variable: str | None = None,
    ) -> None:
        """Add one variable of a result: a row for every subject, then one for their mean.

        Parameters
        ----------
        panel, source, quantity : str
            Entries of those columns.
        result : xarray.Dataset
            Result of an analysis; see `tabulate_result`.
        variable : str, optional
            Its variable; `quantity` where not given.
        """
        variable = variable or quantity
        named = {"panel": panel, "source": source, "quantity": quantity}
        mean = summarise_subjects(result, variable).expand_dims(subject=[MEAN])
        self.tables.append(tabulate_result(result, variable, **named))
        self.tables.append(tabulate_result(mean, "mean", **named))

    def paper(self, quantity: str, source: str) -> dict[str, float]:
        """Return the paper's values of a quantity, by condition; empty where it has none."""
        rows = self.published[
            (self.published["quantity"] == quantity) & (self.published["group"] == source)
        ]
        return dict(zip(rows["condition"], rows["value"], strict=True))

    def table(self) -> pd.DataFrame:
        """Return all numbers, with the paper's numbers in the rows of the means."""
        return add_published(pd.concat(self.tables, ignore_index=True), self.published)

    def write(self, path: Path) -> Path:
        """Write the numbers as CSV with six significant digits; return the path."""
        with atomic_path(path) as temporary:
            neutral_table(self.table()).to_csv(temporary, index=False, float_format="%.6g")
        return path


def tabulate_result(
    result: xr.Dataset, variable: str, *, panel: str, source: str, quantity: str
) -> pd.DataFrame:
    """Convert one variable of an analysis result to a table, one row a number.

    Parameters
    ----------
    result : xarray.Dataset
        Result of an analysis: the variable on `subject` and any other dimensions; its interval in
        `<variable>_lower` and `_upper`, or in `lower` and `upper`; counts in `n_...`.
    variable : str
        What to tabulate.
    panel, source, quantity : str
        Entries of those columns.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; labels of the other dimensions, joined by a space, make `condition`.
    """
    values = result[variable]
    counts = [name for name in _COUNTS if name in result and result[name].dims == values.dims]
    picked = {"value": values, **find_interval(result, variable)}
    if counts:
        picked["n"] = result[counts[0]]
    # By plain arrays: a figure tabulates hundreds of results, each three times as fast.
    others = [dim for dim in values.dims if dim != "subject"]
    values = values.transpose(*_dims_in_order(values))
    labels = dict(zip(values.dims, _every_label(values), strict=True))
    columns: dict[str, Any] = {
        name: array.variable.set_dims(values.sizes).transpose(*values.dims).values.ravel()
        for name, array in picked.items()
    }
    if "subject" in labels:
        columns["subject"] = labels["subject"]
    columns["condition"] = [
        " ".join(_label(str(dim), value) for dim, value in zip(others, own, strict=True))
        for own in zip(*(labels[dim] for dim in others), strict=True)
    ] or [""] * values.size
    given = {"panel": panel, "source": source, "quantity": quantity}
    return pd.DataFrame(columns | given).reindex(columns=COLUMNS)


def _dims_in_order(values: xr.DataArray) -> list[Hashable]:
    """Return dimensions in the order of their coordinates, then those without any."""
    return sorted(values.dims, key=[*values.indexes, *values.dims].index)


def _every_label(values: xr.DataArray) -> list[list[Any]]:
    """Return the labels of each dimension, for every entry of an array."""
    own = (values[dim].values.astype(object) for dim in values.dims)
    return [grid.ravel().tolist() for grid in np.meshgrid(*own, indexing="ij")]


def _label(dim: str, value: object) -> str:
    """Return a text label as it is, and a number after the name of its dimension."""
    return str(value) if isinstance(value, str) else f"{dim} {value}"


def untabulate_result(
    table: pd.DataFrame, quantity: str, variable: str, dims: Mapping[str, type]
) -> xr.Dataset:
    """Convert the rows of a table back to an analysis result.

    Parameters
    ----------
    table : pandas.DataFrame
        With columns quantity, condition, subject, value, lower, upper and n.
    quantity : str
        Which rows.
    variable : str
        Name of the values.
    dims : mapping of str to type
        The dimensions that `condition` labels, in order; `int` for those it numbers.

    Returns
    -------
    xarray.Dataset
        `variable`, `lower` and `upper` on (subject, *dims), and `n_trials` where the rows have an
        `n`; labels in order of appearance.
    """
    rows = table[table["quantity"] == quantity]
    # "lag 1 common_rewarded": a number follows its dimension's name, text stands for itself.
    pattern = " ".join(
        rf"{dim} (?P<{dim}>\d+)" if kind is int else rf"(?P<{dim}>\w+)"
        for dim, kind in dims.items()
    )
    found = [re.fullmatch(pattern, condition) for condition in rows["condition"]]
    labels = pd.DataFrame([match.groupdict() if match else {} for match in found], rows.index)
    labels = labels.astype(dict(dims))
    names = ["subject", *dims]
    indexed = pd.concat([rows[["subject", "value", "lower", "upper", "n"]], labels], axis=1)
    order = {name: pd.unique(indexed[name]) for name in names}
    filled = indexed.set_index(names).dropna(axis="columns", how="all")
    result = xr.Dataset.from_dataframe(filled)
    result = result.rename({"value": variable} | ({"n": "n_trials"} if "n" in result else {}))
    return result.reindex({name: np.asarray(values) for name, values in order.items()})


def add_published(numbers: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Add the paper's numbers to the rows of means for which it reports one.

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
