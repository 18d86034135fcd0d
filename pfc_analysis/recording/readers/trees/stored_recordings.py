"""Check the file or folder of a recording before any library reads its values.

A recording holds all its values itself. HDF5 can take them from other files, Zarr can name codecs
that run code, and both give zeros for what is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from pfc_analysis.recording.readers.trees.hdf5_files import lies_elsewhere, open_hdf5
from pfc_analysis.recording.readers.trees.zarr_metadata import check_folder, read_json
from pfc_analysis.recording.schema import RecordingError

if TYPE_CHECKING:
    import h5py

_WAY_OUT = "Get it again from its source, or make it again: pfc record EXPERIMENT --out FILE."

_FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 4: "szip", 32000: "lzf"}
"""Filters of HDF5 that are part of the library, by number; others load a plugin."""


def check_stored_recording(path: Path) -> None:
    """Raise unless a recording holds all its values itself.

    Parameters
    ----------
    path : Path
        A file of netCDF-4, or a folder of Zarr.

    Raises
    ------
    RecordingError
        If it names other files, a codec that may run code, a filter that loads a plugin, or lacks
        a part of a variable.
    """
    if path.is_symlink() and path.is_dir():
        path = path.resolve()
    if path.is_dir():
        if path.suffix == ".nc":
            raise RecordingError(f"{path}: found a folder, expected a file of netCDF-4. {_WAY_OUT}")
        check_folder(path)
        _check_chunks(path)
        return
    if path.suffix == ".zarr":
        raise RecordingError(
            f"{path}: found a file of {path.stat().st_size} bytes, expected a folder of Zarr. "
            f"{_WAY_OUT}"
        )
    with open_hdf5(path, "a recording (netCDF-4)", _WAY_OUT) as file:
        for name, dataset in _datasets(file, path):
            _check_dataset(path, name, dataset)


def _datasets(group: h5py.Group, path: Path) -> Iterator[tuple[str, h5py.Dataset]]:
    """Yield every array of a file; refuse links out of it."""
    import h5py

    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise RecordingError(
                f"{path}, {name}: found a link to {_target(link)!r}, expected the values "
                f"themselves, since links are not followed. {_WAY_OUT}"
            )
        found = group[name]
        if isinstance(found, h5py.Dataset):
            yield str(found.name).lstrip("/"), found
        elif isinstance(found, h5py.Group):
            yield from _datasets(found, path)


def _target(link: Any) -> str:
    return f"{getattr(link, 'filename', '')}:{link.path}".lstrip(":")


def _check_dataset(path: Path, name: str, dataset: h5py.Dataset) -> None:
    if lies_elsewhere(dataset):
        raise RecordingError(
            f"{path}, {name}: found values that lie in other files, expected them in this one, "
            f"since no other file is read. {_WAY_OUT}"
        )
    properties = dataset.id.get_create_plist()
    for at in range(properties.get_nfilters()):
        number = properties.get_filter(at)[0]
        if number not in _FILTERS:
            raise RecordingError(
                f"{path}, {name}: found values packed by filter {number} of HDF5, expected one of "
                f"{', '.join(_FILTERS.values())}, since others load a plugin. {_WAY_OUT}"
            )


def _check_chunks(folder: Path) -> None:
    """Raise if a chunk of an array is not there: zarr would give zeros for it."""
    for place in sorted(one for one in folder.rglob("*") if one.is_dir()):
        found, expected = count_chunks(place)
        if found < expected:
            name = place.relative_to(folder).as_posix()
            raise RecordingError(
                f"{folder}, {name}: found {found} of {expected} chunk(s), expected all, since zarr "
                "takes zeros for the others. Was a copy interrupted? Copy or make it again. A "
                "folder that an earlier version wrote may lack chunks of zeros alone: if you know "
                "that it is whole, open it with xarray.open_zarr and save it anew with "
                "pfc_analysis.save_recording."
            )


def count_chunks(place: Path) -> tuple[int, int]:
    """Return the number of chunks in the folder of an array, and how many it should have."""
    sizes = _chunk_counts(place)
    if sizes is None:
        return 0, 0
    found = sum(1 for one in place.rglob("*") if one.is_file() and _is_chunk(place, one))
    return found, prod(sizes)


def _is_chunk(array: Path, file: Path) -> bool:
    """Say whether a file in the folder of an array is named as chunks are: 0, 0.1, c/0/1."""
    parts = file.relative_to(array).as_posix().removeprefix("c/").replace("/", ".").split(".")
    return file.name == "c" or all(part.isdecimal() for part in parts)


def _chunk_counts(place: Path) -> list[int] | None:
    """Return the number of chunks along each dimension of an array; None where there is none."""
    two, three = read_json(place / ".zarray"), read_json(place / "zarr.json")
    if two:
        shape, chunks = two.get("shape"), two.get("chunks")
    elif three.get("node_type") == "array":
        grid = three.get("chunk_grid")
        settings = grid.get("configuration") if isinstance(grid, dict) else None
        shape = three.get("shape")
        chunks = settings.get("chunk_shape") if isinstance(settings, dict) else None
    else:
        return None
    if not _are_sizes(shape, 0) or not _are_sizes(chunks, 1) or len(shape) != len(chunks):
        raise RecordingError(
            f"{place}: found an array of shape {shape!r} in chunks of {chunks!r}, expected whole "
            f"numbers, one for each dimension. {_WAY_OUT}"
        )
    return [ceil(size / step) for size, step in zip(shape, chunks, strict=True)]


def _are_sizes(sizes: Any, least: int) -> TypeGuard[list[int]]:
    return isinstance(sizes, list) and all(
        isinstance(size, int) and not isinstance(size, bool) and least <= size < 2**63
        for size in sizes
    )
