"""Which trial of an animal's recording is each trial of a replay?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.trials.choice_trials import NONE, read_variable

KEYS = ("subject", "session", "trial_in_session")
REPLAYED = tuple(f"replayed_{key}" for key in KEYS)


def list_lived(
    replay: xr.Dataset, recording: xr.Dataset
) -> Iterator[tuple[str, IntArray, IntArray]]:
    """Yield each replica's name, its rows in the replay, and the trials of the recording they are.

    Rows that are no trial of the recording are left out.

    Raises
    ------
    AnalysisError
        If a replica has no trial of the recording, or trials cannot be told apart.
    """
    rows = _find_rows(replay, recording)
    subject = read_variable(replay, "subject").astype(str)
    for replica in dict.fromkeys(subject.tolist()):
        own = np.flatnonzero((subject == replica) & (rows != NONE))
        if not own.size:
            raise AnalysisError(
                f"replay: found no trial of the recording among those of {replica!r}, expected a "
                f"replay of it; compare {listed(REPLAYED)} with {listed(KEYS)}"
            )
        yield replica, own, rows[own]


def lay_on_recording(
    name: str,
    values: Sequence[tuple[str, IntArray, FloatArray]],
    features: tuple[str, ...],
    n_trials: int,
) -> FeatureSet:
    """Lay out features of replicas on the recording's trials; NaN where one has none.

    Parameters
    ----------
    name : str
        Of the set.
    values : sequence of (str, integer array (row,), float array (row, feature))
        For each replica its name, trials of the recording, and features.
    features : tuple of str
    n_trials : int
    """
    found = np.full((len(values), n_trials, len(features)), np.nan)
    for k, (_, rows, own) in enumerate(values):
        found[k, rows] = own
    return FeatureSet(name, found, features, tuple(replica for replica, _, _ in values))


def _find_rows(replay: xr.Dataset, recording: xr.Dataset) -> IntArray:
    """Find the trial of the recording that each row of the replay is; -1 for none."""
    names = REPLAYED if REPLAYED[0] in replay.variables else KEYS
    given = zip(*(read_variable(replay, name).tolist() for name in names), strict=True)
    wanted = zip(*(read_variable(recording, name).tolist() for name in KEYS), strict=True)
    place = {(str(key[0]), *key[1:]): row for row, key in enumerate(wanted)}
    if len(place) < recording.sizes["trial"]:
        raise AnalysisError(
            f"recording: found {recording.sizes['trial']} trials, of which {len(place)} differ in "
            f"{listed(KEYS)}, expected all; number sessions and trials so that they differ"
        )
    rows = [place.get((str(key[0]), *key[1:]), NONE) for key in given]
    return np.array(rows, dtype=np.int64)
