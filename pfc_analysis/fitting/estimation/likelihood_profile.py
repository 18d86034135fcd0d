"""Profile likelihood of one parameter, and where it has fallen to a limit.

A search along the profile starts from the nearest place known. Where choices are few, the profile
may have several branches, so the limit is made sure of by searches from other places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.fit_objective import FitObjective
from pfc_analysis.fitting.estimation.newton_steps import Maximum, bound_curvature
from pfc_analysis.fitting.estimation.normal_prior import declared_prior
from pfc_analysis.fitting.estimation.start_searches import Search

REACH = 1.959963984540054
"""Root of twice the fall at a 95 % limit."""

UNKNOWN = 0.5
"""Standard error that the search for a limit starts with where there is none."""

STEPS = (1e-3, 3.0)
"""Shortest and longest step of the search for a limit."""

EXACT = 1e-5
"""Searches along a profile end when two steps gained less than this, in nats."""

EXACT_ROOT = 1e-3
"""A limit is where the root of twice the fall is this near to 1.96."""

REGULAR = 0.1
"""The likelihood counts as regular at a limit if the root of twice its fall differs by less than
this share from that of a parabola."""

MOST_BRANCHES = 10
"""Number of times that the search for a limit goes on from a higher branch of the profile."""

BETTER = 0.01
"""A profile that rises above the maximum by more than this, in nats, has found a better one."""


class BetterPlaceError(Exception):
    """The profile met a place above the supposed maximum; `place` is where."""

    def __init__(self, place: FloatArray) -> None:
        super().__init__("the profile likelihood rose above the maximum")
        self.place = place


def root_of_fall(value: float, highest: float) -> float:
    """Compute the root of twice the fall from the highest log-likelihood."""
    return float(np.sqrt(max(0.0, 2.0 * (highest - value))))


class Profile:
    """Profile likelihood of one parameter around a maximum."""

    def __init__(
        self,
        objective: FitObjective,
        maximum: Maximum,
        covariances: FloatArray,
        k: int,
        likely: Sequence[FloatArray],
    ) -> None:
        self.objective, self.maximum, self.k = objective, maximum, k
        self.held = np.arange(maximum.place.size) == k
        self.known = {float(one[k]): one for one in (*likely, maximum.place)}
        self.inner = min(self.known), max(self.known)
        error = float(np.sqrt(covariances[k]))
        self.error, self.direction = UNKNOWN, np.zeros_like(maximum.place)
        self.smooth = bool(np.isfinite(error))
        if self.smooth:  # along which the profile starts
            self.error = error
            self.direction = np.where(np.isfinite(covariances), covariances, 0.0) / error**2
        self.curvature = self._curvature_at_maximum()
        self.elsewhere = declared_prior(objective.free).mean
        self.values: dict[float, float] = {}

    def _curvature_at_maximum(self) -> FloatArray:
        return bound_curvature(self.maximum.hessian, self.maximum.inside)

    def find(self, sign: float) -> float:
        """Find where the root of twice the fall reaches 1.96; infinite if not before the end."""
        end = float((self.objective.high if sign > 0 else self.objective.low)[self.k])
        near = self.inner[int(sign > 0)]
        fall = root_of_fall(self.objective.value(self.known[near]), self.maximum.value)
        step = float(np.clip(REACH * self.error, *STEPS))
        while near != end:
            far = near + sign * min(step, abs(end - near))
            found = self.fall(far)
            if found >= REACH:
                found = self.make_sure(far)
            if found >= REACH:
                return self._between(near, far, fall, found)
            # The root grows about linearly, so this step would just reach it.
            gain = max(found - fall, 1e-9)
            step = float(np.clip(1.1 * abs(far - near) * (REACH - found) / gain, *STEPS))
            near, fall = far, found
        return sign * np.inf

    def _between(self, near: float, far: float, low: float, high: float) -> float:
        """Find the place between two; go on from it if a higher branch of the profile is met."""
        exact = 1e-3 * abs(far - float(self.maximum.place[self.k]))
        for _ in range(MOST_BRANCHES):
            where = self._solve(near, far, low, high, exact)
            found = self.make_sure(where)
            if found > REACH - EXACT_ROOT or abs(far - where) < exact:
                break
            for one in [one for one in self.known if where < one < far or far < one < where]:
                del self.known[one]  # of the lower branch
            near, low = where, found
        return where

    def _solve(self, near: float, far: float, low: float, high: float, exact: float) -> float:
        """Find the place by regula falsi with bisection when it stalls (Illinois)."""
        low, high = low - REACH, high - REACH
        middle = far
        for _ in range(30):
            if abs(far - near) < exact:
                break
            middle = far - high * (far - near) / (high - low)
            found = self.fall(middle) - REACH
            if abs(found) < EXACT_ROOT:
                break
            if found * high < 0:
                near, low = far, high
            else:
                low *= 0.5
            far, high = middle, found
        return middle

    def fall(self, where: float) -> float:
        """Compute the root of twice the fall of the profile at a value of the parameter.

        The search starts from the nearest place known, along the profile, so it may stop short of
        another, higher branch of it (`make_sure`).
        """
        nearest = min(self.known, key=lambda one: abs(one - where))
        shifted = self.known[nearest] + self.direction * (where - nearest)
        return self._keep(where, self._search(shifted, where, self.curvature))

    def make_sure(self, where: float) -> float:
        """Search for the profile again from other places; what is highest counts.

        A search that stops short of the profile would make the interval too narrow.
        """
        if self.held.all():
            return root_of_fall(self.values[where], self.maximum.value)
        before = [one for one in self.known if one != where]
        nearest = self.known[min(before, key=lambda one: abs(one - where))]
        unknown = np.zeros_like(self.curvature)
        # A search that knows second derivatives is quicker, but one that does not goes farther.
        known = self._curvature_at_maximum() if self._is_regular(where) else unknown
        starts = ((self.maximum.place, unknown), (nearest, known), (self.elsewhere, unknown))
        found = [self._search(start, where, curvature.copy()) for start, curvature in starts]
        found.append(Search(self.known[where], self.values[where]))
        return self._keep(where, max(found, key=lambda one: one.value))

    def _is_regular(self, where: float) -> bool:
        """Whether the likelihood has fallen about as a parabola does."""
        distance = abs(where - float(self.maximum.place[self.k])) / self.error
        fall = root_of_fall(self.values[where], self.maximum.value)
        return self.smooth and abs(fall / distance - 1.0) < REGULAR

    def _keep(self, where: float, found: Search) -> float:
        """Keep a place of the profile, and compute the root of twice the fall there."""
        if found.value > self.maximum.value + BETTER:
            raise BetterPlaceError(found.place)
        self.known[where], self.values[where] = found.place, found.value
        return root_of_fall(found.value, self.maximum.value)

    def _search(self, start: FloatArray, where: float, curvature: FloatArray) -> Search:
        start = np.clip(start, self.objective.low, self.objective.high)
        start[self.k] = where
        return Search(*self.objective.climb(start, ~self.held, curvature, EXACT))
