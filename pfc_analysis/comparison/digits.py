"""Write numbers with the digits that their uncertainty leaves."""

from __future__ import annotations

import math

_ERRORS_IN_INTERVAL = 3.92
"""Width of a 95 % interval in standard errors, where it is of a normal distribution."""

_MOST_DECIMALS = 5


def count_decimals(lower: float, upper: float) -> int | None:
    """Count the decimals that show two digits of the standard error of an interval.

    Parameters
    ----------
    lower, upper : float
        Ends of a 95 % interval; its width divided by 3.92 is taken for the standard error.

    Returns
    -------
    int or None
        0 to 5; None without an interval, or with one of no width.
    """
    error = (upper - lower) / _ERRORS_IN_INTERVAL
    if not (math.isfinite(error) and error > 0):
        return None
    # Rounded first: an error of 0.0996 has the two digits 0.10.
    magnitude = int(f"{error:.1e}".partition("e")[2])
    return min(max(1 - magnitude, 0), _MOST_DECIMALS)


def write_number(value: float, decimals: int | None) -> str:
    """Write a number with this many decimals, or with three digits."""
    text = f"{value:.3g}" if decimals is None else f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def write_p(p: float) -> str:
    """Write a p value: "p = 0.034", "p < 0.001"."""
    if p < 0.001:
        return "p < 0.001"
    # A p just below .05 must not be rounded to it.
    digits = next((d for d in (2, 3, 4) if float(f"{p:.{d}g}") != 0.05), 6)
    return f"p = {p:.{digits}g}"
