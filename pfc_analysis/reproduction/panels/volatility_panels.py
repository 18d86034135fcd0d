"""Panels of the volatility figures: sessions trial by trial, learning rates, tracking units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import xarray as xr
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pfc_analysis.analysis.learners.bayesian_volatility import compute_bayesian_volatility
from pfc_analysis.analysis.learning.schedule_means import find_first_side
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.subject_means import (
    draw_mean_curve,
    select_first_subject,
)
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.learning.volatile_sessions import (
    add_right_axis,
    draw_choice_marks,
    draw_phase_rates,
    draw_schedule,
    draw_trial_curves,
    shade_volatile,
)
from pfc_analysis.plotting.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    VERMILLION,
    Axes,
    label_panel,
)
from pfc_analysis.recording.published import published_row
from pfc_analysis.reproduction.agents.volatility_observer import FIXED_HAZARD, OBSERVER
from pfc_analysis.reproduction.tables.volatility_numbers import SHARES

_DASHED = (0, (4, 1))
HIGHEST = 0.45
"""Largest learning rate on the axis. Those of the paper reach .43 and .6."""


def select_session(values: Any, session: int = 0) -> Any:
    """Return the trials of one session of the first subject, labelled by `trial_in_session`.

    Parameters
    ----------
    values : xarray.Dataset or xarray.DataArray
        On `trial`, with coordinates `subject` and `session`.
    session : int
        Number of the session.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As `values`, on `trial_in_session`.
    """
    first = (values["subject"] == values["subject"][0]) & (values["session"] == session)
    return values.isel(trial=first.values).swap_dims(trial="trial_in_session")


def draw_learner_session(panels: Sequence[Axes], played: xr.Dataset, name: str) -> None:
    """Draw what the Bayesian learner of Behrens et al. believes in one session (Fig. 3a).

    Parameters
    ----------
    panels : sequence of matplotlib.axes.Axes
        Two, which share their trials: predicted reward above; learning rate and volatility below.
    played : xarray.Dataset
        Recording of the learner.
    name : str
        What it is called.
    """
    above, below = panels
    one = select_first_subject(played)
    session = one.isel(trial=(one["session"] == one["session"][0]).values)
    believed = compute_bayesian_volatility(session)
    shown = session.swap_dims(trial="trial_in_session")
    draw_schedule(above, shown["reward_probability"].isel(arm=1), shown["regime"])
    draw_choice_marks(above, shown["choice"])
    trial = shown["trial_in_session"] + 1
    above.plot(trial, believed["predicted_right"], color=BLUE, lw=1.0, label="prediction")
    _finish_above(above, "right arm", loc="upper left", bbox_to_anchor=(0.04, 0.98),
                  ncols=2, fontsize=5, handlelength=1.0)  # fmt: skip
    label_panel(above, "a", f"{name}, one session")
    shade_volatile(below, shown["regime"])
    below.plot(trial, believed["learning_rate"], color=VERMILLION, lw=1.0)
    other = add_right_axis(below, ("learning rate", VERMILLION), ("volatility, log", GREEN))
    other.plot(trial, believed["volatility"], color=GREEN, lw=1.0)
    below.set(xlabel="trial", ylim=(0, None))


def draw_agent_traces(
    panels: Sequence[Axes], played: xr.Dataset, traces: Mapping[str, xr.Dataset], title: str
) -> None:
    """Draw what agents choose and what their units know, trial by trial (Fig. 3b).

    Parameters
    ----------
    panels : sequence of matplotlib.axes.Axes
        Two, which share their trials: choices above; learning rate and volatility below.
    played : xarray.Dataset
        Recording of the agents.
    traces : mapping of str to xarray.Dataset
        Means over sessions (`add_volatility_rise`).
    title : str
        Of the panel.
    """
    above, below = panels
    session = select_session(played, int(played["session"][0]))
    first = int(find_first_side(played)[0])  # that of the first session
    draw_schedule(above, session["reward_probability"].isel(arm=first), session["regime"])
    chosen = "share of choices"
    draw_trial_curves(above, {chosen: traces["agents"]}, {chosen: LineStyle(BLUE)})
    _finish_above(above, "arm that is\nbetter at first", loc="lower left")
    label_panel(above, "b", title)
    shade_volatile(below, session["regime"])
    styles = {
        "learning rate": LineStyle(VERMILLION),
        "decoded": LineStyle(GREEN),
        OBSERVER: LineStyle(GREEN, ":"),
    }
    draw_trial_curves(below, {"learning rate": traces["learning rate"]}, styles)
    other = add_right_axis(below, ("learning rate", VERMILLION), ("volatile (0 or 1)", GREEN))
    draw_trial_curves(other, {name: traces[name] for name in ("decoded", OBSERVER)}, styles)
    other.legend(loc="upper left")
    below.set(xlabel="trial", ylim=(0, None))


def draw_watched_session(
    above: Axes, below: Axes, session: xr.Dataset, belief: xr.Dataset, decoded: xr.DataArray
) -> None:
    """Draw one session: reward probability, choices and beliefs above, the regime below.

    Parameters
    ----------
    above, below : matplotlib.axes.Axes
        Where to draw.
    session : xarray.Dataset
        Of one subject, on `trial_in_session` (`select_session`).
    belief : xarray.Dataset
        `predicted_right` and `regime` of the observer, likewise (`compute_hazard_belief`).
    decoded : xarray.DataArray
        Regime decoded from units, likewise.
    """
    trial = session["trial_in_session"] + 1
    draw_schedule(above, session["reward_probability"].isel(arm=1), session["regime"])
    draw_choice_marks(above, session["choice"])
    above.plot(trial, belief["predicted_right"], color=BLUE, lw=0.8)
    above.set_xlabel("")
    shade_volatile(below, session["regime"])
    below.plot(trial, belief["regime"], color=BLUE, lw=0.8)
    below.plot(trial, decoded, color=VERMILLION, lw=0.8, ls=_DASHED)


def label_watched_session(part: SubFigure) -> None:
    """Add the legend of `draw_watched_session` below the panels of a part of a figure."""
    lines: dict[str, dict[str, Any]] = {
        "true probability": {"color": INK},
        "ideal observer's belief": {"color": BLUE},
        "decoded from the agent's units": {"color": VERMILLION, "ls": _DASHED},
        "right chosen (upper edge)": {"color": BLUE, "ls": "", "marker": "|", "ms": 5},
        "left chosen (lower edge)": {"color": ORANGE, "ls": "", "marker": "|", "ms": 5},
    }
    handles = [
        *(Line2D([], [], lw=0.9, label=name, **look) for name, look in lines.items()),
        Patch(color=GREY, alpha=0.15, lw=0, label="volatile regime"),
    ]
    part.legend(handles=handles, loc="outside lower center", ncols=3)


def draw_rates(
    axes: Axes,
    rates: xr.Dataset,
    references: Mapping[str, xr.Dataset] | None = None,
    *,
    letter: str,
    title: str,
) -> Axes:
    """Draw learning rates by phase, and those of other players beside them.

    Parameters
    ----------
    rates : xarray.Dataset
        `learning_rate` on (`subject`, `phase`) (`add_learning_rates`).
    references : mapping of str to xarray.Dataset, optional
        The same of `OBSERVER` and of `FIXED_HAZARD`.
    letter, title : str
        Of the panel.
    """
    others = {
        name: summarise_subjects(result, "learning_rate")
        for name, result in (references or {}).items()
    }
    styles = {
        OBSERVER: LineStyle(GREY, marker="D"),
        FIXED_HAZARD: LineStyle(VERMILLION, marker="s"),
    }
    mean = summarise_subjects(rates, "learning_rate")
    draw_phase_rates(axes, rates["learning_rate"], mean, others, styles)
    axes.set(ylim=(0, HIGHEST))
    if others:
        axes.legend(loc="upper left")
    return label_panel(axes, letter, title)


def draw_tracking(axes: Axes, shares: xr.Dataset, published: Mapping[str, float]) -> Axes:
    """Draw the share of units that track volatility over the number of trials.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The x axis becomes logarithmic.
    shares : xarray.Dataset
        Of `add_tracking`.
    published : mapping of str to float
        Published shares, drawn as dashed lines.
    """
    styles = {"share_tracking": ("Bonferroni", LineStyle(INK, "-", "o")),
              "share_tracking_uncorrected": ("uncorrected", LineStyle(GREY, "-", "o"))}  # fmt: skip
    for quantity, (name, style) in styles.items():
        draw_mean_curve(axes, shares, SHARES[quantity], name, style)
    for value in published.values():
        axes.axhline(value, color=VERMILLION, lw=0.9, ls="--", label="published")
    axes.set(xscale="log", xlabel="trials in the regression", ylabel="share of units", ylim=(0, 1))
    trials = shares["trials"].values
    axes.set_xticks(trials, [f"{n:,}" for n in trials])
    axes.set_xticks([], minor=True)
    axes.legend(loc="lower right")
    return axes


def describe_humans(published: pd.DataFrame) -> str:
    """Describe in three lines what Behrens et al. published about humans."""
    t, p = (published_row(published, quantity) for quantity in ("t_value", "p_value"))
    return (
        f"{t['n']:.0f} humans, published:\nvolatile above stable,\n"
        f"paired t({t['n'] - 1:.0f}) = {t['value']:g}, P < {p['value']:g}"
    )


def _finish_above(axes: Axes, label: str, **legend: Any) -> None:
    """Label the upper half of a panel that shares its trials with the lower one."""
    axes.set(xlabel="", ylabel=label, yticks=[0, 0.5, 1])
    axes.legend(**legend)
