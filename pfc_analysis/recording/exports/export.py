"""Export a recording; the ending of the path chooses the format."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.atomic import atomic_path
from pfc_analysis.given_types import checks_types
from pfc_analysis.paths import user_path
from pfc_analysis.progress import track
from pfc_analysis.recording.exports.csv_table import DELIMITERS, metadata_path, write_csv
from pfc_analysis.recording.exports.nwb_writer import import_pynwb, write_nwb
from pfc_analysis.recording.exports.sessions import Session, list_sessions, pick_sessions
from pfc_analysis.recording.schema import RecordingError, did_you_mean
from pfc_analysis.recording.validation import validate

_ENDINGS = (*DELIMITERS, ".nwb")
_OWN_FILE = re.compile(r"sub-[^/]+/sub-[^/]+_ses-[^/]+\.nwb")
_LONGEST = 80
"""Letters of a subject's name in a file name; file systems take some 250 bytes in all."""


@dataclass(frozen=True)
class Export:
    """The result of an export.

    Attributes
    ----------
    path : Path
        The file or folder asked for.
    files : tuple of Path
        Every file written.
    left_out : mapping of str to str
        Variables that the format cannot hold, and why.
    """

    path: Path
    files: tuple[Path, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """List what was written and what was left out."""
        return "\n".join([f"{self.path}", *self.hints])

    @property
    def hints(self) -> list[str]:
        """How many files a folder has, and what was left out, a line each."""
        lines = [f"{self.path}: {len(self.files)} file(s)"] if self.path.is_dir() else []
        for reason in dict.fromkeys(self.left_out.values()):
            names = [name for name, why in self.left_out.items() if why == reason]
            lines.append(f"not written: {', '.join(names)}, {reason}")
        return lines


@checks_types
def export_recording(
    recording: xr.Dataset,
    path: str | Path,
    *,
    subjects: str | Collection[str] | None = None,
    sessions: int | Collection[int] | None = None,
    step_seconds: float = 1.0,
    progress: bool | None = None,
) -> Export:
    """Write a recording as CSV, TSV or NWB.

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording (`pfc_analysis.recording.schema`).
    path : str or Path
        Where to: a file that ends in .csv or .tsv (one row a trial, with metadata beside it), a
        file that ends in .nwb (one session), or a folder (a file
        `sub-SUBJECT/sub-SUBJECT_ses-NNN.nwb` a session). What is there is replaced once the new
        is whole; a folder only if it holds nothing but such files.
    subjects : str or several, optional
        Subjects to write; all where not given.
    sessions : int or several, optional
        Sessions within a subject to write; all where not given.
    step_seconds : float
        NWB alone: seconds a step where the recording has no clock, as agents have none.
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    Export
        What was written, and the variables that the format cannot hold.

    Raises
    ------
    RecordingError
        If the dataset is no recording, the ending is unknown, a subject or session is not there,
        several sessions are to go into one NWB file, or the folder holds other files.
    ModuleNotFoundError
        If NWB is asked for and pynwb is not installed.
    WriteError
        If the disk is full or cannot be written to.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> export = pfc.export_recording(recording, "agents.csv", subjects="seed_1")
    >>> again = pfc.load("agents.csv")
    >>> sorted(set(again["subject"].values.tolist()))
    ['seed_1']

    The table has one row a trial, and `load` reads it again.
    """
    path = user_path(path)
    _check_target(path)
    if not (np.isfinite(step_seconds) and step_seconds > 0):
        raise RecordingError(f"step_seconds: found {step_seconds!r}, expected seconds above 0.")
    validate(recording, source=f"export to {path}")
    names = [subjects] if isinstance(subjects, str) else subjects
    numbers = [sessions] if isinstance(sessions, (int, np.integer)) else sessions
    picked = pick_sessions(recording, names, numbers)
    if path.suffix in DELIMITERS and not path.is_dir():
        trials = np.concatenate([np.arange(s.trials.start, s.trials.stop) for s in picked])
        left_out = write_csv(recording.isel(trial=trials), path)
        return Export(path, (path, metadata_path(path)), left_out)
    import_pynwb(path)
    if path.suffix == ".nwb" and not path.is_dir():
        return _write_file(recording, picked, path, step_seconds)
    return _write_folder(recording, picked, path, step_seconds, progress)


def _check_target(path: Path) -> None:
    if path.is_dir():
        if path.suffix in _ENDINGS:
            raise RecordingError(f"{path}: found a folder, expected a file or nothing there.")
        _check_folder(path)
    elif path.suffix and path.suffix not in _ENDINGS:
        raise RecordingError(
            f"{path}: unknown ending {path.suffix!r}{did_you_mean(path.suffix, _ENDINGS)}, "
            f"expected one of {list(_ENDINGS)}, or none for a folder of NWB files. netCDF and Zarr "
            "are written by save_recording."
        )
    elif not path.suffix and path.exists():
        raise RecordingError(
            f"{path}: found a file, expected a folder or nothing there, since without an ending "
            "it is to be a folder of NWB files."
        )


def _check_folder(path: Path) -> None:
    """Refuse to replace a folder that holds anything but exported sessions."""
    inside = [file.relative_to(path).as_posix() for file in path.rglob("*") if not file.is_dir()]
    others = sorted(name for name in inside if not _OWN_FILE.fullmatch(name))
    if others:
        raise RecordingError(
            f"{path}: found {len(others)} other file(s) in the folder ({', '.join(others[:3])}), "
            "expected none, or sessions exported before, which are replaced as a whole. Name a new "
            "folder."
        )


def _write_file(
    recording: xr.Dataset, picked: Sequence[Session], path: Path, step_seconds: float
) -> Export:
    if len(picked) > 1:
        raise RecordingError(
            f"{path}: found {len(picked)} sessions, expected 1, since an NWB file holds one. Pick "
            "one by `subjects` and `sessions` (--subject, --session), or name a folder: "
            f"{path.with_suffix('')}"
        )
    n_sessions = len(list_sessions(recording))
    left_out = write_nwb(recording, picked[0], n_sessions, path, step_seconds=step_seconds)
    return Export(path, (path,), left_out)


def _write_folder(
    recording: xr.Dataset,
    picked: Sequence[Session],
    path: Path,
    step_seconds: float,
    progress: bool | None,
) -> Export:
    n_sessions = len(list_sessions(recording))
    folders = _folder_names([session.subject for session in picked])
    files: list[Path] = []
    left_out: dict[str, str] = {}
    with atomic_path(path) as temporary:
        temporary.mkdir(parents=True)
        for session in track(picked, "writing NWB files", shown=progress):
            folder = folders[session.subject]
            name = f"{folder}/{folder}_ses-{session.session:03d}.nwb"
            left_out |= write_nwb(
                recording,
                session,
                n_sessions,
                temporary / name,
                n_files=len(picked),
                step_seconds=step_seconds,
            )
            files.append(path / name)
    return Export(path, tuple(files), left_out)


def _folder_names(subjects: Sequence[str]) -> dict[str, str]:
    """Names of the subjects' folders, safe on every file system and different on each."""
    names: dict[str, str] = {}
    used: set[str] = set()
    for subject in dict.fromkeys(subjects):
        clean = re.sub(r"[^\w]|_", "-", subject)[:_LONGEST].strip("-") or "subject"
        candidate, number = clean, 2
        while candidate.casefold() in used:
            candidate, number = f"{clean}-{number}", number + 1
        used.add(candidate.casefold())
        names[subject] = f"sub-{candidate}"
    return names
