r"""Where do repeated trials of one kind lead a network, and how fast? (Sussillo & Barak 2013)

A fixed point x of a map F has F(x) = x. Newton's method, with the exact Jacobian J of F, starts
from states that the network goes through:

.. math:: x \leftarrow x + (I - J(x))^{-1} (F(x) - x).

Nearby, distances from the fixed point are multiplied by the eigenvalues of J with each trial: it
attracts if all are smaller than 1 in size.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.dynamics.fixed_point_search import (
    Newton,
    find_resting,
    merge_points,
    name_stability,
    repeat_map,
    solve_newton,
    sort_eigenvalues,
)
from pfc_analysis.analysis.dynamics.state_map import StateMap
from pfc_analysis.analysis.dynamics.trial_maps import KIND, StateMaps, draw_rows
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.result_labels import labelled

NEWTON = Newton(steps=60, longest=20.0)
"""Settings of ours. Cells of trained agents count, and their fixed points may lie hundreds away."""

REPEATS = 200
"""Repeats of a trial, from which the search starts as well: where stretches of a session lead."""


class Found(NamedTuple):
    """Fixed points of one map, (fixed_point, ...), and how many starts led to one."""

    points: FloatArray
    eigenvalues: NumberArray
    residual: FloatArray
    converged: float


@labelled
def find_fixed_points(
    maps: StateMaps,
    *,
    n_starts: int = 16,
    n_eigenvalues: int = 10,
    generator: np.random.Generator | int = 0,
) -> xr.Dataset:
    """Find the states that a kind of trial leaves where they are, and their stability.

    Parameters
    ----------
    maps : StateMaps
        How trials move states (`pfc_analysis.state_maps`, or `StateMaps.of` for a system of yours).
    n_starts : int
        Recorded states of each subject from which Newton's method starts, drawn at random. It also
        starts from where 200 repeats of the trial lead these. A point that no start leads to is not
        found; more starts find more.
    n_eigenvalues : int
        Eigenvalues to return, from the largest in size; at most as many as numbers in a state.
    generator : numpy.random.Generator or int
        Draws the starts; a number is the seed.

    Returns
    -------
    xarray.Dataset
        For each fixed point, in order of subject and kind: coordinates ``subject`` and
        ``trial_kind``; ``state`` (fixed_point, state_number); ``eigenvalue_real`` and
        ``eigenvalue_imaginary`` (fixed_point, mode); ``modulus`` of the largest and
        ``decay_rate``, minus its logarithm, per trial, which is negative where the point repels;
        ``stability`` ("stable", "unstable", or "neutral" if the largest is of size 1);
        ``residual``, by how much the map moves any number of the state; ``distance``, of its
        outputs from those of the nearest recorded state, as a share of the recorded states' root
        mean square distance from their mean: a point far outside is not reached in a session.
        On (subject, kind): ``n_fixed_points`` and ``converged``, the share of starts that led to a
        fixed point.

    Raises
    ------
    AnalysisError
        If a setting is out of range.

    References
    ----------
    Sussillo & Barak (2013), Neural Computation 25:626. Trials as maps, Newton's method in place of
    a minimum of speed, and the numbers of starts and steps are settings of ours.

    Examples
    --------
    A number that is doubled and squeezed has three fixed points, of which the middle one repels:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> squeeze = pfc.analysis.FunctionMap(lambda state: np.tanh(2.0 * state), size=1)
    >>> maps = pfc.analysis.StateMaps.of({"step": squeeze}, np.linspace(-1, 1, 9)[:, None])
    >>> found = pfc.analysis.find_fixed_points(maps)
    >>> (found["state"].values.ravel().round(3) + 0.0).tolist()
    [-0.958, 0.0, 0.958]
    >>> found["stability"].values.tolist()
    ['stable', 'unstable', 'stable']
    """
    _check_count("n_starts", n_starts)
    _check_count("n_eigenvalues", n_eigenvalues)
    rng = as_generator(generator, "generator")
    rows = []
    for subject in maps.subjects:
        starts = maps.states_of(subject, draw_rows(maps.rows_of(subject), n_starts, rng))
        rows += [_search(maps.maps[subject][kind], starts) for kind in maps.kinds]
    table = _tabulate(rows, min(n_eigenvalues, rows[0].eigenvalues.shape[1]))
    number = np.repeat(np.arange(len(rows)), [len(one.points) for one in rows])
    owner, kind = np.divmod(number, len(maps.kinds))
    table["distance"] = ("fixed_point", _measure_distance(maps, table["state"].values, owner))
    named = {
        "subject": ("fixed_point", np.array(maps.subjects)[owner]),
        KIND: ("fixed_point", np.array(maps.kinds)[kind]),
    }
    shape = (len(maps.subjects), len(maps.kinds))
    counted = {
        "n_fixed_points": (("of_subject", "kind"), np.array([len(o.points) for o in rows])),
        "converged": (("of_subject", "kind"), np.array([one.converged for one in rows])),
    }
    for name, (dims, values) in counted.items():
        table[name] = (dims, values.reshape(shape))
    coords = {"of_subject": maps.subjects, "kind": maps.kinds}
    return _describe(table.assign_coords(named | coords), len(starts))


def _search(one: StateMap, starts: FloatArray) -> Found:
    """Find the fixed points of a map, in order of the first number of their states."""
    every = np.concatenate([starts, repeat_map(one, starts, REPEATS)])
    ends = solve_newton(one, every, NEWTON)
    resting = find_resting(one, ends)
    points = merge_points(ends[resting])
    points = points[np.argsort(points[:, 0], kind="stable")]
    eigenvalues = sort_eigenvalues(one.jacobian(points))
    residual = np.abs(one.move(points) - points).max(axis=1, initial=0.0)
    return Found(points, eigenvalues, residual, float(resting.mean()))


def _tabulate(rows: list[Found], n_modes: int) -> xr.Dataset:
    values = np.concatenate([one.eigenvalues for one in rows])
    modulus = np.abs(values[:, 0])
    with np.errstate(divide="ignore"):
        rate = -np.log(modulus)
    point, modes = "fixed_point", ("fixed_point", "mode")
    return xr.Dataset(
        {
            "state": ((point, "state_number"), np.concatenate([one.points for one in rows])),
            "eigenvalue_real": (modes, values[:, :n_modes].real),
            "eigenvalue_imaginary": (modes, values[:, :n_modes].imag),
            "modulus": (point, modulus),
            "decay_rate": (point, rate),
            "stability": (point, name_stability(modulus)),
            "residual": (point, np.concatenate([one.residual for one in rows])),
        },
        {"mode": np.arange(1, n_modes + 1)},
    )


def _measure_distance(maps: StateMaps, points: FloatArray, owner: IntArray) -> FloatArray:
    """Distance from the nearest recorded state, as a share of the spread of these."""
    found, n = np.full(len(points), np.nan), maps.n_outputs
    for number, subject in enumerate(maps.subjects):
        own = maps.states_of(subject)[:, :n]
        spread = np.sqrt(((own - own.mean(axis=0)) ** 2).sum(axis=1).mean())
        for place in np.flatnonzero(owner == number):
            nearest = np.sqrt(((own - points[place, :n]) ** 2).sum(axis=1).min())
            found[place] = nearest / spread if spread > 0 else np.nan
    return found


def _check_count(name: str, value: int) -> None:
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise AnalysisError(f"{name}: found {value!r}, expected a whole number of at least 1")


MEANINGS = {
    "state": ("state that the trial leaves where it is", "1"),
    "eigenvalue_real": ("eigenvalues of the Jacobian, real part", "1"),
    "eigenvalue_imaginary": ("eigenvalues of the Jacobian, imaginary part", "1"),
    "modulus": ("size of the largest eigenvalue of the Jacobian", "1"),
    "decay_rate": ("rate at which distances from the point shrink", "1/trial"),
    "residual": ("largest change of any number of the state by the trial", "1"),
    "distance": ("distance from the nearest recorded state, relative to their spread", "1"),
    "converged": ("share of starts that led to a fixed point", "1"),
}


def _describe(table: xr.Dataset, n_starts: int) -> xr.Dataset:
    for name, (meaning, units) in MEANINGS.items():
        table[name].attrs = {"long_name": meaning, "units": units}
    table["stability"].attrs = {"long_name": "whether the point attracts"}
    table.attrs["n_starts"] = 2 * n_starts
    return table
