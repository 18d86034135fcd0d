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
from pfc_analysis.fitting.estimation.likelihood_profile import REACH, Profile, root_of_fall
from pfc_analysis.fitting.estimation.newton_steps import Maximum

QUADRATIC = 0.03
"""Wald limits stand where the root of twice the fall is this near to 1.96 at all of them."""


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
        profile = Profile(objective, maximum, covariance[k], k, likely)
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
    falls = [root_of_fall(objective.value(one), maximum.value) for one in places]
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
            fall = root_of_fall(objective.value(there), maximum.value)
            if abs(fall - REACH) > QUADRATIC:
                return False
    return True
