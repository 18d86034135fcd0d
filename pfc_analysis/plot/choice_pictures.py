"""Pictures of choices: staying, weights of past trials, and matching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.choices.history_regression import fit_choice_history
from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.errors import EmptySelectionError, SeparationError
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import count_data, tell_mean, write_caption
from pfc_analysis.plot.picture_data import Data, analyse, name_groups
from pfc_analysis.plotting.choices.history_weights import draw_history_weights
from pfc_analysis.plotting.choices.matching_line import draw_matching, draw_matching_lines
from pfc_analysis.plotting.choices.stay_probability import draw_stay_probability, label_bars
from pfc_analysis.plotting.style import BLUE, GREEN, ORANGE, PURPLE, VERMILLION

COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE)
"""Of groups, in order."""


def stay_probability(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    published: Mapping[str, float] | None = None,
    lowest: float | None = None,
    legend: bool = True,
) -> Axes:
    """Draw how probably the first choice is repeated after each kind of two-step trial.

    Parameters
    ----------
    data : xarray.Dataset
        A recording of the two-step task (`choice`, `reward`, `common_transition` on `trial`), or
        the result of `pfc.analysis.compute_stay_probability`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default: a new figure.
    style : {"print", "lecture"} or mapping, optional
        Settings of matplotlib.
    published : mapping of str to float, optional
        Values to draw as diamonds, by "common_rewarded", "uncommon_rewarded",
        "common_unrewarded", "uncommon_unrewarded".
    lowest : float, optional
        Lower end of the axis (0 to 1); default: .2, or lower if a subject stays less often.
    legend : bool
        Whether to name the colours below the figure.

    Returns
    -------
    matplotlib.axes.Axes
        Bars, means over subjects with 95 % intervals; dots, subjects.

    Raises
    ------
    AnalysisError
        If the recording lacks a variable, or no pair of trials is left.

    References
    ----------
    Wang et al. (2018), Fig. 5b, c.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=5, units=False)
    >>> axes = pfc.plot.stay_probability(agents)
    >>> axes.get_ylabel()
    'stay probability'
    """
    stay = analyse(data, "stay_probability", compute_stay_probability)
    mean = summarise_subjects(stay, "stay_probability")
    if lowest is None:
        lowest = min(0.2, max(0.0, float(stay["stay_probability"].min()) - 0.05))
    with open_axes(ax, style, (3.2, 3.0)) as axes:
        draw_stay_probability(axes, stay, mean, published or {}, lowest)
        if legend:
            label_bars(axes, "published" if published else None)
    return write_caption(
        axes,
        "Probability of repeating the first choice, by the transition and the outcome of the trial "
        f"before, of {count_data(data)}.",
        tell_mean(stay.sizes["subject"]),
        "Diamonds, published values." if published else "",
        f"The axis begins at {lowest:.2g}." if lowest > 0 else "",
    )


def history_weights(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    n_lags: int = 5,
    ridge: float | None = None,
    legend: bool = True,
) -> Axes:
    """Draw the weights of earlier trials of each kind on the choice in the two-step task.

    Parameters
    ----------
    data : xarray.Dataset
        A recording of the two-step task, or the result of `pfc.analysis.fit_choice_history`.
    ax, style
        As for `stay_probability`.
    n_lags : int
        How many trials back the regression reaches.
    ridge : float, optional
        Penalty of the regression; 0 none (see `pfc.analysis.fit_choice_history`). Default: none,
        unless a subject's choices follow the past without exception, so that no finite weight
        exists: then 1 for all subjects, which the caption says.
    legend : bool
        Whether to name the kinds of trials.

    Returns
    -------
    matplotlib.axes.Axes
        Symbols, mean weights in log-odds with 95 % intervals; dots, subjects.

    Raises
    ------
    AnalysisError
        If the recording lacks a variable.
    SeparationError
        If no finite weight exists at the `ridge` that was asked for.

    References
    ----------
    Wang et al. (2018), Fig. 5d, e; Miller, Botvinick & Brody (2017), Nature Neuroscience 20:1269.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=10, units=False)
    >>> axes = pfc.plot.history_weights(agents, n_lags=2)
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('trials ago', 'weight on choice (log-odds)')
    """
    fitted = analyse(data, "coefficient", lambda one: _fit_history(one, n_lags, ridge))
    penalty = float(fitted["ridge"].max()) if "ridge" in fitted else 0.0
    with open_axes(ax, style, (3.6, 3.0)) as axes:
        mean = summarise_subjects(fitted, "coefficient")
        draw_history_weights(axes, fitted["coefficient"], mean, legend)
    return write_caption(
        axes,
        f"Weights of earlier trials on the choice, by kind of trial and how many trials ago "
        f"(logistic regression of {count_data(data)}).",
        tell_mean(fitted.sizes["subject"], "Symbols"),
        f"Weights are shrunk by a ridge of {penalty:g}." if penalty else "",
    )


def _fit_history(recording: xr.Dataset, n_lags: int, ridge: float | None) -> xr.Dataset:
    """Fit without a penalty if that is possible, or at the ridge that was asked for."""
    try:
        return fit_choice_history(recording, n_lags, ridge or 0.0)
    except SeparationError:
        if ridge is not None:
            raise
        return fit_choice_history(recording, n_lags, 1.0)


def matching(
    data: Data,
    ax: Axes | None = None,
    *,
    style: Style = None,
    by: Any = "session",
    min_trials: int = 10,
) -> Axes:
    """Draw ratios of choices against ratios of rewards, with each subject's line.

    Parameters
    ----------
    data : xarray.Dataset or mapping of str to xarray.Dataset
        A recording of choices between two sides (`choice`, `reward` on `trial`), the result of
        `pfc.analysis.compute_log_ratios`, or several of either by the name of the group.
    ax, style
        As for `stay_probability`.
    by : {"session", "block"}
        What a dot is; blocks need the arms' probabilities.
    min_trials : int
        Fewest choices of a dot.

    Returns
    -------
    matplotlib.axes.Axes
        Dots, sessions or blocks; lines, one for each subject; dotted, perfect matching.

    Raises
    ------
    AnalysisError
        If a recording lacks a variable, or no session has choices and rewards on both sides.

    References
    ----------
    Wang et al. (2018), Fig. 2a; Tsutsui et al. (2016), Nature Communications 7:12554.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("matching", sessions=20, units=False)
    >>> axes = pfc.plot.matching(agents)
    >>> axes.get_xlabel()
    'rewards, log₂ (right / left)'
    """
    groups = name_groups(data)
    told = []
    with open_axes(ax, style, (3.4, 3.2)) as axes:
        for colour, (name, group) in zip(COLOURS, groups.items(), strict=False):
            points = analyse(
                group, "log_choice_ratio", lambda one: compute_log_ratios(one, by, min_trials)
            )
            draw_matching(axes, points, colour, name or "session", size=2.5)
            told.append(_draw_lines(axes, points, colour, name))
        if len(groups) > 1:
            axes.legend(loc="upper left", markerscale=2)
    return write_caption(
        axes,
        f"Ratio of choices against ratio of rewards, right to left, by {by}.",
        *told,
        "Lines, least squares for each subject; dotted line, perfect matching.",
    )


def _draw_lines(axes: Axes, points: xr.Dataset, colour: str, name: str) -> str:
    """Draw the line of each subject that has one; return a sentence about the slopes."""
    told = f"{name or 'Data'}: {points.sizes['point']} points"
    try:
        fit = fit_matching(points)
    except EmptySelectionError:
        return f"{told}, too few in each subject for a line."
    reach = float(abs(points["log_reward_ratio"]).max())
    draw_matching_lines(axes, fit.dropna("subject", subset=["slope"]), colour, reach)
    slope = summarise_subjects(fit, "slope")
    middle, low, high = (slope[key].item() for key in ("mean", "lower", "upper"))
    n = fit.sizes["subject"]
    over = f"Student's t over {n} subjects" if n > 1 else "of the subject's own points"
    return f"{told}, slope {middle:.2f} [{low:.2f}, {high:.2f}] (95 % interval, {over})."
