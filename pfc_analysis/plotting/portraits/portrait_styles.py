"""Colour, dashes, marks and names of each kind of trial in a phase portrait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.plotting.comparison_panels import GROUP_COLOURS
from pfc_analysis.plotting.style import TRIAL_TYPE_STYLES

_TWO = 2
"""Different rewards that are told apart as rewarded and unrewarded."""


@dataclass(frozen=True)
class KindStyle:
    """How a kind of trial is drawn.

    Attributes
    ----------
    colour, line, marker : str
        Colour is the reward, dashes and squares an uncommon transition.
    filled : bool
        Whether marks are filled; those of choice 0 are open.
    title : str
        Such as "choice 1, uncommon, rewarded".
    """

    colour: str
    line: str
    marker: str
    filled: bool
    title: str


def list_kind_styles(portrait: xr.Dataset) -> dict[str, KindStyle]:
    """Return how each kind of trial is drawn.

    Parameters
    ----------
    portrait : xarray.Dataset
        Coordinates `choice` (arm, from 0), `second_state` (as the choice that commonly leads to it;
        -1 where the task has none) and `reward` on `trial_kind`.

    Returns
    -------
    dict of str to KindStyle
        By label of `trial_kind`.
    """
    rewards = np.unique(portrait["reward"].values)
    columns = (portrait[name].values for name in ("trial_kind", "choice", "second_state", "reward"))
    return {
        str(kind): _style(int(choice), int(state), float(reward), rewards)
        for kind, choice, state, reward in zip(*columns, strict=True)
    }


def _style(choice: int, state: int, reward: float, rewards: np.ndarray) -> KindStyle:
    """Return the style of a kind; the larger of two rewards counts as rewarded."""
    transition = "uncommon" if state >= 0 and state != choice else "common"
    outcome = "rewarded" if reward == rewards[-1] else "unrewarded"
    colour, line, marker = TRIAL_TYPE_STYLES[f"{transition}_{outcome}"]
    if rewards.size != _TWO:
        place = int(np.searchsorted(rewards, reward))
        colour, outcome = GROUP_COLOURS[place % len(GROUP_COLOURS)], f"reward {reward:g}"
    words = [f"choice {choice}", *([transition] if state >= 0 else []), outcome]
    return KindStyle(colour, line, marker, choice > 0, ", ".join(words))


def tell_styles(portrait: xr.Dataset) -> str:
    """Say in a caption what colours, dashes and marks are."""
    said = []
    if np.unique(portrait["reward"].values).size == _TWO:
        said.append("blue, rewarded, orange, unrewarded")
    if (portrait["second_state"].values >= 0).any():
        said.append("dashed lines and squares, uncommon transitions")
    return "; ".join([*said, "open marks, choice 0"])
