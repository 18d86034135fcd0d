"""Refuse HDF5 whose values lie in other files, are not there, or need a plugin to be unpacked."""

from __future__ import annotations

from math import ceil, prod
from pathlib import Path
from typing import TYPE_CHECKING

from pfc_analysis.recording.readers.trees.hdf5_files import lies_elsewhere
from pfc_analysis.recording.schema import RecordingError

if TYPE_CHECKING:
    import h5py

FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset"} | {
    32000: "lzf"
}
"""Filters that HDF5 and h5py bring along; for any other, the library would load a plugin."""


def check_stored_inside(file: h5py.File, path: Path) -> None:
    """Check that every value of an open file lies in the file itself, before any is read.

    Parameters
    ----------
    file : h5py.File
        The file.
    path : Path
        Where it is; it opens the message of an error.

    Raises
    ------
    RecordingError
        If something in it is a link, or if values of an array lie in other files (external
        storage, a virtual data set), are packed by a filter that is no part of HDF5, were never
        written, or are fewer or more than a dimension of netCDF that the array is given along.
    """
    import h5py

    seen: set[int] = set()
    waiting: list[h5py.Group] = [file]
    while waiting:
        group = waiting.pop()
        for name in group:
            place = f"{str(group.name).rstrip('/')}/{name}"
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise _outside(path, place, _link_text(link))
            found = group[name]
            address = h5py.h5o.get_info(found.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(found, h5py.Group):
                waiting.append(found)
            elif isinstance(found, h5py.Dataset):
                check_array(found, path, place)


def check_array(array: h5py.Dataset, path: Path, place: str) -> None:
    """Check one array, as `check_stored_inside` checks them all."""
    if lies_elsewhere(array):
        kind = "a virtual data set" if array.is_virtual else "external storage"
        raise _outside(path, place, f"{kind}, whose values lie in other files")
    packed = array.id.get_create_plist()
    numbers = [packed.get_filter(number)[0] for number in range(packed.get_nfilters())]
    unknown = [number for number in numbers if number not in FILTERS]
    if unknown:
        raise RecordingError(
            f"{path}, {place}: found values packed by filter {unknown[0]}, expected one of "
            f"{', '.join(FILTERS.values())}. Write the file again with compression='gzip', or "
            "without."
        )
    missing, total, what = _missing(array)
    if missing:
        raise RecordingError(
            f"{path}, {place}: {missing} of {total} {what} are missing, and would be read as 0: "
            "the copy or the writing was interrupted. Copy the file again, or write it again."
        )
    _check_dimensions(array, path, place)


def _check_dimensions(array: h5py.Dataset, path: Path, place: str) -> None:
    """Refuse an array shorter than its dimension: netCDF would read zeros for what is missing."""
    if "DIMENSION_LIST" not in array.attrs:
        return
    for axis, size in enumerate(array.shape):
        for scale in array.dims[axis].values():
            if scale.shape and scale.shape[0] != size:
                raise RecordingError(
                    f"{path}, {place}: found {size} entries along {scale.name}, expected "
                    f"{scale.shape[0]}: part of the array is missing. Copy the file again, or "
                    "write it again."
                )


def _missing(array: h5py.Dataset) -> tuple[int, int, str]:
    """Count the chunks (or values) of an array that were never written, and how many it has."""
    if array.shape is None or array.size == 0 or _names_a_dimension(array):
        return 0, 0, ""
    if array.chunks is None:
        written = array.id.get_storage_size() > 0
        return (0 if written else array.size), array.size, "values"
    total = prod(ceil(size / step) for size, step in zip(array.shape, array.chunks, strict=True))
    return max(0, total - array.id.get_num_chunks()), total, "chunks"


def _names_a_dimension(array: h5py.Dataset) -> bool:
    """Say whether an array has no values, and only names a dimension of netCDF."""
    name = array.attrs.get("NAME", b"")
    name = name if isinstance(name, bytes) else str(name).encode()
    return name.startswith(b"This is a netCDF dimension but not a netCDF variable")


def _link_text(link: object) -> str:
    target = getattr(link, "path", "?")
    outside = getattr(link, "filename", None)
    return f"a link to {target!r}" + (f" in the file {outside!r}" if outside else "")


def _outside(path: Path, place: str, found: str) -> RecordingError:
    return RecordingError(
        f"{path}, {place}: found {found}, expected the data themselves, since nothing but the "
        "named file is read. Write the recording into one file: save_recording(DATASET.load(), "
        "NAME)."
    )
