"""Features of what an agent expected along the trials of a recording: values, prediction errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.features.replayed_trials import lay_on_recording, list_lived
from pfc_analysis.analysis.trials.choice_trials import read_variable
from pfc_analysis.given_types import checks_types


@checks_types
def build_replay_features(
    replay: xr.Dataset,
    recording: xr.Dataset,
    variables: Mapping[str, str | None],
    *,
    name: str = "agent",
) -> FeatureSet:
    """Build features of variables of an agent that lived through the trials of a recording.

    Parameters
    ----------
    replay, recording
        As for `build_state_features`.
    variables : mapping of str to str or None
        Variables of the replay, such as "rpe" and "value", each with the label of the event or step
        at which it is taken: ``{"rpe": "outcome", "value": "fixation"}``; None for a variable on
        `trial` alone.
    name : str
        Of the set of features.

    Returns
    -------
    FeatureSet
        On the recording's trials, one replica for each subject of the replay; NaN in trials that
        the network did not live through.

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    AnalysisError
        If there is no such event or step, or no trial of the replay is in the recording.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=2, units=False)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> errors = pfc.analysis.build_replay_features(one, one, {"rpe": "outcome"})
    >>> errors.features, errors.values.shape
    (('rpe at outcome',), (1, 200, 1))

    A dopamine trace on `trial` is compared with them by `compare_encoding_models`.
    """
    if not variables:
        raise AnalysisError("variables: found none, expected one name or more")
    columns = np.stack([_take(replay, each, at) for each, at in variables.items()], axis=1)
    values = [(replica, rows, columns[own]) for replica, own, rows in list_lived(replay, recording)]
    labels = tuple(each if at is None else f"{each} at {at}" for each, at in variables.items())
    return lay_on_recording(name, values, labels, recording.sizes["trial"])


def _take(replay: xr.Dataset, variable: str, at: str | None) -> FloatArray:
    """Take a variable on trial, or at a label of its other dimension."""
    read_variable(replay, variable)
    array = replay[variable]
    if at is not None and array.ndim == 2:
        other = str(array.dims[1])
        labels = [str(label) for label in replay[other].values] if other in replay else []
        if at not in labels:
            raise AnalysisError(
                f"{variable}: found no {other} {at!r}, expected one of {listed(labels)}"
            )
        array = array.isel({other: labels.index(at)})
    elif at is not None or array.ndim != 1:
        raise AnalysisError(
            f"{variable}: found dimensions {listed(array.dims)} and {at!r}, expected the label of "
            "an event or step for a variable that has one, and None for one on 'trial' alone"
        )
    if array.dtype.kind not in "biuf":
        raise AnalysisError(f"{variable}: found values of type {array.dtype}, expected numbers")
    return np.asarray(array.values, dtype=np.float64)
