"""Panels of the dynamics of agents: states with fixed points, flow, time constants, responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.dynamics.state_flow import compute_state_flow, project_points
from pfc_analysis.analysis.dynamics.trial_maps import StateMaps
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.subject_means import draw_columns, draw_mean_curve
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.dynamics.flow_arrows import draw_flow, draw_flow_states, mark_flow_points
from pfc_analysis.plotting.style import BLUE, TRIAL_TYPE_STYLES, VERMILLION, Axes, label_panel
from pfc_analysis.reproduction.tables.dynamics_numbers import REGIMES, TRIAL_TYPES

REGIME_STYLES = {"stable": LineStyle(BLUE, "-", "o"), "volatile": LineStyle(VERMILLION, "-", "o")}


def draw_states_and_flow(
    panels: Sequence[Axes],
    maps: StateMaps,
    found: xr.Dataset,
    kinds: Mapping[str, str],
    letters: str,
) -> None:
    """Draw the states of the first agent, with all fixed points; then the flow of some kinds.

    Parameters
    ----------
    panels : sequence of matplotlib.axes.Axes
        One for the states, and one for each of `kinds`.
    maps : StateMaps
        Of the two-step task.
    found : xarray.Dataset
        Of `find_fixed_points`.
    kinds : mapping of str to str
        Titles by kind of trial.
    letters : str
        Letter of each panel.
    """
    subject = maps.subjects[0]
    flow = compute_state_flow(maps, subject)
    own = found.isel(fixed_point=(found["subject"] == subject).values)
    places = project_points(own["state"].values, flow)
    better = maps.trials["better_state"].values[maps.rows_of(subject)]
    states, *flows = panels
    draw_flow_states(states, flow, better.astype(np.float64))
    for (x, y), kind in zip(places, own["trial_kind"].values, strict=True):
        _mark_kind(states, x, y, str(kind))
    label_panel(states, letters[0], f"states of {subject.replace('_', ' ')}")
    for axes, letter, (kind, title) in zip(flows, letters[1:], kinds.items(), strict=True):
        draw_flow_states(axes, flow)
        if kind in maps.kinds:
            draw_flow(axes, flow, kind)
            rows = (own["trial_kind"] == kind).values
            mark_flow_points(axes, places[rows], own["stability"].values[rows])
        label_panel(axes, letter, title)
    share = 100 * flow["explained_variance_ratio"].values
    for axes in panels:
        axes.set(xlabel=f"component 1 ({share[0]:.0f} % of variance)")
    states.set(ylabel=f"component 2 ({share[1]:.0f} %)")
    _share_limits(panels)


def _mark_kind(axes: Axes, x: float, y: float, kind: str) -> None:
    """Mark a fixed point: colour, reward; squares, uncommon; pointing to the side of the choice."""
    name = next(name for name, ending in TRIAL_TYPES.items() if kind.endswith(ending))
    colour, _, marker = TRIAL_TYPE_STYLES[name]
    face = colour if "choice right" in kind else "white"
    axes.plot([x], [y], marker, ms=5, mec=colour, mfc=face, mew=1.2, zorder=5)


def _share_limits(panels: Sequence[Axes]) -> None:
    for limit in ("xlim", "ylim"):
        ends = np.array([getattr(axes, f"get_{limit}")() for axes in panels])
        for axes in panels:
            axes.set(**{limit: (ends[:, 0].min(), ends[:, 1].max())})


def draw_point_constants(
    axes: Axes, summaries: Mapping[str, xr.Dataset], untrained: str, letter: str
) -> None:
    """Draw time constants at fixed points by type of trial, and those of untrained networks.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    summaries : mapping of str to xarray.Dataset
        By group, "agents" and `untrained` (`summarise_fixed_points`).
    untrained : str
        Name of the other group, of which the mean over types is drawn.
    letter : str
        Letter of the panel.
    """
    trained = summaries["agents"]["time_constant"]
    other = summaries[untrained]["time_constant"].mean("trial_type")
    both = xr.concat([trained, other.expand_dims(trial_type=["untrained"])], "trial_type")
    joined = both.transpose("subject", "trial_type").to_dataset(name="time_constant")
    draw_dots(axes, joined["time_constant"], summarise_subjects(joined, "time_constant"), {})
    axes.tick_params(axis="x", rotation=90)
    axes.set(ylabel="time constant (trials)", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    label_panel(axes, letter, "slowest mode at fixed points")


def draw_regimes(axes: Axes, found: xr.Dataset, letter: str) -> None:
    """Draw the rates of decay of the slowest modes, a column for each mode and regime."""
    modes = found["mode"].values
    columns = [found["decay_rate"].sel(mode=m, regime=r, drop=True) for m in modes for r in REGIMES]
    names = [f"{m}, {r}" for m in modes for r in REGIMES]
    joined = xr.concat(columns, xr.Variable("column", names)).to_dataset(name="decay_rate")
    draw_columns(axes, joined, "decay_rate")
    axes.axhline(0.0, color="0.6", lw=0.6, ls=":")
    axes.tick_params(axis="x", rotation=90)
    axes.set(ylabel="rate of decay (1/trial)", xlabel="mode, regime")
    label_panel(axes, letter, "volatility task: slowest modes")


def draw_responses(axes: Axes, found: xr.Dataset, letter: str) -> None:
    """Draw the response of later choices to a reward by lag, a curve for each regime."""
    for regime, style in REGIME_STYLES.items():
        one = found[["response"]].sel(regime=regime, drop=True)
        draw_mean_curve(axes, one, "response", regime, style, dots=False)
    axes.set(xlabel="trials later", ylabel="effect of a reward\n(log-odds of the choice)")
    axes.set(ylim=(0, None), xticks=found["lag"].values[::2])
    axes.legend(title="regime of the reward")
    label_panel(axes, letter, "effect of one reward")


def draw_changes(axes: Axes, pair: Axes, changed: xr.Dataset, letter: str) -> None:
    """Draw how the response at lag 1 and the share that remains differ between regimes."""
    shown = (
        (axes, "response_change", "log-odds", "effect"),
        (pair, "remaining_change", "share", "share left"),
    )
    for one, name, unit, label in shown:
        column = changed[name].expand_dims(column=[label]).to_dataset(name=name)
        draw_columns(one, column, name)
        one.axhline(0.0, color="0.6", lw=0.6, ls=":")
        one.set(ylabel=f"volatile \u2212 stable ({unit})")
    label_panel(axes, letter, "change by regime")
