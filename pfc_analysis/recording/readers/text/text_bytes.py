"""Unpack and decode a text file, and leave out the lines that the column map names."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from pfc_analysis.recording.readers.unread_files import name_unread
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.text_layout import TextLayout

BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")

_GZIP = b"\x1f\x8b"
_LARGEST_UNPACKED = 2**28
_MOST_PACKED = 100
"""A table in text that gzip packed is at most so many times larger, above 256 MiB."""


def is_packed(head: bytes) -> bool:
    """Say whether a file that begins with these bytes is packed by gzip."""
    return head.startswith(_GZIP)


def is_packed_text(path: Path) -> bool:
    """Say whether a file that gzip packed holds a table in text, and not JSON or an archive."""
    try:
        with gzip.open(path) as file:
            head = file.read(4096)
    except (OSError, EOFError, zlib.error):
        return path.name.lower().endswith((".csv.gz", ".tsv.gz", ".txt.gz"))
    if head.startswith(BYTE_ORDER_MARKS):
        return True
    inside = path.with_suffix("")
    other = not head or b"\0" in head or head.lstrip().startswith((b"{", b"[{"))
    return not other and name_unread(inside, head, len(head)) is None


def decode(path: Path, data: bytes) -> tuple[bytes, str, list[str]]:
    """Return the bytes with plain line ends, their encoding, and what was assumed about it."""
    if not data.strip():
        raise RecordingError(f"{path}: found an empty file, expected a table with a header.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data, notes = _from_utf16(path, data), ["read as UTF-16"]
    else:
        notes = []
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise RecordingError(
            f"{path}, line {line}: found a byte of value 0, expected text. Is it a table in text, "
            "and whole?"
        )
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if data.isascii():
        return data, "utf-8", notes
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data, "latin-1", ["read as Latin-1, since it is not UTF-8"]
    return data, "utf-8", notes


def _from_utf16(path: Path, data: bytes) -> bytes:
    """Convert what Excel calls Unicode text to UTF-8."""
    try:
        return data.decode("utf-16").encode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise RecordingError(
            f"{path}: cannot be read as UTF-16, with whose mark it begins ({error}). Save it again "
            "as 'CSV UTF-8'."
        ) from error


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, unpacked where gzip packed it.

    Raises
    ------
    RecordingError
        If it is cut off, or holds more than a table in text can.
    """
    with path.open("rb") as raw:
        if raw.read(2) != _GZIP:
            raw.seek(0)
            return raw.read()
    most = max(_LARGEST_UNPACKED, path.stat().st_size * _MOST_PACKED)
    try:
        with gzip.open(path) as file:
            data = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({error}), expected a text file packed by gzip. Get it "
            "again from its source."
        ) from error
    if len(data) > most:
        raise RecordingError(
            f"{path}: found more than {most} bytes in a packed file of {path.stat().st_size}, "
            "expected a table in text. Unpack it, and name the file that comes out."
        )
    return data


def cut_lines(
    path: Path, data: bytes, encoding: str, layout: TextLayout
) -> tuple[bytes, list[str]]:
    """Empty the lines before the header and the comments, so that lines keep their numbers."""
    if not layout.skip_lines and not layout.comment:
        return data, []
    lines = data.split(b"\n")
    if layout.skip_lines >= len(lines):
        raise RecordingError(
            f"{path}: found {len(lines)} line(s), expected more than skip_lines = "
            f"{layout.skip_lines} of the column map."
        )
    said = []
    if layout.skip_lines:
        lines[: layout.skip_lines] = [b""] * layout.skip_lines
        said.append(f"the first {layout.skip_lines} line(s) are skipped")
    if layout.comment:
        mark = layout.comment.encode(encoding, "backslashreplace")
        at = [number for number, line in enumerate(lines) if line.lstrip().startswith(mark)]
        for number in at:
            lines[number] = b""
        said.append(f"{len(at)} line(s) that begin with {layout.comment!r} are left out")
    cut = b"\n".join(lines)
    if not cut.strip():
        raise RecordingError(f"{path}: found no line that is neither skipped nor a comment.")
    return cut, said
