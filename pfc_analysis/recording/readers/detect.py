"""Recognise the format of a file or folder by its content."""

from __future__ import annotations

from pathlib import Path

from pfc_analysis.recording.readers.isolated.subprocess_reader import look_inside_isolated
from pfc_analysis.recording.readers.registry import Format, find_format, list_formats
from pfc_analysis.recording.readers.unread_files import explain_unread, read_head
from pfc_analysis.recording.schema import RecordingError


def detect_format(path: str | Path) -> Format:
    """Return the format of a file or folder.

    Parameters
    ----------
    path : str or Path
        The file or folder. Its ending counts for nothing, except to tell pickles from text.

    Returns
    -------
    Format
        The first format, in the order of their rank, that recognises the content.

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
    head = read_head(path)
    uncertain: list[str] = []
    for one in list_formats():
        answer = one.recognise(path, head)
        if answer is None:
            uncertain.append(one.name)
        elif answer:
            inside = look_inside_isolated(path, uncertain) if uncertain else None
            return find_format(inside) if inside else one
    inside = look_inside_isolated(path, uncertain) if uncertain else None
    if inside is None:
        raise RecordingError(explain_unread(path))
    return find_format(inside)


def is_known_folder(path: Path) -> bool:
    """Say whether a folder is itself the data (Zarr, ALF), not a folder of files."""
    return path.is_dir() and any(one.recognise(path, b"") for one in list_formats())
