"""Pictures of phase portraits of fitted networks and learners."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import write_caption
from pfc_analysis.plot.picture_data import require_dataset
from pfc_analysis.plotting.fits.panel_strip import (
    list_first_columns,
    shape_strip,
    split_axes,
    title_small_panel,
)
from pfc_analysis.plotting.portraits.portrait_curves import draw_portrait_curves
from pfc_analysis.plotting.portraits.portrait_field import draw_portrait_field
from pfc_analysis.plotting.portraits.portrait_parts_of_fit import (
    list_portraits,
    list_portrayed,
    select_portrait,
)
from pfc_analysis.plotting.portraits.portrait_styles import list_kind_styles, tell_styles

_MOST_FIELDS = 4
"""Vector fields side by side."""


def portrait(
    portrait: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    fixed_points: xr.Dataset | None = None,
    show: str | None = None,
    subject: str | None = None,
    kind: str | None = None,
    legend: bool = True,
) -> Axes:
    """Draw a phase portrait: what a model holds before a trial against how the trial changes it.

    Parameters
    ----------
    portrait : xarray.Dataset
        The result of `pfc.fit`, or one portrait of `pfc_analysis.fitting.portraits`: curves of a
        network of one unit (`trace_curves`), arrows of a network of two (`trace_field`), or the
        trials of any model as points (`collect_points`).
    ax, style
        As for `pfc.plot.stay_probability`.
    fixed_points : xarray.Dataset, optional
        Of `pfc_analysis.fitting.portraits.fixed_points.find_fixed_points`, of the same model; the
        result of `pfc.fit` has its own.
    show : {"curves", "field", "points"}, optional
        Of a result, which portrait: of the network of one unit, of that of two, or the trials of
        the best learner; default: the first that there is.
    subject : str, optional
        Of a result, whose; default: the first subject's.
    kind : str, optional
        Of arrows, the kind of trial to draw, a label of `trial_kind`; default: a small panel for
        each kind.
    legend : bool
        Of curves and points, whether to name the kinds.

    Returns
    -------
    matplotlib.axes.Axes
        Colour is the reward, dashes and squares an uncommon transition, open marks choice 0.
        Diamonds are fixed points: filled where stable, open where unstable; crosses, neutral ones.

    Raises
    ------
    MissingVariableError
        If the dataset holds no portrait, or not the one to `show`.
    ValueError
        If there is no such subject or kind of trial.

    References
    ----------
    Ji-An, Benna & Mattar (2025), Nature 644:993, Fig. 3.

    Examples
    --------
    Log-odds that move a tenth of the way towards the choice that paid:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> import xarray as xr
    >>> log_odds = np.linspace(-3, 3, 61)
    >>> change = 0.1 * np.stack([-3 - log_odds, 3 - log_odds])
    >>> coords = {
    ...     "trial_kind": ["choice 0, reward 1", "choice 1, reward 1"],
    ...     "choice": ("trial_kind", [0, 1]),
    ...     "second_state": ("trial_kind", [-1, -1]),
    ...     "reward": ("trial_kind", [1.0, 1.0]),
    ...     "log_odds": ("point", log_odds),
    ... }
    >>> axes = pfc.plot.portrait(xr.Dataset({"change": (("trial_kind", "point"), change)}, coords))
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('log-odds before the trial', 'change of log-odds')
    """
    require_dataset(portrait, "portrait")
    whose = ""
    if list_portraits(portrait):
        portrait, fixed_points, whose = _select(portrait, show, subject)
    if "trial_kind" not in portrait.dims or "change" not in portrait:
        raise MissingVariableError(
            "a phase portrait needs `change` by `trial_kind`, which this dataset does not have; "
            "pfc_analysis.fitting.portraits makes portraits"
        )
    if "point" in portrait.dims:
        with open_axes(ax, style, (4.6, 2.9)) as axes:
            draw_portrait_curves(axes, portrait, fixed_points, legend)
        return write_caption(axes, whose, *_tell_curves(portrait), _tell_fixed(fixed_points))
    kinds = _find_kinds(portrait, kind)
    rows, columns = shape_strip(len(kinds), _MOST_FIELDS)
    with open_axes(ax, style, (1.7 * columns + 0.9, 1.9 * rows + 0.6)) as axes:
        if len(kinds) == 1:
            draw_portrait_field(axes, portrait, kinds[0], fixed_points)
        else:
            _draw_fields(axes, portrait, kinds, fixed_points)
    return write_caption(axes, whose, *_tell_fields(portrait, kinds), _tell_fixed(fixed_points))


def _select(
    result: xr.Dataset, show: str | None, subject: str | None
) -> tuple[xr.Dataset, xr.Dataset | None, str]:
    """Return one subject's portrait of a result, its fixed points, and a sentence on whose it is.

    Raises
    ------
    MissingVariableError, ValueError
        As `portrait`.
    """
    known = list_portraits(result)
    part = show or known[0]
    if part not in known:
        raise MissingVariableError(
            f"show: this result has no portrait {part!r}; it has {', '.join(map(repr, known))}. "
            "Curves need a network of one unit, arrows one of two, points a learner"
        )
    subjects = list_portrayed(result, part)
    name = subject or subjects[0]
    if name not in subjects:
        raise ValueError(f"subject: found {name!r}, expected one of {', '.join(subjects)}")
    model = {"curves": "A network of one unit", "field": "A network of two units"}.get(part)
    found, fixed = select_portrait(result, part, name)
    return found, fixed, f"{model or 'The best learner'}, fitted to {name}."


def _find_kinds(portrait: xr.Dataset, kind: str | None) -> list[int]:
    """Return the kinds of trial to draw, as indices into `trial_kind`."""
    known = [str(name) for name in portrait["trial_kind"].values]
    if kind is not None and kind not in known:
        raise ValueError(f"kind: found {kind!r}, expected one of {', '.join(map(repr, known))}")
    return list(range(len(known))) if kind is None else [known.index(kind)]


def _draw_fields(
    axes: Axes, portrait: xr.Dataset, kinds: list[int], fixed_points: xr.Dataset | None
) -> None:
    """Draw a small panel for each kind of trial."""
    titles = [style.title for style in list_kind_styles(portrait).values()]
    first = list_first_columns(len(kinds), _MOST_FIELDS)
    for place, part in enumerate(split_axes(axes, len(kinds), _MOST_FIELDS)):
        draw_portrait_field(part, portrait, kinds[place], fixed_points)
        title_small_panel(part, titles[kinds[place]], letters=20)
        part.set(xlabel="", ylabel="")
        part.tick_params(labelleft=place in first)
    axes.set_xlabel("unit 1", labelpad=14)
    axes.set_ylabel("unit 2", labelpad=26)


def _tell_curves(portrait: xr.Dataset) -> list[str]:
    """Describe curves or points."""
    curves = "trial_kind" in portrait["change"].dims
    what = "Curves" if curves else f"Points, {portrait.sizes['point']:,} trials"
    whose = "choice 1" if int(portrait["choice"].max()) == 1 else "one choice"
    return [
        f"Log-odds of {whose} against choice 0 before a trial, and their change in the trial, by "
        "what happened.",
        f"{what}: {tell_styles(portrait)}.",
    ]


def _tell_fields(portrait: xr.Dataset, kinds: list[int]) -> list[str]:
    """Describe arrows."""
    titles = [style.title for style in list_kind_styles(portrait).values()]
    which = f"after {titles[kinds[0]]}" if len(kinds) == 1 else "for each kind of trial"
    return [
        "States of two units before a trial; arrows, the direction and relative size of their "
        f"change in the trial, {which}. Dotted, where both choices are equally probable.",
    ]


def _tell_fixed(fixed_points: xr.Dataset | None) -> str:
    if fixed_points is None:
        return ""
    return (
        "Diamonds, fixed points under trials of one kind: filled, stable; open, unstable; crosses, "
        "neutral."
    )
