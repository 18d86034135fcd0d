"""Write a recording as NWB files, one for each session, with pynwb (the extra `nwb`)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.atomic import atomic_path
from pfc_analysis.recording.exports.clock import Clock, make_clock
from pfc_analysis.recording.exports.export_manifest import describe, dump_json
from pfc_analysis.recording.exports.nwb_facts import (
    EPOCH,
    list_notes,
    make_identifier,
    of_session,
    species_of,
    start_of,
)
from pfc_analysis.recording.exports.nwb_objects import (
    make_series,
    make_trials,
    make_units,
    same_ids_manager,
)
from pfc_analysis.recording.exports.nwb_places import EXPORT_MARK, find_places
from pfc_analysis.recording.exports.sessions import Session
from pfc_analysis.recording.hdf5_target import hdf5_target
from pfc_analysis.recording.schema import with_attributes
from pfc_analysis.recording.value_checksum import value_checksum

DESCRIPTION = EXPORT_MARK.rpartition("/")[2]
"""Name of the text in `scratch` from which the recording can be rebuilt."""


def write_nwb(
    recording: xr.Dataset,
    session: Session,
    n_sessions: int,
    path: str | Path,
    *,
    n_files: int = 1,
    step_seconds: float = 1.0,
) -> dict[str, str]:
    """Write one session of a valid recording to an NWB file.

    Parameters
    ----------
    recording : xarray.Dataset
        The whole recording.
    session : Session
        Which of its sessions (`layout.list_sessions`).
    n_sessions : int
        How many the recording has.
    path : str or Path
        The file; an existing one is replaced once the new one is whole. The same recording gives
        the same bytes.
    n_files : int
        How many sessions are exported together, a file each, so that a missing one is noticed.
    step_seconds : float
        Seconds a step, where the recording has no clock of its own.

    Returns
    -------
    dict of str to str
        Variables that were not written, and why.

    Raises
    ------
    ModuleNotFoundError
        If pynwb is not installed.
    """
    trials = recording.isel(trial=session.trials)
    places, left_out = find_places(trials)
    description = describe(trials, places)
    for name, place in places.items():
        description["variables"][name] |= place
        description["variables"][name]["checksum"] = value_checksum(trials[name])
        if place["kind"] == "constant" and "trial" in trials[name].dims:
            first = trials[name].values[0]
            description["variables"][name]["constant"] = (
                str(first) if name == "subject" else int(first)
            )
    identifier = make_identifier(trials, description)
    description |= {
        "number": session.number,
        "files": n_files,
        "sizes": {str(dim): size for dim, size in trials.sizes.items()},
        "left_out": left_out,
    }
    clock = make_clock(trials, step_seconds)
    with warnings.catch_warnings():
        # pynwb warns of what an inspector might say; tests run an inspector on the files.
        warnings.simplefilter("ignore")
        file = _make_file(trials, session, n_sessions, identifier, clock)
        _add_data(file, with_attributes(trials), places, clock)
        file.add_scratch(
            dump_json(description),
            name=DESCRIPTION,
            description="JSON: what pfc_analysis.load rebuilds the recording from",
        )
        _save(file, Path(path), identifier)
    return left_out


def import_pynwb(path: str | Path) -> Any:
    """Import pynwb, or say how to get it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pynwb
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{path}: writing NWB needs the package pynwb, which is not installed: "
            "pip install 'pfc_analysis[nwb]'."
        ) from error
    return pynwb


def _save(file: Any, path: Path, identifier: str) -> None:
    import h5py

    pynwb = import_pynwb(path)
    manager = same_ids_manager(identifier)
    with (
        atomic_path(path) as temporary,
        hdf5_target(temporary) as target,
        h5py.File(target, "w") as opened,
        pynwb.NWBHDF5IO(file=opened, mode="w", manager=manager) as io,
    ):
        io.write(file)


def _make_file(
    trials: xr.Dataset, session: Session, n_sessions: int, identifier: str, clock: Clock
) -> Any:
    import pynwb

    attributes = dict(trials.attrs)
    start = start_of(attributes, session, n_sessions)
    kind = str(attributes.get("kind", "recording"))
    what = attributes.get("experiment") or attributes.get("task") or "a task"
    facts: dict[str, Any] = {
        "experiment_description": _as_text(attributes.get("title")) or attributes.get("task"),
        "protocol": of_session(attributes, "protocol", session, n_sessions),
        "institution": of_session(attributes, "institution", session, n_sessions),
    }
    doi = attributes.get("doi")
    if isinstance(doi, str) and doi:
        facts["related_publications"] = [f"doi:{doi}"]
    return pynwb.NWBFile(
        session_description=(
            f"Session {session.session} of {session.subject} ({kind}), {what}: "
            f"{trials.sizes['trial']} trials."
        ),
        identifier=identifier,
        session_start_time=start or EPOCH,
        file_create_date=start or EPOCH,
        session_id=f"{session.session:03d}",
        notes=list_notes(attributes, clock.note, start is not None),
        keywords=["decision making", "reward learning", kind],
        subject=_make_subject(attributes, session, kind),
        **{key: text for key, text in facts.items() if text and not isinstance(text, np.ndarray)},
    )


def _make_subject(attributes: dict[Any, Any], session: Session, kind: str) -> Any:
    from pynwb.file import Subject

    if kind == "agent":
        return Subject(
            subject_id=session.subject,
            description="A recurrent network, trained and recorded with its weights frozen.",
        )
    said = attributes.get("species")
    text = said if isinstance(said, str) else " ".join(map(str, said or ()))
    latin, strain = species_of(text)
    return Subject(
        subject_id=session.subject,
        species=latin,
        strain=strain,
        sex="U",
        description=f"An animal: {text}." if text else "An animal.",
    )


def _add_data(
    file: Any, trials: xr.Dataset, places: dict[str, dict[str, Any]], clock: Clock
) -> None:
    file.trials = make_trials(trials, places, clock)
    if "unit" in trials.dims:
        _module(file, "network").add(make_units(trials, places))
    for name, place in places.items():
        if place["kind"] == "series":
            _, module, title = place["series"].split("/")
            _module(file, module).add(make_series(trials, name, title, clock))


def _module(file: Any, name: str) -> Any:
    if name not in file.processing:
        file.create_processing_module(name=name, description=_MODULES[name])
    return file.processing[name]


_MODULES = {
    "network": "What was shown, done and computed at the steps inside the trials, and what units "
    "did: rows are steps in the order of time.",
    "ophys": "Signals around an event of each trial, one after another in the order of time.",
}


def _as_text(value: object) -> str:
    """Return an attribute as one text; concatenated recordings have a list of titles."""
    if value is None or isinstance(value, str):
        return value or ""
    return "; ".join(map(str, np.atleast_1d(np.asarray(value))))
