"""Read tables of trials from MATLAB 5 files (saved with -v6 or -v7, MATLAB's default)."""

from __future__ import annotations

from pathlib import Path

from pfc_analysis.recording.readers.isolated.budget import Budget
from pfc_analysis.recording.readers.isolated.matlab5_elements import Elements
from pfc_analysis.recording.readers.matlab_tables import matlab_tables
from pfc_analysis.recording.readers.raw_table import RawTable
from pfc_analysis.recording.schema import RecordingError


def read_matlab5_tables(path: str | Path, table: str | None = None) -> list[RawTable]:
    """Read the tables of a MATLAB 5 file.

    Parameters
    ----------
    path : str or Path
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
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file, expected a MATLAB file.")
    with path.open("rb") as file:
        head = file.read(19)
    if not head.startswith(b"MATLAB 5.0"):
        raise RecordingError(
            f"{path}: found {path.stat().st_size} bytes that begin with {head!r}, expected a "
            "MATLAB 5 file. Save it from MATLAB with save(NAME), or save the trials as CSV."
        )
    return matlab_tables(path, Elements(Budget.of(path)).variables(), table)
