"""Read the MATLAB structs of the rats' file, field by field, and check them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pfc_analysis.recording.readers.formats.matlab73 import NUMBERS, matlab_class
from pfc_analysis.recording.readers.trees.hdf5_files import is_own, open_hdf5
from pfc_analysis.recording.schema import RecordingError

if TYPE_CHECKING:
    import h5py


_WAY_OUT = (
    "This reader knows the file of the catalogue's entry rat_two_step; get it unchanged with "
    "pfc_analysis.recording.catalogue.public_data.fetch_dataset('rat_two_step')."
)


@contextmanager
def open_rats_file(path: Path) -> Iterator[h5py.File]:
    """Open the rats' file, and say what is wrong if it is another."""
    if path.is_file():
        with path.open("rb") as raw:
            head = raw.read(10)
        if head == b"MATLAB 5.0":
            raise RecordingError(
                f"{path}: found a MATLAB 5 file, expected MATLAB 7.3 (which is HDF5). Save it "
                f"from MATLAB with save(NAME, '-v7.3'). {_WAY_OUT}"
            )
    with open_hdf5(path, "a MATLAB 7.3 file (which is HDF5)", _WAY_OUT) as file:
        yield file


def list_rats(file: h5py.File, path: Path) -> Iterator[RatStruct]:
    """Follow the references of the cell `ratdatas`, each of which must lead to a struct."""
    import h5py

    cell = file.get("ratdatas") if is_own(file, "ratdatas") else None
    if not isinstance(cell, h5py.Dataset) or cell.dtype != h5py.ref_dtype or cell.size == 0:
        raise RecordingError(
            f"{path}: found {sorted(file)}, expected a cell array 'ratdatas' of structs, one for "
            f"each rat. {_WAY_OUT}"
        )
    for number, reference in enumerate(cell[()].ravel()):
        group = file[reference] if reference else None
        if not isinstance(group, h5py.Group) or matlab_class(group) != "struct":
            raise RecordingError(
                f"{path}: entry {number} of 'ratdatas' is {matlab_class(group)}, expected a "
                f"struct. {_WAY_OUT}"
            )
        name = RatStruct(path, f"number {number}", group).word("ratname")
        yield RatStruct(path, name, group)


@dataclass(frozen=True)
class RatStruct:
    """One struct of the file, which reads its fields and checks them."""

    path: Path
    name: str
    group: h5py.Group

    def fault(self, field: str, found: str, expected: str) -> RecordingError:
        """Return the error that names file, rat and field."""
        return RecordingError(
            f"{self.path}, rat {self.name}, field {field!r}: found {found}, expected {expected}. "
            f"{_WAY_OUT}"
        )

    def _field(self, field: str, classes: tuple[str, ...], size: int | None) -> np.ndarray:
        import h5py

        if field not in self.group:
            raise self.fault(field, f"only the fields {sorted(self.group)}", "this one too")
        dataset = self.group.get(field) if is_own(self.group, field) else None
        kind = matlab_class(dataset)
        if not isinstance(dataset, h5py.Dataset) or kind not in classes:
            raise self.fault(field, f"MATLAB class {kind}", classes[0])
        if dataset.dtype.kind not in "fiu" or "MATLAB_empty" in dataset.attrs:
            raise self.fault(field, f"an array of {dataset.dtype}, or an empty one", "numbers")
        if size is not None and (dataset.size != size or max(dataset.shape) != size):
            raise self.fault(field, f"shape {dataset.shape}", f"a row of {size} values")
        return np.asarray(dataset[()]).ravel()

    def word(self, field: str) -> str:
        """Text of a char array."""
        return "".join(chr(code) for code in self._field(field, ("char",), None))

    def number(self, field: str) -> float:
        """Single number."""
        return float(self._field(field, NUMBERS, 1)[0])

    def numbers(self, field: str, size: int, allowed: tuple[float, ...] | None = None) -> Any:
        """Row of numbers, one a trial, each one of those allowed."""
        values = self._field(field, NUMBERS, size).astype(np.float64)
        if allowed is not None:
            known = np.isin(values, allowed) | (np.isnan(values) & bool(np.isnan(allowed).any()))
            self.check(field, values, known, f"one of {list(allowed)}")
        return values

    def letters(self, field: str, size: int, allowed: str) -> Any:
        """Code points of a char array, one letter a trial, each one of those allowed."""
        codes = self._field(field, ("char",), size)
        known = np.isin(codes, [ord(letter) for letter in allowed])
        self.check(field, codes, known, f"one of {list(allowed)}", chr)
        return codes

    def check(self, field: str, values: Any, holds: Any, expected: str, show: Any = float) -> None:
        """Raise over the first value that does not hold, by its trial."""
        if not holds.all():
            at = int(np.flatnonzero(~holds)[0])
            count = int((~holds).sum())
            found = f"{show(values[at])!r} at trial {at} ({count} such value(s))"
            raise self.fault(field, found, expected)
