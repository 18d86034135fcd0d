"""Read the table of trials of an NWB file in Zarr, as hdmf-zarr writes it, with zarr alone.

A table is a group, a column an array in it, as in HDF5. Two things differ: single values are
arrays of one entry, and a link is an entry in the attribute `zarr_link` of a group. hdmf-zarr
keeps references to other objects as pickles, so only the arrays of the table are opened, and a
column of references cannot be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.isolated.subprocess_reader import size_of
from pfc_analysis.recording.readers.nwb.nwb_columns import (
    PLACES,
    RAGGED,
    UnusableColumnError,
    build_table,
    check_kind,
    plain_values,
    table_fault,
)
from pfc_analysis.recording.readers.nwb.nwb_files import LINK_IN_ZARR, is_nwb_root
from pfc_analysis.recording.readers.trees.zarr_chunks import missing_chunks
from pfc_analysis.recording.readers.trees.zarr_metadata import (
    read_json,
    refuse_link,
    root_attributes,
    unknown_codecs,
)
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable


def read_by_zarr(path: Path, table: str) -> RawTable:
    """Read a table of trials (see `formats.nwb.read_nwb_tables`).

    Parameters
    ----------
    path : Path
        The folder.
    table : str
        Name of the table among the file's intervals.

    Returns
    -------
    RawTable
        The table.

    Raises
    ------
    ModuleNotFoundError
        If zarr is not installed.
    RecordingError
        If the folder is no NWB 2 file, is damaged, or lacks the table.
    """
    check_nwb_zarr(path)
    intervals = path / "intervals"
    for inside in (intervals, intervals / table):
        refuse_link(inside)
    names = sorted(one.name for one in intervals.iterdir()) if intervals.is_dir() else []
    group = intervals / table
    colnames = root_attributes(group).get("colnames") if table in names else None
    if not isinstance(colnames, list):
        raise table_fault(path, table, [name for name in names if not name.startswith(".")])
    memory = MemoryLimit.of(path, size_of(group))
    try:
        size = prod(NwbZarrArray(group, "id").shape)
        said = {name: _text(path, place, memory) for name, place in PLACES.items()}
    except UnusableColumnError as error:
        raise RecordingError(
            f"{path}, intervals/{table}: found {error}, expected the number of each trial in "
            "column 'id', and what the session is. Get the folder again from its source."
        ) from error
    return build_table(
        path, table, said, list(map(str, colnames)), lambda name: _column(group, name, memory), size
    )


def check_nwb_zarr(path: Path) -> None:
    """Check that a folder is NWB 2 in Zarr, and that zarr is installed."""
    if find_spec("zarr") is None:
        raise ModuleNotFoundError(
            f"{path}: reading NWB in Zarr needs the package zarr, which is not installed: "
            "pip install 'pfc_analysis[zarr]'."
        )
    version = str(root_attributes(path).get("nwb_version", ""))
    if not is_nwb_root(root_attributes(path)) or not version.startswith("2."):
        found = f"NWB {version}" if version else "no NWB file"
        raise RecordingError(
            f"{path}: found a Zarr folder whose root is {found}, expected NWB 2 as hdmf-zarr "
            "writes it."
        )


_UNPACKED = 255
"""Bytes that LZ4 can unpack from one, for the memory limit of text."""


@dataclass(frozen=True)
class NwbZarrArray:
    """An array, whose metadata are checked before zarr opens it.

    Raises
    ------
    UnusableColumnError
        If it is not there, or a link, may run code or lacks a part.
    """

    group: Path
    name: str

    def __post_init__(self) -> None:
        links = root_attributes(self.group).get("zarr_link")
        if isinstance(links, list) and self.name in [
            one.get("name") for one in links if isinstance(one, dict)
        ]:
            raise UnusableColumnError(LINK_IN_ZARR)
        if Path(self.name).name != self.name or not self._metadata:
            raise UnusableColumnError(f"no array {self.name!r}, though the file lists it")
        if any(one.is_symlink() for one in (self.folder, *self.folder.rglob("*"))):
            raise UnusableColumnError(LINK_IN_ZARR)
        for codec in unknown_codecs(self._metadata):
            harm = "which can run any code when it is read" if "pickle" in codec else "unknown here"
            raise UnusableColumnError(f"values packed by {codec!r}, {harm}")
        missing, total = missing_chunks(self.folder)
        if missing:
            raise UnusableColumnError(
                f"{total - missing} of {total} chunks (zarr would take a fill value for the "
                "others; was a copy interrupted?)"
            )

    @property
    def folder(self) -> Path:
        """The folder of the array."""
        return self.group / self.name

    @property
    def _metadata(self) -> dict[str, object]:
        return read_json(self.folder / ".zarray") or read_json(self.folder / "zarr.json")

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape, as the metadata say."""
        shape = self._metadata.get("shape")
        return tuple(shape) if isinstance(shape, list) else ()

    def read(self, memory: MemoryLimit, part: Any = ...) -> np.ndarray:
        """Return all values, or a part of them."""
        import zarr

        if self._metadata.get("dtype") == "|O" and len(self.shape) == 1:
            return self._read_text(memory)[part]

        array = zarr.open_array(store=str(self.folder), mode="r")
        # A chunk is unpacked whole, however little of it the array takes.
        values = prod(array.shape) + prod(array.chunks)
        memory.spend(values * array.dtype.itemsize, self.name)
        return np.asarray(array[part])

    def _read_text(self, memory: MemoryLimit) -> np.ndarray:
        """Decode the chunks of a column of text.

        hdmf-zarr declares 0 as the value of text that is missing, over which zarr 3 stumbles. No
        chunk is missing here.
        """
        import numcodecs

        packed = self._metadata.get("compressor")
        compressor = numcodecs.get_codec(packed) if isinstance(packed, dict) else None
        filters = self._metadata.get("filters")
        codecs = [numcodecs.get_codec(one) for one in filters] if isinstance(filters, list) else []
        (size,), chunks = self.shape, self._metadata.get("chunks")
        step = int(chunks[0]) if isinstance(chunks, list) and chunks else max(size, 1)
        parts = []
        for number in range(-(-size // step)):
            content: Any = (self.folder / str(number)).read_bytes()
            memory.spend(len(content) * _UNPACKED, self.name)
            content = content if compressor is None else compressor.decode(content)
            for codec in reversed(codecs):
                content = codec.decode(content)
            parts.append(np.asarray(content, dtype=object))
        return np.concatenate(parts)[:size] if parts else np.empty(0, dtype=object)


def _column(group: Path, name: str, memory: MemoryLimit) -> np.ndarray:
    column = NwbZarrArray(group, name)
    check_kind(str(root_attributes(column.folder).get("neurodata_type", "")))
    if (group / f"{name}_index").exists():
        raise UnusableColumnError(RAGGED)
    if len(column.shape) != 1:
        raise UnusableColumnError(f"an array of shape {column.shape}")
    return plain_values(column.read(memory))


def _text(path: Path, place: str, memory: MemoryLimit) -> str | None:
    """Return the text at a place of the file; None where there is nothing."""
    folder = path / place
    if not folder.is_dir():
        return None
    array = NwbZarrArray(folder.parent, folder.name)
    if prod(array.shape) != 1:
        raise UnusableColumnError(f"an array of shape {array.shape} at {place!r}")
    return str(plain_values(array.read(memory).reshape(1))[0])
