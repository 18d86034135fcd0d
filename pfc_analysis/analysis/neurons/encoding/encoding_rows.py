"""Read responses, features and blocks of trials into arrays on the trials that all have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.neurons.encoding.set_names import check_names
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet, agree_on_replicas
from pfc_analysis.analysis.trials.unit_design import (
    SMALLEST_SPREAD,
    find_unit_coords,
    read_sessions,
)

FEWEST_BLOCKS = 2
"""A share of a unit's variance needs variance in more than one block."""

Blocks = str | int | xr.DataArray | np.ndarray | None


@dataclass(frozen=True)
class EncodingRows:
    """Responses and features on the trials in which all are defined.

    Attributes
    ----------
    responses : float array (trial, unit)
        With mean 0 over trials.
    unit_coords : dict
        Coordinates on `unit`.
    sets : tuple of FeatureSet
        On the same trials; the first is the base.
    replicas : tuple of str
    block, session : integer arrays (trial,)
        Numbered from 0, consecutive; each block lies in one session.
    n_left_out : int
        Trials that lack a feature or a response.
    """

    responses: FloatArray
    unit_coords: dict[str, xr.DataArray]
    sets: tuple[FeatureSet, ...]
    replicas: tuple[str, ...]
    block: IntArray
    session: IntArray
    n_left_out: int

    def columns(self, replica: int) -> tuple[FloatArray, dict[str, IntArray]]:
        """Lay out the sets of one replica, (trial, column), and the columns of each.

        The base is not among them. A set with one replica is the same in all.
        """
        parts = [one.values[min(replica, len(one.replicas) - 1)] for one in self.sets[1:]]
        ends = np.cumsum([part.shape[1] for part in parts])
        where = {
            one.name: np.arange(end - part.shape[1], end)
            for one, part, end in zip(self.sets[1:], parts, ends, strict=True)
        }
        return np.concatenate(parts, axis=1), where


def read_encoding_rows(
    responses: xr.DataArray,
    sets: Sequence[FeatureSet],
    block: Blocks,
    *,
    has_base: bool = True,
) -> EncodingRows:
    """Read responses and sets of features.

    Parameters
    ----------
    responses : xarray.DataArray
        On (`trial`, `unit`), or on `trial` alone (one trace).
    sets : sequence of FeatureSet
        On the same trials; names differ.
    block : str, int, labels on `trial` or None
        As for `compare_encoding_models`.
    has_base : bool
        Whether the first set is the base of all models, which has one replica.

    Raises
    ------
    MissingVariableError
        If there are no labels of sessions or blocks.
    AnalysisError
        If dimensions, names or trials do not agree, or units are constant or lack trials.
    """
    responses = _on_units(responses)
    if has_base:
        _check_base(sets[0])
    _check_sets(responses, sets)
    values = np.asarray(responses.values, dtype=np.float64)
    _check_finite(values)
    recorded = np.isfinite(values).any(axis=0)
    values = values[:, recorded]
    finite = [np.isfinite(values).all(axis=1)]
    finite += [np.isfinite(one.values).all(axis=(0, 2)) for one in sets]
    used = np.logical_and.reduce(finite)
    _check_used(responses, values, sets, used)
    session = read_sessions(None, responses)
    _check_order(session)
    label = _read_blocks(responses, block, session)
    values = values[used]
    units = responses.isel(unit=np.flatnonzero(recorded))
    block_number = _number_runs(session[used], label[used])
    _check_variation(units, values, block_number)
    return EncodingRows(
        responses=values - values.mean(axis=0),
        unit_coords=find_unit_coords(units),
        sets=tuple(one.select_trials(used) for one in sets),
        replicas=agree_on_replicas(sets),
        block=block_number,
        session=_number_runs(session[used]),
        n_left_out=int(used.size - used.sum()),
    )


def _on_units(responses: xr.DataArray) -> xr.DataArray:
    if responses.dtype.kind not in "biuf":
        raise AnalysisError(
            f"responses: found values of type {responses.dtype}, expected numbers, such as counts"
        )
    if responses.dims == ("trial",):
        return responses.expand_dims(unit=[str(responses.name or "signal")], axis=1)
    if set(responses.dims) != {"trial", "unit"}:
        raise AnalysisError(
            f"responses: found dimensions {listed(responses.dims)}, expected 'trial' and 'unit', "
            "or 'trial' alone; select one window, step or event, for instance with .sel()"
        )
    return responses.transpose("trial", "unit")


