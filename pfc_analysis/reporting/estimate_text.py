"""Write estimates as text, with as many digits as their uncertainty supports."""

from __future__ import annotations

import numpy as np

from pfc_analysis.comparison.digits import count_decimals, write_number, write_p

NOTHING = "-"
"""Shown where there is no number."""


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
        return write_number(value, None)
    decimals = count_decimals(lower, upper)
    first, low, high = (write_number(number, decimals) for number in (value, lower, upper))
    return f"{first} [{low}, {high}]"


def format_p(p: float) -> str:
    """Write a p value for a table, with the digits that sentences give it."""
    return write_p(p).removeprefix("p ").removeprefix("= ") if np.isfinite(p) else NOTHING


def count_of(n: int, what: str) -> str:
    """Write a number with what it counts: "1 subject", "2,400 sessions"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def as_words(name: object) -> str:
    """Write a name of the code as words."""
    return str(name).replace("_", " ")
