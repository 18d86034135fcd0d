"""Refine a maximum by Newton steps, and keep the second derivatives there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.fitting.estimation.fit_objective import FitObjective

MOST_STEPS = 50
ENOUGH = 1e-7
"""Newton steps end with one that promises less than this, in nats."""

FAR, MOST_SEARCHES = 1e-4, 3
"""Where a Newton step promises more than this, in nats, quasi-Newton searches go on first: one of
their steps takes one gradient."""

LEAST = 1e-2
"""Curvature of directions that are flatter, for the first step of a search."""

LONGEST = 2.0
"""Longest step of any parameter on the unconstrained scale."""

NEAR = 1e-4
"""Second derivatives that were computed within this distance are those of the maximum."""


@dataclass(frozen=True)
class Maximum:
    """A refined maximum.

    Attributes
    ----------
    place : float array (parameter,)
        Unconstrained parameters.
    value : float
        What was maximised, in nats.
    hessian : float array (parameter, parameter)
        Second derivatives there; zero for parameters outside `inside`.
    inside : bool array (parameter,)
        Parameters that are neither held nor pushed against an end of their range.
    missing : float
        What another Newton step promises, in nats.
    """

    place: FloatArray
    value: float
    hessian: FloatArray
    inside: BoolArray
    missing: float


def refine(objective: FitObjective, start: FloatArray, held: BoolArray | None = None) -> Maximum:
    """Climb from a place near a maximum by damped Newton steps.

    Second derivatives cost many gradients, so they are kept until steps with them help less.

    Parameters
    ----------
    objective : FitObjective
        What is maximised.
    start : float array (parameter,)
        Where to start, within the ends of the ranges.
    held : bool array (parameter,), optional
        Parameters that stay where they are.
    """
    climb = _Climb(objective, start, np.zeros(start.size, bool) if held is None else held)
    for _ in range(MOST_SEARCHES):
        if climb.missing < FAR:
            break
        climb.search()
    last = np.inf
    for _ in range(MOST_STEPS):
        missing = climb.missing
        if missing < ENOUGH:
            climb.step_last()
            break
        slowing = missing > last / 4.0 and climb.moved > 0.0
        if slowing:
            climb.curve()
        last = missing
        if not climb.step_up():
            if climb.moved == 0.0:  # the second derivatives are new, and still no step helps
                break
            climb.curve()
            last = np.inf
    if climb.moved > NEAR:
        climb.curve()
    return Maximum(climb.place, climb.value, climb.hessian, climb.inside, climb.missing)


def bound_curvature(hessian: FloatArray, inside: BoolArray) -> FloatArray:
    """Negative second derivatives, made positive definite for the first step of a search."""
    found = np.eye(inside.size)
    size, axes = np.linalg.eigh(-hessian[np.ix_(inside, inside)])
    found[np.ix_(inside, inside)] = (axes * np.maximum(np.abs(size), LEAST)) @ axes.T
    return found


class _Climb:
    """Where a climb stands: place, value, slope, and second derivatives of `moved` ago."""

    def __init__(self, objective: FitObjective, start: FloatArray, held: BoolArray) -> None:
        self.objective, self.held = objective, held
        self._go(start, *objective.gradient(start))
        self.curve()

    def _go(self, place: FloatArray, value: float, slope: FloatArray) -> None:
        self.place, self.value, self.slope = place, value, slope
        low, high = self.objective.low, self.objective.high
        pushed = (place <= low) & (slope <= 0) | (place >= high) & (slope >= 0)
        self.inside = ~self.held & ~pushed

    def curve(self) -> None:
        """Compute second derivatives where the climb stands."""
        self.hessian, self.moved = self.objective.hessian(self.place, self.inside), 0.0
        self._curved = self.inside

    @property
    def missing(self) -> float:
        """What a Newton step promises, in nats."""
        return 0.5 * float(self.slope @ self._newton_step())

    def search(self) -> None:
        """Search on by a quasi-Newton method that starts with these second derivatives."""
        curvature = bound_curvature(self.hessian, self.inside)
        place, value = self.objective.climb(self.place, ~self.held, curvature, ENOUGH)
        if value > self.value:
            self._go(place, *self.objective.gradient(place))
            self.curve()

    def step_up(self) -> bool:
        """Take the Newton step, or the longest half, quarter, ... of it that leads uphill."""
        step, before = self._newton_step(), self.place
        step = step / max(1.0, np.abs(step).max() / LONGEST)
        for halvings in range(12):
            place = before + step * 0.5**halvings
            place = np.clip(place, self.objective.low, self.objective.high)
            value, slope = self.objective.gradient(place)
            if value > self.value:
                self._go(place, value, slope)
                self.moved += float(np.abs(place - before).max())
                if not np.array_equal(self.inside, self._curved):
                    self.curve()
                return True
        return False

    def step_last(self) -> None:
        """Take a Newton step so short that its gain may be lost in rounding."""
        low, high = self.objective.low, self.objective.high
        place = np.clip(self.place + self._newton_step(), low, high)
        value, slope = self.objective.gradient(place)
        if value > self.value - ENOUGH:
            self.moved += float(np.abs(place - self.place).max())
            self._go(place, value, slope)

    def _newton_step(self) -> FloatArray:
        """Compute the Newton step; where the function curves upwards, it still leads uphill."""
        step, inside = np.zeros_like(self.slope), self.inside
        if inside.any():
            curvature, axes = np.linalg.eigh(-self.hessian[np.ix_(inside, inside)])
            size = np.maximum(np.abs(curvature), 1e-8 * max(1.0, float(np.abs(curvature).max())))
            step[inside] = axes @ ((axes.T @ self.slope[inside]) / size)
        return step
