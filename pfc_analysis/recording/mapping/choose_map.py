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


def choose_column_map(
    tables: Sequence[RawTable], columns: Columns | None, home: str | Path | None = None
) -> tuple[ColumnMap, dict[str, Any]]:
    """Choose the column map of tables.

    Parameters
    ----------
    tables : sequence of RawTable
        The tables.
    columns : ColumnMap, mapping, path of a TOML file or name of a preset, optional
        The map; where it is left out, the preset whose columns all tables have.
    home : str or Path, optional
        Folder above `datasets/`.

    Returns
    -------
    ColumnMap
        The column map.
    dict
        Attributes for the recording: of a preset `recognised_as`, `assumed` and what else it
        says; of a map that is given none.

    Raises
    ------
    RecordingError
        If the map is faulty, there is no preset of that name, or no preset (or several) fits.
    """
    if isinstance(columns, (ColumnMap, Mapping)):
        return as_column_map(columns), {}
    if columns is None:
        preset = fitting_preset(tables, home)
        if preset is None:
            raise unknown_columns(tables)
    elif Path(columns).suffix == ".toml" or Path(columns).is_file():
        return read_column_map(columns), {}
    else:
        preset = find_preset(str(columns), home)
    about = {"recognised_as": preset.name, **preset.about, "assumed": list(preset.assumed)}
    return preset.column_map(shared_columns(tables)), about
