"""Panels of the bandit figures: choices, regret, and states of units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.patches import Patch

from pfc_analysis.analysis.neurons.states.state_space import (
    compute_principal_components,
    project_states,
)
from pfc_analysis.plot.subject_means import (
    draw_columns,
    draw_mean_curve,
    select_first_subject,
)
from pfc_analysis.plotting.choices.choice_raster import ARM_COLOURS, draw_choices
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.neurons.state_space import (
    PathCollection,
    align_state_spaces,
    draw_session_states,
    draw_states,
)
from pfc_analysis.plotting.style import Axes, label_panel
from pfc_analysis.reproduction.tables.bandit_numbers import Arms


def draw_choice_rasters(panels: Sequence[Axes], played: Mapping[Arms, xr.Dataset]) -> None:
    """Draw the choices of the first agent in every session, a panel for each pair of arms.

    Parameters
    ----------
    panels : sequence of matplotlib.axes.Axes
        As many as there are recordings.
    played : mapping of (float, float) to xarray.Dataset
        Recordings by reward probability of the arms.
    """
    for axes, (arms, recording) in zip(panels, played.items(), strict=True):
        choice = select_first_subject(recording)["choice"].drop_vars("subject")
        draw_choices(axes, choice.set_index(trial=["session", "trial_in_session"]).unstack("trial"))
        first = axes is panels[0]
        label_panel(axes, "c" if first else "", "arms pay {:g}, {:g}".format(*arms))
        axes.set_ylabel("session of one agent" if first else "")
    key = [Patch(color=colour, label=f"{arm} arm") for arm, colour in ARM_COLOURS.items()]
    panels[0].legend(handles=key, loc="lower right", frameon=True, framealpha=1, title="chosen")


def draw_switches(axes: Axes, switch: xr.Dataset) -> Axes:
    """Draw on which trial agents settle on an arm, a column for each pair of arms.

    Parameters
    ----------
    switch : xarray.Dataset
        Of `compare_switch_trials`.
    """
    two_lines = [str(pair).replace("/", ",\n") for pair in switch["arms"].values]
    draw_columns(axes, switch.assign_coords(arms=two_lines), "switch_trial")
    axes.set(xlabel="arms pay", ylabel="trial")
    return axes


def draw_regret(
    axes: Axes, regret: Mapping[str, xr.Dataset], styles: Mapping[str, LineStyle]
) -> Axes:
    """Draw cumulative regret over trials, a curve for each player.

    Parameters
    ----------
    regret : mapping of str to xarray.Dataset
        `regret` on (`subject`, `trial_in_session`), by player.
    styles : mapping of str to LineStyle
        By player.
    """
    for name, style in styles.items():
        counted = regret[name].assign_coords(trial_in_session=regret[name]["trial_in_session"] + 1)
        draw_mean_curve(axes, counted, "regret", name, style, dots=False)
    axes.set(xlabel="trial", ylabel="cumulative regret", ylim=(0, 7), xlim=(1, None))
    axes.legend(loc="upper left")
    return axes


def draw_state_space(
    panels: Sequence[Axes], recording: xr.Dataset, shown: Mapping[float, xr.Dataset]
) -> None:
    """Draw the states of the first agent in the plane of their two principal components.

    Parameters
    ----------
    panels : sequence of matplotlib.axes.Axes
        One for each session shown, from trial to trial; and one for the last trial of all sessions.
    recording : xarray.Dataset
        Recording of all agents; the components are those of the first agent in it.
    shown : mapping of float to xarray.Dataset
        Recordings of one session, by reward probability of the left arm; the right arm pays in all
        other cases.
    """
    *paths, ends = panels
    one = select_first_subject(recording)
    components = compute_principal_components(one["hidden"], 2)
    for axes, (left, played) in zip(paths, shown.items(), strict=True):
        session = select_first_subject(played)
        score = project_states(session["hidden"].isel(step=0), components)
        trials = draw_session_states(axes, score, session["choice"])
        label_panel(axes, "e" if axes is paths[0] else "", f"arms {left:g}, {1 - left:g}")
    ends.figure.colorbar(trials, ax=paths[-1], label="trial")
    payoff = draw_final_states(ends, one, components, one["reward_probability"].isel(arm=0))
    ends.figure.colorbar(payoff, ax=ends, label="left arm pays")
    label_panel(ends, "f", f"trial {one['trial_in_session'].max().item() + 1}")
    align_state_spaces(panels)


def draw_final_states(
    axes: Axes, recording: xr.Dataset, components: xr.Dataset, payoff: xr.DataArray
) -> PathCollection:
    """Draw the state of one agent on the last trial of every session, coloured by a payoff.

    Parameters
    ----------
    recording : xarray.Dataset
        Of one subject.
    components : xarray.Dataset
        Principal components of its states.
    payoff : xarray.DataArray
        From 0 to 1, on the trials of the recording.

    Returns
    -------
    matplotlib.collections.PathCollection
        Colours of the payoff.
    """
    trial = recording["trial_in_session"]
    last = (trial == trial.max()).values
    score = project_states(recording["hidden"].isel(trial=last, step=0), components)
    return draw_states(axes, score, payoff.isel(trial=last))


def draw_rank_correlations(axes: Axes, order: xr.Dataset) -> Axes:
    """Draw how well the first, the second and both components order sessions by payoff.

    Parameters
    ----------
    order : xarray.Dataset
        `rank_correlation` on (`subject`, `component`) and `joint_rank_correlation` on `subject`
        (`compute_payoff_order`).
    """
    joint = order["joint_rank_correlation"].expand_dims(component=["both"])
    single = order["rank_correlation"].assign_coords(component=["first", "second"])
    draw_columns(axes, xr.concat([single, joint], "component").to_dataset(name="rank"), "rank")
    axes.set(ylim=(0, 1.02), ylabel="rank correlation")
    axes.tick_params(axis="x", rotation=60)
    return axes


def draw_final_states_of_all(
    panels: Sequence[Axes], recording: xr.Dataset, payoff: xr.DataArray
) -> PathCollection:
    """Draw the last states of every agent, a panel for each, on one scale.

    The middle of an agent's states is put at 0: where they lie in its plane is arbitrary.

    Parameters
    ----------
    panels : sequence of matplotlib.axes.Axes
        As many as there are agents, or more; they share their axes.
    recording : xarray.Dataset
        Recording of all agents.
    payoff : xarray.DataArray
        From 0 to 1, on the trials of the recording.

    Returns
    -------
    matplotlib.collections.PathCollection
        Colours of the payoff.
    """
    subjects = list(dict.fromkeys(recording["subject"].values.tolist()))
    for axes, subject in zip(panels, subjects, strict=False):
        own = (recording["subject"] == subject).values
        one = recording.isel(trial=own)
        components = compute_principal_components(one["hidden"], 2)
        colours = draw_final_states(axes, one, components, payoff.isel(trial=own))
        axes.set(xlabel="component 1")
        label_panel(axes, "", subject.replace("_", " "))
    panels[0].set(ylabel="component 2")
    _centre(panels)
    return colours


def _centre(panels: Sequence[Axes]) -> None:
    """Put the middle of each panel's points at 0, and give all panels the same, square limits."""
    reach = 0.0
    for axes in panels:
        for points in axes.collections:
            places = np.asarray(points.get_offsets())
            middle = (places.min(axis=0) + places.max(axis=0)) / 2
            points.set_offsets(places - middle)
            reach = max(reach, np.abs(places - middle).max())
    for axes in panels:
        axes.set(xlim=(-1.1 * reach, 1.1 * reach), ylim=(-1.1 * reach, 1.1 * reach))
        axes.set_box_aspect(1)
