"""Panels of Figure 6 about learning sets: what an agent saw, training, test, and decoding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.animation import draw_view_strip
from pfc_analysis.plotting.curves import LineStyle, draw_curves, draw_subject_dots
from pfc_analysis.plotting.learning.learning_sets import (
    draw_decoding,
    draw_problem_curves,
    finish_problem_axes,
)
from pfc_analysis.plotting.style import BLUE, INK, ORANGE, Axes, label_panel
from pfc_analysis.reproduction.agents.harlow_agents import watch_problem

STYLES = {"patterns": LineStyle(BLUE, "-", "o"), "photographs": LineStyle(ORANGE, "-", "s")}
"""Of the kinds of image."""

TARGETS = {"rewarded_side": "which side pays", "rewarded_image": "which image pays"}
"""What is decoded from units."""


def draw_seen(axes: Axes, agent: Path, subject: str, seed: int) -> Axes:
    """Draw the first two trials of a problem as an agent saw them (Fig. 6a).

    Parameters
    ----------
    agent : Path
        Folder of the agent.
    subject : str
        Replica, such as "seed_1".
    seed : int
        Seed of the test sessions.
    """
    session, moments = watch_problem(agent, subject, seed)
    captions = []
    for name, trial in zip(np.array(session.step)[moments], session.trial[moments], strict=True):
        outcome = "correct" if session.correct[trial] == 1 else "wrong"
        captions.append({"fixation": f"trial {trial + 1}", "outcome": outcome}.get(name, name))
    draw_view_strip(axes, session.frames[moments], captions)
    replica = session.subject.replace("_", " ")
    return label_panel(axes, "a", f"two trials of a problem, as one agent ({replica}) saw them")


def draw_experience(axes: Axes, curves: xr.Dataset, title: str) -> Axes:
    """Draw correct choices by trial, a curve for each block of problems or stage of training.

    Parameters
    ----------
    curves : xarray.Dataset
        `correct` on (`subject`, `trial`, and `problems` or `stage`). Agents of the last stage are
        drawn as dots.
    title : str
        Of the legend.
    """
    (dim,) = (dim for dim in curves["correct"].dims if dim not in ("subject", "trial"))
    labels = [
        str(label).removeprefix("problems_").removeprefix("stage_").replace("_", " to ")
        for label in curves[dim].values
    ]
    draw_problem_curves(axes, summarise_subjects(curves, "correct"), labels)
    if dim == "stage" and curves.sizes["subject"] > 1:
        last = curves["correct"].isel({dim: -1}, drop=True)
        draw_subject_dots(axes, last, LineStyle(INK))
    axes.legend(title=title, loc="lower right", ncols=2)
    return axes


def draw_test(
    axes: Axes, curves: Mapping[str, xr.Dataset], names: np.ndarray, paper: xr.DataArray
) -> Axes:
    """Draw how agents choose among images never seen, beside the paper's agents as crosses.

    Parameters
    ----------
    curves : mapping of str to xarray.Dataset
        By kind of image: `correct` on (`subject`, `trial`) (`compute_learning_set`).
    names : ndarray of str
        Subjects to draw.
    paper : xarray.DataArray
        Published share of correct choices at the end of training, on `trial`.
    """
    for images, found in curves.items():
        own = found.sel(subject=names)
        draw_curves(axes, {images: summarise_subjects(own, "correct")}, STYLES)
        draw_subject_dots(axes, own["correct"], STYLES[images])
    axes.plot(paper["trial"], paper, "x", ms=3.5, color=INK, label="Wang et al. 2018")
    axes.axhline(0.5, color="0.6", lw=0.6)
    finish_problem_axes(axes, paper["trial"].values)
    axes.set_ylabel("correct")
    axes.legend(loc="lower right")
    return axes


def draw_known(panels: Sequence[Axes], decoding: xr.Dataset, trials: Sequence[int]) -> None:
    """Draw how well the rewarded side and image are decoded from units (Fig. 6e).

    Parameters
    ----------
    panels : sequence of matplotlib.axes.Axes
        One for each of `TARGETS`.
    decoding : xarray.Dataset
        Of `decode_problem`.
    trials : sequence of int
        Trials of a problem to draw, counted from 1; those that it does not have are left out.
    """
    shown = [trial for trial in trials if trial in decoding["trial"].values]
    for axes, (target, title) in zip(panels, TARGETS.items(), strict=True):
        cells = decoding[["accuracy", "accuracy_lower", "accuracy_upper"]].sel(target=target)
        draw_decoding(axes, summarise_subjects(cells, "accuracy"), cells["accuracy"], shown)
        label_panel(axes, "e" if axes is panels[0] else "", f"decoded: {title}")
    panels[0].set_ylabel("share decoded correctly")
    panels[1].legend(loc="lower right")
