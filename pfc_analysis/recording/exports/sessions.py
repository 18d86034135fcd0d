"""List the sessions of a recording, and choose those to export."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.schema import RecordingError, did_you_mean, plain_text


@dataclass(frozen=True)
class Session:
    """One session of one subject.

    Attributes
    ----------
    subject : str
        Whose.
    session : int
        Its number.
    number : int
        Its place among the sessions of the whole recording, from 0.
    trials : slice
        Its trials.
    """

    subject: str
    session: int
    number: int
    trials: slice


def list_sessions(recording: xr.Dataset) -> list[Session]:
    """List the sessions of a valid recording, in its order."""
    subject = plain_text(recording["subject"].values)
    session = recording["session"].values
    changes = (subject[1:] != subject[:-1]) | (session[1:] != session[:-1])
    bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), len(subject)]
    return [
        Session(str(subject[start]), int(session[start]), number, slice(start, stop))
        for number, (start, stop) in enumerate(pairwise(bounds))
    ]


def pick_sessions(
    recording: xr.Dataset,
    subjects: Collection[str] | None = None,
    sessions: Collection[int] | None = None,
) -> list[Session]:
    """Pick sessions of a recording by subject and number.

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording.
    subjects : collection of str, optional
        Names; all where not given.
    sessions : collection of int, optional
        Numbers within a subject; all where not given.

    Raises
    ------
    RecordingError
        If a subject or a session is not there, or nothing is left.
    """
    everyone = list_sessions(recording)
    wanted: tuple[tuple[str, Collection[Any] | None], ...] = (
        ("subject", subjects),
        ("session", sessions),
    )
    for what, names in wanted:
        known = list(dict.fromkeys(getattr(entry, what) for entry in everyone))
        for name in names or ():
            if name not in known:
                meant = did_you_mean(name, known) if what == "subject" else ""
                listed = ", ".join(map(repr, known[:12])) + (", ..." if len(known) > 12 else "")
                raise RecordingError(
                    f"{what} {name!r}: not in the recording{meant}, expected some of {listed}"
                )
    picked = [
        entry
        for entry in everyone
        if (not subjects or entry.subject in subjects)
        and (not sessions or entry.session in sessions)
    ]
    if not picked:
        raise RecordingError(
            f"no session left: found none of sessions {list(sessions or ())} of subjects "
            f"{list(subjects or ())}, expected at least 1. Ask for fewer conditions."
        )
    return picked
