"""Read the table of trials in an NWB file, by h5py, by pynwb, or in Zarr by zarr.

NWB 2 lies in HDF5: a table is a group, a column an array in it, and every object says in its
attribute `neurodata_type` what it is. h5py reads that layout with nothing but what this toolkit
needs anyway, in milliseconds, and it loads no code or schema that a file brings along. So
`engine="auto"` takes h5py for every NWB 2 file, and turns to pynwb (the extra `nwb`) for the
layouts of later versions. Both give the same values, and neither follows links
out of the file. A folder that hdmf-zarr wrote is read by zarr (the extra `zarr`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pfc_analysis.recording.readers.nwb.nwb_columns import (
    MOST_BYTES,
    PLACES,
    RAGGED,
    UnusableColumnError,
    build_table,
    check_kind,
    plain_values,
    table_fault,
)
from pfc_analysis.recording.readers.nwb.nwb_files import (
    LINK,
    as_text,
    is_nwb_root,
    leads_out,
    open_nwb,
    read_version,
    refuse_links,
    text_at,
)
from pfc_analysis.recording.readers.nwb.nwb_neural import read_nwb_neural
from pfc_analysis.recording.readers.nwb.nwb_pynwb import read_by_pynwb
from pfc_analysis.recording.readers.nwb.nwb_zarr import read_by_zarr
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.readers.trees.hdf5_files import (
    is_plain_hdf5,
    open_hdf5,
    single_attributes,
)
from pfc_analysis.recording.readers.trees.zarr_metadata import is_zarr, root_attributes
from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.tables.raw_table import RawTable

if TYPE_CHECKING:
    import h5py

Engine = Literal["auto", "h5py", "pynwb"]


def read_nwb_tables(
    path: Path, table: str | None = None, engine: Engine = "auto"
) -> list[RawTable]:
    """Read the table of trials of an NWB file, in this process: a damaged file may crash it.

    Parameters
    ----------
    path : Path
        An NWB file: in HDF5, or a folder of Zarr.
    table : str, optional
        Name of the table among the file's intervals; "trials" where it is left out.
    engine : {"auto", "h5py", "pynwb"}
        What reads it (see the module's docstring).

    Returns
    -------
    list of RawTable
        The table, which is one session. A column that does not hold one plain value per trial, or
        that lies in another file, is among the unusable.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModuleNotFoundError
        If pynwb or zarr is asked for, or needed, and not installed.
    RecordingError
        If the file is no NWB 2 file, is damaged, or lacks the table.
    """
    if engine not in get_args(Engine):
        raise RecordingError(
            f"engine: found {engine!r}, expected 'auto', 'h5py' or 'pynwb'"
            f"{did_you_mean(engine, get_args(Engine))}."
        )
    table = table or "trials"
    if engine == "auto" and is_zarr(path):
        return [read_by_zarr(path, table)]
    with open_nwb(path) as file:
        version = read_version(file, path)
        refuse_links(file, path, [f"intervals/{table}/id", *PLACES.values()])
        if engine == "h5py" or (engine == "auto" and version.startswith("2.")):
            if not version.startswith("2."):
                raise RecordingError(
                    f"{path}: found NWB {version}, expected NWB 2, whose layout engine='h5py' "
                    "knows. Pass engine='pynwb'."
                )
            return [_read_by_h5py(file, path, table)]
        # pynwb follows links as it meets them, so here not one column may be a link.
        rows = file.get(f"intervals/{table}", ())
        refuse_links(file, path, [f"intervals/{table}/{name}" for name in rows])
        # As the file writes it: pynwb gives a time without a zone that of this machine.
        start = text_at(file, PLACES["start"], path)
    return [read_by_pynwb(path, table, start)]


def _recognise(path: Path, head: bytes) -> bool | None:
    """Recognise NWB in a Zarr folder; in HDF5, only a look inside can tell."""
    if is_zarr(path):
        return is_nwb_root(root_attributes(path))
    return None if is_plain_hdf5(path, head) else False


def _look_inside(path: Path) -> bool:
    with open_hdf5(path, "an HDF5 file", "Get it again from its source.") as file:
        # Version 1 has no mark at its root; the reader of NWB says what to do about it.
        return is_nwb_root(single_attributes(file)) or "nwb_version" in file


FORMAT = Format(
    name="nwb",
    title="an NWB file",
    endings=(".nwb",),
    recognise=_recognise,
    look_inside=_look_inside,
    read=read_nwb_tables,
    read_neural=read_nwb_neural,
    isolated=True,
)


def _read_by_h5py(file: h5py.File, path: Path, table: str) -> RawTable:
    import h5py

    group = file.get(f"intervals/{table}")
    if not isinstance(group, h5py.Group) or "colnames" not in group.attrs:
        raise table_fault(path, table, list(file.get("intervals", ())))
    rows = group.get("id")
    if not isinstance(rows, h5py.Dataset):
        raise RecordingError(
            f"{path}, intervals/{table}, column 'id': found none, expected one, with the number of "
            "each trial."
        )
    return build_table(
        path,
        table,
        {name: text_at(file, place, path) for name, place in PLACES.items()},
        [as_text(name) for name in np.ravel(group.attrs["colnames"])],
        lambda name: _column(file, group, name),
        rows.size,
    )


def _column(file: h5py.File, group: h5py.Group, name: str) -> np.ndarray:
    """Read a column, after its kind and size are checked."""
    import h5py

    if leads_out(file, f"{group.name.strip('/')}/{name}"):
        raise UnusableColumnError(LINK)
    array = group.get(name)
    if not isinstance(array, h5py.Dataset):
        raise UnusableColumnError("no array, though the table lists it among its columns")
    check_kind(as_text(array.attrs.get("neurodata_type", "")))
    if f"{name}_index" in group:
        raise UnusableColumnError(RAGGED)
    if array.shape != group["id"].shape:
        if array.ndim == 1:
            raise UnusableColumnError(f"{array.size} value(s) for {group['id'].size} trials")
        raise UnusableColumnError(f"an array of shape {array.shape}")
    if array.size * max(array.dtype.itemsize, 1) > MOST_BYTES:
        raise UnusableColumnError(f"an array of {array.size} values, more than trials can be")
    text = h5py.check_string_dtype(array.dtype) is not None
    try:
        return plain_values(array.asstr()[()] if text else array[()])
    except UnicodeDecodeError as error:
        raise UnusableColumnError(f"text that is not UTF-8 ({error})") from error
