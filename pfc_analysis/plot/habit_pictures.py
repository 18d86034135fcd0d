"""Picture of a network and the habit beside it: what each adds to a choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.habit.policy_contributions import SYSTEMS, compute_policy_contributions
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import count_data, tell_mean, write_caption
from pfc_analysis.plot.picture_data import analyse
from pfc_analysis.plot.subject_means import draw_columns
from pfc_analysis.plotting.habit_schematic import HABIT, NETWORK
from pfc_analysis.plotting.style import GREY

PARTS = {"log_odds": "mean", "log_odds_sd": "standard deviation"}
"""What is drawn of each system, over trials."""

COLOURS = (NETWORK, HABIT)
"""Of the names below the columns, by `SYSTEMS`."""

TITLE_HEIGHT = 1.03
"""Of the names of the parts, above the axes."""


def policy_contributions(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    step: str = "stage_1",
    response: str = "right",
    against: str | Sequence[str] = "left",
) -> Axes:
    """Draw what a network and the habit beside it add to the log-odds of a response.

    A contribution that is alike in all trials shows in the mean; one that decides between the
    responses from trial to trial shows in the standard deviation.

    Parameters
    ----------
    data : xarray.Dataset
        A recording of agents that were trained with a habit, or the result of
        `pfc.analysis.compute_policy_contributions`.
    ax, style
        As for `stay_probability`.
    step, response, against
        As for `pfc.analysis.compute_policy_contributions`; of no effect if `data` is its result.

    Returns
    -------
    matplotlib.axes.Axes
        Dots, subjects; lines, means with 95 % intervals. Two columns for the mean over trials and
        two for the standard deviation, of network and habit. The caption gives the habit's share
        of the variance, and which of the two wins where they favour opposite responses.

    Raises
    ------
    AnalysisError
        If the recording lacks a variable, the step or a response is unknown, or no trial reached
        the step.

    References
    ----------
    The habit beside the network, and this picture of it, are this toolkit's.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step_habit", sessions=5, units=False)
    >>> axes = pfc.plot.policy_contributions(recording)
    >>> axes.get_ylabel()
    'log-odds of right against left'
    """
    found = analyse(
        data, "log_odds", lambda one: compute_policy_contributions(one, step, response, against)
    )
    versus = f"{found.attrs['response']} against {found.attrs['against']}"
    with open_axes(ax, style, (3.6, 3.0)) as axes:
        axes.axhline(0.0, color=GREY, lw=0.6)
        draw_columns(axes, _join_parts(found), "added")
        axes.set_xticks(range(4), [*SYSTEMS, *SYSTEMS])
        for label, colour in zip(axes.get_xticklabels(), COLOURS * 2, strict=True):
            label.set_color(colour)
        for place, name in zip((0.5, 2.5), PARTS.values(), strict=True):
            where = axes.get_xaxis_transform()
            axes.text(place, TITLE_HEIGHT, name, ha="center", va="bottom", transform=where)
        axes.set_ylabel(f"log-odds of {versus}")
    return write_caption(
        axes,
        f"What network and habit add to the log-odds of {versus} at step {found.attrs['step']}: "
        f"mean over trials (left) and standard deviation over trials (right), of "
        f"{count_data(data)}.",
        tell_mean(found.sizes["subject"], "Lines"),
        *_tell_shares(found),
    )


def _join_parts(found: xr.Dataset) -> xr.Dataset:
    """Put the four columns side by side, with their intervals, on (subject, column)."""
    names = xr.Variable("column", [f"{part} {system}" for part in PARTS for system in SYSTEMS])
    columns = {}
    for end in ("", "_lower", "_upper"):
        parts = [found[f"{part}{end}"].sel(system=one, drop=True)
                 for part in PARTS for one in SYSTEMS]  # fmt: skip
        columns[f"added{end}"] = xr.concat(parts, names).transpose("subject", "column")
    return xr.Dataset(columns)


def _tell_shares(found: xr.Dataset) -> list[str]:
    """Return sentences on the habit's share of the variance, and on who wins."""
    told = []
    share, apart, network = (
        _tell(found, name) for name in ("habit_share", "disagreement", "follows_network")
    )
    if share:
        told.append(f"The habit's share of the variance is {share}.")
    if network:
        told.append(
            f"The two favour opposite responses in a share of {apart} of trials, of which "
            f"{network} follow the network."
        )
    return told


def _tell(found: xr.Dataset, name: str) -> str:
    """Return the mean with its interval in brackets; empty without a value."""
    mean = {key: float(value) for key, value in summarise_subjects(found, name).items()}
    if not np.isfinite(mean["mean"]):
        return ""
    ends = f" [{mean['lower']:.2f}, {mean['upper']:.2f}]" if np.isfinite(mean["lower"]) else ""
    return f"{mean['mean']:.2f}{ends}"
