"""Take a table that lies in memory as a pandas DataFrame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused, as_plain
from pfc_analysis.recording.tables.raw_table import RawTable

_LONGEST = 10**15
"""Whole numbers from here on are names: a floating-point number may not tell them apart."""


def table_of_frame(
    frame: pd.DataFrame, number: int = 0, *, path: Path | None = None, place: str = ""
) -> RawTable:
    """Take the columns of a DataFrame.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a trial. The index counts for nothing.
    number : int
        Number of the table among several, for its name in errors.
    path : Path, optional
        The file that the table comes from.
    place : str
        Where in the file.

    Returns
    -------
    RawTable
        Where no path is given, its path is "DataFrame", or "DataFrame 1" and so on for the others.

    Raises
    ------
    RecordingError
        If two columns have one name, or a name is no text.
    """
    name = path or Path(f"DataFrame {number}" if number else "DataFrame")
    odd = [column for column in frame.columns if not isinstance(column, str)]
    doubled = frame.columns[frame.columns.duplicated()].tolist()
    if odd or doubled:
        found = f"the column {odd[0]!r}" if odd else f"two columns {doubled[0]!r}"
        cure = "" if path else ": frame.rename(columns={OLD: NEW})"
        where = f"{name}, {place}" if place else f"{name}"
        raise RecordingError(
            f"{where}: found {found}, expected names that are text, each once. Rename it{cure}."
        )
    columns: dict[str, np.ndarray] = {}
    unusable: dict[str, str] = {}
    for column in frame.columns:
        values = as_plain(_array(frame[column]))
        if isinstance(values, Refused):
            unusable[column] = values.reason
        else:
            columns[column] = values
    return RawTable(name, len(frame), columns, place, unusable=unusable)


def _array(series: pd.Series) -> np.ndarray:
    """Return the values of a column; missing values as NaN among numbers, "" among text."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    if pd.api.types.is_complex_dtype(series.dtype):
        return series.to_numpy()  # refused as what it is
    missing = series.isna().to_numpy(dtype=np.bool_)
    if pd.api.types.is_bool_dtype(series.dtype) and not missing.any():
        return series.to_numpy(dtype=np.bool_)
    if pd.api.types.is_numeric_dtype(series.dtype):
        whole = pd.api.types.is_integer_dtype(series.dtype) and not missing.any()
        return series.to_numpy(dtype=np.int64 if whole else np.float64, na_value=np.nan)
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return series.astype(str).to_numpy(dtype=object)
    return _of_objects(series.to_numpy(dtype=object, copy=True), missing)


def _of_objects(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Convert objects of Python to booleans, numbers or text, whichever holds all of them."""
    said = values[~missing]
    numbers = all(isinstance(value, (bool, int, float, np.number)) for value in said)
    if said.size and numbers and not _is_name(said):
        if not missing.any() and all(isinstance(value, (bool, np.bool_)) for value in said):
            return values.astype(np.bool_)
        if not missing.any() and all(isinstance(value, (int, np.integer)) for value in said):
            return values.astype(np.int64)
        values[missing] = np.nan
        return values.astype(np.float64)
    values[missing] = ""
    mixed = all(isinstance(value, (str, bool, int, float, np.number)) for value in said)
    # Text beside numbers: as pandas would write it to a file.
    return np.array([str(value) for value in values], dtype=object) if mixed else values


def _is_name(values: np.ndarray) -> bool:
    """Say whether whole numbers have so many digits that they are names, as in a text file."""
    return any(isinstance(value, int) and abs(value) >= _LONGEST for value in values)
