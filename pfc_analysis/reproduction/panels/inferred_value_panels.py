"""Panels of Figure 4 about agents: prediction errors around reversals, and states of units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from pfc_analysis.analysis.neurons.states.state_space import (
    compute_principal_components,
    project_states,
)
from pfc_analysis.analysis.trials.reversal_trials import classify_reversal_trials
from pfc_analysis.plot.subject_means import (
    draw_columns,
    draw_mean_curve,
    select_first_subject,
)
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.neurons.latent_states import draw_latent_states
from pfc_analysis.plotting.style import BLUE, INK, VERMILLION, Axes, label_panel

STYLES = {
    "cue's side pays before the reversal": LineStyle(VERMILLION, "-", "o"),
    "cue's side pays after the reversal": LineStyle(BLUE, "-", "o"),
}
"""Colour is when the cue's side pays, the same side in all panels: a reversal swaps the lines."""

CONDITIONS = {
    "before": ("before the reversal", ["pays_now", "does_not_pay"]),
    "experienced": ("after it, cue's side seen since", ["does_not_pay", "pays_now"]),
    "inferred": ("after it, cue's side not seen since", ["does_not_pay", "pays_now"]),
}
"""Title of the panel, and what each side of `STYLES` does then."""

RATIOS = {"seen": "experienced_ratio", "not seen": "inferred_ratio"}
CELLS = ("fixation", "cue", "on_target", "outcome")
"""Steps of a trial whose states are drawn."""


def draw_cue_errors(panels: Sequence[Axes], agents: xr.Dataset, observer: xr.Dataset) -> None:
    """Draw prediction errors from fixation to saccade, before a reversal and after it (Fig. 4b).

    Parameters
    ----------
    panels : sequence of matplotlib.axes.Axes
        Three: before; after, where the side of the cue was seen; after, where it was not.
    agents, observer : xarray.Dataset
        Of `compute_cue_rpe`; the observer is drawn as dotted lines of its mean.
    """
    for axes, (condition, (title, now)) in zip(panels, CONDITIONS.items(), strict=True):
        axes.axhline(0, color=INK, lw=0.6)
        for pays, (name, style) in zip(now, STYLES.items(), strict=True):
            at = {"condition": condition, "pays": pays}
            own, ideal = (
                found[["rpe", "lower", "upper"]].sel(at, drop=True).assign_coords(arrival=[0, 1, 2])
                for found in (agents, observer)
            )
            draw_mean_curve(axes, own, "rpe", name, style)
            alone = ideal.mean("subject").expand_dims("subject")
            dotted = LineStyle(style.colour, ":")
            draw_mean_curve(axes, alone, "rpe", "", dotted, dots=False)
        axes.set_xticks([0, 1, 2], ["fixation", "cue", "saccade"])
        axes.set(ylim=(-0.6, 0.85), xlim=(-0.3, 2.3), xlabel="step of the trial")
        label_panel(axes, "b" if axes is panels[0] else "", title)
    panels[0].set_ylabel("prediction error")
    ideal_line = Line2D([], [], color=INK, ls=":", label="ideal observer")
    named = [*panels[0].get_legend_handles_labels()[0], ideal_line]
    panels[0].legend(handles=named, loc="upper right")


def draw_error_ratios(axes: Axes, agents: xr.Dataset, observer: xr.Dataset) -> Axes:
    """Draw how much of the cue's prediction error has turned over after a reversal.

    Parameters
    ----------
    agents, observer : xarray.Dataset
        Of `compute_inferred_ratio`; the observer is drawn as diamonds.
    """
    index = xr.Variable("ratio", list(RATIOS))
    values = xr.concat([agents[name] for name in RATIOS.values()], index)
    theirs = {label: observer[name].mean().item() for label, name in RATIOS.items()}
    draw_columns(axes, values.to_dataset(name="value"), "value", theirs)
    axes.set(ylim=(0, 1.5))
    axes.set(xlabel="cue's side, since then", ylabel="error at the cue, after / before")
    ideal = Line2D([], [], marker="D", ls="", mfc="none", mec=INK, label="ideal observer")
    axes.legend(handles=[ideal], loc="lower right")
    return label_panel(axes, "", "after / before")


def draw_reversal_states(panels: np.ndarray, agent: xr.Dataset, decoding: xr.Dataset) -> None:
    """Draw states of one agent on trial n, which reveals a reversal, and on n + 1 (Fig. 4c).

    Parameters
    ----------
    panels : ndarray of matplotlib.axes.Axes, shape (2, 4)
        Trial n above, trial n + 1 below; a column for each step of `CELLS`.
    agent : xarray.Dataset
        Recording of the agents.
    decoding : xarray.Dataset
        Of `decode_latent_state`: accuracies of all agents, written above the panels.
    """
    one = select_first_subject(agent)
    components = compute_principal_components(one["hidden"], 2)
    kind = classify_reversal_trials(one)["kind"].values
    rows = {"reversal": kind == 1, "next": (kind == 2) | (kind == 3)}
    for line, (phase, chosen) in zip(panels, rows.items(), strict=True):
        trials = one.isel(trial=chosen)
        for axes, step in zip(line, CELLS, strict=True):
            score = project_states(trials["hidden"].sel(step=step), components)
            draw_latent_states(axes, score, trials["rewarded_side"], trials["cue"])
            label_panel(axes, "", _describe_decoding(decoding.sel(phase=phase, step=step), step))
            axes.locator_params(axis="x", nbins=4)
        line[0].set_ylabel(f"trial {'n' if phase == 'reversal' else 'n + 1'}\ncomponent 2")
    for axes in panels[1]:
        axes.set_xlabel("component 1")
    key = [
        Line2D([], [], marker="s", ls="", color=VERMILLION, label="left pays"),
        Line2D([], [], marker="s", ls="", color=BLUE, label="right pays"),
        Line2D([], [], marker="<", ls="", mfc="none", mec=INK, label="cue left"),
        Line2D([], [], marker=">", ls="", mfc="none", mec=INK, label="cue right"),
    ]
    panels[0, 2].legend(handles=key, loc="upper right")
    letter = panels[0, 0]
    label_panel(letter, "c", letter.get_title(loc="left"))


def _describe_decoding(found: xr.Dataset, step: str) -> str:
    """Write the mean accuracies of decoding the rewarded side and the cue at one step."""
    side = float(found["accuracy"].sel(target="rewarded_side").mean())
    cue = float(found["accuracy"].sel(target="cue").mean())
    meant = str(found["decoded_side"].values)
    name = {"on_target": "saccade"}.get(step, step)
    return f"{name}\n{meant} side {side:.2f}, cue {cue:.2f}"
