"""Write numbers with the digits that their uncertainty leaves."""

from __future__ import annotations

import math


def count_decimals(lower: float, upper: float) -> int | None:
    """Count the decimals that show two digits of half an interval's width; None without one."""
    half = (upper - lower) / 2
    if not (math.isfinite(half) and half > 0):
        return None
    return min(max(1 - math.floor(math.log10(half)), 0), 6)


def write_number(value: float, decimals: int | None) -> str:
    """Write a number with this many decimals, or with three digits."""
    text = f"{value:.3g}" if decimals is None else f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def write_p(p: float) -> str:
    """Write a p value: "p = 0.034", "p < 0.001"."""
    if p < 0.001:
        return "p < 0.001"
    # A p just below .05 must not be rounded to it.
    digits = next((d for d in (2, 3, 4) if float(f"{p:.{d}g}") != 0.05), 6)
    return f"p = {p:.{digits}g}"
