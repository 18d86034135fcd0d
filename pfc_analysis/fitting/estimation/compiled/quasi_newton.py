"""Search for a maximum inside a box by a quasi-Newton method (compiled).

Second derivatives are estimated from the gradients met on the way (Broyden, Fletcher, Goldfarb and
Shanno). Parameters at an end of their range that are pushed outwards do not move. A step ends where
the function has risen enough and its slope has become flatter (weak conditions of Wolfe), found by
doubling and halving.

References: Nocedal & Wright (2006), Numerical Optimization, ch. 6; Lewis & Overton (2013),
Mathematical Programming 141:135, on the search along a line.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.fitting.estimation.compiled.problem import Problem, evaluate
from pfc_analysis.learners.definition.likelihood import FAST

RISE, FLATTER = 1e-4, 0.9
"""A step has to gain this share of what its slope promises; its end slopes at most so much less."""

LONGEST = 2.0
"""Longest first try of a step of any parameter on the unconstrained scale."""

MOST_TRIES = 40

SHORTEST = 1e-12


@njit(**FAST)
def climb(
    problem: Problem,
    x: FloatArray,
    moving: BoolArray,
    curvature: FloatArray,
    exact: float,
    most_steps: int,
) -> float:
    """Search for a maximum.

    Parameters
    ----------
    problem : Problem
        What is maximised.
    x : float array (parameter,)
        Where to start, inside the ends of the ranges; filled with where the search ended.
    moving : bool array (parameter,)
        Parameters that are searched; others stay.
    curvature : float array (parameter, parameter)
        Negative second derivatives, or an estimate: positive definite. Zeros if nothing is known.
        Filled with the estimate at the end.
    exact : float
        The search ends when a Newton step promises less than this, in nats, with the second
        derivatives as they are estimated.
    most_steps : int
        Largest number of steps.

    Returns
    -------
    float
        What was maximised, in nats; minus infinity if the start has no finite value.
    """
    slope, step = np.empty_like(x), np.empty_like(x)
    before, slope_before = np.empty_like(x), np.empty_like(x)
    value = evaluate(problem, x, moving, slope)
    known = curvature.max() > 0.0
    for _ in range(most_steps):
        inside = _find_inside(problem, x, moving, slope)
        _choose_step(curvature, slope, inside, known, step)
        promised = slope @ step
        if not 0.5 * promised >= exact:
            break
        step *= min(1.0, LONGEST / np.abs(step).max())
        before[:], slope_before[:] = x, slope
        found = _go_along(problem, x, moving, slope, step, value)
        if not found > value:
            x[:], slope[:] = before, slope_before
            if not known:
                break
            curvature[:], known = 0.0, False
            continue
        value = found
        known = _update(curvature, x - before, slope_before - slope, known)
    return value


@njit(**FAST)
def _find_inside(problem, x, moving, slope):  # type: ignore[no-untyped-def]
    """Mark the parameters that move and are not pushed against an end of their range."""
    pushed = ((x <= problem.low) & (slope <= 0.0)) | ((x >= problem.high) & (slope >= 0.0))
    return moving & ~pushed


@njit(**FAST)
def _choose_step(curvature, slope, inside, known, step):  # type: ignore[no-untyped-def]
    """Fill in the Newton step; without second derivatives, the gradient at most of length 1."""
    step[:] = np.where(inside, slope, 0.0)
    if known:
        _solve(curvature, inside, step)
    else:
        step /= max(np.sqrt(step @ step), SHORTEST)


@njit(**FAST)
def _solve(curvature, inside, step):  # type: ignore[no-untyped-def]
    """Solve for the parameters inside by Cholesky's method, in place."""
    n = step.size
    root = np.zeros((n, n))
    least = SHORTEST * curvature.max()
    for i in range(n):
        if not inside[i]:
            continue
        for j in range(i + 1):
            if inside[j]:
                rest = curvature[i, j] - root[i, :j] @ root[j, :j]
                root[i, j] = np.sqrt(max(rest, least)) if i == j else rest / root[j, j]
        step[i] = (step[i] - root[i, :i] @ step[:i]) / root[i, i]
    for i in range(n - 1, -1, -1):
        if inside[i]:
            for j in range(i + 1, n):
                step[i] -= root[j, i] * step[j]
            step[i] /= root[i, i]


@njit(**FAST)
def _go_along(problem, x, moving, slope, step, value):  # type: ignore[no-untyped-def]
    """Go along a step from `x` until value and slope are as wanted; return the value there."""
    start, promised = x.copy(), slope @ step
    farthest = _reach(problem, start, step)
    near, far, length = 0.0, np.inf, min(1.0, farthest)
    best, best_length = -np.inf, 0.0
    for _ in range(MOST_TRIES):
        x[:] = np.minimum(np.maximum(start + length * step, problem.low), problem.high)
        found = evaluate(problem, x, moving, slope)
        if found < value + RISE * length * promised or found == -np.inf:
            far = length
        elif slope @ step > FLATTER * promised and length < farthest:
            near, best, best_length = length, found, length
        else:
            return found
        length = min(2.0 * near, farthest) if far == np.inf else 0.5 * (near + far)
        if far - near < SHORTEST or length * np.abs(step).max() < SHORTEST:
            break
    if best > value:
        x[:] = np.minimum(np.maximum(start + best_length * step, problem.low), problem.high)
        return evaluate(problem, x, moving, slope)
    return best


@njit(**FAST)
def _reach(problem, x, step):  # type: ignore[no-untyped-def]
    """How often the step fits before the first parameter meets an end of its range."""
    found = np.inf
    for k in range(x.size):
        if step[k] > 0.0:
            found = min(found, (problem.high[k] - x[k]) / step[k])
        elif step[k] < 0.0:
            found = min(found, (problem.low[k] - x[k]) / step[k])
    return found


@njit(**FAST)
def _update(curvature, moved, flattened, known):  # type: ignore[no-untyped-def]
    """Let second derivatives explain how the slope changed on the way; return if they are known."""
    product = moved @ flattened
    if not product > 1e-10 * np.sqrt((moved @ moved) * (flattened @ flattened)):
        return known
    if not known:
        curvature[:] = np.eye(moved.size) * (flattened @ flattened) / product
    bent = curvature @ moved
    curvature += np.outer(flattened, flattened) / product - np.outer(bent, bent) / (moved @ bent)
    return True
