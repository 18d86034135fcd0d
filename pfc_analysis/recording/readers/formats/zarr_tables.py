"""Read tables of trials from Zarr folders."""

from __future__ import annotations

from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.isolated.subprocess_reader import size_of
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.trees.array_tree import Constants, Group, kept, tree_tables
from pfc_analysis.recording.readers.trees.zarr_chunks import missing_chunks
from pfc_analysis.recording.readers.trees.zarr_metadata import MARKS, check_folder, is_zarr
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused, one_value
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import Item, Source


def read_zarr_tables(path: Path, table: str | None = None) -> list[RawTable]:
    """Read the tables of a Zarr folder (version 2 or 3), in this process.

    Parameters
    ----------
    path : Path
        The folder.
    table : str, optional
        As in `pfc_analysis.recording.readers.formats.hdf5_tables.read_hdf5_tables`.

    Returns
    -------
    list of RawTable
        As of `read_hdf5_tables`: one for each group whose arrays have equal length.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ModuleNotFoundError
        If zarr is not installed.
    RecordingError
        If it is no Zarr folder, is damaged, has links or values packed in a way that can run
        code, claims more memory than a folder of its size may, holds no table, or several that
        differ and `table` does not say which.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such folder, expected a Zarr folder.")
    if not is_zarr(path):
        raise RecordingError(
            f"{path}: found no {' or '.join(MARKS)} in it, expected a Zarr folder. Name the "
            "folder that has one of them."
        )
    if find_spec("zarr") is None:
        raise ModuleNotFoundError(
            f"{path}: reading Zarr needs the package zarr, which is not installed: "
            "pip install 'pfc_analysis[zarr]'."
        )
    check_folder(path)
    import zarr

    memory = MemoryLimit.of(path, size_of(path))
    try:
        root = zarr.open(store=str(path), mode="r")
    except FileNotFoundError as error:  # of the metadata of the root
        raise RecordingError(
            f"{path}: found neither a group nor an array of Zarr at its root, expected .zgroup, "
            ".zarray or zarr.json there: the folder is not whole, or was renamed. Get it again "
            "from its source."
        ) from error
    if isinstance(root, zarr.Array):
        group = Group("", {path.stem: _array(root, path.stem, memory)})
        return tree_tables(path, [group], table)
    return tree_tables(path, _groups(root, memory), table)


FORMAT = Format(
    name="zarr",
    title="a Zarr folder",
    endings=(".zarr",),
    recognise=lambda path, _: is_zarr(path),
    read=read_zarr_tables,
    isolated=True,
    rank=2,
)


def _groups(root: Any, memory: MemoryLimit) -> list[Group]:
    """List the groups of a folder, outer before inner, with the attributes of those around them."""
    import zarr

    below: dict[str, dict[str, Item]] = {"": {}}
    said: dict[str, Constants] = {"": _said(root.attrs)}
    for place, found in sorted(root.members(max_depth=None)):
        memory.count(place)
        outer, _, name = place.rpartition("/")
        if isinstance(found, zarr.Array):
            item = _array(found, place, memory)
            below.setdefault(outer, {})[name] = item
            if isinstance(item, Source) and item.shape == ():
                said[outer] = said.get(outer, {}) | _single(name, item)
        else:
            below.setdefault(place, {})
            said[place] = _said(found.attrs)
    return [Group(place, items, _around(place, said)) for place, items in below.items()]


def _around(place: str, said: dict[str, Constants]) -> Constants:
    parts = place.split("/") if place else []
    found: Constants = {}
    for depth in range(len(parts) + 1):
        found |= said.get("/".join(parts[:depth]), {})
    return found


def _said(attributes: Any) -> Constants:
    """Attributes that are one word or one number."""
    return kept(
        {
            str(name): float(value) if isinstance(value, (bool, int)) else value
            for name, value in dict(attributes).items()
            if isinstance(value, (str, bool, int, float))
        }
    )


def _single(name: str, item: Source) -> Constants:
    value = one_value(item.read())
    return {} if isinstance(value, Refused) else {name: value}


def _array(array: Any, place: str, memory: MemoryLimit) -> Item:
    if getattr(array.dtype, "names", None) is not None:
        return Refused("several values in one entry")
    # A chunk is unpacked whole, however little of it the array takes.
    claimed = (prod(array.shape) + prod(array.chunks)) * array.dtype.itemsize
    missing, total = missing_chunks(memory.path / array.path)
    if missing and array.ndim < 3 and claimed <= memory.left:
        return Refused(
            f"{total - missing} of {total} chunks (zarr would take {array.fill_value!r} for the "
            "others; was a copy interrupted? Copy the folder again; if it is whole, write it with "
            "zarr.config.set({'array.write_empty_chunks': True}))"
        )

    def read() -> np.ndarray:
        memory.spend(claimed, place)
        return np.asarray(array[...])

    return Source(tuple(array.shape), read)
