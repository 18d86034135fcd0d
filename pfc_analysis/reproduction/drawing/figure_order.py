"""Order in which figures are drawn side by side: those that take longest first."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

CPU_SECONDS = MappingProxyType(
    {
        "r1": 57.0,
        "r2": 35.0,
        "6": 46.0,
        "s9": 45.0,
        "3": 34.0,
        "p2": 32.0,
        "p3": 30.0,
        "h1": 28.0,
        "2": 27.0,
        "s6": 26.0,
        "1": 25.0,
        "4": 23.0,
        "e1": 22.0,
        "5": 16.0,
        "7": 16.0,
        "s2": 15.0,
        "s4": 13.0,
        "p1": 13.0,
        "s5": 10.0,
        "n3": 7.0,
        "n1": 6.0,
        "n2": 4.0,
        "f2": 4.0,
        "f1": 3.0,
    }
)
"""CPU-seconds that each figure took on one core, on a 2-core machine, all functions compiled.

Only their order matters. `python benchmarks/figures.py` measures them.
"""


def order_figures(names: Iterable[str]) -> list[str]:
    """Sort figures by the time that they take, longest first.

    The processes then end at about the same time: the short figures fill the gaps.

    Parameters
    ----------
    names : iterable of str
        The paper's names of figures.

    Returns
    -------
    list of str
        Figures that were never measured come first.
    """
    return sorted(names, key=lambda name: -CPU_SECONDS.get(name, float("inf")))