def _check_finite(values: FloatArray) -> None:
    """Raise an error unless there are numbers, and no infinite ones."""
    if np.isinf(values).any():
        raise AnalysisError(
            "responses: found infinite values, expected finite numbers, or NaN where a unit was "
            "not recorded"
        )
    if not np.isfinite(values).any():
        raise AnalysisError(
            f"responses: found no number in {values.shape[0]} trials of {values.shape[1]} unit(s), "
            "expected responses"
        )


def _check_order(session: IntArray) -> None:
    """Raise an error unless the trials of each session are in one run."""
    starts = session[np.flatnonzero(np.diff(session, prepend=session[0] - 1))]
    if np.unique(starts).size < starts.size:
        raise AnalysisError(
            f"session: found {np.unique(starts).size} sessions in {starts.size} runs of trials, "
            "expected the trials of each session together and in their order: blocks that are held "
            "out would lie among those that are not. Sort the trials, or undo their permutation"
        )


def _check_base(base: FeatureSet) -> None:
    if isinstance(base, FeatureSet) and len(base.replicas) > 1:
        raise AnalysisError(
            f"base: found {len(base.replicas)} replicas of {base.name!r}, expected one; name it "
            "among the features, or select one by .select_replicas([...])"
        )


def _check_sets(responses: xr.DataArray, sets: Sequence[FeatureSet]) -> None:
    check_names(sets)
    for one in sets:
        if one.n_trials != responses.sizes["trial"]:
            raise AnalysisError(
                f"features {one.name!r}: found {one.n_trials} trials, expected "
                f"{responses.sizes['trial']} as in the responses; build them from the same trials"
            )


def _check_used(
    responses: xr.DataArray, values: FloatArray, sets: Sequence[FeatureSet], used: np.ndarray
) -> None:
    """Raise an error that says who lacks values, if no trial is left."""
    if used.any():
        return
    lacking = {"responses": int((~np.isfinite(values).all(axis=1)).sum())}
    lacking |= {one.name: int((~np.isfinite(one.values).all(axis=(0, 2))).sum()) for one in sets}
    raise AnalysisError(
        f"trial: found none of {used.size} in which all responses and features are defined; trials "
        f"that lack one, by source: {lacking}. Units that were recorded in other sessions are "
        "compared one session at a time: responses.isel(trial=..., unit=...)"
    )


def _check_variation(units: xr.DataArray, values: FloatArray, block: IntArray) -> None:
    """Raise an error unless every unit varies within more than one block."""
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    low, high = (each.reduceat(values, starts, axis=0) for each in (np.minimum, np.maximum))
    varies = high - low > SMALLEST_SPREAD * np.abs(values).max(axis=0)
    fewest = min(FEWEST_BLOCKS, starts.size)
    still = np.flatnonzero(varies.sum(axis=0) < fewest)
    if still.size:
        names = units["unit"].values[still]
        raise AnalysisError(
            f"responses: found {still.size} of {units.sizes['unit']} unit(s) that vary within less "
            f"than {fewest} of {starts.size} blocks, such as {listed(names[:5])}, expected "
            "units that vary; leave silent ones out, for instance with "
            ".isel(unit=(counts.mean('trial') > 0.05).values)"
        )


def _read_blocks(responses: xr.DataArray, block: Blocks, session: IntArray) -> np.ndarray:
    """Read the label of each trial's block; a number of trials cuts sessions into pieces."""
    if block is None:
        return session
    if isinstance(block, (int, np.integer)) and not isinstance(block, bool):
        if block < 1:
            raise AnalysisError(f"block: found {block}, expected a number of trials of at least 1")
        starts = np.flatnonzero(np.diff(session, prepend=-1))
        return (np.arange(session.size) - starts[session - session[0]]) // block
    if isinstance(block, str):
        if block not in responses.coords:
            raise MissingVariableError(
                f"block: {block!r} is not among the coordinates ({listed(responses.coords)}), "
                "expected labels on 'trial'; pass block=recording['block'], or a number of trials"
            )
        block = responses.coords[block]
    labels = np.asarray(block)
    if labels.shape != (responses.sizes["trial"],):
        raise AnalysisError(
            f"block: found labels of shape {labels.shape}, expected one for each of "
            f"{responses.sizes['trial']} trials"
        )
    return labels


def _number_runs(*labels: np.ndarray) -> IntArray:
    """Count runs of equal labels from 0, and return the run of each trial."""
    changes = np.zeros(labels[0].size, dtype=np.bool_)
    for label in labels:
        changes[1:] |= label[1:] != label[:-1]
    return np.cumsum(changes).astype(np.int64)
