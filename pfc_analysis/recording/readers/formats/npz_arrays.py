"""Read tables of trials, and arrays of counts beside them, from files of numpy (.npz).

An npz file is a zip of arrays. Arrays of Python objects are pickles, which can run code, and are
refused. What an array claims to take is compared with the memory limit before it is read.
"""

from __future__ import annotations

import zipfile
import zlib
from math import prod
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from pfc_analysis.recording.neurons.neural_data import NeuralData, NeuralRequest
from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.matlab.matlab_tables import matlab_neural, matlab_tables
from pfc_analysis.recording.readers.matlab.matlab_values import Value
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import Source

_ENDING = ".npy"
_WAY_OUT = "Get it again from its source, or save it again with numpy.savez."
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError)
"""What a damaged zip or array makes the libraries raise."""

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz_tables(path: Path, table: str | None = None) -> list[RawTable]:
    """Read the table of trials of an npz file, in this process.

    Parameters
    ----------
    path : Path
        The file.
    table : str, optional
        An array with a row for each trial: its columns are then called NAME_0, NAME_1, ... Where it
        is left out, the trials are the vectors of the commonest length, or of that of the choices
        and outcomes.

    Returns
    -------
    list of RawTable
        The table.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If it is no npz file, is damaged, claims more memory than a file of its size may, or holds
        no table.
    """
    return matlab_tables(path, read_npz_arrays(path), table)


def read_npz_neural(path: Path, request: NeuralRequest) -> NeuralData:
    """Read an array of counts of an npz file (`matlab_neural`)."""
    return matlab_neural(path, read_npz_arrays(path), request)


def read_npz_arrays(path: Path) -> dict[str, Value]:
    """Read the shapes of all arrays; values when they are used."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file, expected a file of numpy (.npz).")
    memory = MemoryLimit.of(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            for name in names:
                memory.count(name)
            return {
                name.removesuffix(_ENDING): _array(path, archive, name, memory) for name in names
            }
    except _DAMAGE as error:
        if isinstance(error, RecordingError):
            raise
        raise _damaged(path, error) from error


def _array(path: Path, archive: zipfile.ZipFile, name: str, memory: MemoryLimit) -> Value:
    with archive.open(name) as file:
        version = npy.read_magic(file)
        if version not in _HEADERS:
            return Refused(f"an array in version {version[0]} of numpy's format, which is not read")
        shape, _, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        return Refused(
            "Python objects, which are pickles that can run any code; save numbers or text"
        )

    def read() -> np.ndarray:
        memory.spend(prod(shape) * dtype.itemsize, name)
        try:
            with zipfile.ZipFile(path) as again, again.open(name) as file:
                return np.asarray(npy.read_array(file, allow_pickle=False))
        except _DAMAGE as error:
            raise _damaged(path, error) from error

    return Source(tuple(shape), read)


def _damaged(path: Path, error: Exception) -> RecordingError:
    return RecordingError(
        f"{path}: damaged or cut off ({path.stat().st_size} bytes; {error}), expected a file of "
        f"numpy (.npz). {_WAY_OUT}"
    )


def _recognise(path: Path, head: bytes) -> bool:
    """Recognise a zip of nothing but arrays of numpy."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except _DAMAGE:
        return path.suffix.lower() == ".npz"
    return bool(names) and all(name.endswith(_ENDING) for name in names)


FORMAT = Format(
    name="npz",
    title="a file of numpy (.npz)",
    endings=(".npz",),
    recognise=_recognise,
    read=read_npz_tables,
    read_neural=read_npz_neural,
    isolated=True,
)
