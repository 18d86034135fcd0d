"""Read tables of trials from MATLAB 5 files (saved with -v6 or -v7, MATLAB's default)."""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.matlab.matlab_tables import matlab_neural, matlab_tables
from pfc_analysis.recording.readers.matlab.matlab_values import Cell, Struct, Value, object_refused
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.unread_files import name_unread
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import Letters, Source

_HEADER = 128
_MARK = b"MATLAB 5.0"
_COMPRESSED = 15
_CHUNK = 2**20
_DEEPEST = 16
_NUMBERS = frozenset(
    {"double", "single", "logical", "int8", "uint8", "int16", "uint16", "int32", "uint32"}
    | {"int64", "uint64"}
)
_OPAQUE = "None"
"""Name that SciPy gives to objects of MATLAB's newer classes, such as a table."""


def read_matlab5_tables(path: Path, table: str | None = None) -> list[RawTable]:
    """Read the tables of a MATLAB 5 file, in this process: a damaged file may crash it.

    Parameters
    ----------
    path : Path
        The file.
    table : str, optional
        The variable or struct that holds the trials, where the file has several that could:
        "data", "data.trials", "sessions{3}"; "." for vectors that lie in no struct.

    Returns
    -------
    list of RawTable
        One for each struct; see `matlab_tables` for what counts as one. Arrays of characters as
        long as the table are read as one letter a trial; numbers keep their MATLAB class.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If the file is of another kind, damaged or cut off, claims more memory than a file of its
        size may, holds no table, or several that differ and `table` does not say which.
    """
    return matlab_tables(path, read_matlab5_variables(path), table)


FORMAT = Format(
    name="matlab5",
    title="a MATLAB file",
    endings=(".mat",),
    recognise=lambda path, head: head.startswith(_MARK) and not name_unread(path, head),
    read=read_matlab5_tables,
    read_neural=lambda path, request: matlab_neural(path, read_matlab5_variables(path), request),
    isolated=True,
)


def read_matlab5_variables(path: Path) -> dict[str, Value]:
    """Read the variables of a file with SciPy, its arrays of numbers only when they are used."""
    from scipy.io.matlab import varmats_from_mat

    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file, expected a MATLAB file.")
    content = path.read_bytes()
    if not content.startswith(_MARK):
        raise RecordingError(
            f"{path}: found {len(content)} bytes that begin with {content[:19]!r}, expected a "
            "MATLAB 5 file. Save it from MATLAB with save(NAME), or save the trials as CSV."
        )
    order = ">" if content[126:128] == b"MI" else "<"
    memory = MemoryLimit.of(path)
    _check_unpacked_size(content, order, memory)
    # Text is decoded by this codec: SciPy's default drops half of each character of two bytes.
    codec = "utf-16-be" if order == ">" else "utf-16-le"
    variables = [_Variable(name, file, codec) for name, file in varmats_from_mat(BytesIO(content))]
    # One without a name belongs to objects of MATLAB, which are not read.
    return dict(one.read(memory) for one in variables if one.name)


def _check_unpacked_size(content: bytes, order: str, memory: MemoryLimit) -> None:
    """Refuse a file whose compressed variables unpack to more than the memory limit.

    SciPy has no such limit, and zlib packs up to 1030 bytes into one: 16 MB could fill 16 GB on
    systems where the subprocess has no memory limit (all but Linux).
    """
    unpacked, at = 0, _HEADER
    while at + 8 <= len(content):
        kind, size = struct.unpack(f"{order}II", content[at : at + 8])
        if kind == _COMPRESSED:
            stream, packed = zlib.decompressobj(), content[at + 8 : at + 8 + size]
            while packed and not stream.eof and unpacked <= memory.left:
                unpacked += len(stream.decompress(packed, _CHUNK))
                packed = stream.unconsumed_tail
        at += 8 + size
    memory.spend(unpacked, "compressed variables")


@dataclass(frozen=True)
class _Variable:
    """One variable of the file, as a file of its own."""

    name: str
    file: BytesIO
    codec: str

    def read(self, memory: MemoryLimit) -> tuple[str, Value]:
        """Return its name and value."""
        from scipy.io import whosmat

        if self.name == _OPAQUE:
            found = self._load()
            return _text(found["s0"]), _convert(found, 0)
        self.file.seek(0)
        ((_, shape, kind),) = whosmat(self.file)
        if kind == "sparse":
            return self.name, object_refused(kind)
        if kind not in _NUMBERS:
            return self.name, self._nested()

        def read() -> np.ndarray:
            memory.spend(8 * prod(shape), self.name)
            return np.asarray(self._load())

        return self.name, Source(tuple(shape), read)

    def _nested(self) -> Value:
        """Return text, a struct or a cell; refuse one with text that SciPy cannot decode."""
        try:
            return _convert(self._load(), 0)
        except TypeError as error:
            # SciPy takes each character for one unit of 16 bits.
            if "buffer is too small" not in str(error):
                raise
            return Refused("text with characters beyond 16 bits, such as an emoji; save it without")

    def _load(self) -> Any:
        from scipy.io import loadmat

        self.file.seek(0)
        with warnings.catch_warnings():
            # To give numbers their MATLAB class, SciPy would drop imaginary parts, with a warning.
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            try:
                return loadmat(self.file, mat_dtype=True, uint16_codec=self.codec)[self.name]
            except np.exceptions.ComplexWarning:
                self.file.seek(0)
                return loadmat(self.file, uint16_codec=self.codec)[self.name]


def _convert(found: Any, depth: int) -> Value:
    """Turn what SciPy returns for an array into what tables are made of."""
    from scipy.io.matlab import MatlabFunction, MatlabObject, MatlabOpaque

    if depth > _DEEPEST:
        raise ValueError(f"arrays in arrays, {depth} deep")
    if isinstance(found, MatlabOpaque):
        return object_refused(_text(found["s2"]))
    for kind, name in ((MatlabFunction, "function_handle"), (MatlabObject, "object")):
        if isinstance(found, kind):
            return object_refused(name)
    if not isinstance(found, np.ndarray):
        return Struct(()) if found is None else object_refused("sparse")
    if found.dtype.names is not None:
        return Struct(tuple(_fields(element, depth) for element in found.ravel(order="F")))
    if found.dtype.kind == "O":
        return Cell(tuple(_convert(entry, depth + 1) for entry in found.ravel(order="F")))
    if found.dtype.kind == "U":
        return _letters(found)
    if found.dtype.kind == "c":
        return Refused("complex numbers")
    return Source(found.shape, lambda: found)


def _fields(element: np.void, depth: int) -> dict[str, Value]:
    return {name: _convert(element[name], depth + 1) for name in element.dtype.names or ()}


def _letters(found: np.ndarray) -> Value:
    if found.ndim > 1:
        return Refused(f"an array of characters of shape {found.shape}")
    rows = tuple(str(row) for row in found)
    return Letters(rows if any(rows) else ())


def _text(field: np.ndarray) -> str:
    """Text of a field of an object, which SciPy leaves as bytes."""
    value = field.item()
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
