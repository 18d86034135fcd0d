"""Name file formats that cannot be read, so that the error can say what to do instead."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile

_AS_CSV = "Save the table of trials as CSV."
_PICKLE = (
    "a pickle of Python, which can run any code when it is read",
    "Open it where it was made, if you trust it, and save the table with DATAFRAME.to_csv(NAME).",
)
_R = ("an R data file", "Save it from R with write.csv(TABLE, 'trials.csv', row.names = FALSE).")
_FIGURE = (
    "a figure of MATLAB (.fig)",
    "Save the data that it was drawn from, with save(NAME) or writetable(TABLE, 'trials.csv').",
)
_PACKED = "Unpack it, and name the file that comes out."
_KNOWN = (
    (b"PK\x03\x04", "a zip file", _PACKED),
    (b"\x1f\x8b", "a file packed by gzip", _PACKED),
    (b"BZh", "a file packed by bzip2", _PACKED),
    (b"\xfd7zXZ\0", "a file packed by xz", _PACKED),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd", _PACKED),
    (b"7z\xbc\xaf\x27\x1c", "a file packed by 7-Zip", _PACKED),
    (b"Rar!", "a file packed by RAR", _PACKED),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Open it in Excel and save it as CSV."),
    (b"ARROW1", "a feather file", "Export it: pandas.read_feather(NAME).to_csv('trials.csv')."),
    (b"SQLite format 3", "an SQLite database", _AS_CSV),
    (b"$FL2", "an SPSS file", "Save it from SPSS as CSV."),
    (b"$FL3", "an SPSS file", "Save it from SPSS as CSV."),
    (b"<stata_dta>", "a Stata file", "Save it from Stata with: export delimited using trials.csv"),
    (b"RDX", *_R),
    (b"X\n\0\0", *_R),
    (b"A\n2\n", *_R),
    (b"A\n3\n", *_R),
    (b"\x89PNG", "a picture (PNG)", _AS_CSV),
    (b"\xff\xd8\xff", "a picture (JPEG)", _AS_CSV),
    (b"GIF8", "a picture (GIF)", _AS_CSV),
    (b"%PDF", "a PDF file", _AS_CSV),
    (b"\x93NUMPY", "one array of numpy (.npy)", "Name the folder of ALF files, or save as CSV."),
    (b"version https://git-lfs", "a pointer of Git LFS", "Fetch the file itself: git lfs pull."),
)
_PYCONTROL = (
    "a log of events as pyControl writes it, in which trials are not rows",
    "Make a table of it first, one row a trial (with pyControl's own tools, for instance: the "
    "choice from the events of the ports, the outcome from the states), and save that as CSV.",
)
_IN_ZIP = {
    "xl/workbook.bin": "an Excel file in binary (.xlsb)",
    "xl/": "an Excel file",
    "word/": "a Word file",
    "content.xml": "a file of LibreOffice",
}
_GZIP = b"\x1f\x8b"
_PICKLE_ENDINGS = (".pkl", ".pickle", ".joblib", ".p")
_HEAD = 8192
_READ = "CSV, JSON, NWB, HDF5, Zarr, MATLAB, npz, ALF, parquet or Excel"


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file, by which formats recognise it; none for a folder."""
    if path.is_dir():
        return b""
    with path.open("rb") as file:
        return file.read(_HEAD)


def explain_unread(path: Path) -> str:
    """Return the message for a file or folder that no format recognises."""
    if path.is_dir():
        inside = sorted(part.name for part in path.iterdir())
        shown = ", ".join(inside[:8]) + (f" and {len(inside) - 8} more" if len(inside) > 8 else "")
        return (
            f"{path}: found a folder of {shown or 'nothing'}, expected one of Zarr (zarr.json, "
            ".zgroup) or of ALF (trials.choice.npy). Name the files in it that hold the trials."
        )
    head = read_head(path)
    known = name_unread(path, head)
    if known is None:
        found = f"{path.stat().st_size} bytes that begin with {head[:16]!r}"
        way_out = "If it is cut off, get it again; else save the table of trials as CSV."
    else:
        found, way_out = known
    return f"{path}: found {found}, expected trials as {_READ}. {way_out}"


def name_unread(path: Path, head: bytes, size: int | None = None) -> tuple[str, str] | None:
    """Return what a file is and the way out, if it is of a known format that is not read.

    `size` is given where the bytes are those of a packed file.
    """
    size = path.stat().st_size if size is None else size
    if not head:
        return "an empty file (0 bytes)", "Get it again from its source."
    is_binary_pickle = head[0] == 0x80 and 2 <= head[1] <= 5 if len(head) > 1 else False
    if is_binary_pickle or path.suffix.lower() in _PICKLE_ENDINGS:
        return _PICKLE
    if path.suffix.lower() == ".fig" and head.startswith(b"MATLAB"):
        return _FIGURE
    inside = _unpacked(path) if head.startswith(_GZIP) else b""
    for content in (inside, head):
        for mark, found, way_out in _KNOWN:
            if content.startswith(mark):
                return _name_zip(path) or (found, way_out)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page", "Was it saved in the place of the file? Fetch the file itself."
    if start.startswith(b"i experiment name"):
        return _PYCONTROL
    if _is_matlab4(head, size):
        return "a MATLAB 4 file", "Save it again from MATLAB with save(NAME, '-v7')."
    return None


def _unpacked(path: Path) -> bytes:
    """Return the first bytes of what gzip packed; nothing where that is damaged."""
    try:
        with gzip.open(path) as file:
            return file.read(16)
    except (OSError, EOFError, zlib.error):
        return b""


def _name_zip(path: Path) -> tuple[str, str] | None:
    """Tell formats that are zip files inside by the names of the files in them."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    # What a file that is no zip file, or a damaged one, makes the library raise.
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    for start, found in _IN_ZIP.items():
        if any(name.startswith(start) for name in names):
            return found, "Open it and save the table of trials as CSV."
    return None


def _is_matlab4(head: bytes, size: int) -> bool:
    """Recognise MATLAB 4, which has no mark: five whole numbers that fit together, and a name."""
    if len(head) < 24:
        return False
    for order in "<>":
        kind, rows, columns, imaginary, length = struct.unpack(f"{order}5i", head[:20])
        machine = kind // 1000
        known = 0 <= kind < 5000 and machine == (0 if order == "<" else 1)
        whole = 0 <= rows <= size and 0 <= columns <= size and imaginary in (0, 1)
        name = head[20 : 19 + length] if 2 <= length <= 64 else b""
        if known and whole and name.replace(b"_", b"a").isalnum():
            return True
    return False
