"""Confidence limits from the profile likelihood.

The profile likelihood of a parameter is the largest likelihood at each of its values. The 95 %
interval holds the values at which twice its fall is below 3.84, the 95 % point of chi-square with
one degree of freedom. It does not depend on the scale of the parameter, and it is one-sided where
the data set no limit on the other side, for instance near the end of a fraction's range. Where the
likelihood has several maxima that the data do not tell apart, it reaches round all that are known.
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

QUADRATIC = 0.03
"""Wald limits stand where the root of twice the fall is this near to 1.96 at all of them."""

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


def find_limits(
    objective: FitObjective,
    maximum: Maximum,
    covariance: FloatArray,
    others: Sequence[FloatArray] = (),
) -> FloatArray:
    """Find 95 % limits of every parameter on its unconstrained scale.

    If the log-likelihood falls like a parabola towards all Wald limits (estimate plus and minus
    1.96 standard errors), and no rival lies beyond them, these are the limits; otherwise those of
    the profile likelihood.

    Parameters
    ----------
    objective : FitObjective
        What was maximised.
    maximum : Maximum
        Where.
    covariance : float array (parameter, parameter)
        Of the estimates; NaN where it is not known.
    others : sequence of float arrays (parameter,)
        Places at which other searches ended. Limits reach round those that are rivals.

    Returns
    -------
    float array (parameter, 2)
        Infinite where the profile does not fall far enough before the end of the range.

    Raises
    ------
    BetterPlaceError
        If the search for a limit finds a higher place.
    """
    wald = _find_wald(maximum, covariance)
    likely = _list_likely(objective, maximum, others)
    alone = not any(_is_beyond(one, wald) for one in likely)
    if alone and _falls_like_parabola(objective, maximum, covariance, wald):
        return wald
    limits = np.empty_like(wald)
    for k in range(maximum.place.size):
        profile = _Profile(objective, maximum, covariance[k], k, likely)
        limits[k] = [profile.find(sign) for sign in (-1.0, 1.0)]
    return limits


def list_rivals(
    objective: FitObjective,
    maximum: Maximum,
    covariance: FloatArray,
    others: Sequence[FloatArray],
) -> list[FloatArray]:
    """List the places beyond Wald limits that the data do not reject, from the most likely on."""
    wald = _find_wald(maximum, covariance)
    rivals = [one for one in _list_likely(objective, maximum, others) if _is_beyond(one, wald)]
    return sorted(rivals, key=lambda one: -objective.value(one))


def _find_wald(maximum: Maximum, covariance: FloatArray) -> FloatArray:
    errors = np.sqrt(np.diag(covariance))
    wald = maximum.place[:, np.newaxis] + REACH * np.outer(errors, [-1.0, 1.0])
    return np.asarray(wald, dtype=np.float64)


def _list_likely(
    objective: FitObjective, maximum: Maximum, places: Sequence[FloatArray]
) -> list[FloatArray]:
    """List the places from which the log-likelihood rises to its maximum by less than 1.92."""
    falls = [_root_of_fall(objective.value(one), maximum.value) for one in places]
    return [one for one, fall in zip(places, falls, strict=True) if fall < REACH]


def _is_beyond(place: FloatArray, wald: FloatArray) -> bool:
    return bool(np.any((place < wald[:, 0]) | (place > wald[:, 1])))


def _falls_like_parabola(
    objective: FitObjective, maximum: Maximum, covariance: FloatArray, wald: FloatArray
) -> bool:
    """Test whether the log-likelihood has fallen by what a parabola falls at all Wald limits."""
    ends = np.column_stack([objective.low, objective.high])
    if not np.all(np.abs(wald) < np.abs(ends)):  # not so where a limit is NaN
        return False
    for k, limits in enumerate(wald):
        direction = covariance[k] / covariance[k, k]
        for limit in limits:
            there = maximum.place + direction * (limit - maximum.place[k])
            fall = _root_of_fall(objective.value(there), maximum.value)
            if abs(fall - REACH) > QUADRATIC:
                return False
    return True


def _root_of_fall(value: float, highest: float) -> float:
    return float(np.sqrt(max(0.0, 2.0 * (highest - value))))


class _Profile:
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
        self.curvature = bound_curvature(maximum.hessian, maximum.inside)
        self.elsewhere = declared_prior(objective.free).mean
        self.values: dict[float, float] = {}

    def find(self, sign: float) -> float:
        """Find where the root of twice the fall reaches 1.96; infinite if not before the end."""
        end = float((self.objective.high if sign > 0 else self.objective.low)[self.k])
        near = self.inner[int(sign > 0)]
        fall = _root_of_fall(self.objective.value(self.known[near]), self.maximum.value)
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
            return _root_of_fall(self.values[where], self.maximum.value)
        before = [one for one in self.known if one != where]
        nearest = self.known[min(before, key=lambda one: abs(one - where))]
        unknown = np.zeros_like(self.curvature)
        # A search that knows second derivatives is quicker, but one that does not goes farther.
        known = (
            bound_curvature(self.maximum.hessian, self.maximum.inside)
            if self._is_regular(where)
            else unknown
        )
        starts = ((self.maximum.place, unknown), (nearest, known), (self.elsewhere, unknown))
        found = [self._search(start, where, curvature.copy()) for start, curvature in starts]
        found.append(Search(self.known[where], self.values[where]))
        return self._keep(where, max(found, key=lambda one: one.value))

    def _is_regular(self, where: float) -> bool:
        """Whether the likelihood has fallen about as a parabola does."""
        distance = abs(where - float(self.maximum.place[self.k])) / self.error
        fall = _root_of_fall(self.values[where], self.maximum.value)
        return self.smooth and abs(fall / distance - 1.0) < REGULAR

    def _keep(self, where: float, found: Search) -> float:
        """Keep a place of the profile, and compute the root of twice the fall there."""
        if found.value > self.maximum.value + BETTER:
            raise BetterPlaceError(found.place)
        self.known[where], self.values[where] = found.place, found.value
        return _root_of_fall(found.value, self.maximum.value)

    def _search(self, start: FloatArray, where: float, curvature: FloatArray) -> Search:
        start = np.clip(start, self.objective.low, self.objective.high)
        start[self.k] = where
        return Search(*self.objective.climb(start, ~self.held, curvature, EXACT))
