"""Export a recording of two-step agents with a number of trials: `... TRIALS FOLDER`.

A tenth of the trials are played. Their sessions are repeated under other numbers, since an export
takes as long, and is read as slowly, whether sessions differ or not.
"""

import sys
from pathlib import Path

import numpy as np
import xarray as xr

import pfc_analysis as pfc

AGENTS, TRIALS, COPIES = 8, 100, 10  # of the shipped agents; trials of a session


def repeat_sessions(played: xr.Dataset, copies: int) -> xr.Dataset:
    """Repeat each subject's sessions under new numbers, subject by subject."""
    n_sessions = int(played["session"].max()) + 1
    parts = []
    for subject in np.unique(played["subject"]):
        own = played.isel(trial=(played["subject"] == subject).values)
        parts += [
            own.assign_coords(session=own["session"] + copy * n_sessions) for copy in range(copies)
        ]
    return xr.concat(parts, "trial", data_vars="minimal").assign_attrs(played.attrs)


if __name__ == "__main__":
    n, folder = int(sys.argv[1]), Path(sys.argv[2])
    sessions = max(1, n // (AGENTS * TRIALS * COPIES))
    played = pfc.record("two_step", sessions=sessions, units=False)
    folder.mkdir()
    pfc.export_recording(repeat_sessions(played, COPIES), folder / "exported.csv")
