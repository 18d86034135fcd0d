"""A picture of one session: choices, rewards, values and hidden variables over trials."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.plot.neuron_pictures import select_subject
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import write_caption
from pfc_analysis.plot.picture_data import require_dataset
from pfc_analysis.plotting.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION

_SIDES = ("left", "right")
_COLOURS = (ORANGE, BLUE, VERMILLION, GREY)
"""Of the options and arms, in order."""
_HIDDEN = ("better_state", "rewarded_side", "rewarded_option", "regime", "volatility")
"""Variables that the subject is not told, in the order of preference; one is drawn."""


def session(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    subject: str | None = None,
    session: int | None = None,
    trials: slice | None = None,
) -> Axes:
    """Draw one session trial by trial.

    Parameters
    ----------
    data : xarray.Dataset
        Any recording: `choice` and `reward` on `trial`; where it has them, the arms'
        `reward_probability`, one hidden variable (`better_state`, `rewarded_side`, `regime`, ...)
        and the agent's `value`.
    ax, style
        As for `pfc.plot.stay_probability`.
    subject : str, optional
        Default: the first subject.
    session : int, optional
        Number of the session; default: the subject's first.
    trials : slice, optional
        Which trials of the session; default: all, at most the first 200.

    Returns
    -------
    matplotlib.axes.Axes
        Marks above: choices, a row for each option (orange the first, blue the second), filled
        where rewarded, open where not, crosses where the reward is not known. Lines: reward
        probability of each arm, the hidden variable, and the agent's value at the first step of
        the trial. A recording that has none of these gets the marks alone, without their scale.

    Raises
    ------
    MissingVariableError
        If the recording has no choices or no rewards.
    ValueError
        If there is no such subject or session.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=2, units=False)
    >>> axes = pfc.plot.session(agents, subject="seed_2", session=1)
    >>> print(pfc.plot.caption(axes))
    Session 1 of seed_2, trials 1 to 100...
    """
    one = _select(data, subject, session, trials)
    trial = one["trial_in_session"].values + 1
    with open_axes(ax, style, (7.0, 2.4)) as axes:
        options = _name_options(one)
        heights = 1.12 + 0.13 * np.arange(len(options))
        _mark_choices(axes, one, trial, heights)
        drawn = [*_draw_probabilities(axes, one, trial), *_draw_hidden(axes, one, trial)]
        drawn += _draw_value(axes, one, trial)
        top = float(heights[-1]) + 0.11
        axes.set(xlabel="trial", xlim=(trial[0] - 1, trial[-1] + 1))
        if drawn:
            axes.set_ylim(-0.05, top)
            axes.set_yticks([0, 0.5, 1, *heights], ["0", ".5", "1", *options])
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        else:  # there is nothing between 0 and 1
            axes.set_ylim(heights[0] - 0.11, top)
            axes.set_yticks(heights, options)
            figure = axes.get_figure(root=True)
            if ax is None and figure is not None:
                figure.set_figheight(0.7 + 0.25 * len(options))
    return write_caption(
        axes,
        f"Session {one['session'].values[0]} of {one['subject'].values[0]}, trials {trial[0]} to "
        f"{trial[-1]}.",
        "Marks above, choices, a row for each option: filled where rewarded, open where not, "
        "crosses where the reward is not known.",
        f"Lines: {', '.join(drawn)}." if drawn else "",
    )


def _select(
    data: xr.Dataset, subject: str | None, session: int | None, trials: slice | None
) -> xr.Dataset:
    """Return the trials to draw.

    Raises
    ------
    MissingVariableError, ValueError
        As `session`.
    """
    require_dataset(data)
    for name in ("choice", "reward"):
        if name not in data or "trial" not in data[name].dims:
            raise MissingVariableError(
                f"a picture of a session needs `{name}` on `trial`, which this dataset does not "
                "have. pfc.load and pfc.record return recordings that have it"
            )
    one = select_subject(data, subject)
    numbers = np.unique(one["session"].values)
    number = one["session"].values[0] if session is None else session
    if number not in numbers:
        raise ValueError(
            f"session: found {session}, expected one of {one['subject'].values[0]}'s: "
            f"{', '.join(str(n) for n in numbers[:12])}{', ...' if numbers.size > 12 else ''}"
        )
    rows = np.flatnonzero(one["session"].values == number)[trials or slice(200)]
    if not rows.size:
        raise ValueError(f"trials: {trials} selects none of session {number}")
    return one.isel(trial=rows)


def _name_options(one: xr.Dataset) -> list[str]:
    """Return the names of the options, of which there are two at least."""
    labels = one["choice"].attrs.get("labels")
    if labels is not None and not isinstance(labels, str):
        return [str(label) for label in labels]
    n = max(int(one["choice"].max()), 1) + 1
    return list(_SIDES) if n == len(_SIDES) else [str(k) for k in range(n)]


def _mark_choices(axes: Axes, one: xr.Dataset, trial: np.ndarray, heights: np.ndarray) -> None:
    """Mark each choice in the row of its option; a reward that is not known is a cross."""
    reward = one["reward"].values
    for option, height in enumerate(heights):
        colour = _COLOURS[option % len(_COLOURS)]
        chosen = one["choice"].values == option
        for rows, marker, fill in (
            (chosen & (reward > 0), "o", colour),
            (chosen & (reward <= 0), "o", "none"),
            (chosen & np.isnan(reward), "x", colour),
        ):
            if rows.any():
                axes.plot(trial[rows], np.full(rows.sum(), height), marker, ms=3, mec=colour,
                          mfc=fill, mew=0.6)  # fmt: skip


def _draw_probabilities(axes: Axes, one: xr.Dataset, trial: np.ndarray) -> list[str]:
    if "reward_probability" not in one or one["reward_probability"].dims != ("trial", "arm"):
        return []
    drawn = []
    for k, arm in enumerate(one["reward_probability"]["arm"].values):
        label = f"reward probability, {arm}"
        values = one["reward_probability"].isel(arm=k).values
        axes.step(trial, values, where="mid", color=_COLOURS[k % len(_COLOURS)], lw=1.0,
                  label=label)  # fmt: skip
        drawn.append(label)
    return drawn


def _draw_hidden(axes: Axes, one: xr.Dataset, trial: np.ndarray) -> list[str]:
    name = next((name for name in _HIDDEN if name in one and one[name].dims == ("trial",)), None)
    if name is None:
        return []
    values = np.asarray(one[name].values, dtype=float)
    values[values < 0] = np.nan
    axes.step(trial, values, where="mid", color=GREEN, lw=0.9, ls=":", label=name.replace("_", " "))
    return [name.replace("_", " ")]


def _draw_value(axes: Axes, one: xr.Dataset, trial: np.ndarray) -> list[str]:
    """Draw the agent's value at the first step of each trial, scaled by its largest size."""
    if "value" not in one or "step" not in one["value"].dims:
        return []
    value = one["value"].isel(step=0).values.astype(float)
    largest = max(1.0, float(np.nanmax(np.abs(value))))
    label = "agent's value" if largest == 1.0 else f"agent's value / {largest:.2g}"
    axes.plot(trial, value / largest, color=PURPLE, lw=0.9, label=label)
    return [label]
