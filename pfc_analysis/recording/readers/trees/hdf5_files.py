"""Open HDF5 files, and read arrays without following links and within the memory limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.schema import RecordingError

if TYPE_CHECKING:
    import h5py


_MARK = b"\x89HDF\r\n\x1a\n"


def is_plain_hdf5(path: Path, head: bytes) -> bool:
    """Say whether a file is HDF5 and not MATLAB's, by its first bytes.

    HDF5 begins at the start of the file, or after a block of 512, 1024, 2048, ... other bytes.
    """
    if not head or head.startswith(b"MATLAB"):
        return False
    at, size = 0, path.stat().st_size
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            if file.read(len(_MARK)) == _MARK:
                return True
            at = 2 * at or 512
    return False


@contextmanager
def open_hdf5(path: Path, expected: str, way_out: str) -> Iterator[h5py.File]:
    """Open an HDF5 file to read it, and say what is wrong if it is none, or not whole.

    Parameters
    ----------
    path : Path
        The file.
    expected : str
        What it should be, such as "a MATLAB 7.3 file (which is HDF5)".
    way_out : str
        Sentence that ends every error.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If it is a folder or of another kind, or the library stumbles over it, within the block
        too.
    """
    import h5py

    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file. {way_out}")
    if path.is_dir():
        raise RecordingError(f"{path}: found a folder, expected {expected}. {way_out}")
    if not h5py.is_hdf5(path):
        with path.open("rb") as raw:
            head = raw.read(16)
        raise RecordingError(
            f"{path}: found {path.stat().st_size} bytes that begin with {head!r}, expected "
            f"{expected}. {way_out}"
        )
    try:
        with h5py.File(path, "r") as file:
            yield file
    except RecordingError:
        raise
    # h5py reports damage in whatever layer meets it first.
    except (OSError, LookupError, RuntimeError, ValueError, TypeError, MemoryError) as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({path.stat().st_size} bytes; {error}). {way_out}"
        ) from error


def is_own(group: h5py.Group, name: str) -> bool:
    """Say whether a name is an object of this file, and not a link."""
    import h5py

    return name in group and isinstance(group.get(name, getlink=True), h5py.HardLink)


def lies_elsewhere(dataset: h5py.Dataset) -> bool:
    """Say whether the values of an array lie in other files."""
    return bool(dataset.is_virtual or dataset.external)


def read_values(dataset: h5py.Dataset, memory: MemoryLimit) -> np.ndarray:
    """Read a whole array, once the memory limit allows what it claims.

    Text comes as bytes, since what a file says of its encoding is often wrong; codes that have
    names (HDF5's enumerations) come as the names.
    """
    import h5py

    place = dataset.name or "an array"
    memory.spend(claimed_bytes(dataset), place)
    names = h5py.check_enum_dtype(dataset.dtype)
    values = np.asarray(dataset[()])
    if names is None:
        return values
    known = {int(code): name for name, code in names.items()}
    texts = [known.get(int(code), str(code)) for code in values.ravel()]
    return np.array(texts, dtype=object).reshape(values.shape)


def claimed_bytes(dataset: h5py.Dataset) -> int:
    """Bytes that reading an array takes: its values, and one whole chunk where it has chunks."""
    chunk = int(np.prod(dataset.chunks, dtype=object)) if dataset.chunks else 0
    return (int(dataset.size or 0) + chunk) * dataset.dtype.itemsize


def single_attributes(found: Any) -> dict[str, str | float]:
    """Attributes of an object that are one word or one number."""
    constants: dict[str, str | float] = {}
    for name in found.attrs:
        try:
            value = found.attrs[name]
        # Kinds that h5py does not know, which are neither text nor a number.
        except (OSError, TypeError, ValueError):
            continue
        value = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, str):
            constants[name] = value
        elif isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
            constants[name] = float(value)
    return constants
