"""Read tables of trials from MATLAB 7.3 files.

These are HDF5: a struct is a group, a cell an array of references to its entries, a struct array
a group whose fields are arrays of references; text is code points; arrays lie transposed. Every
object says in its attribute `MATLAB_class` what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pfc_analysis.recording.neurons.neural_data import NeuralData, NeuralRequest
from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.matlab.matlab_tables import matlab_neural, matlab_tables
from pfc_analysis.recording.readers.matlab.matlab_values import Cell, Struct, Value, object_refused
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.trees.hdf5_files import (
    claimed_bytes,
    is_own,
    lies_elsewhere,
    open_hdf5,
    read_values,
)
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import Letters, Source

if TYPE_CHECKING:
    import h5py

_SMALL = ("double", "single", "logical", "uint8", "int8", "uint16", "int16", "uint32", "int32")
NUMBERS = (*_SMALL, "uint64", "int64")
"""MATLAB's classes of numbers."""

_WAY_OUT = "Get it again, or save it again from MATLAB with save(NAME, '-v7.3')."
_DEEPEST = 12
_LONGEST_TEXT = 2**20


def read_matlab73_tables(path: Path, table: str | None = None) -> list[RawTable]:
    """Read the tables of a MATLAB 7.3 file, in this process: a damaged file may crash it.

    Parameters
    ----------
    path : Path
        The file.
    table : str, optional
        As in `pfc_analysis.recording.readers.formats.matlab5.read_matlab5_tables`.

    Returns
    -------
    list of RawTable
        As of `read_matlab5_tables`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        As in `read_matlab5_tables`.
    """
    with _open_variables(path) as variables:
        return matlab_tables(path, variables, table)


def read_matlab73_neural(path: Path, request: NeuralRequest) -> NeuralData:
    """Read an array of counts of a MATLAB 7.3 file (`matlab_neural`)."""
    with _open_variables(path) as variables:
        return matlab_neural(path, variables, request)


@contextmanager
def _open_variables(path: Path) -> Iterator[dict[str, Value]]:
    with open_hdf5(path, "a MATLAB 7.3 file (which is HDF5)", _WAY_OUT) as file:
        reader = _Reader(path, file, MemoryLimit.of(path))
        yield {name: reader.member(file, name, 0) for name in file if not name.startswith("#")}


FORMAT = Format(
    name="matlab73",
    title="a MATLAB file",
    endings=(".mat",),
    recognise=lambda _, head: head.startswith(b"MATLAB 7.3"),
    read=read_matlab73_tables,
    read_neural=read_matlab73_neural,
    isolated=True,
)


def matlab_class(found: Any) -> str:
    """MATLAB's class of an object of the file."""
    kind = getattr(found, "attrs", {}).get("MATLAB_class", b"nothing MATLAB wrote")
    return kind.decode("ascii", "replace") if isinstance(kind, bytes) else str(kind)


@dataclass(frozen=True)
class _Reader:
    path: Path
    file: h5py.File
    memory: MemoryLimit
    above: list[int] = field(default_factory=list)
    """Addresses of the structs and cells that are being read, one inside the other."""

    def member(self, group: h5py.Group, name: str, depth: int) -> Value:
        """Return the value of a name, unless it is a link."""
        if not is_own(group, name):
            return Refused("a link, which is not followed")
        return self._value(group[name], depth)

    def _value(self, found: Any, depth: int) -> Value:
        import h5py

        self.memory.count(str(getattr(found, "name", "a reference")))
        if depth > _DEEPEST:
            return Refused(f"structs and cells {_DEEPEST} deep")
        kind = matlab_class(found)
        marks = set(found.attrs)
        if "MATLAB_sparse" in marks:
            return object_refused("sparse")
        if "MATLAB_object_decode" in marks or kind == "function_handle":
            return object_refused(kind)
        if isinstance(found, h5py.Group):
            if kind != "struct":
                return object_refused(kind)
            with self._inside(found):
                return self._struct(found, depth)
        if not isinstance(found, h5py.Dataset) or lies_elsewhere(found):
            return Refused("values that lie in another file")
        if "MATLAB_empty" in marks:
            return Letters(()) if kind == "char" else Source((0, 0), lambda: np.empty((0, 0)))
        return self._array(found, kind, depth)

    def _array(self, found: h5py.Dataset, kind: str, depth: int) -> Value:
        import h5py

        if found.dtype == h5py.ref_dtype:
            with self._inside(found):
                entries = self._referred(found)
                return Cell(tuple(self._value(entry, depth + 1) for entry in entries))
        if kind == "char":
            return self._letters(found)
        if found.dtype.names is not None:
            return Refused("complex numbers")
        if kind not in NUMBERS or found.dtype.kind not in "fiu" or found.shape is None:
            return object_refused(kind)

        def read() -> np.ndarray:
            values = read_values(found, self.memory).T
            return values.astype(bool) if kind == "logical" else values

        return Source(found.shape[::-1], read)

    @contextmanager
    def _inside(self, found: Any) -> Iterator[None]:
        """Enter a struct or a cell; raise if it contains itself."""
        import h5py

        address = h5py.h5o.get_info(found.id).addr
        if address in self.above:
            raise RecordingError(
                f"{self.path}, {found.name}: found a cell or struct that holds itself, expected "
                f"references that end somewhere. The file is damaged. {_WAY_OUT}"
            )
        self.above.append(address)
        yield
        self.above.pop()

    def _referred(self, references: h5py.Dataset) -> list[Any]:
        """Objects that references lead to, in MATLAB's order (which is HDF5's, transposed)."""
        size = int(references.size)
        if size > self.memory.objects_left:
            self.memory.count(str(references.name), size)
        self.memory.spend(claimed_bytes(references), str(references.name))
        # An empty reference, which MATLAB does not write, is an entry without a value.
        return [self.file[reference] if reference else None for reference in references[()].ravel()]

    def _struct(self, group: h5py.Group, depth: int) -> Struct:
        import h5py

        names = list(group)
        fields = [group[name] if is_own(group, name) else None for name in names]
        if fields and all(
            isinstance(one, h5py.Dataset)
            and one.dtype == h5py.ref_dtype
            and "MATLAB_class" not in one.attrs
            for one in fields
        ):
            return self._struct_array(names, fields, depth)
        return Struct(({name: self.member(group, name, depth + 1) for name in names},))

    def _struct_array(self, names: list[str], fields: list[h5py.Dataset], depth: int) -> Struct:
        lists = [self._referred(one) for one in fields]
        if len({len(entries) for entries in lists}) != 1:
            raise RecordingError(
                f"{self.path}, {fields[0].parent.name}: found a struct array whose fields have "
                f"{sorted({len(entries) for entries in lists})} entries, expected equally many. "
                f"The file is damaged. {_WAY_OUT}"
            )
        return Struct(
            tuple(
                {
                    name: self._value(entry, depth + 1)
                    for name, entry in zip(names, entries, strict=True)
                }
                for entries in zip(*lists, strict=True)
            )
        )

    def _letters(self, found: h5py.Dataset) -> Value:
        shape = found.shape
        if found.dtype.kind not in "iu" or shape is None or len(shape) != 2:
            return Refused(f"an array of characters of shape {shape}")
        if shape[0] > _LONGEST_TEXT:
            return Refused(f"a text of {shape[0]} characters")
        codes = read_values(found, self.memory).T.astype("<u2")
        return Letters(tuple(row.tobytes().decode("utf-16-le", "replace") for row in codes))
