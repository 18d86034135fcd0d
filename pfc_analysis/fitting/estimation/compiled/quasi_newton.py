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

VERY_LITTLE = 1e-4

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
        The search ends when two steps gained less than this, in nats, or one promises less than
        `VERY_LITTLE` of it, by the second derivatives as they are estimated.
    most_steps : int
        Largest number of steps.

    Returns
    -------
    float
        What was maximised, in nats; minus infinity if the start has no finite value.
    """
    n = x.size
    slope, step, inside = np.empty(n), np.empty(n), np.empty(n, np.bool_)
    before, slope_before, bent = np.empty(n), np.empty(n), np.empty(n)
    root = np.empty((n, n))
    value = evaluate(problem, x, moving, slope)
    known, little = curvature[0, 0] > 0.0, 0
    for _ in range(most_steps):
        _find_inside(problem, x, moving, slope, inside)
        _choose_step(curvature, slope, inside, known, step, root)
        if not 0.5 * _multiply(slope, step) >= VERY_LITTLE * exact:
            break
        _copy(x, before)
        _copy(slope, slope_before)
        found = _go_along(problem, x, moving, slope, step, value, before, known)
        if found > value:
            known = _update(curvature, x, before, slope, slope_before, bent, known)
            little = little + 1 if found - value < exact else 0
            value = found
            if little == 2:
                break
        else:
            _copy(before, x)
            _copy(slope_before, slope)
            if not known:
                break
            known = False
    return value


@njit(**FAST)
def _copy(source, target):  # type: ignore[no-untyped-def]
    for k in range(source.size):
        target[k] = source[k]


@njit(**FAST)
def _multiply(one, other):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(one.size):
        total += one[k] * other[k]
    return total


@njit(**FAST)
def _find_inside(problem, x, moving, slope, inside):  # type: ignore[no-untyped-def]
    """Mark the parameters that move and are not pushed against an end of their range."""
    for k in range(x.size):
        pushed_down = x[k] <= problem.low[k] and slope[k] <= 0.0
        pushed_up = x[k] >= problem.high[k] and slope[k] >= 0.0
        inside[k] = moving[k] and not pushed_down and not pushed_up


@njit(**FAST)
def _choose_step(curvature, slope, inside, known, step, root):  # type: ignore[no-untyped-def]
    """Fill in the Newton step; without second derivatives, a step of length 1 uphill."""
    for k in range(step.size):
        step[k] = slope[k] if inside[k] else 0.0
    scale = 1.0 / max(np.sqrt(_multiply(step, step)), SHORTEST)
    if known:
        _solve(curvature, inside, step, root)
        longest = LONGEST
        for k in range(step.size):
            longest = max(longest, abs(step[k]))
        scale = LONGEST / longest
    for k in range(step.size):
        step[k] *= scale


@njit(**FAST)
def _solve(curvature, inside, step, root):  # type: ignore[no-untyped-def]
    """Solve for the parameters inside by Cholesky's method, in place."""
    n = step.size
    for i in range(n):
        if not inside[i]:
            continue
        for j in range(i + 1):
            if inside[j]:
                rest = curvature[i, j]
                for k in range(j):
                    if inside[k]:
                        rest -= root[i, k] * root[j, k]
                least = SHORTEST * curvature[i, i]
                root[i, j] = np.sqrt(max(rest, least)) if i == j else rest / root[j, j]
        for j in range(i):
            if inside[j]:
                step[i] -= root[i, j] * step[j]
        step[i] /= root[i, i]
    for i in range(n - 1, -1, -1):
        if inside[i]:
            for j in range(i + 1, n):
                if inside[j]:
                    step[i] -= root[j, i] * step[j]
            step[i] /= root[i, i]


@njit(**FAST)
def _go_along(  # type: ignore[no-untyped-def]
    problem, x, moving, slope, step, value, start, known
):
    """Go along a step until value and slope are as wanted; return the value there.

    While second derivatives are not known, a step is often far too long, so values are computed
    before slopes.
    """
    nothing = np.zeros(x.size, np.bool_)
    promised = _multiply(slope, step)
    farthest = _reach(problem, start, step)
    near, far, length = 0.0, np.inf, min(1.0, farthest)
    for _ in range(MOST_TRIES):
        for k in range(x.size):
            x[k] = min(max(start[k] + length * step[k], problem.low[k]), problem.high[k])
        found = evaluate(problem, x, moving if known else nothing, slope)
        high = found >= value + RISE * length * promised
        if high and not known:
            found = evaluate(problem, x, moving, slope)
        if not high:
            far = length
        elif _multiply(slope, step) > FLATTER * promised and length < farthest:
            near = length
        else:
            return found
        length = 0.5 * (near + far) if far < np.inf else min(2.0 * near, farthest)
    return found


@njit(**FAST)
def _reach(problem, x, step):  # type: ignore[no-untyped-def]
    """How often the step fits before the first parameter meets an end of its range."""
    found = np.inf
    for k in range(x.size):
        if step[k] != 0.0:
            end = problem.high[k] if step[k] > 0.0 else problem.low[k]
            found = min(found, (end - x[k]) / step[k])
    return found


@njit(**FAST)
def _update(  # type: ignore[no-untyped-def]
    curvature, x, before, slope, slope_before, bent, known
):
    """Let second derivatives explain how the slope changed on the way; return if they are known."""
    n = x.size
    product = squared = length = 0.0
    for k in range(n):
        moved, flattened = x[k] - before[k], slope_before[k] - slope[k]
        product += moved * flattened
        squared += flattened * flattened
        length += moved * moved
    if not product > 1e-10 * np.sqrt(squared * length):
        return known
    along = 0.0
    for i in range(n):
        bent[i] = 0.0
        for j in range(n):
            if not known:
                curvature[i, j] = squared / product if i == j else 0.0
            bent[i] += curvature[i, j] * (x[j] - before[j])
        along += bent[i] * (x[i] - before[i])
    for i in range(n):
        flattened = (slope_before[i] - slope[i]) / product
        for j in range(n):
            curvature[i, j] += flattened * (slope_before[j] - slope[j]) - bent[i] * bent[j] / along
    return True
