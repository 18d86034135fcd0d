"""Features of the states of networks that lived through the trials of a recording."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.features.replayed_trials import lay_on_recording, list_lived
from pfc_analysis.analysis.neurons.trial_factors import select_step
from pfc_analysis.analysis.neurons.unit_alignment import align_units
from pfc_analysis.given_types import checks_types


@checks_types
def build_state_features(
    replay: xr.Dataset,
    recording: xr.Dataset,
    n_components: int = 10,
    *,
    step: str | None = None,
    event: str | None = None,
    states: str = "hidden",
    name: str = "agent",
) -> FeatureSet:
    """Build features of an agent's states: the first principal components of its units.

    Parameters
    ----------
    replay : xarray.Dataset
        Of `pfc.replay`: replicas of an agent, or of an untrained network, that lived through the
        trials of `recording`. Its coordinates `replayed_subject`, `replayed_session` and
        `replayed_trial_in_session` say which trial each row is. Without them, rows are trials of
        the same subject, session and number.
    recording : xarray.Dataset
        Whose trials they are, with coordinates `subject`, `session` and `trial_in_session`.
    n_components : int
        Principal components of each replica's states, at most its number of units. Equal numbers
        for trained and untrained networks make a fair comparison.
    step : str, optional
        Step of the trial at which states are taken; the first is before the choice.
    event : str, optional
        Instead of `step`: take the states when units have just seen this event, such as "outcome"
        (see `align_units`). Trials in which that lies beyond a reset of the network are NaN.
    states : str
        Variable with the states: "hidden" or "cell".
    name : str
        Of the set of features: "agent", "untrained".

    Returns
    -------
    FeatureSet
        On the recording's trials, one replica for each subject of the replay; NaN in trials that
        the network did not live through. Components are computed from all trials of the replica:
        they do not depend on the responses that they are to predict.

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    AnalysisError
        If there is no such step, units are fewer than components, or no trial of the replay is in
        the recording.

    Examples
    --------
    Agents that live through their own trials have the states of their recording:

    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=2)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> states = pfc.analysis.build_state_features(one, one, 5, step="fixation")
    >>> states.values.shape
    (1, 200, 5)
    """
    taken = _take_states(replay, states, step, event)
    values = [
        (replica, rows, _find_components(taken[own], n_components, replica))
        for replica, own, rows in list_lived(replay, recording)
    ]
    features = tuple(f"component_{i + 1}" for i in range(n_components))
    return lay_on_recording(name, values, features, recording.sizes["trial"])


def _take_states(
    replay: xr.Dataset, states: str, step: str | None, event: str | None
) -> FloatArray:
    """Take states on (trial, unit) at a step, or after an event."""
    if states not in replay:
        raise MissingVariableError(
            f"{states}: found no such variable, expected states of units; replay with units=True. "
            f"There are {listed(replay.variables)}"
        )
    if event is not None and step is not None:
        raise AnalysisError(
            f"step, event: found {step!r} and {event!r}, expected one of them; an event says at "
            "which step units have seen it"
        )
    if event is not None:
        taken = align_units(replay, event, states)
    else:
        array = replay[states]
        if "step" in array.dims and step is None:
            raise AnalysisError(
                f"step: found none, expected one of {listed(array['step'].values)}, or event="
            )
        taken = select_step(array, step).transpose("trial", "unit")
    return np.asarray(taken.values, dtype=np.float64)


def _find_components(states: FloatArray, n_components: int, replica: str) -> FloatArray:
    """Compute the scores of states (trial, unit) on their first components; NaN rows stay NaN."""
    there = np.isfinite(states).all(axis=1)
    largest = min(states.shape[1], int(there.sum()) - 1)
    if not 1 <= n_components <= largest:
        raise AnalysisError(
            f"n_components: found {n_components} for {states.shape[1]} units of {replica!r} in "
            f"{int(there.sum())} trials, expected 1 to {largest}"
        )
    centred = states[there] - states[there].mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:n_components]
    # The sign of a component is arbitrary; its largest loading is made positive.
    axes *= np.sign(axes[np.arange(n_components), np.abs(axes).argmax(axis=1)])[:, None]
    scores = np.full((len(states), n_components), np.nan)
    scores[there] = centred @ axes.T
    return scores
