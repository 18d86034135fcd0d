r"""Along which directions do hidden states vary most? Principal components in one pass.

The loadings are eigenvectors of

.. math:: C = \frac{1}{n - 1} \sum_i (h_i - \bar h)(h_i - \bar h)^T

over n rows (a trial, or a step of a trial), and the explained variances are its eigenvalues. Only
blocks of rows are in memory in float64, so a file may hold any number of rows. Eigenvalues below
about 1e-15 of the largest are due to rounding.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.neurons.states.state_moments import (
    BLOCK_VALUES,
    RowMoments,
    iterate_blocks,
    sum_rows,
)
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.bootstrap import percentile_interval
from pfc_analysis.analysis.trials.unit_design import SessionLabels, find_unit_coords, read_sessions

BOOTSTRAP_BATCH = 50
"""Bootstrap samples computed at once, whose covariance matrices are in memory."""


@labelled
def compute_principal_components(
    states: xr.DataArray,
    n_components: int,
    *,
    generator: np.random.Generator | int | None = None,
    session: SessionLabels | None = None,
    n_bootstrap: int = 500,
    block_values: int = BLOCK_VALUES,
) -> xr.Dataset:
    """Find the directions along which hidden states vary most.

    Parameters
    ----------
    states : xarray.DataArray
        On `unit` and any other dimensions, in any order: (`trial`, `step`, `unit`), for instance.
        Rows that are NaN in all units (steps never reached) are left out.
    n_components : int
        Number of components, at most the number of units and of rows minus one.
    generator : numpy.random.Generator or int, optional
        With it, `explained_variance_ratio` has a 95 % interval (percentiles) from a bootstrap of
        whole sessions. States are then on `trial`, among others, and the sums of each session are
        kept: sessions x units x units numbers.
    session : labels on `trial`, optional
        Sessions; by default the coordinate `session` of the states, told apart by their
        coordinate `subject`. Read where a generator is given.
    n_bootstrap : int
        Bootstrap samples, at least 1.
    block_values : int
        Values to read at a time. Changes the result by rounding only.

    Returns
    -------
    xarray.Dataset
        `loadings` (`component`, `unit`), rows of length 1 whose largest entry is positive; `mean`
        (`unit`); `explained_variance` (n - 1 in the denominator) and `explained_variance_ratio`
        (`component`, counted from 1), the latter with `_lower` and `_upper` where a generator is
        given. Loadings of components with equal variance, 0 among them, are arbitrary among
        themselves. Attributes: `n_rows`, `n_rows_left_out`, and with a generator `n_sessions` and
        `n_bootstrap`.

    Raises
    ------
    MissingVariableError
        If sessions are needed and there are no labels.
    AnalysisError
        If rows are NaN in some units only or infinite, too few, or all the same; if there is no
        dimension `unit`; if a setting is out of range.

    References
    ----------
    Jolliffe (2002), Principal Component Analysis, 2nd edition, chapter 3.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2)
    >>> states = recording["hidden"].isel(trial=recording["subject"].values == "seed_1")
    >>> components = pfc.analysis.compute_principal_components(states, 3)
    >>> print(components["explained_variance_ratio"].values.round(1))
    [0.5 0.1 0.1]

    The share of the variance of the states along each of the first three components.
    """
    generator = None if generator is None else as_generator(generator, "generator")
    _check_settings(states, n_components, n_bootstrap, block_values)
    group = None if generator is None else _group_rows(states, session)
    moments, left_out = sum_rows(states, group, block_values)
    everything = np.ones(moments.count.size)
    _check_rows(states, n_components, int(moments.count.sum()), left_out)
    count, mean, covariance = moments.pool(everything)
    variance, loadings = _decompose(covariance)
    if not variance[0] > 0:
        raise AnalysisError(
            f"{_name(states)}: found {int(count)} rows that are all the same, expected units that "
            "vary"
        )
    ratio = variance / variance.sum()
    result = xr.Dataset(
        {
            "loadings": (("component", "unit"), loadings[:n_components]),
            "mean": ("unit", mean),
            "explained_variance": ("component", variance[:n_components]),
            "explained_variance_ratio": ("component", ratio[:n_components]),
        },
        coords={"component": np.arange(1, n_components + 1)} | find_unit_coords(states),
    )
    result.attrs = {"n_rows": int(count), "n_rows_left_out": left_out}
    if generator is not None:
        low, high = _bootstrap_ratio(moments, n_components, generator, n_bootstrap)
        result["explained_variance_ratio_lower"] = ("component", low)
        result["explained_variance_ratio_upper"] = ("component", high)
        result.attrs |= {"n_sessions": moments.count.size, "n_bootstrap": int(n_bootstrap)}
        result.attrs["interval"] = "95 %, percentiles of a bootstrap of sessions"
    return result


@labelled
def project_states(
    states: xr.DataArray, components: xr.Dataset, *, block_values: int = BLOCK_VALUES
) -> xr.DataArray:
    """Project hidden states on principal components.

    Parameters
    ----------
    states : xarray.DataArray
        On `unit` and any other dimensions; the units of the components, in their order.
    components : xarray.Dataset
        As of `compute_principal_components`, of these states or of others.
    block_values : int
        Values to read at a time.

    Returns
    -------
    xarray.DataArray
        `score` on the other dimensions and `component`, float64, in units of the states: the
        loadings' products with the states minus the components' mean. NaN where a state is NaN.

    Raises
    ------
    AnalysisError
        If the units are not those of the components.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2)
    >>> states = recording["hidden"].isel(trial=recording["subject"].values == "seed_1")
    >>> components = pfc.analysis.compute_principal_components(states, 2)
    >>> scores = pfc.analysis.project_states(states, components)
    >>> scores.dims
    ('trial', 'step', 'component')
    >>> bool(scores.std() > 0)
    True

    Each state of the recording has two scores, one for each component.
    """
    _require_units(states)
    found, expected = states["unit"].values, components["unit"].values
    if not np.array_equal(found, expected):
        raise AnalysisError(
            f"unit: found {len(found)} units ({listed(found[:3])}, ...), expected the "
            f"{len(expected)} of the components ({listed(expected[:3])}, ...), in their order; "
            "use states.sel(unit=components['unit'])"
        )
    loadings = components["loadings"].transpose("component", "unit").values
    offset = loadings @ components["mean"].values
    dims = [dim for dim in states.dims if dim != "unit"]
    shape = [states.sizes[dim] for dim in dims]
    score = np.empty((*shape, len(loadings)))
    for where, block in iterate_blocks(states, block_values):
        place = tuple(where.get(dim, slice(None)) for dim in dims)
        score[place] = block @ loadings.T - offset
    label = {"long_name": f"principal component of {_name(states)}"}
    coords = states.drop_vars([k for k, v in states.coords.items() if "unit" in v.dims]).coords
    result = xr.DataArray(score, coords, (*dims, "component"), "score", attrs=label)
    return result.assign_coords(component=components["component"])


def _name(states: xr.DataArray) -> str:
    return str(states.name or "states")


def _require_units(states: xr.DataArray) -> None:
    if "unit" not in states.dims or states.ndim < 2 or states.size == 0:
        raise AnalysisError(
            f"{_name(states)}: found sizes {dict(states.sizes)}, expected 'unit' and at least one "
            "other dimension, none empty"
        )


def _check_settings(
    states: xr.DataArray, n_components: int, n_bootstrap: int, block_values: int
) -> None:
    _require_units(states)
    limits = {
        "n_components": (n_components, states.sizes["unit"]),
        "n_bootstrap": (n_bootstrap, None),
        "block_values": (block_values, None),
    }
    for name, (value, most) in limits.items():
        whole = isinstance(value, (int, np.integer)) and value >= 1
        if not whole or (most is not None and value > most):
            top = "" if most is None else f" and at most {most} (units)"
            raise AnalysisError(
                f"{name}: found {value!r}, expected a whole number of at least 1{top}"
            )


def _check_rows(states: xr.DataArray, n_components: int, n_rows: int, left_out: int) -> None:
    if n_rows < n_components + 1:
        raise AnalysisError(
            f"{_name(states)}: found {n_rows} rows ({left_out} NaN ones left out), expected at "
            f"least {n_components + 1} for {n_components} component(s)"
        )


def _group_rows(states: xr.DataArray, session: SessionLabels | None) -> IntArray:
    if "trial" not in states.dims:
        raise AnalysisError(
            f"{_name(states)}: found dimensions {listed(states.dims)}, expected 'trial' among them "
            "for a bootstrap of sessions; leave out generator for no interval"
        )
    group = read_sessions(session, states)
    if group.max() < 1:
        raise AnalysisError(
            "session: found 1 session, expected at least 2 for a bootstrap of sessions; leave out "
            "generator for no interval"
        )
    return group


def _decompose(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compute variances in descending order, and loadings (component, unit) with fixed signs."""
    value, vector = np.linalg.eigh(covariance)
    loadings = vector[:, ::-1].T
    largest = np.abs(loadings).argmax(axis=1)
    sign = np.sign(loadings[np.arange(len(loadings)), largest])
    # Rounding may make a variance of 0 slightly negative.
    return np.maximum(value[::-1], 0.0), loadings * sign[:, None]


def _bootstrap_ratio(
    moments: RowMoments, n_components: int, generator: np.random.Generator, n_bootstrap: int
) -> tuple[FloatArray, FloatArray]:
    """Compute bootstrap 95 % intervals of explained variance ratios; two arrays (component,)."""
    n_sessions = moments.count.size
    ratios = []
    for start in range(0, n_bootstrap, BOOTSTRAP_BATCH):
        n = min(BOOTSTRAP_BATCH, n_bootstrap - start)
        drawn = generator.integers(n_sessions, size=(n, n_sessions))
        weight = np.stack([np.bincount(each, minlength=n_sessions) for each in drawn])
        _, _, covariance = moments.pool(weight.astype(np.float64))
        variance = np.maximum(np.linalg.eigvalsh(covariance)[:, ::-1], 0.0)
        ratios.append(variance[:, :n_components] / variance.sum(axis=1, keepdims=True))
    ratio = np.concatenate(ratios)
    low, high = percentile_interval(ratio, np.ones(n_components, np.bool_))
    return low, high
