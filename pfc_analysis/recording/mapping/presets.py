"""Read presets: column maps that many files share, TOML files in `datasets/presets/`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pfc_analysis.paths import content_folder
from pfc_analysis.recording.mapping.column_entries import labels_of
from pfc_analysis.recording.mapping.column_map import LABEL, ColumnMap
from pfc_analysis.recording.mapping.column_map_files import as_column_map, read_map_toml
from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.tables.raw_table import RawTable

_KEYS = ("title", "source", "assumed", "about", "columns", "optional")


@dataclass(frozen=True)
class Preset:
    """A column map by name.

    Attributes
    ----------
    name, title, source : str
        Its name, which is that of its file; what it is for; who says that columns mean this.
    columns : mapping
        Fields of the column map whose columns a file must all have.
    optional : mapping
        Fields that are taken where a file has their columns; of `others` each by itself.
    assumed : tuple of str
        Sentences on how the map reads a file, for the recording's attribute `assumed`.
    about : mapping of str to str
        Further attributes of the recording.
    """

    name: str
    title: str
    source: str
    columns: Mapping[str, Any]
    optional: Mapping[str, Any] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def needed(self) -> frozenset[str]:
        """Columns that a file must have."""
        return frozenset(as_column_map(self.columns).wanted)

    def fits(self, available: Collection[str]) -> bool:
        """Say whether all columns that it needs are there."""
        return self.needed <= set(available)

    def column_map(self, available: Collection[str] | None = None) -> ColumnMap:
        """Build the map, with what is optional and among the columns available."""
        fields = dict(self.columns)
        if available is None:
            return as_column_map(fields)
        fields["others"] = dict(fields.get("others", {}))
        labels = labels_of(fields.get("choice_values", {}))
        for name, entry in self.optional.items():
            if name == "others":
                carried = {k: other for k, other in entry.items() if other["column"] in available}
                fields["others"] |= carried
            elif isinstance(entry, Mapping):  # a column and how it is coded
                if entry[name] in available:
                    fields |= entry
            elif _is_there(entry, labels, available):
                fields[name] = entry
        return as_column_map(fields)


def _is_there(entry: str, labels: Sequence[str], available: Collection[str]) -> bool:
    """Say whether a column is there, or one for each label where its name has a place for it."""
    if LABEL not in entry:
        return entry in available
    if labels:
        return all(entry.replace(LABEL, label) in available for label in labels)
    before, _, after = entry.partition(LABEL)
    return any(name.startswith(before) and name.endswith(after) for name in available)


def list_presets(home: str | Path | None = None) -> list[Preset]:
    """List the presets, by name.

    Parameters
    ----------
    home : str or Path, optional
        Folder above `datasets/` (see `pfc_analysis.paths.content_folder`).

    Returns
    -------
    list of Preset
        By name.

    Raises
    ------
    RecordingError
        If one cannot be read; the message names its file.
    """
    folder = content_folder("datasets", home) / "presets"
    return [_read(path) for path in sorted(folder.glob("*.toml"))]


def _read(path: Path) -> Preset:
    table = read_map_toml(path)
    unknown = [key for key in table if key not in _KEYS]
    if unknown or not {"title", "source", "columns"} <= set(table):
        raise RecordingError(
            f"{path}: found the keys {sorted(table)}, expected title, source and columns, and "
            f"perhaps {', '.join(_KEYS[2:4])} and {_KEYS[5]}."
        )
    preset = Preset(
        path.stem,
        table["title"],
        table["source"],
        table["columns"],
        table.get("optional", {}),
        tuple(table.get("assumed", ())),
        table.get("about", {}),
    )
    try:
        preset.column_map()
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    return preset


def find_preset(name: str, home: str | Path | None = None) -> Preset:
    """Return a preset by name.

    Raises
    ------
    RecordingError
        If there is none; the message lists those that there are.
    """
    presets = {preset.name: preset for preset in list_presets(home)}
    if name not in presets:
        raise RecordingError(
            f"columns: found {name!r}, which is neither a file nor a preset"
            f"{did_you_mean(name, presets)}, expected one of {', '.join(presets)}, the path of a "
            "TOML file, or a mapping."
        )
    return presets[name]


def shared_columns(tables: Sequence[RawTable]) -> list[str]:
    """Columns and constants that every table has, in the order of the first."""
    every = [{*table.columns, *table.constants} for table in tables]
    first = [*tables[0].columns, *tables[0].constants]
    return [name for name in dict.fromkeys(first) if all(name in own for own in every)]


def fitting_preset(tables: Sequence[RawTable], home: str | Path | None = None) -> Preset | None:
    """Find the preset whose columns tables have.

    One whose columns are among those of another that fits does not count: the other knows more.

    Raises
    ------
    RecordingError
        If several fit; the message lists them.
    """
    available = shared_columns(tables)
    fits = [preset for preset in list_presets(home) if preset.fits(available)]
    best = [one for one in fits if not any(one.needed < other.needed for other in fits)]
    if len(best) > 1:
        listed = "\n".join(f"  - {preset.name}: {preset.title}" for preset in best)
        raise RecordingError(
            f"{tables[0].where}: found columns that fit {len(best)} presets, expected one. Say "
            f"which, as `columns`:\n{listed}"
        )
    return best[0] if best else None
