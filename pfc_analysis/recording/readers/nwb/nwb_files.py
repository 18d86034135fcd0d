"""Open NWB files; refuse other files, and links that lead to other files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pfc_analysis.recording.readers.trees.zarr_metadata import is_zarr
from pfc_analysis.recording.schema import RecordingError

if TYPE_CHECKING:
    import h5py

LINK = (
    "a link, or values in another file, which are not followed (copy what it leads to into the "
    "file: pynwb.NWBHDF5IO.export with write_args={'link_data': False})"
)
"""Reason why a column cannot be used."""

LINK_IN_ZARR = (
    "a link, which is not followed (copy what it leads to into the folder: "
    "hdmf_zarr.NWBZarrIO.export with write_args={'link_data': False})"
)
"""The same, of a file in Zarr."""


def find_nwb_files(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """List the NWB files that paths name.

    Parameters
    ----------
    paths : str, Path or several of them
        Files, and folders with files that end in .nwb; folders inside a folder are not searched.

    Returns
    -------
    list of Path
        The files, those of a folder by name. A folder that is itself NWB (in Zarr) is listed as
        it is, and so is a file that does not exist: reading them says what to do.

    Raises
    ------
    RecordingError
        If no file is found.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    found: list[Path] = []
    for path in map(Path, given):
        if path.is_dir() and not is_zarr(path):
            inside = sorted(path.glob("*.nwb"))
            if not inside:
                raise RecordingError(
                    f"{path}: found no file that ends in .nwb, expected one or more. "
                    "Folders inside a folder are not searched."
                )
            found += inside
        else:
            found.append(path)
    if not found:
        raise RecordingError("paths: found none, expected at least 1 NWB file")
    return found


@contextmanager
def open_nwb(path: Path) -> Iterator[h5py.File]:
    """Open a file with h5py, and say what is wrong if it is damaged or not HDF5."""
    import h5py

    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file, expected an NWB file.")
    if path.is_dir():
        raise RecordingError(_folder_fault(path))
    if not h5py.is_hdf5(path):
        with path.open("rb") as raw:
            head = raw.read(16)
        raise RecordingError(
            f"{path}: found {path.stat().st_size} bytes that begin with {head!r}, expected an NWB "
            "file (which is HDF5). Is it whole, and is it NWB?"
        )
    try:
        with h5py.File(path, "r") as file:
            yield file
    # h5py reports damage in whatever layer meets it first.
    except (OSError, KeyError, RuntimeError, UnicodeDecodeError) as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({path.stat().st_size} bytes; {error}). Get it again "
            "from its source."
        ) from error


def _folder_fault(path: Path) -> str:
    if is_zarr(path):
        return (
            f"{path}: found NWB in a Zarr folder, expected NWB in one HDF5 file, which is what "
            "engine='h5py' and engine='pynwb' read. Leave out `engine`: the package zarr reads it "
            "(pip install 'pfc_analysis[zarr]')."
        )
    return f"{path}: found a folder, expected an NWB file."


def is_nwb_root(attributes: Mapping[str, object]) -> bool:
    """Say whether the attributes of a file's root are those of NWB 2 or later."""
    return attributes.get("neurodata_type") == "NWBFile" or "nwb_version" in attributes


def read_version(file: h5py.File, path: Path) -> str:
    """Return the version of NWB; refuse files that are not NWB 2 or later."""
    found = as_text(file.attrs.get("neurodata_type", ""))
    version = as_text(file.attrs.get("nwb_version", ""))
    if found == "NWBFile" and version:
        return version
    if "nwb_version" in file:
        raise RecordingError(
            f"{path}: found NWB 1, expected NWB 2 or later. Ask its authors for a converted file, "
            "or convert it with pynwb."
        )
    raise RecordingError(
        f"{path}: found HDF5 whose root is {found or 'no NWB object'} and holds {sorted(file)}, "
        "expected an NWB file."
    )


def refuse_links(file: h5py.File, path: Path, places: Iterable[str]) -> None:
    """Refuse links that may lead out of the file."""
    for place in places:
        if leads_out(file, place):
            raise RecordingError(
                f"{path}, {place}: found a link, expected the data themselves, since links are not "
                "followed. Copy what it leads to into the file: "
                "pynwb.NWBHDF5IO.export with write_args={'link_data': False}."
            )


def leads_out(file: h5py.File, place: str) -> bool:
    """Say whether a place is reached through a link, or its values lie in other files."""
    import h5py

    found: Any = file
    for part in place.split("/"):
        link = found.get(part, getlink=True) if isinstance(found, h5py.Group) else None
        if link is None:
            return False
        if not isinstance(link, h5py.HardLink):
            return True
        found = found[part]
    return isinstance(found, h5py.Dataset) and bool(found.is_virtual or found.external)


def text_at(file: h5py.File, place: str, path: Path) -> str | None:
    """Text at a place of the file; None where there is nothing."""
    import h5py

    found = file.get(place)
    if found is None:
        return None
    if not isinstance(found, h5py.Dataset) or found.shape != ():
        raise RecordingError(f"{path}: found {found!r} at {place!r}, expected a text.")
    return as_text(found[()])


def as_text(value: object) -> str:
    """Text of an attribute or a scalar, which h5py hands out as text or as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
