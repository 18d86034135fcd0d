"""Tell by its content, not by its name, what format a file or folder is in."""

from __future__ import annotations

import struct
from pathlib import Path

from pfc_analysis.recording.readers.alf import has_trials
from pfc_analysis.recording.readers.isolated.hdf5_files import is_own, open_hdf5, single_attributes
from pfc_analysis.recording.readers.isolated.subprocess_reader import look_apart
from pfc_analysis.recording.readers.isolated.zarr_metadata import MARKS, dimensions, root_attributes
from pfc_analysis.recording.schema import RecordingError

FORMATS = ("text", "nwb", "recording", "matlab73", "matlab5", "hdf5", "zarr", "alf")

_AS_CSV = "Save the table of trials as CSV."
_PICKLE = (
    "a pickle of Python, which can run any code when it is read",
    "Open it where it was made, if you trust it, and save the table with DATAFRAME.to_csv(NAME).",
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
    (b"PAR1", "a parquet file", "Export it: pandas.read_parquet(NAME).to_csv('trials.csv')."),
    (b"ARROW1", "a feather file", "Export it: pandas.read_feather(NAME).to_csv('trials.csv')."),
    (b"SQLite format 3", "an SQLite database", _AS_CSV),
    (b"$FL2", "an SPSS file", "Save it from SPSS as CSV."),
    (b"RDX", "an R data file", "Save it from R with write.csv(TABLE, 'trials.csv')."),
    (b"\x89PNG", "a picture (PNG)", _AS_CSV),
    (b"\xff\xd8\xff", "a picture (JPEG)", _AS_CSV),
    (b"GIF8", "a picture (GIF)", _AS_CSV),
    (b"%PDF", "a PDF file", _AS_CSV),
    (b"\x93NUMPY", "one array of numpy (.npy)", "Name the folder of ALF files, or save as CSV."),
    (b"version https://git-lfs", "a pointer of Git LFS", "Fetch the file itself: git lfs pull."),
)
_HDF5 = b"\x89HDF\r\n\x1a\n"
_PICKLE_ENDINGS = (".pkl", ".pickle", ".joblib", ".p")
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_VARIABLES = ("subject", "reward")


def detect_format(path: str | Path) -> str:
    """Return the format of a file or folder.

    Parameters
    ----------
    path : str or Path
        The file or folder; its ending counts for nothing, but to tell pickles from text.

    Returns
    -------
    str
        "text" (CSV, TSV), "nwb" (as HDF5, or as Zarr), "recording" (written by `save_recording`),
        "matlab73", "matlab5", "hdf5", "zarr" or "alf".

    Raises
    ------
    FileNotFoundError
        If there is nothing there.
    RecordingError
        If it is empty, damaged, or of a format that is not read; the message names the format
        and the way out.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder, expected one with trials.")
    if path.is_dir():
        return _folder_format(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8192)
    if not head:
        raise _unread(path, "an empty file (0 bytes)", "Get it anew from where it came from.")
    if head.startswith(b"MATLAB 5.0"):
        return "matlab5"
    if head.startswith(b"MATLAB 7.3"):
        return "matlab73"
    if _has_hdf5_mark(path, size):
        return look_apart(path)
    _refuse_known(path, head)
    return _text_or_unknown(path, head)


EXPORT_MARK = "scratch/pfc_analysis_recording"
"""Where an NWB file has what it takes to rebuild the recording that was exported to it."""


def look_inside(path: Path) -> str:
    """Say what an HDF5 file holds, within this process; a damaged file may end it."""
    with open_hdf5(path, "an HDF5 file", "Get it anew from where it came from.") as file:
        said = single_attributes(file)
        if said.get("neurodata_type") == "NWBFile" or "nwb_version" in said:
            return "exported" if EXPORT_MARK in file else "nwb"
        if "nwb_version" in file:  # version 1, over which the reader of NWB says what to do
            return "nwb"
        names = [name for name in (*_VARIABLES, "choice", "cue") if is_own(file, name)]
        lengths = {getattr(file[name], "shape", None) for name in names}
        of_netcdf = "trial" in file and "_NCProperties" in file.attrs
        return "recording" if of_netcdf and _is_recording(names) and len(lengths) == 1 else "hdf5"


def _is_recording(names: list[str]) -> bool:
    return set(_VARIABLES) <= set(names) and bool({"choice", "cue"} & set(names))


def _folder_format(path: Path) -> str:
    if any((path / mark).is_file() for mark in MARKS):
        said = root_attributes(path)
        if said.get("neurodata_type") == "NWBFile" or "nwb_version" in said:
            return "nwb"
        on_trial = [
            name for name in (*_VARIABLES, "choice", "cue") if dimensions(path / name) == ["trial"]
        ]
        return "recording" if _is_recording(on_trial) else "zarr"
    if has_trials(path) or ((path / "alf").is_dir() and has_trials(path / "alf")):
        return "alf"
    inside = sorted(part.name for part in path.iterdir())
    shown = ", ".join(inside[:8]) + (f" and {len(inside) - 8} more" if len(inside) > 8 else "")
    raise RecordingError(
        f"{path}: found a folder of {shown or 'nothing'}, expected one of Zarr (zarr.json, "
        ".zgroup) or of ALF (trials.choice.npy). Name the files in it that hold the trials."
    )


def _has_hdf5_mark(path: Path, size: int) -> bool:
    """Whether HDF5 begins at the start, or after a block of the user's (512, 1024, ... bytes)."""
    at = 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            if file.read(len(_HDF5)) == _HDF5:
                return True
            at = 2 * at or 512
    return False


def _refuse_known(path: Path, head: bytes) -> None:
    is_binary_pickle = head[0] == 0x80 and 2 <= head[1] <= 5 if len(head) > 1 else False
    if is_binary_pickle or path.suffix.lower() in _PICKLE_ENDINGS:
        raise _unread(path, *_PICKLE)
    if head.startswith(b"PK\x03\x04"):
        _refuse_zip(path, head)
    for mark, found, way_out in _KNOWN:
        if head.startswith(mark):
            raise _unread(path, found, way_out)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise _unread(
            path, "a web page", "Was it saved in the place of the file? Fetch the file itself."
        )
    if _is_matlab4(head, path.stat().st_size):
        raise _unread(path, "a MATLAB 4 file", "Save it again from MATLAB with save(NAME, '-v7').")


def _refuse_zip(path: Path, head: bytes) -> None:
    first = head[30:90]
    if first.startswith((b"[Content_Types].xml", b"xl/", b"_rels/")):
        raise _unread(path, "an Excel file", "Open it in Excel and save the sheet as CSV.")
    if b".npy" in first:
        raise _unread(path, "several arrays of numpy (.npz)", "Save them as columns of a CSV file.")


def _is_matlab4(head: bytes, size: int) -> bool:
    """MATLAB 4 has no mark: five whole numbers that fit together, and a name."""
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


def _text_or_unknown(path: Path, head: bytes) -> str:
    if head.startswith(_BYTE_ORDER_MARKS) or b"\0" not in head:
        return "text"
    raise _unread(
        path,
        f"{path.stat().st_size} bytes that begin with {head[:16]!r}",
        "If it is cut off, get it anew; else save the table of trials as CSV.",
    )


def _unread(path: Path, found: str, way_out: str) -> RecordingError:
    return RecordingError(
        f"{path}: found {found}, expected trials as CSV, NWB, HDF5, Zarr, MATLAB or ALF. {way_out}"
    )
