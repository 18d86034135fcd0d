"""Supplementary Figure 2: what all agents' activity holds in the bandit task, trial by trial.

How many dimensions activity has, how soon in a session it orders sessions by what the arms pay, and
the last states of every replica. Run it by `pfc figure s2`, or copy it.
"""

from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis import record
from pfc_analysis.analysis.neurons.payoff_order import compute_payoff_order
from pfc_analysis.analysis.neurons.state_space import compute_principal_components, project_states
from pfc_analysis.analysis.statistics.summary import summarise_subjects
from pfc_analysis.plotting.curves import Look, draw_curves, draw_subject_dots
from pfc_analysis.plotting.neurons.state_space import draw_states
from pfc_analysis.plotting.style import (
    BLUE,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.bandit import Bandit

LAST = Bandit().trials - 1
TRIALS = [1, 2, 4, 9, 19, 39, 59, 79, LAST]
COMPONENTS = 6
LOOKS = {"correlated": Look(BLUE, "-", "o"), "independent": Look(VERMILLION, "-", "o")}
ORDER = ("rank_correlation", "joint_rank_correlation")


def left_advantage(recording: xr.Dataset) -> xr.DataArray:
    """Return what the left arm pays more than the right one, from 0 (1 less) to 1 (1 more)."""
    pay = recording["reward_probability"]
    return (1 + pay.isel(arm=0) - pay.isel(arm=1)) / 2


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    numbers = Numbers(read_published("wang_2018"), figure="s2")
    recordings, variance, order = {}, {}, {}
    for arms in LOOKS:
        name = f"bandit_{arms}"
        played = record(name, agent=None if agents is None else agents / name)
        payoff = left_advantage(played)
        two = compute_payoff_order(played, TRIALS, payoff=payoff)
        many = compute_payoff_order(played, [LAST], n_components=COMPONENTS, payoff=payoff)
        recordings[arms], variance[arms], order[arms] = played, many, two
        numbers.add("a", f"agents, {arms}", "explained_variance_ratio", many)
        for quantity in ORDER:
            numbers.add("b", f"agents, {arms}", quantity, two)

    with figure_style():
        figure = new_figure(13, 6.5)
        (left, right) = figure.subfigures(1, 2, squeeze=False, width_ratios=[1, 3.2])[0]
        a, b = left.subplots(2, 1)
        for arms, look in LOOKS.items():
            shares = variance[arms]["explained_variance_ratio"]
            mean = summarise_subjects(variance[arms], "explained_variance_ratio")
            draw_curves(draw_subject_dots(a, shares, look), {arms: mean}, {arms: look})
            trials = order[arms]["trial_in_session"] + 1
            joint = order[arms].assign_coords(trial_in_session=trials)
            draw_subject_dots(b, joint["joint_rank_correlation"], look)
            mean = summarise_subjects(joint, "joint_rank_correlation")
            draw_curves(b, {f"arms {arms}": mean}, {f"arms {arms}": look})
        a.set(xlabel="component", ylabel="share of variance", ylim=(0, 1))
        a.legend()
        label_panel(a, "a", "dimensions of activity")
        b.set(xlabel="trial", ylabel="rank correlation", ylim=(-0.3, 1.02))
        label_panel(b, "b", "two components, payoff")
        n_replicas = variance["correlated"].sizes["subject"]
        panels = right.subplots(4, int(np.ceil(n_replicas / 2)), squeeze=False)
        for rows, (arms, played) in zip((panels[:2], panels[2:]), recordings.items(), strict=True):
            for axes, seed in zip(rows.ravel(), variance[arms]["subject"].values, strict=False):
                one = played.isel(trial=(played["subject"] == seed).values)
                components = compute_principal_components(one["hidden"], 2)
                ends = one.isel(trial=(one["trial_in_session"] == LAST).values)
                score = project_states(ends["hidden"].isel(step=0), components)
                colours = draw_states(axes, score, left_advantage(ends))
                axes.set(xticks=[], yticks=[])
                label_panel(axes, "", f"{arms}, {seed.replace('_', ' ')}")
        label_panel(panels[0, 0], "c", panels[0, 0].get_title(loc="left"))
        label_panel(panels[2, 0], "d", panels[2, 0].get_title(loc="left"))
        right.colorbar(
            colours, ax=panels, aspect=50, label="left arm pays more (0: 1 less, 1: 1 more)"
        )
        files = save_figure(figure, out, "figs2_bandit_states")
    return [*files, numbers.write(out / "figs2_bandit_states.csv")]
