"""Pictures of memory: choices relative to cued trials, and the influences on them."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.errors import SeparationError
from pfc_analysis.analysis.memory.cued_stay import compute_cued_stay
from pfc_analysis.analysis.memory.memory_indices import INDICES, fit_memory_indices
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import count_data, tell_mean, write_caption
from pfc_analysis.plot.picture_data import analyse
from pfc_analysis.plot.subject_means import draw_columns
from pfc_analysis.plotting.choices.stay_probability import (
    GROUP_WIDTH,
    draw_stay_probability,
    label_bars,
)
from pfc_analysis.plotting.style import GREY

TITLES = {
    "last_trial_uncued": "last, no cue",
    "last_trial_cued": "last, with a cue",
    "cued_trial": "cued trial",
}
"""What a choice is compared with."""


def cued_stay(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    legend: bool = True,
) -> Axes:
    """Draw how probably the choice of the last trial, and of the cued trial, is repeated.

    Parameters
    ----------
    data : xarray.Dataset
        A recording of the episodic two-step task (`choice`, `reward`, `common_transition` and
        `cued_trial` on `trial`), or the result of `pfc.analysis.compute_cued_stay`.
    ax, style
        As for `stay_probability`.
    legend : bool
        Whether to name the colours below the figure.

    Returns
    -------
    matplotlib.axes.Axes
        Bars, means over subjects with 95 % intervals; dots, subjects. Three groups of four bars:
        relative to the last trial without a cue and with one, and relative to the cued trial.

    Raises
    ------
    AnalysisError
        If the recording lacks a variable, or no pair of trials is left.

    References
    ----------
    Ritter et al. (2018), arXiv:1805.09692.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
    >>> learner = pfc.analysis.EpisodicLearner(episodic_model_based=3)
    >>> recording = pfc.simulate(learner, EpisodicTwoStep(), sessions=20, seed=1, subject="one")
    >>> axes = pfc.plot.cued_stay(recording)
    >>> axes.get_ylabel()
    'stay probability'
    """
    stay = analyse(data, "stay_probability", compute_cued_stay)
    mean = summarise_subjects(stay, "stay_probability")
    ticks = []
    with open_axes(ax, style, (4.6, 3.0)) as axes:
        for number, reference in enumerate(TITLES):
            shift = number * GROUP_WIDTH
            own = {"reference": reference}
            draw_stay_probability(axes, stay.sel(own), mean.sel(own), {}, 0.0, shift)
            ticks += [0.45 + shift, 2.65 + shift]
            middle = 1.55 + shift
            axes.text(middle, 1.05, TITLES[reference], ha="center", va="bottom")
        axes.set_xticks(ticks, ["reward", "none"] * len(TITLES))
        axes.set(xlim=(-0.6, 3.7 + 2 * GROUP_WIDTH), ylim=(0.0, 1.03))
        if legend:
            label_bars(axes)
    return write_caption(
        axes,
        "Probability of repeating the choice of the last trial (left, trials without a cue; "
        "middle, with a cue) and of the cued trial (right), by the transition and the outcome of "
        f"that trial, of {count_data(data)}.",
        tell_mean(stay.sizes["subject"]),
    )


def memory_indices(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    n_lags: int = 1,
    ridge: float | None = None,
) -> Axes:
    """Draw the incremental and episodic influences on choices of cued trials.

    Parameters
    ----------
    data : xarray.Dataset
        A recording of the episodic two-step task, or the result of
        `pfc.analysis.fit_memory_indices`.
    ax, style
        As for `stay_probability`.
    n_lags : int
        Past trials in the regression.
    ridge : float, optional
        Penalty of the regression; 0 none. Default: none, unless a subject's choices follow the
        past without exception: then 1 for all subjects, which the caption says.

    Returns
    -------
    matplotlib.axes.Axes
        Dots, subjects; lines, mean indices in log-odds with 95 % intervals.

    Raises
    ------
    AnalysisError
        If the recording lacks a variable.
    SeparationError
        If no finite weight exists at the `ridge` that was asked for.

    References
    ----------
    Vikbladh, Shohamy & Daw (2017); Ritter et al. (2018), arXiv:1805.09692.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
    >>> learner = pfc.analysis.EpisodicLearner(episodic_model_based=3)
    >>> recording = pfc.simulate(learner, EpisodicTwoStep(), sessions=20, seed=1, subject="one")
    >>> axes = pfc.plot.memory_indices(recording)
    >>> axes.get_ylabel()
    'index (log-odds)'
    """
    fitted = analyse(data, "episodic_model_based", lambda one: _fit(one, n_lags, ridge))
    penalty = float(fitted["ridge"].max())
    with open_axes(ax, style, (3.4, 3.0)) as axes:
        axes.axhline(0.0, color=GREY, lw=0.6)
        draw_columns(axes, join_indices(fitted), "index")
        labels = [name.replace("_model", "\nmodel").replace("_", "-") for name in INDICES]
        axes.set_xticks(range(len(INDICES)), labels)
        axes.set_ylabel("index (log-odds)")
    return write_caption(
        axes,
        "Influence of the last trial (incremental) and of the cued trial (episodic) on choices of "
        f"trials with a cue (logistic regression of {count_data(data)}).",
        tell_mean(fitted.sizes["subject"], "Lines"),
        f"Indices are shrunk by a ridge of {penalty:g}." if penalty else "",
    )


def join_indices(fitted: xr.Dataset) -> xr.Dataset:
    """Put the four indices of `fit_memory_indices` side by side, with their intervals.

    Returns
    -------
    xarray.Dataset
        `index`, `index_lower`, `index_upper` on (subject, name).
    """
    names = xr.Variable("name", list(INDICES))
    return xr.Dataset(
        {
            f"index{end}": xr.concat([fitted[f"{name}{end}"] for name in INDICES], names).transpose(
                "subject", "name"
            )
            for end in ("", "_lower", "_upper")
        }
    )


def _fit(recording: xr.Dataset, n_lags: int, ridge: float | None) -> xr.Dataset:
    """Fit without a penalty if that is possible, or at the ridge that was asked for."""
    try:
        return fit_memory_indices(recording, n_lags, ridge or 0.0)
    except SeparationError:
        if ridge is not None:
            raise
        return fit_memory_indices(recording, n_lags, 1.0)
