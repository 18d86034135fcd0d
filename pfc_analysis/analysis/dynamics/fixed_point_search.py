"""Fixed points of a map: repeat it, or solve for the states that it leaves where they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, NumberArray
from pfc_analysis.analysis.dynamics.state_map import StateMap

AT_REST = 1e-9
"""A state is at rest if the map moves none of its numbers by more."""

SAME = 1e-5
"""States whose numbers all differ by less are one."""

NEUTRAL = 1e-6
"""An eigenvalue is of size 1 if it differs from 1 by less."""


class Newton(NamedTuple):
    """How Newton's method steps: at most `steps` steps, each no longer than `longest`."""

    steps: int = 60
    longest: float = 1.0


def repeat_map(one: StateMap, points: FloatArray, repeats: int) -> FloatArray:
    """Repeat a map until nothing moves any more, or `repeats` times; (point, state)."""
    for _ in range(repeats):
        after = one.move(points)
        still = np.abs(after - points).max(initial=0.0) < AT_REST / 100
        points = after
        if still:
            break
    return points


def solve_newton(one: StateMap, starts: FloatArray, how: Newton) -> FloatArray:
    """Search for fixed points from every start by Newton's method.

    Points that rest stop; the others go on. A point that does not come to rest is returned where
    the search left it.

    Parameters
    ----------
    one : StateMap
        The map.
    starts : float array (point, state)
        Where to start.
    how : Newton
        Number and length of steps.

    Returns
    -------
    float array (point, state)
    """
    points = np.array(starts, dtype=np.float64)
    moving = np.arange(len(points))
    for _ in range(how.steps):
        away = one.move(points[moving]) - points[moving]
        going = np.abs(away).max(axis=1) > AT_REST / 100
        moving, away = moving[going], away[going]
        if not moving.size:
            break
        points[moving] += _step(one.jacobian(points[moving]), away, how.longest)
    return points


def _step(jacobian: FloatArray, away: FloatArray, longest: float) -> FloatArray:
    size = away.shape[1]
    # A tiny ridge keeps singular matrices solvable; it does not move the point that is found.
    slope = np.eye(size) * (1.0 + 1e-12) - jacobian
    step = np.linalg.solve(slope, away[..., None])[..., 0]
    length = np.linalg.norm(step, axis=1, keepdims=True)
    return np.asarray(step / np.maximum(length / longest, 1.0))


def find_resting(one: StateMap, points: FloatArray) -> BoolArray:
    """Mark the points that the map leaves where they are, bool (point,)."""
    # Of large numbers, rounding alone moves more than `AT_REST`.
    size = np.maximum(np.abs(points).max(axis=1, initial=0.0), 1.0)
    return np.asarray(np.abs(one.move(points) - points).max(axis=1, initial=0.0) < AT_REST * size)


def merge_points(points: FloatArray) -> FloatArray:
    """Leave out points that are the same but for rounding; the first of each stays."""
    kept: list[FloatArray] = []
    for point in points:
        if all(np.abs(point - other).max() > SAME for other in kept):
            kept.append(point)
    return np.array(kept).reshape(-1, points.shape[1])


def sort_eigenvalues(jacobian: FloatArray) -> NumberArray:
    """Compute eigenvalues, complex (point, state), from the largest in size."""
    values = np.linalg.eigvals(jacobian).astype(np.complex128)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    return np.take_along_axis(values, order, axis=1)


def name_stability(modulus: FloatArray) -> NumberArray:
    """Name the stability of points by the size of their largest eigenvalue, (point,)."""
    neutral: BoolArray = np.abs(modulus - 1.0) < NEUTRAL
    return np.where(neutral, "neutral", np.where(modulus < 1.0, "stable", "unstable"))
