"""Build a column map from a mapping or a TOML file, and write it as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pfc_analysis.paths import user_path
from pfc_analysis.recording.mapping.column_entries import (
    CarriedColumn,
    FlagColumn,
    TransitionColumn,
    build_entry,
    map_fault,
)
from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.neurons.neural_entries import CountArray, SignalCut, Window
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.toml_files import TomlError, read_toml

_ENTRIES = (CarriedColumn, FlagColumn, TransitionColumn, CountArray, SignalCut)


def as_column_map(columns: ColumnMap | Mapping[str, Any]) -> ColumnMap:
    """Take a column map, or a mapping with its fields.

    Parameters
    ----------
    columns : ColumnMap or mapping
        In a mapping, an entry of `others` may be a mapping too, with `column`, `long_name` and
        `units`, and a flag one with `column` and `when`.

    Returns
    -------
    ColumnMap
        The column map.

    Raises
    ------
    RecordingError
        If a field is unknown or lacking, or the map contradicts itself.
    """
    if isinstance(columns, ColumnMap):
        return columns
    others = columns.get("others", {})
    if not isinstance(others, Mapping):
        raise map_fault("others", repr(others), "a table of columns by their new names")
    built = {
        name: other
        if isinstance(other, CarriedColumn)
        else build_entry(CarriedColumn, other, f"others, {name}")
        for name, other in others.items()
    }
    found: ColumnMap = build_entry(ColumnMap, {**columns, "others": built}, "all fields")
    return found


def read_column_map(path: str | Path) -> ColumnMap:
    """Read a column map from a TOML file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If it is no TOML, or no column map; the message names the file.
    """
    path = user_path(path)
    try:
        return as_column_map(read_map_toml(path))
    except RecordingError as error:
        raise RecordingError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error


def read_map_toml(path: Path) -> dict[str, Any]:
    """Read the TOML file of a column map or a preset, or say how to write one."""
    try:
        return read_toml(path)
    except TomlError as error:
        raise RecordingError(
            f"{error} Write text in quotes and tables in braces: choice_values = "
            '{ left = 0, right = 1, none = "" }.'
        ) from error


def to_json(columns: ColumnMap) -> str:
    """Write a column map as JSON text, without empty fields."""

    def plain(value: Any) -> Any:
        if isinstance(value, Window):
            return [value.event, value.start, value.end]
        if isinstance(value, _ENTRIES):
            entries = {entry.name: getattr(value, entry.name) for entry in fields(value)}
            return {name: plain(entry) for name, entry in entries.items() if entry is not None}
        if isinstance(value, Mapping):
            return {str(name): plain(entry) for name, entry in value.items()}
        if isinstance(value, (tuple, list)):
            return [plain(entry) for entry in value]
        return value

    said = {entry.name: plain(getattr(columns, entry.name)) for entry in fields(columns)}
    # `first_discrimination = 0` says something, unlike the defaults of the other fields.
    return json.dumps(
        {k: v for k, v in said.items() if v or (k == "first_discrimination" and v is not None)}
    )
