"""Colour, dashes and marks of each kind of trial in a phase portrait."""

from __future__ import annotations

from dataclasses import dataclass

from pfc_analysis.plotting.comparison_panels import GROUP_COLOURS
from pfc_analysis.plotting.style import BLUE, TRIAL_TYPE_STYLES, VERMILLION

_OUTCOMES = TRIAL_TYPE_STYLES | {
    "rewarded": (BLUE, "-", "o"),
    "unrewarded": (VERMILLION, "-", "o"),
}

_FIRST_CHOICES = ("left", "0", "stay")
"""Choices that are drawn with open marks; others have filled ones."""


@dataclass(frozen=True)
class KindStyle:
    """How a kind of trial is drawn.

    Attributes
    ----------
    colour, line, marker : str
        Colour is the reward, dashes an uncommon transition.
    filled : bool
        Whether marks are filled; open marks are the first of two choices.
    """

    colour: str
    line: str
    marker: str
    filled: bool


def style_of_kind(kind: str, number: int) -> KindStyle:
    """Return how a kind of trial is drawn.

    Parameters
    ----------
    kind : str
        Such as "left_common_rewarded", "right_unrewarded" or "rewarded": a choice, then what
        happened, joined by "_". Other names get a colour by their number.
    number : int
        Place of the kind among all.
    """
    for outcome in sorted(_OUTCOMES, key=len, reverse=True):
        if kind == outcome or kind.endswith(f"_{outcome}"):
            colour, line, marker = _OUTCOMES[outcome]
            choice = kind[: -len(outcome)].strip("_")
            return KindStyle(colour, line, marker, choice not in _FIRST_CHOICES)
    return KindStyle(GROUP_COLOURS[number % len(GROUP_COLOURS)], "-", "o", True)
