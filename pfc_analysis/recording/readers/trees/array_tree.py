"""Find tables of trials among the groups and arrays of HDF5 and Zarr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import (
    Item,
    Source,
    build_table,
    common_length,
)
from pfc_analysis.recording.tables.table_picking import Candidate, pick_tables

Constants = dict[str, str | float]

_OF_THE_FORMAT = (
    {"CLASS", "VERSION", "TITLE", "FILTERS", "PYTABLES_FORMAT_VERSION", "FLAVOR", "NROWS", "NAME"}
    | {"REFERENCE_LIST", "DIMENSION_LIST", "DIMENSION_LABELS", "encoding", "errors", "nan_rep"}
    | {"table_type", "levels", "axis0_variety", "axis1_variety", "ndim", "nblocks"}
)


@dataclass(frozen=True)
class Group:
    """A group of a file, or an array of rows with several fields.

    Attributes
    ----------
    place : str
        Its path in the file, without the first stroke; empty for the root.
    items : mapping of str to Item
        Arrays in it, by name.
    constants : mapping of str to str or float
        Words and numbers among its attributes and those of the groups around it.
    """

    place: str
    items: Mapping[str, Item]
    constants: Mapping[str, str | float] = field(default_factory=dict)


def tree_tables(path: Path, groups: Sequence[Group], table: str | None) -> list[RawTable]:
    """Make tables of the groups of a file.

    Parameters
    ----------
    path : Path
        The file.
    groups : sequence of Group
        What lies in it.
    table : str, optional
        Path of the group or array that holds the trials, or of the one that holds such groups;
        "/" for the arrays that lie in none.

    Returns
    -------
    list of RawTable
        One for each group with two columns or more (with one, where none has two); the constant
        `group` is its path.

    Raises
    ------
    RecordingError
        If there is none, or there are several that differ and `table` does not say which.
    """
    found = []
    for group in groups:
        size, count = common_length(group.items.values())
        single = [] if size else [name for name, item in group.items.items() if _is_short(item)]
        constants = dict(group.constants) | ({"group": group.place} if group.place else {})
        built = build_table(path, group.place, group.items, constants=constants, single=single)
        if built.size:
            candidate = Candidate(group.place or "/", (built,))
            found.append((max(count, len(single)), candidate))
    strong = [candidate for count, candidate in found if count > 1]
    chosen = strong if strong and table is None else [candidate for _, candidate in found]
    names = [f"{group.place or '/'} ({', '.join(group.items)})" for group in groups if group.items]
    return pick_tables(
        path, chosen, table, f"the groups {'; '.join(names[:12]) or 'without arrays'}"
    )


def kept(attributes: Mapping[str, str | float]) -> Constants:
    """Return the attributes that the laboratory wrote, without those of the file format."""
    return {
        name: value
        for name, value in attributes.items()
        if name not in _OF_THE_FORMAT and not name.startswith(("_", "FIELD_", "pandas_"))
    }


def _is_short(item: Item) -> bool:
    return isinstance(item, Source) and item.shape == (1,)
