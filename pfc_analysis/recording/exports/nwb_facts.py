"""Make the metadata of an NWB session: identifier, start, species, notes."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.exports.export_manifest import dump_json
from pfc_analysis.recording.exports.sessions import Session
from pfc_analysis.recording.schema import plain_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Start of a session whose start is not known."""

_SPECIES = {
    "mouse": "Mus musculus",
    "mice": "Mus musculus",
    "rat": "Rattus norvegicus",
    "rats": "Rattus norvegicus",
    "human": "Homo sapiens",
    "rhesus": "Macaca mulatta",
    "pigeon": "Columba livia",
    "zebrafish": "Danio rerio",
}
"""Latin names, which archives ask for, by the first word of the plain ones."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "pfc_analysis recording")


def make_identifier(session: xr.Dataset, description: dict[str, Any]) -> str:
    """Return an identifier that depends only on the content of a session.

    Parameters
    ----------
    session : xarray.Dataset
        Trials of one session.
    description : dict
        Its description (`layout.describe`).

    Returns
    -------
    str
        A UUID of version 5: the same session, the same identifier.
    """
    digest = hashlib.sha256(dump_json(description).encode("utf-8", "surrogatepass"))
    for name in session.variables:
        values = session[name].values
        if values.dtype.kind in "OT":
            values = plain_text(values)
        digest.update(np.ascontiguousarray(values).tobytes())
    return str(uuid.uuid5(_NAMESPACE, digest.hexdigest()))


def start_of(attributes: dict[Any, Any], session: Session, n_sessions: int) -> datetime | None:
    """When a session started, if the attribute `session_start` says so, with a time zone.

    A time without a zone counts as UTC: any other would be a guess that differs by machine.
    """
    text = of_session(attributes, "session_start", session, n_sessions)
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def of_session(
    attributes: dict[Any, Any], key: str, session: Session, n_sessions: int
) -> str | None:
    """Text of an attribute that has one entry a session, or one for all."""
    value = attributes.get(key)
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, np.ndarray)) and len(value) == n_sessions:
        return str(value[session.number])
    return None


def species_of(text: str) -> tuple[str | None, str | None]:
    """Latin name and strain in a text such as "rat (Long-Evans)" or "mouse (Mus musculus)"."""
    inside = re.search(r"\(([^)]*)\)", text)
    bracket = inside[1] if inside else ""
    for candidate in (bracket, text):
        if re.fullmatch(r"[A-Z][a-z]+ [a-z]+", candidate):
            return candidate, None
    first = text.split()[0].lower() if text.split() else ""
    return _SPECIES.get(first), bracket or None


def list_notes(attributes: dict[Any, Any], clock_note: str, start_known: bool) -> str:
    """Return notes of the session: its clock, its sources, whose data it is."""
    notes = [clock_note]
    if not start_known:
        notes.append(
            "The start of the session is not known: session_start_time is 1970-01-01T00:00:00Z."
        )
    notes.append(
        "file_create_date repeats session_start_time, so that the same recording gives the same "
        "file."
    )
    for key in ("licence", "citation", "source", "command", "software"):
        value = attributes.get(key)
        if isinstance(value, str):
            notes.append(f"{key}: {value}")
        elif isinstance(value, (list, tuple)):
            notes.append(f"{key}: {'; '.join(map(str, value))}")
    return "\n".join(notes)
