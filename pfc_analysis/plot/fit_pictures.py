"""Pictures of fits: models compared, parameters, what can be trusted, and phase portraits."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.packed_parts import unpack
from pfc_analysis.plot.picture_axes import Size, Style, open_axes
from pfc_analysis.plot.picture_captions import write_caption
from pfc_analysis.plot.picture_data import require_dataset
from pfc_analysis.plotting.fits.confusion_cells import draw_confusion
from pfc_analysis.plotting.fits.estimate_rows import draw_estimates
from pfc_analysis.plotting.fits.exceedance_bars import draw_exceedance
from pfc_analysis.plotting.fits.fit_panels import (
    PANELS,
    list_panels,
    select_learner,
    tell_panel,
)
from pfc_analysis.plotting.fits.held_out_rows import draw_difference, draw_held_out
from pfc_analysis.plotting.fits.model_rows import find_main_learner
from pfc_analysis.plotting.fits.panel_strip import list_first_columns, shape_strip, split_axes
from pfc_analysis.plotting.fits.predictive_rows import draw_predictions, list_main_measures
from pfc_analysis.plotting.fits.recovery_rows import draw_recovery
from pfc_analysis.plotting.fits.unit_curves import draw_unit_curves

_WHOLE = {
    "held_out": draw_held_out,
    "difference": draw_difference,
    "exceedance": draw_exceedance,
    "units": draw_unit_curves,
}
"""Panels that are drawn in the axes as they are."""


def fit(
    result: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    show: str = "held_out",
    learner: str | None = None,
    measures: Sequence[str] | None = None,
) -> Axes:
    """Draw one answer of a fit of learners and networks to choices.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc.fit`.
    ax, style
        As for `pfc.plot.stay_probability`.
    show : str
        What to draw: "held_out", how well each model predicts held-out choices; "difference", by
        how much better than the subject's best learner; "exceedance", which model is the most
        frequent one over subjects; "units", held-out likelihood against the number of units of
        networks; "parameters", a learner's parameters by subject; "recovery", which of them the
        trials determine; "confusion", which model is chosen for data of which; "predictions",
        whether fitted models behave as the subjects do.
    learner : str, optional
        Whose parameters and recovery are drawn; default: the learner that is best for most
        subjects.
    measures : sequence of str, optional
        What to draw as "predictions", labels of `predictions_measure`; default: all but weights of
        single lags and single trials around reversals.

    Returns
    -------
    matplotlib.axes.Axes
        Axes of "parameters" and "predictions" hold a small panel for each parameter or measure
        (`child_axes`).

    Raises
    ------
    MissingVariableError
        If the result lacks the numbers of this panel, as of a fit without checks.
    ValueError
        If `show`, `learner` or one of `measures` is unknown.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning()
    >>> played = pfc.simulate(learner, Bandit(), sessions=20, seed=1, subject="one")
    >>> found = pfc.fit(played, learners=["q_learning"], networks=[], checks=False)
    >>> axes = pfc.plot.fit(found)
    >>> axes.get_xlabel()
    'normalised likelihood'
    >>> axes = pfc.plot.fit(found, show="parameters")
    >>> print(pfc.plot.caption(axes))
    Parameters of Q-learning, fitted to all sessions of 1 subject, with 95 % intervals...
    """
    require_dataset(result, "result")
    chosen = _find_learner(result, learner)
    _check_panel(result, show, chosen)
    if show == "predictions":
        return _draw_predictions(result, ax, style, measures)
    with open_axes(ax, style, _size(result, show, chosen)) as axes:
        if show in _WHOLE:
            _WHOLE[show](axes, result)
        elif show == "recovery":
            draw_recovery(axes, unpack(result, f"recovery_{chosen}"))
        elif show == "confusion":
            draw_confusion(axes, unpack(result, show), result)
        else:
            own = select_learner(result, chosen)
            n = own.sizes["estimated"]
            draw_estimates(split_axes(axes, n), own, list_first_columns(n))
            axes.set_xlabel("estimate", labelpad=14)
    return write_caption(axes, tell_panel(result, show, chosen))


def _draw_predictions(
    result: xr.Dataset, ax: Axes | None, style: Style, measures: Sequence[str] | None
) -> Axes:
    """Draw the predictive checks, a small panel for each measure."""
    part = unpack(result, "predictions")
    labels = _find_measures(part, measures)
    n = len(labels)
    with open_axes(ax, style, _size_strip(n, part.sizes["subject"])) as axes:
        grid = split_axes(axes, n)
        draw_predictions(grid, part, result, labels, list_first_columns(n))
        grid[-1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        axes.set_xlabel("observed and simulated", labelpad=14)
    return write_caption(axes, tell_panel(result, "predictions", ""))


def _check_panel(result: xr.Dataset, show: str, learner: str) -> None:
    """Raise an error unless the result has the numbers of a panel."""
    drawn = [panel for panel in PANELS if panel != "portraits"]  # `portrait` draws these
    if show not in drawn:
        raise ValueError(f"show: found {show!r}, expected one of {', '.join(map(repr, drawn))}")
    known = list_panels(result, learner)
    if show not in known:
        raise MissingVariableError(
            f"show: this result has no numbers for {show!r}; it has those for "
            f"{', '.join(map(repr, known)) or 'none'}. Recovery, confusion and predictions need "
            "pfc.fit(..., checks=True), which checks the best learners only; units need networks "
            "of two sizes or more"
        )


def _find_learner(result: xr.Dataset, learner: str | None) -> str:
    """Return the learner that was asked for, or the one that is best for most subjects."""
    if "model" not in result.dims:
        raise MissingVariableError(
            "a picture of a fit needs the result of pfc.fit, with the dimension `model`, which "
            "this dataset does not have"
        )
    names = [str(name) for name in result["model"].values[(result["kind"] == "learner").values]]
    if learner is not None and learner not in names:
        raise ValueError(
            f"learner: found {learner!r}, expected one of the fitted learners: "
            f"{', '.join(names) or 'there is none'}"
        )
    return learner or find_main_learner(result)


def _find_measures(part: xr.Dataset, wanted: Sequence[str] | None) -> list[str]:
    """Return the measures to draw."""
    known = [str(name) for name in part["measure"].values]
    unknown = [name for name in wanted or () if name not in known]
    if unknown:
        raise ValueError(f"measures: found {unknown[0]!r}, expected some of {', '.join(known)}")
    return list_main_measures(part) if wanted is None else list(wanted)


def _size(result: xr.Dataset, show: str, learner: str) -> Size:
    """Return the size of a new figure, in inches."""
    if show == "units":
        return 3.4, 2.8
    if show == "confusion":
        n = result.sizes["confusion_chosen"]
        return 2.4 + 0.32 * n, 1.0 + 0.27 * n
    if show in ("recovery", "parameters"):
        n = select_learner(result, learner).sizes["estimated"]
        return (
            (3.6, 0.9 + 0.2 * n) if show == "recovery" else _size_strip(n, len(result["subject"]))
        )
    return 4.2, 0.9 + 0.2 * result.sizes["model"]


def _size_strip(n: int, n_subjects: int) -> Size:
    """Return the size of a figure of small panels with a row for each subject, in inches."""
    rows, columns = shape_strip(n)
    return 2.0 + 1.05 * columns, 0.5 + rows * (0.85 + 0.19 * min(n_subjects, 25))
