"""Pictures of the dynamics of agents: where trials push the states of their units."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.dynamics.network_fixed_points import find_fixed_points
from pfc_analysis.analysis.dynamics.state_flow import compute_state_flow, project_points
from pfc_analysis.analysis.dynamics.trial_maps import StateMaps
from pfc_analysis.near_names import did_you_mean
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import write_caption
from pfc_analysis.plotting.dynamics.flow_arrows import draw_flow, draw_flow_states, mark_flow_points


def flow_field(
    maps: StateMaps,
    ax: Axes | None = None,
    *,
    style: Style = None,
    subject: str | None = None,
    kind: str | None = None,
    fixed_points: xr.Dataset | None = None,
) -> Axes:
    """Draw where trials of one kind push the states of one network.

    Parameters
    ----------
    maps : StateMaps
        How trials move states (`pfc.state_maps`).
    ax, style
        As for `pfc.plot.stay_probability`.
    subject : str, optional
        Whose states; default: the first subject's.
    kind : str, optional
        Kind of trial, one of `maps.kinds`; default: the first.
    fixed_points : xarray.Dataset, optional
        Of `pfc.analysis.find_fixed_points`, of the same maps; found here if not given.

    Returns
    -------
    matplotlib.axes.Axes
        Dots, states of the recorded trials in the plane of the first two principal components of
        the units' outputs; arrows, mean displacement by one trial of the kind of the states in a
        cell of the plane; diamonds, fixed points of such trials, filled if they are stable.

    Raises
    ------
    ValueError
        If there is no such subject or kind.

    References
    ----------
    Sussillo & Barak (2013), Neural Computation 25:626, for fixed points of trained networks.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=3, units=False)
    >>> one = recording.isel(trial=recording["subject"].values == "seed_1")
    >>> maps = pfc.state_maps("two_step", one)
    >>> axes = pfc.plot.flow_field(maps, kind="choice left, second_state left, reward 1")
    >>> axes.get_xlabel().startswith("component 1")
    True
    """
    subject = maps.subjects[0] if subject is None else subject
    kind = maps.kinds[0] if kind is None else kind
    if kind not in maps.kinds:
        raise ValueError(
            f"kind: found {kind!r}{did_you_mean(kind, maps.kinds)}; expected one of "
            f"{'; '.join(maps.kinds)}"
        )
    flow = compute_state_flow(maps, subject)
    if fixed_points is None:
        fixed_points = find_fixed_points(maps)
    own = ((fixed_points["subject"] == subject) & (fixed_points["trial_kind"] == kind)).values
    points = fixed_points.isel(fixed_point=own)
    places: FloatArray = project_points(points["state"].values, flow)
    share = 100 * flow["explained_variance_ratio"].values
    with open_axes(ax, style, (4.0, 3.2)) as axes:
        draw_flow_states(axes, flow)
        factor = draw_flow(axes, flow, kind)
        mark_flow_points(axes, places, points["stability"].values)
        axes.set(
            xlabel=f"component 1 ({share[0]:.0f} % of variance)",
            ylabel=f"component 2 ({share[1]:.0f} %)",
        )
    shortened = "" if factor == 1 else f", all shortened {factor:.1f} times"
    return write_caption(
        axes,
        f"States of the units of {subject} at the first step of {flow.sizes['trial']:,} trials, in "
        "the plane of their first two principal components (dots).",
        f"Arrows, mean displacement by one trial (kind: {kind}){shortened}.",
        f"Diamonds, fixed points of such trials ({len(places)} found): filled, stable; open, "
        "unstable.",
    )
