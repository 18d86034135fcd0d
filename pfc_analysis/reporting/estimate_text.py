"""Write estimates as text, with as many digits as their uncertainty supports."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

NOTHING = "-"
"""Shown where there is no number."""

_ERRORS_IN_INTERVAL = 2 * NormalDist().inv_cdf(0.975)
"""Width of a 95 % interval in standard errors."""

_MOST_DECIMALS = 5


def format_estimate(value: float, lower: float, upper: float) -> str:
    """Write a value with its 95 % interval: "0.861 [0.764, 0.941]".

    Parameters
    ----------
    value, lower, upper : float
        The estimate and the ends of its interval; NaN where there is none.

    Returns
    -------
    str
        All three are rounded to the second significant digit of the standard error, which is the
        width of the interval divided by 3.92; at most five decimals. Without an interval, or with
        one of no width, numbers have three significant digits; without a value, `NOTHING` is
        returned.
    """
    if not np.isfinite(value):
        return NOTHING
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return f"{value:.3g}"
    if lower == upper:
        return f"{value:.3g} [{lower:.3g}, {upper:.3g}]"
    decimals = count_decimals((upper - lower) / _ERRORS_IN_INTERVAL)
    first, low, high = (_round(number, decimals) for number in (value, lower, upper))
    return f"{first} [{low}, {high}]"


def count_decimals(error: float) -> int:
    """Count the decimals that show two significant digits of a standard error; 0 to 5."""
    # Rounded first: an error of 0.0996 has the two digits 0.10.
    magnitude = int(f"{error:.1e}".partition("e")[2])
    return int(np.clip(1 - magnitude, 0, _MOST_DECIMALS))


def format_p(p: float) -> str:
    """Write a p value with three decimals."""
    if not np.isfinite(p):
        return NOTHING
    return "< .001" if p < 0.001 else f"{p:.3f}"


def count_of(n: int, what: str) -> str:
    """Write a number with what it counts: "1 subject", "2,400 sessions"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def as_words(name: object) -> str:
    """Write a name of the code as words."""
    return str(name).replace("_", " ")


def _round(number: float, decimals: int) -> str:
    """Write a number with some decimals, without the sign of a negative zero."""
    return f"{round(number, decimals) + 0.0:,.{decimals}f}"
