"""Panels of Figure 4 about dopamine in mice, beside a temporal-difference (TD) model."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from pfc_analysis.plot.subject_means import draw_columns
from pfc_analysis.plotting.curves import LineStyle, draw_curves
from pfc_analysis.plotting.style import BLUE, GREY, INK, VERMILLION, Axes, label_panel
from pfc_analysis.reproduction.animals.dopamine import Dopamine
from pfc_analysis.reproduction.animals.reward_move import EARLY, OLD_TIME, SESSIONS

TRACES = {
    "CS+": LineStyle(VERMILLION), "CS-": LineStyle(GREY),
    "reward_at_3_s": LineStyle(VERMILLION), "reward_at_9_s": LineStyle(BLUE),
}  # fmt: skip
CUES = {"cue_plus": "CS+", "cue_minus": "CS-", "cue_difference": "diff."}
MOVED = {
    "old_time_before": "before", "old_time_early": f"after,\nfirst {EARLY}",
    "old_time_after": "after,\nall",
}  # fmt: skip


def draw_traces(axes: Axes, traces: xr.Dataset, letter: str, title: str) -> Axes:
    """Draw the mean dopamine signal around the cue, a curve for each condition.

    Parameters
    ----------
    traces : xarray.Dataset
        `cue_traces` or `delay_traces` of `Dopamine`.
    letter, title : str
        Of the panel.
    """
    for condition in traces["condition"].values:
        name = str(condition).replace("_", " ")
        curve = traces.sel(condition=condition)
        draw_curves(axes, {name: curve}, {name: TRACES[str(condition)]})
    axes.set(xlabel="time since the cue (s)", ylabel="dopamine (dF/F)")
    axes.legend(loc="upper right")
    return label_panel(axes, letter, title)


def draw_cue_responses(axes: Axes, mice: Dopamine) -> Axes:
    """Draw the responses of mice to the rewarded and the unrewarded cue, and their difference."""
    values = mice.responses["response"].sel(measure=list(CUES))
    values = values.assign_coords(measure=list(CUES.values()))
    draw_columns(axes, values.to_dataset(name="response"), "response")
    return label_panel(axes, "", "0 to 1 s")


def draw_model_errors(axes: Axes, model: xr.Dataset) -> Axes:
    """Draw prediction errors of the TD model in its first trials before and after the move.

    Parameters
    ----------
    model : xarray.Dataset
        Of `simulate_move`.
    """
    for label, name in SESSIONS.items():
        trials = model.isel(trial=(model["session_label"] == label).values)
        errors = trials["prediction_error"].isel(trial=slice(None, EARLY)).mean("trial")
        axes.plot(model["time"], errors, color=TRACES[name].colour)
    axes.axvspan(*OLD_TIME, color=GREY, alpha=0.25, lw=0)
    axes.text(OLD_TIME[1] + 0.4, -0.5, "grey: old time\nof reward")
    axes.set(xlabel="time since the cue (s)", ylabel="prediction error", xticks=[0, 3, 6, 9])
    return label_panel(axes, "", f"TD model, first {EARLY} trials")


def draw_old_time(axes: Axes, mice: Dopamine, move: Mapping[str, xr.Dataset]) -> Axes:
    """Draw responses at the old time of reward, as a share of the response to the cue.

    Parameters
    ----------
    mice : Dopamine
        Responses of the mice.
    move : mapping of str to xarray.Dataset
        Responses of the TD model (`measure_move`), drawn as diamonds.
    """
    ratio = mice.responses["response"] / mice.responses["response"].sel(measure="cue_before")
    values = ratio.sel(measure=list(MOVED)).assign_coords(measure=list(MOVED.values()))
    reference = move["cue_before"]["response"].item()
    theirs = {label: move[name]["response"].item() / reference for name, label in MOVED.items()}
    axes.axhline(0, color=INK, lw=0.6)
    draw_columns(axes, values.to_dataset(name="response"), "response", theirs)
    axes.set_xlabel("diamonds: TD model")
    return label_panel(axes, "", "at 3 s, share of cue")
