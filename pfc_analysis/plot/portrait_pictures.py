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

_MOST_FIELDS = 4
"""Vector fields side by side."""


def portrait(
    portrait: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    kind: str | None = None,
    legend: bool = True,
) -> Axes:
    """Draw a phase portrait: what a model holds before a trial against how the trial changes it.

    Parameters
    ----------
    portrait : xarray.Dataset
        Of one variable: log-odds of a choice before the trial against their change, `change` on
        (`kind`, `log_odds`), or `log_odds` and `change` of single trials with the coordinate
        `kind`. Of two units: `change_first` and `change_second` on (`kind`, `first`, `second`).
        `kind` names what happened, such as "left_common_rewarded" or "right_unrewarded".
    ax, style
        As for `pfc.plot.stay_probability`.
    kind : str, optional
        Of two units, the kind of trial to draw; default: a small panel for each kind.
    legend : bool
        Of one variable, whether to name the kinds.

    Returns
    -------
    matplotlib.axes.Axes
        Colour is the reward, dashes an uncommon transition, open marks the first choice. Diamonds
        are fixed points: filled where stable.

    Raises
    ------
    MissingVariableError
        If the dataset holds no portrait.
    ValueError
        If there is no such kind of trial.

    References
    ----------
    Ji-An, Benna & Mattar (2025), Nature 644:993, Fig. 2.

    Examples
    --------
    A value that moves a tenth of the way towards each outcome:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> import xarray as xr
    >>> log_odds = np.linspace(-3, 3, 61)
    >>> change = [0.1 * (3 - log_odds), 0.1 * (-3 - log_odds)]
    >>> kinds = ["right_rewarded", "left_rewarded"]
    >>> coords = {"kind": kinds, "log_odds": log_odds}
    >>> axes = pfc.plot.portrait(xr.Dataset({"change": (("kind", "log_odds"), change)}, coords))
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('log-odds before the trial', 'change of log-odds')
    """
    require_dataset(portrait, "portrait")
    if "change" in portrait:
        with open_axes(ax, style, (4.6, 2.9)) as axes:
            draw_portrait_curves(axes, portrait, legend)
        return write_caption(axes, *_tell_curves(portrait))
    if "change_first" not in portrait:
        raise MissingVariableError(
            "a phase portrait needs `change`, of one variable, or `change_first` and "
            "`change_second`, of two units; this dataset has neither"
        )
    kinds = _find_kinds(portrait, kind)
    rows, columns = shape_strip(len(kinds), _MOST_FIELDS)
    with open_axes(ax, style, (1.7 * columns + 0.9, 1.9 * rows + 0.6)) as axes:
        if len(kinds) == 1:
            draw_portrait_field(axes, portrait, kinds[0])
        else:
            _draw_fields(axes, portrait, kinds)
    return write_caption(axes, *_tell_fields(portrait, kinds))


def _find_kinds(portrait: xr.Dataset, kind: str | None) -> list[str]:
    """Return the kinds of trial to draw."""
    known = [str(name) for name in portrait["kind"].values]
    if kind is not None and kind not in known:
        raise ValueError(f"kind: found {kind!r}, expected one of {', '.join(map(repr, known))}")
    return known if kind is None else [kind]


def _draw_fields(axes: Axes, portrait: xr.Dataset, kinds: list[str]) -> None:
    """Draw a small panel for each kind of trial."""
    first = list_first_columns(len(kinds), _MOST_FIELDS)
    for number, part in enumerate(split_axes(axes, len(kinds), _MOST_FIELDS)):
        draw_portrait_field(part, portrait, kinds[number])
        title_small_panel(part, kinds[number])
        part.set(xlabel="", ylabel="")
        part.tick_params(labelleft=number in first)
    axes.set_xlabel("unit 1", labelpad=14)
    axes.set_ylabel("unit 2", labelpad=22)


def _tell_curves(portrait: xr.Dataset) -> list[str]:
    """Describe the portrait of one variable."""
    what = "Curves" if "kind" in portrait.dims else "Dots, trials"
    return [
        _tell_whose(portrait),
        "Log-odds of a choice before a trial against their change in the trial, by what happened.",
        f"{what}: blue, rewarded, red, unrewarded; dashed lines and squares, uncommon transitions; "
        "open marks, the first of two choices.",
        _tell_fixed(portrait),
    ]


def _tell_fields(portrait: xr.Dataset, kinds: list[str]) -> list[str]:
    """Describe the portrait of two units."""
    names = ", ".join(name.replace("_", " ") for name in kinds)
    log_odds = "Dotted, where both choices are equally probable." if "log_odds" in portrait else ""
    return [
        _tell_whose(portrait),
        "Activations of two units before a trial; arrows, the direction and relative size of their "
        f"change in the trial, for trials of the kind: {names}. Blue, rewarded; red, unrewarded.",
        log_odds,
        _tell_fixed(portrait),
    ]


def _tell_whose(portrait: xr.Dataset) -> str:
    title = str(portrait.attrs.get("title", "")).rstrip(".")
    return f"{title}." if title else ""


def _tell_fixed(portrait: xr.Dataset) -> str:
    if "fixed_point" not in portrait.dims:
        return ""
    return "Diamonds, fixed points under trials of one kind: filled, stable; open, not stable."
