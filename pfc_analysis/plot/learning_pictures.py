"""Pictures of learning: learning rates, regret, and reward over experience."""

from __future__ import annotations

from pathlib import Path

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.learning.learning_rate import compute_learning_rate
from pfc_analysis.analysis.learning.regret import compute_regret
from pfc_analysis.analysis.learning.schedule_phases import ALL_TRIALS
from pfc_analysis.plot.choice_pictures import COLOURS
from pfc_analysis.plot.experience_curves import draw_over, tell_curves
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import count_data, tell_mean, write_caption
from pfc_analysis.plot.picture_data import (
    Data,
    analyse,
    cut_sessions,
    keep_free_choices,
    name_groups,
    tell_left_out,
)
from pfc_analysis.plot.reward_curves import Over, compute_reward_curve, read_training_curve
from pfc_analysis.plot.subject_means import draw_columns

_OVER = {
    "session": "session",
    "trial": "trial in the session",
    "training": "sessions of training (thousands)",
}


def learning_rate(data: xr.Dataset, ax: Axes | None = None, *, style: Style = None) -> Axes:
    """Draw the learning rate of each subject, in each phase of a schedule where there are phases.

    Parameters
    ----------
    data : xarray.Dataset
        A recording of choices between two sides (`choice`, `reward` on `trial`), or the result of
        `pfc.analysis.compute_learning_rate`. With the variable `regime` (0 stable, 1 volatile)
        there is a column for each phase. Without it, all trials are one phase.
    ax, style
        As for `pfc.plot.stay_probability`.

    Returns
    -------
    matplotlib.axes.Axes
        Dots, subjects; bars, mean over subjects with its 95 % interval.

    Raises
    ------
    AnalysisError
        As `pfc.analysis.compute_learning_rate`.

    References
    ----------
    Behrens et al. (2007), Nature Neuroscience 10:1214; Wang et al. (2018), Fig. 3d.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("volatility", sessions=20, units=False)
    >>> axes = pfc.plot.learning_rate(agents)
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['stable', 'volatile']
    """
    rates = analyse(data, "learning_rate", compute_learning_rate)
    phases = rates["phase"].values.tolist()
    counted = rates.attrs.get("counted", 0.5)
    with open_axes(ax, style, (1.6 + 0.8 * rates.sizes["phase"], 3.0)) as axes:
        draw_columns(axes, rates, "learning_rate")
        axes.set(ylabel="learning rate", ylim=(0, None))
    return write_caption(
        axes,
        f"Learning rate of a delta rule fitted to the choices of {count_data(data)}, of which the "
        f"last {100 * counted:.0f} % of each {'session' if phases == [ALL_TRIALS] else 'phase'} "
        "count. The rule takes a reward on one side as evidence against the other side.",
        tell_mean(rates.sizes["subject"]),
        _tell_left_out(rates),
        "The recording has no regimes: all trials are one phase." if phases == [ALL_TRIALS] else "",
    )


def _tell_left_out(rates: xr.Dataset) -> str:
    """Return a sentence on the trials that were not predicted."""
    forced = int(rates.attrs.get("n_trials_forced", 0))
    told = tell_left_out(int(rates.attrs.get("n_trials_invalid", 0)) + forced)
    return f"{told} The rule learns from the {forced} forced ones." if forced else told


