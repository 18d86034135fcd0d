"""Find the files that paths name: files, folders of files, and folders that are the data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from glob import glob
from pathlib import Path

from pfc_analysis.recording.readers.detect import is_known_folder
from pfc_analysis.recording.readers.registry import list_formats
from pfc_analysis.recording.schema import RecordingError

_DEEPEST = 6
"""Number of levels of folders that are searched."""

_IN_BIDS = (".tsv", ".tsv.gz", ".csv", ".nwb")


def find_files(path: str | Path | Iterable[str | Path]) -> list[Path]:
    """List the files that one path or several name.

    Parameters
    ----------
    path : str, Path or several of them
        Files, patterns such as "day1/*.csv", folders that are the data (Zarr, ALF), and folders of
        files. Of the last, files with an ending of a known format are taken, in the order of
        their names, numbers as numbers. Where a folder has none of its own, the folders inside
        are searched (subject/session/trials.csv). Of a folder with subjects as BIDS names them
        (sub-*), the tables in these folders are taken.

    Returns
    -------
    list of Path
        Files, and folders that are the data, each once.

    Raises
    ------
    RecordingError
        If there is no path, no file in a folder or of a pattern, or a file twice.
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


def is_pattern(path: str | Path) -> bool:
    """Say whether a path is a pattern of several, such as "day1/*.csv"."""
    return bool(set("*?[") & set(str(path))) and not Path(path).expanduser().exists()


def _expand(path: Path) -> list[Path]:
    if is_pattern(path):
        # `Path.glob` takes no absolute pattern.
        names = glob(str(path), recursive=True)  # noqa: PTH207
        found = sorted(map(Path, names), key=_natural)
        if not found:
            raise RecordingError(
                f"{path}: found no file of this pattern, expected one or more. Patterns are "
                "'*' (any characters), '?' (one) and '**' (any folders)."
            )
        return found
    if not path.is_dir() or is_known_folder(path):
        return [path]
    endings = sorted({ending for one in list_formats() for ending in one.endings})
    found = _in_bids(path) or _in_folder(path, endings) or _in_tree(path, endings, _DEEPEST)
    if not found:
        raise RecordingError(
            f"{path}: found no file that ends in {', '.join(endings)}, here or in the folders "
            f"inside, expected one or more."
        )
    return sorted(found, key=lambda one: _natural(one.relative_to(path)))


def _in_folder(path: Path, endings: Sequence[str]) -> list[Path]:
    """List the files of a folder with an ending of a known format."""
    inside = [one for one in path.iterdir() if not one.name.startswith((".", "_"))]
    return [one for one in inside if _ending(one) in endings and not _is_note(one)]


def _in_tree(path: Path, endings: Sequence[str], depth: int) -> list[Path]:
    """List such files in the folders inside a folder, and folders that are the data."""
    found: list[Path] = []
    for inside in sorted(path.iterdir()):
        if inside.name.startswith(".") or inside.is_symlink() or not inside.is_dir():
            continue
        if is_known_folder(inside):
            found.append(inside)
            continue
        found += _in_folder(inside, endings)
        if depth:
            found += _in_tree(inside, endings, depth - 1)
    return found


def _in_bids(path: Path) -> list[Path]:
    """List the tables of subjects in a folder of BIDS (or an archive of NWB); else nothing."""
    subjects = [one for one in path.glob("sub-*") if one.is_dir()]
    return [
        file
        for subject in subjects
        for file in subject.rglob("*")
        if file.is_file()
        and _ending(file) in _IN_BIDS
        and "derivatives" not in file.parts
        # Lists of the sessions and scans of a subject are no trials.
        and not file.name.endswith(("_sessions.tsv", "_scans.tsv", "_channels.tsv"))
    ]


def _ending(path: Path) -> str:
    """Return the ending in lower case; of a packed file both, such as ".csv.gz"."""
    return "".join(path.suffixes[-2:] if path.suffix.lower() == ".gz" else [path.suffix]).lower()


def _is_note(path: Path) -> bool:
    """Say whether a file describes another one beside it, rather than holding trials."""
    return path.name.endswith("-metadata.json")


def _natural(path: Path) -> list[list[tuple[int, str]]]:
    """Key that puts session2 before session10, folder by folder."""
    return [
        [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
        for name in path.parts
    ]
