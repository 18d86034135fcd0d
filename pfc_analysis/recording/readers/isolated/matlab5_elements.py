"""Take MATLAB 5 files (-v6, -v7) apart: what lies in them, and nothing that could run.

The format is a row of tagged elements, and each says how long it is; in -v7 files every variable
is compressed by zlib. Each claim is held against the bytes that are there before it is believed,
so a damaged file gives an error and nothing worse.

References
----------
MathWorks, MAT-File Format (Level 5), https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from math import prod

import numpy as np

from pfc_analysis.recording.readers.isolated.budget import Budget
from pfc_analysis.recording.readers.matlab_values import Cell, Struct, Value, object_refused
from pfc_analysis.recording.readers.plain_columns import Refused
from pfc_analysis.recording.readers.table_building import Letters, Source
from pfc_analysis.recording.schema import RecordingError

HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
_NUMBERS |= {12: "i8", 13: "u8"}
_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _FUNCTION, _OPAQUE = 1, 2, 3, 4, 5, 16, 17
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4"}
_CLASSES |= {14: "i8", 15: "u8"}
_LOGICAL, _COMPLEX = 0x200, 0x800
_DEEPEST = 16


@dataclass
class Elements:
    """Reads the variables of one file.

    Attributes
    ----------
    budget : Budget
        What the file may claim.
    order : {"<", ">"}
        Its byte order.
    """

    budget: Budget
    order: str = field(default="<")

    def variables(self) -> dict[str, Value]:
        """Read every variable, by name."""
        found: dict[str, Value] = {}
        with self.budget.path.open("rb") as file:
            self.order = self._byte_order(file.read(HEADER))
            while tag := file.read(8):
                kind, size = self._tag(tag)
                content = file.read(size) if size <= self.budget.size else b""
                if len(content) != size:
                    raise self.damaged(f"a variable of {size} bytes, more than are left")
                if kind == _COMPRESSED:
                    kind, content = self._decompress(content)
                if kind != _MATRIX:
                    raise self.damaged(f"an element of type {kind} where a variable should be")
                name, value = self._matrix(content, 0)
                if name:  # what has none belongs to objects of MATLAB, which are not read
                    found[name] = value
        return found

    def damaged(self, found: str) -> RecordingError:
        """Return the error of a file that contradicts itself."""
        return RecordingError(
            f"{self.budget.path}: damaged or cut off ({self.budget.size} bytes): found {found}, "
            "expected a whole MATLAB file. Get it anew, or save it again from MATLAB."
        )

    def _byte_order(self, head: bytes) -> str:
        orders = {b"IM": "<", b"MI": ">"}
        if len(head) < HEADER or head[126:128] not in orders:
            raise self.damaged(f"a header that ends in {head[124:128]!r}")
        return orders[head[126:128]]

    def _words(self, data: bytes) -> list[int]:
        return [int(word) for word in np.frombuffer(data, f"{self.order}u4")]

    def _tag(self, tag: bytes) -> tuple[int, int]:
        if len(tag) != 8:
            raise self.damaged(f"{len(tag)} byte(s) after the last variable")
        kind, size = self._words(tag)
        return kind, size

    def _decompress(self, content: bytes) -> tuple[int, bytes]:
        stream = zlib.decompressobj()
        try:
            plain = stream.decompress(content, max(self.budget.left, 0) + 1)
        except zlib.error as error:
            raise self.damaged(f"compressed data that cannot be read ({error})") from error
        self.budget.spend(len(plain), "a compressed variable")
        if not stream.eof or len(plain) < 8:
            raise self.damaged("compressed data that break off")
        kind, size = self._tag(plain[:8])
        if size > len(plain) - 8:
            raise self.damaged(f"a variable of {size} bytes in {len(plain)}")
        return kind, plain[8 : 8 + size]

    def _next(self, data: bytes, at: int) -> tuple[int, bytes, int]:
        """Type and content of the element at a place, and where the next one starts."""
        if at + 8 > len(data):
            raise self.damaged("an array that breaks off")
        first, size = self._words(data[at : at + 8])
        if first >> 16:  # up to four bytes, packed into the tag
            kind, size, start, end = first & 0xFFFF, first >> 16, at + 4, at + 8
            if size > 4:
                raise self.damaged(f"{size} bytes in the place of 4")
        else:
            kind, start = first, at + 8
            end = start + size + (-size % 8 if kind != _COMPRESSED else 0)
        if start + size > len(data):
            raise self.damaged(f"an array of {size} bytes where {len(data) - start} are left")
        return kind, data[start : start + size], end

    def _numbers(self, kind: int, content: bytes) -> np.ndarray:
        code = _NUMBERS.get(kind)
        if code is None or len(content) % int(code[1]):
            raise self.damaged(f"{len(content)} bytes of type {kind} where numbers should be")
        return np.frombuffer(content, f"{self.order}{code}")

    def _matrix(self, data: bytes, depth: int) -> tuple[str, Value]:
        """Name and value of an array."""
        self.budget.count("arrays")
        if not data:
            return "", Source((0, 0), lambda: np.empty((0, 0)))
        if depth > _DEEPEST:
            raise self.damaged(f"arrays in arrays, {depth} deep")
        _, flags, at = self._next(data, 0)
        if len(flags) != 8:
            raise self.damaged(f"{len(flags)} bytes of flags")
        word = self._words(flags)[0]
        kind = word & 0xFF
        if kind == _OPAQUE:
            return self._opaque(data, at)
        dims_kind, dims, at = self._next(data, at)
        shape = tuple(int(n) for n in self._numbers(dims_kind, dims))
        if len(shape) < 2 or min(shape) < 0:
            raise self.damaged(f"an array of shape {shape}")
        _, name, at = self._next(data, at)
        return name.decode("utf-8", "replace"), self._value(word, shape, data[at:], depth)

    def _value(self, word: int, shape: tuple[int, ...], data: bytes, depth: int) -> Value:
        kind = word & 0xFF
        if kind == _CELL:
            items, _ = self._arrays(data, prod(shape), depth)
            return Cell(tuple(items))
        if kind == _STRUCT:
            return self._struct(shape, data, depth)
        if kind == _CHAR:
            return self._letters(shape, data)
        if kind in (_OBJECT, _FUNCTION, _SPARSE):
            names = {_OBJECT: "object", _FUNCTION: "function_handle", _SPARSE: "sparse"}
            return object_refused(names[kind])
        if kind not in _CLASSES:
            raise self.damaged(f"an array of class {kind}, which does not exist")
        if word & _COMPLEX:
            return Refused("complex numbers")
        stored_kind, content, _ = self._next(data, 0)
        stored = self._numbers(stored_kind, content)
        if stored.size != prod(shape):
            raise self.damaged(f"{stored.size} numbers for an array of shape {shape}")
        wanted = "?" if word & _LOGICAL else _CLASSES[kind]
        return Source(shape, lambda: stored.astype(wanted).reshape(shape, order="F"))

    def _arrays(self, data: bytes, count: int, depth: int) -> tuple[list[Value], int]:
        if count > len(data) // 8:
            raise self.damaged(f"{count} arrays in {len(data)} bytes")
        values, at = [], 0
        for _ in range(count):
            kind, content, at = self._next(data, at)
            if kind != _MATRIX:
                raise self.damaged(f"an element of type {kind} where an array should be")
            values.append(self._matrix(content, depth + 1)[1])
        return values, at

    def _struct(self, shape: tuple[int, ...], data: bytes, depth: int) -> Struct:
        kind, content, at = self._next(data, 0)
        widths = self._numbers(kind, content)
        _, names, at = self._next(data, at)
        width = int(widths[0]) if widths.size == 1 else 0
        if width < 1 or len(names) % width:
            raise self.damaged(f"{len(names)} bytes for names of {width}")
        fields = [
            names[start : start + width].split(b"\0")[0].decode("utf-8", "replace")
            for start in range(0, len(names), width)
        ]
        if not fields:
            return Struct(())
        values, _ = self._arrays(data[at:], prod(shape) * len(fields), depth)
        rows = [values[start : start + len(fields)] for start in range(0, len(values), len(fields))]
        return Struct(tuple(dict(zip(fields, row, strict=True)) for row in rows))

    def _letters(self, shape: tuple[int, ...], data: bytes) -> Value:
        if not data or prod(shape) == 0:
            return Letters(())
        kind, content, _ = self._next(data, 0)
        if kind not in _TEXTS:
            raise self.damaged(f"text of type {kind}")
        encoding = _TEXTS[kind]
        if encoding in ("utf-16", "utf-32"):
            encoding += "-le" if self.order == "<" else "-be"
        text = content.decode(encoding, "replace")
        if len(text) != prod(shape):
            # Characters of several code units: only a single row can be told then.
            return Letters((text,)) if shape[0] == 1 else Refused("text of unequal width")
        if len(shape) > 2:
            return Refused(f"an array of characters of shape {shape}")
        return Letters(tuple(text[row :: shape[0]] for row in range(shape[0])))

    def _opaque(self, data: bytes, at: int) -> tuple[str, Value]:
        _, name, at = self._next(data, at)
        _, _, at = self._next(data, at)
        _, kind, _ = self._next(data, at)
        return name.decode("utf-8", "replace"), object_refused(kind.decode("latin-1"))
