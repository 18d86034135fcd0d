"""Where does a kind of trial push the states, in the plane of their main directions?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.dynamics.trial_maps import KIND, StateMaps
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.states.state_space import (
    compute_principal_components,
    project_states,
)
from pfc_analysis.analysis.result_labels import labelled


@labelled
def compute_state_flow(
    maps: StateMaps, subject: str | None = None, *, n_cells: int = 12, least: int = 3
) -> xr.Dataset:
    """Compute the flow of the states of one subject under each kind of trial.

    The plane is that of the first two principal components of the outputs of the units at the first
    step of the recorded trials. Every recorded state is moved by one trial of the kind; arrows are
    the mean displacement of the states of a cell of the plane. So arrows stand only where the
    network goes: a plane through a space of many dimensions holds other states too, which it never
    takes.

    Parameters
    ----------
    maps : StateMaps
        How trials move states (`pfc_analysis.state_maps`).
    subject : str, optional
        Whose states; default: the first subject's.
    n_cells : int
        Cells along each component.
    least : int
        Fewest recorded states of a cell with an arrow.

    Returns
    -------
    xarray.Dataset
        ``displacement`` (trial_kind, second, first, component), NaN in cells with too few states;
        ``n_states`` (second, first); coordinates ``first`` and ``second``, middles of the cells;
        ``score`` (trial, component) of the recorded states; ``loadings`` (component, unit),
        ``mean`` (unit) and ``explained_variance_ratio`` of the components.

    Raises
    ------
    AnalysisError
        If there is no such subject, the system has fewer than two outputs, or a setting is out of
        range.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=3, units=False)
    >>> maps = pfc.state_maps("two_step", recording, kinds=("choice", "reward"))
    >>> flow = pfc.analysis.compute_state_flow(maps, "seed_2")
    >>> flow["displacement"].dims
    ('trial_kind', 'second', 'first', 'component')
    """
    if n_cells < 2 or least < 1 or maps.n_outputs < 2:
        raise AnalysisError(
            f"n_cells, least, outputs: found {n_cells}, {least} and {maps.n_outputs}, expected at "
            "least 2 cells, 1 state and 2 outputs"
        )
    subject = maps.subjects[0] if subject is None else subject
    states, n = maps.states_of(subject), maps.n_outputs
    outputs = _as_outputs(states[:, :n])
    components = compute_principal_components(outputs, 2)
    score = project_states(outputs, components).values
    edges = [np.linspace(score[:, k].min(), score[:, k].max(), n_cells + 1) for k in range(2)]
    cell = [
        np.clip(np.searchsorted(edges[k], score[:, k], side="right") - 1, 0, n_cells - 1)
        for k in range(2)
    ]
    place = cell[1] * n_cells + cell[0]
    count = np.bincount(place, minlength=n_cells**2)
    flows = []
    for one in maps.maps[subject].values():
        moved = project_states(_as_outputs(one.move(states)[:, :n]), components).values - score
        flows.append(_average_cells(moved, place, count, least, n_cells))
    middle = [(edge[1:] + edge[:-1]) / 2 for edge in edges]
    plane = ("second", "first")
    found = components.assign(
        displacement=((KIND, *plane, "component"), np.stack(flows)),
        n_states=(plane, count.reshape(n_cells, n_cells)),
        score=(("trial", "component"), score),
    )
    named = {KIND: list(maps.maps[subject]), "first": middle[0], "second": middle[1]}
    found["displacement"].attrs = {"long_name": "mean displacement by one trial", "units": "1"}
    found["score"].attrs = {"long_name": "principal component of the outputs", "units": "1"}
    found.attrs["subject"] = subject
    return found.assign_coords(named)


def _as_outputs(values: FloatArray) -> xr.DataArray:
    unit = np.arange(values.shape[1])
    return xr.DataArray(values, {"unit": unit}, ("trial", "unit"), "outputs")


def _average_cells(
    moved: FloatArray, place: IntArray, count: IntArray, least: int, n_cells: int
) -> FloatArray:
    """Mean displacement of the states of each cell, (second, first, component)."""
    enough = np.where(count >= least, count, np.nan)
    sums = [np.bincount(place, moved[:, k], minlength=count.size) for k in range(2)]
    return np.stack([one / enough for one in sums], axis=-1).reshape(n_cells, n_cells, 2)


def project_points(states: FloatArray, flow: xr.Dataset) -> FloatArray:
    """Project states, (point, state), on the plane of a flow; float array (point, component)."""
    outputs = states[:, : flow.sizes["unit"]] - flow["mean"].values
    return np.asarray(outputs @ flow["loadings"].transpose("unit", "component").values)
