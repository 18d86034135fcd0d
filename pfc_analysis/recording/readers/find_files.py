"""Find the files that paths name: files, folders of files, and folders that are the data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pfc_analysis.recording.readers.detect import is_known_folder
from pfc_analysis.recording.readers.registry import list_formats
from pfc_analysis.recording.schema import RecordingError


def find_files(path: str | Path | Iterable[str | Path]) -> list[Path]:
    """List the files that one path or several name.

    Parameters
    ----------
    path : str, Path or several of them
        Files, folders that are the data (Zarr, ALF), and folders of files. Of the last, files
        with an ending of a known format are taken, in the order of their names, numbers as
        numbers; of the folders inside, only those that archives of NWB have (sub-*/*.nwb).

    Returns
    -------
    list of Path
        Files, and folders that are the data, each once.

    Raises
    ------
    RecordingError
        If there is no path, no file in a folder, or a file twice.
    """
    paths = [path] if isinstance(path, (str, Path)) else list(path)
    if not paths:
        raise RecordingError("path: found none, expected at least 1 file")
    found = [file for one in paths for file in _expand(Path(one).expanduser())]
    resolved = [file.resolve() for file in found]
    doubled = [file for at, file in enumerate(found) if resolved[at] in resolved[:at]]
    if doubled:
        raise RecordingError(f"{doubled[0]}: found it given twice, expected every file once.")
    return found


def _expand(path: Path) -> list[Path]:
    if not path.is_dir() or is_known_folder(path):
        return [path]
    endings = sorted({ending for one in list_formats() for ending in one.endings})
    inside = [one for one in path.iterdir() if not one.name.startswith((".", "_"))]
    found = [one for one in inside if one.suffix.lower() in endings]
    found += path.glob("sub-*/*.nwb")
    if not found:
        raise RecordingError(
            f"{path}: found no file that ends in {', '.join(endings)}, expected one or more. "
            "Folders inside a folder are not searched, except sub-*/*.nwb."
        )
    return sorted(found, key=_natural)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Key that puts session2 before session10."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