def regret(data: Data, ax: Axes | None = None, *, style: Style = None) -> Axes:
    """Draw the reward lost so far, against always choosing the better arm, over the trials.

    Parameters
    ----------
    data : xarray.Dataset or mapping of str to xarray.Dataset
        A recording of choices between arms (`choice`, and `reward_probability` on (`trial`,
        `arm`)), the result of `pfc.analysis.compute_regret`, or several of either by name of the
        group. Trials without a valid free choice are left out, and sessions are cut to the length
        of the shortest one; the caption counts both.
    ax, style
        As for `pfc.plot.stay_probability`.

    Returns
    -------
    matplotlib.axes.Axes
        Lines and bands, mean over subjects with its 95 % interval (of one subject, over sessions;
        of two subjects there is no band); thin lines, subjects.

    Raises
    ------
    AnalysisError
        If the recording lacks a variable.

    References
    ----------
    Wang et al. (2018), Fig. 1d.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("bandit_independent", sessions=20, units=False)
    >>> axes = pfc.plot.regret(agents)
    >>> axes.get_ylabel()
    'cumulative regret (rewards)'
    """
    groups, notes, sizes = name_groups(data), [], []
    with open_axes(ax, style, (3.6, 3.0)) as axes:
        for colour, (name, group) in zip(COLOURS, groups.items(), strict=False):
            recording, note = _level(group) if "trial" in group.dims else (group, "")
            found = analyse(recording, "regret", compute_regret)
            n = draw_over(axes, found, "regret", "trial_in_session", colour, name)
            sizes.append(n)
            notes.append(f"{name + ': ' if name else ''}{count_data(group)}. {note}".strip())
        axes.set(xlabel="trial", ylabel="cumulative regret (rewards)", ylim=(0, None))
        if len(groups) > 1:
            axes.legend(loc="upper left")
    return write_caption(
        axes,
        "Reward lost up to each trial, against always choosing the better arm, mean over sessions.",
        *notes,
        tell_curves(sizes),
    )


def _level(recording: xr.Dataset) -> tuple[xr.Dataset, str]:
    """Return free choices of sessions of one length, and sentences on what was left out."""
    free, first = keep_free_choices(recording)
    level, second = cut_sessions(free)
    return level, " ".join(note for note in (first, second) if note)


def learning_curve(
    data: Data | str | Path,
    ax: Axes | None = None,
    *,
    style: Style = None,
    over: Over = "session",
    n_bins: int | None = None,
) -> Axes:
    """Draw the reward per trial over experience.

    Parameters
    ----------
    data : xarray.Dataset, mapping of str to xarray.Dataset, str or Path
        A recording (`reward` on `trial`), or several by name of the group. Or the name of a shipped
        experiment or the folder of a trained agent: then the curve is that of training.
    ax, style
        As for `pfc.plot.stay_probability`.
    over : {"session", "trial"}
        Whether experience is counted in sessions, in the order of the recording, or in trials of a
        session. Ignored for a trained agent.
    n_bins : int, optional
        Into how many parts experience is cut, of which each is averaged; default: 40 or fewer.

    Returns
    -------
    matplotlib.axes.Axes
        Thin lines, subjects (replicas); line and band, mean over subjects with its 95 % interval,
        of three subjects or more.

    Raises
    ------
    AnalysisError
        If a recording lacks a variable.
    ValueError
        If `over` is neither, or there is no such agent.

    References
    ----------
    Wang et al. (2018), Fig. 6d, for training.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> axes = pfc.plot.learning_curve("two_step")
    >>> axes.get_xlabel()
    'sessions of training (thousands)'
    >>> agents = pfc.record("two_step", sessions=5, units=False)
    >>> pfc.plot.learning_curve(agents, over="trial").get_xlabel()
    'trial in the session'
    """
    if isinstance(data, (str, Path)):
        curves = {"": read_training_curve(data, n_bins or 40)}
        counted, x = f"{curves['']['reward'].sizes['subject']} replicas", "training"
        told = f"Reward per trial during training, of {counted}."
    else:
        groups, x = name_groups(data), over
        curves = {k: compute_reward_curve(one, over, n_bins) for k, one in groups.items()}
        counted = "; ".join(f"{k + ': ' if k else ''}{count_data(d)}" for k, d in groups.items())
        what = "sessions" if over == "session" else "the trials of a session"
        told = f"Reward per trial over {what}, of {counted}."
    with open_axes(ax, style, (3.6, 3.0)) as axes:
        sizes = [
            draw_over(axes, curve, "reward", x, colour, name)
            for colour, (name, curve) in zip(COLOURS, curves.items(), strict=False)
        ]
        axes.set(xlabel=_OVER[x], ylabel="reward per trial")
        if len(curves) > 1:
            axes.legend(loc="lower right")
    return write_caption(
        axes,
        told,
        tell_curves(sizes),
    )
