"""Choose the column map: the one that is given, or the preset that fits the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.column_map_files import as_column_map, read_column_map
from pfc_analysis.recording.mapping.presets import find_preset, fitting_preset, shared_columns
from pfc_analysis.recording.mapping.starter_map import unknown_columns
from pfc_analysis.recording.tables.raw_table import RawTable

Columns = ColumnMap | Mapping[str, Any] | str | Path
"""A column map, its fields, the path of a TOML file with them, or the name of a preset."""


def given_column_map(columns: Columns | None) -> ColumnMap | None:
    """Return the column map that is given; None where a preset is to be found or looked up.

    Raises
    ------
    RecordingError
        If the map is faulty.
    """
    if isinstance(columns, (ColumnMap, Mapping)):
        return as_column_map(columns)
    if columns is None:
        return None
    path = Path(columns).expanduser()
    return read_column_map(path) if path.suffix == ".toml" or path.is_file() else None


def choose_preset(
    tables: Sequence[RawTable], name: str | None, home: str | Path | None = None
) -> tuple[ColumnMap, dict[str, Any]]:
    """Return the column map of a preset, for tables.

    Parameters
    ----------
    tables : sequence of RawTable
        The tables.
    name : str, optional
        The preset; where it is left out, the one whose columns all tables have.
    home : str or Path, optional
        Folder above `datasets/`.

    Returns
    -------
    ColumnMap
        The column map.
    dict
        Attributes for the recording: `recognised_as`, `assumed` and what else the preset says.

    Raises
    ------
    RecordingError
        If there is no preset of that name, or no preset (or several) fits.
    """
    preset = fitting_preset(tables, home) if name is None else find_preset(name, home)
    if preset is None:
        raise unknown_columns(tables)
    about = {"recognised_as": preset.name, **preset.about, "assumed": list(preset.assumed)}
    return preset.column_map(shared_columns(tables)), about
