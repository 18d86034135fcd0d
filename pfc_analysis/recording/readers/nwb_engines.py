"""Read the table of trials in an NWB file, by h5py or by pynwb.

NWB 2 lies in HDF5: a table is a group, a column an array in it, and every object says in its
attribute `neurodata_type` what it is. h5py reads that layout with nothing but what this toolkit
needs anyway, in milliseconds, only the columns that are asked for, and it loads no code or schema
that a file brings along. So `engine="auto"` takes h5py for every NWB 2 file, and turns to pynwb
(the extra `nwb`) for the layouts of later versions. Both give the same values, and both refuse
the same: nothing is followed that leads out of the file.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pfc_analysis.recording.readers.nwb_files import (
    as_text,
    open_nwb,
    read_version,
    refuse_links,
    text_at,
)
from pfc_analysis.recording.readers.nwb_tables import (
    ABOUT,
    PLACES,
    TrialsTable,
    check_kind,
    checked_table,
    column_fault,
    missing_column,
    plain_values,
    ragged_fault,
    table_fault,
)
from pfc_analysis.recording.schema import RecordingError, did_you_mean

if TYPE_CHECKING:
    import h5py

Engine = Literal["auto", "h5py", "pynwb"]


def read_trials_table(
    path: str | Path, columns: Collection[str], table: str = "trials", engine: Engine = "auto"
) -> TrialsTable:
    """Read columns of a table of trials.

    Parameters
    ----------
    path : str or Path
        An NWB file (HDF5).
    columns : collection of str
        The columns wanted.
    table : str
        Name of the table among the file's intervals.
    engine : {"auto", "h5py", "pynwb"}
        What reads it (see the module's docstring).

    Returns
    -------
    TrialsTable
        The columns, each with one value per trial.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModuleNotFoundError
        If pynwb is asked for, or needed, and not installed.
    RecordingError
        If the file is no NWB 2 file, is damaged, or lacks table or columns, or a column does not
        hold one plain value per trial.
    """
    if engine not in get_args(Engine):
        raise RecordingError(
            f"engine: found {engine!r}, expected 'auto', 'h5py' or 'pynwb'"
            f"{did_you_mean(engine, get_args(Engine))}."
        )
    path = Path(path)
    with open_nwb(path) as file:
        version = read_version(file, path)
        wanted = [f"intervals/{table}/{name}" for name in ("id", *columns)]
        refuse_links(file, path, [*wanted, *PLACES.values()])
        if engine == "h5py" or (engine == "auto" and version.startswith("2.")):
            if not version.startswith("2."):
                raise RecordingError(
                    f"{path}: found NWB {version}, expected NWB 2, whose layout engine='h5py' "
                    "knows. Pass engine='pynwb'."
                )
            return _read_by_h5py(file, path, columns, table)
        # As the file writes it: pynwb gives a time without a zone that of this machine.
        start = text_at(file, PLACES["start"], path)
    from pfc_analysis.recording.readers.nwb_pynwb import read_by_pynwb

    return read_by_pynwb(path, columns, table, start)


def _read_by_h5py(file: h5py.File, path: Path, columns: Collection[str], table: str) -> TrialsTable:
    import h5py

    group = file.get(f"intervals/{table}")
    if not isinstance(group, h5py.Group) or "colnames" not in group.attrs:
        raise table_fault(path, table, list(file.get("intervals", ())))
    known = [as_text(name) for name in np.ravel(group.attrs["colnames"])]
    rows = group.get("id")
    if not isinstance(rows, h5py.Dataset):
        raise column_fault(path, "id", "none", "one, with the number of each trial")
    said = {name: text_at(file, place, path) for name, place in PLACES.items()}
    read = {}
    for name in columns:
        if name not in known:
            raise missing_column(path, name, known)
        read[name] = _column(group, name, path)
    return checked_table(
        path,
        said["subject"] or "",
        said["start"],
        {name: said[name] or "" for name in ABOUT},
        read,
        rows.size,
    )


def _column(group: h5py.Group, name: str, path: Path) -> np.ndarray:
    """Values of a column, which is checked before anything of it is read."""
    import h5py

    array = group.get(name)
    if not isinstance(array, h5py.Dataset):
        raise column_fault(path, name, "no array", "one; the table lists it among its columns")
    check_kind(path, name, as_text(array.attrs.get("neurodata_type", "")))
    if f"{name}_index" in group:
        raise ragged_fault(path, name)
    text = h5py.check_string_dtype(array.dtype) is not None
    values = array.asstr()[()] if text else array[()]
    return plain_values(path, name, values)
