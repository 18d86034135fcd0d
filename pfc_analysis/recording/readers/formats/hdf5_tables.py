"""Read tables of trials from HDF5 files, also those that pandas and PyTables write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.trees.array_tree import Constants, Group, kept, tree_tables
from pfc_analysis.recording.readers.trees.hdf5_files import (
    claimed_bytes,
    is_own,
    is_plain_hdf5,
    lies_elsewhere,
    open_hdf5,
    read_values,
    single_attributes,
)
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused, one_value
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import Item, Source

if TYPE_CHECKING:
    import h5py

_WAY_OUT = "Get it again from its source, or save the table of trials as CSV."
_DEEPEST = 12
_BLOCK = re.compile(r"values_block_\d+")
_PICKLED = (
    "which only pickle reads, and a pickle can run any code. Save the table with "
    "DATAFRAME.to_csv(NAME)"
)


def read_hdf5_tables(path: Path, table: str | None = None) -> list[RawTable]:
    """Read the tables of an HDF5 file, in this process: a damaged file may crash it.

    Parameters
    ----------
    path : Path
        The file.
    table : str, optional
        Path of the group, or of the array of rows, that holds the trials; of a group that holds
        several such, for all of them; "/" for arrays that lie in no group.

    Returns
    -------
    list of RawTable
        One for each group whose arrays have equal length, and for each array of rows with named
        fields. Attributes that are one word or one number, of a group and of those around it, are
        constants, and so is its path, as `group`. Links are not followed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If the file is of another kind, damaged or cut off, claims more memory than a file of its
        size may, holds a pickle of pandas in the place of trials, no table, or several that
        differ and `table` does not say which.
    """
    with open_hdf5(path, "an HDF5 file", _WAY_OUT) as file:
        walk = _Walk(path, MemoryLimit.of(path))
        return tree_tables(path, list(walk.groups(file, {}, 0)), table)


FORMAT = Format(
    name="hdf5",
    title="an HDF5 file",
    endings=(".h5", ".hdf5"),
    recognise=is_plain_hdf5,
    read=read_hdf5_tables,
    isolated=True,
    rank=2,
)


@dataclass
class _Walk:
    """Go through a file, to each object once: several names may lead to it, even in circles."""

    path: Path
    memory: MemoryLimit
    seen: set[int] = field(default_factory=set)

    def groups(self, group: h5py.Group, outer: Constants, depth: int) -> Iterator[Group]:
        import h5py

        place = str(group.name or "/").strip("/")
        self.memory.count(place or "the root")
        address = h5py.h5o.get_info(group.id).addr
        if address in self.seen or depth > _DEEPEST:
            return
        self.seen.add(address)
        attributes = single_attributes(group)
        constants = outer | kept(attributes)
        if attributes.get("pandas_type") == "frame":
            yield Group(place, self._pandas_blocks(group), constants)
            return
        items, rows, inner = self._members(group)
        yield Group(place, items, constants)
        constants |= _single_values(items)
        for dataset in rows:
            yield self._rows(dataset, constants, "pandas_type" in attributes)
        for below in inner:
            yield from self.groups(below, constants, depth + 1)

    def _members(
        self, group: h5py.Group
    ) -> tuple[dict[str, Item], list[h5py.Dataset], list[h5py.Group]]:
        """Arrays, arrays of rows with fields, and groups that lie in a group."""
        import h5py

        items: dict[str, Item] = {}
        rows, inner = [], []
        for name in group:
            self.memory.count(name)
            if not is_own(group, name):
                items[name] = Refused("a link, which is not followed")
                continue
            found = group[name]
            if isinstance(found, h5py.Group):
                inner.append(found)
            elif isinstance(found, h5py.Dataset):
                if found.dtype.names is not None and found.ndim == 1 and not lies_elsewhere(found):
                    rows.append(found)
                elif not _is_bare_dimension(found):
                    items[name] = self._array(found)
        return items, rows, inner

    def _array(self, dataset: h5py.Dataset) -> Item:
        import h5py

        if lies_elsewhere(dataset):
            return Refused("values that lie in another file")
        is_text = h5py.check_string_dtype(dataset.dtype) is not None
        if h5py.check_vlen_dtype(dataset.dtype) is not None and not is_text:
            return Refused("a list of values per row")
        if h5py.check_ref_dtype(dataset.dtype) is not None:
            return Refused("references to other objects")
        if dataset.shape is None:
            return Refused("nothing (an empty array)")
        return Source(dataset.shape, lambda: read_values(dataset, self.memory))

    def _rows(self, dataset: h5py.Dataset, outer: Constants, of_pandas: bool) -> Group:
        """Fields of an array of rows, as numpy's structured arrays and PyTables have them."""
        items: dict[str, Item] = {}
        for name in dataset.dtype.names or ():
            kind = dataset.dtype[name]
            if of_pandas and _BLOCK.fullmatch(name):
                items[name] = Refused(f"columns whose names pandas pickled, {_PICKLED}")
            elif kind.shape or kind.names:
                items[name] = Refused("several values in one row")
            else:
                items[name] = Source(dataset.shape, self._field(dataset, name))
        place = str(dataset.name).strip("/")
        if of_pandas and not any(isinstance(items[n], Source) for n in items if n != "index"):
            raise self._pickled(place, "columns whose names pandas pickled")
        return Group(place, items, outer | kept(single_attributes(dataset)))

    def _field(self, dataset: h5py.Dataset, name: str) -> Any:
        import h5py

        def read() -> np.ndarray:
            self.memory.spend(claimed_bytes(dataset), f"{dataset.name}, {name}")
            if h5py.check_string_dtype(dataset.dtype[name]) is not None:
                return np.asarray(dataset.fields(name)[()], dtype=object)
            return np.asarray(dataset.fields(name)[()])

        return read

    def _pandas_blocks(self, group: h5py.Group) -> dict[str, Item]:
        """Columns of a data frame in pandas' fixed format, which lie together by kind."""
        import h5py

        items: dict[str, Item] = {}
        for name in sorted(group):
            if not re.fullmatch(r"block\d+_values", name) or not is_own(group, name):
                continue
            block, labels = group[name], group.get(name.replace("values", "items"))
            if not isinstance(block, h5py.Dataset) or not isinstance(labels, h5py.Dataset):
                continue
            if any(d.dtype.kind == "O" for d in (block, labels)):
                raise self._pickled(str(group.name).strip("/"), "text that pandas pickled")
            columns = read_values(labels, self.memory).ravel().tolist()
            for number, column in enumerate(columns):
                text = column.decode("utf-8", "replace") if isinstance(column, bytes) else column
                items[str(text)] = self._block_column(block, number, len(columns))
        return items

    def _block_column(self, block: h5py.Dataset, number: int, count: int) -> Item:
        if block.ndim != 2 or count not in block.shape or lies_elsewhere(block):
            return Refused(f"an array of shape {block.shape}")
        if block.shape[1] == count:
            return Source(block.shape[:1], lambda: read_values(block, self.memory)[:, number])
        return Source(block.shape[1:], lambda: read_values(block, self.memory)[number])

    def _pickled(self, place: str, found: str) -> RecordingError:
        return RecordingError(
            f"{self.path}, {place}: found {found}, expected plain text and numbers; it is kept as "
            f"a kind {_PICKLED}, or in HDF5 with format='table', data_columns=True."
        )


def _is_bare_dimension(dataset: h5py.Dataset) -> bool:
    """Say whether an array only names a dimension, as netCDF-4 writes one."""
    name = dataset.attrs.get("NAME", b"")
    return isinstance(name, bytes) and name.startswith(b"This is a netCDF dimension but not")


def _single_values(items: dict[str, Item]) -> Constants:
    """Return values of arrays without a dimension, which also hold for the groups inside."""
    found: Constants = {}
    for name, item in items.items():
        if isinstance(item, Source) and item.shape == ():
            value = one_value(item.read())
            if not isinstance(value, Refused):
                found[name] = value
    return found
