"""Figure 2: do agents, and mice, match their choices to the rewards, and what do units code?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 2`, or copy it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis import record, simulate
from pfc_analysis.analysis.baiting_learners import BaitingObserver
from pfc_analysis.analysis.matching import compute_log_ratios, fit_matching
from pfc_analysis.analysis.matching_residuals import compute_matching_residuals, select_share
from pfc_analysis.analysis.performance import compute_performance
from pfc_analysis.analysis.reward_history import fit_reward_history
from pfc_analysis.analysis.summary import compute_subject_mean, summarise_subjects
from pfc_analysis.analysis.trial_factors import build_trial_factors
from pfc_analysis.analysis.unit_coding import compute_unit_coding
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.matching import draw_matching, draw_matching_lines
from pfc_analysis.plotting.reward_history import draw_reward_history
from pfc_analysis.plotting.style import (
    BLUE,
    GREY,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.plotting.unit_coding import draw_shares, draw_unit_coding
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.mice import mouse_foraging
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.matching import Matching

SEED = 2
HELD_OUT = [(0.2, 0.4), (0.6, 0.8)]  # shares of the right arm that training left out
UNCLOCKED = (5, 45)  # trials before any session of training ends: later on value is a clock too
CODED_SESSIONS = 200  # of every replica; all pairs of them make the null
OBSERVER = "observer"  # Bayesian, greedy: knows the rule and the range in training
UNIT_QUANTITIES = (
    "mean_absolute", "mean_absolute_null", "mean_absolute_above_null", "n_significant",
    "n_significant_null_upper", "n_significant_above_null", "n_significant_family_wise",
    "share_significant",
)  # fmt: skip


def draw_groups(
    axes: Axes, groups: dict[str, xr.Dataset], quantity: str, monkeys: list[float]
) -> None:
    """Draw a quantity of the matching line of every group, the monkeys' as published."""
    every = {name: line[quantity] for name, line in groups.items()}
    if monkeys:  # a column of their own, with nothing measured in it
        every["monkeys"] = xr.DataArray([np.nan], {"subject": ["monkeys"]}, "subject")
    index = xr.Variable("group", list(every))
    values = xr.concat(list(every.values()), index, join="outer", coords="minimal")
    mean = compute_subject_mean(values)
    draw_dots(axes, values, mean, {"monkeys": monkeys} if monkeys else {})
    axes.tick_params(axis="x", rotation=60)
    axes.set(ylim=(0, 1.05))
    label_panel(axes, "", quantity.replace("r_squared", "r$^2$"))


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights, and what can be known of the arms.
    agent = record("matching", agent=None if agents is None else agents / "matching")
    task = Matching(range="whole", shortest=100)
    observer = simulate(
        BaitingObserver(prior="gaps"), task, sessions=4000, seed=SEED, subject=OBSERVER
    )

    # Analyse: the same functions for all, mice included.
    mice = mouse_foraging()
    published = pd.concat([read_published("wang_2018"), read_published("tsutsui_2016")])
    numbers = Numbers(published, figure="2")
    points, lines, held_points = {}, {}, {}
    for source, recording in (("agents", agent), (OBSERVER, observer)):
        every = compute_log_ratios(recording)
        held = select_share(every, HELD_OUT)
        points[source], held_points[source] = every.isel(point=~held), every.isel(point=held)
        lines[source] = fit_matching(points[source])
        numbers.add("d", source, "reward", compute_performance(recording))
        for quantity in ("slope", "intercept", "r", "r_squared"):
            numbers.add("d", source, quantity, lines[source])
        held_line = fit_matching(held_points[source])
        numbers.add("d", source, "slope_held_out", held_line, "slope")
        away = compute_matching_residuals(held_points[source], lines[source])
        for quantity in ("mean_residual", "signed_residual", "slope_difference"):
            numbers.add("d", source, f"{quantity}_held_out", away, quantity)
    history = {"agents": fit_reward_history(agent), OBSERVER: fit_reward_history(observer)}
    coded = agent.isel(trial=(agent["session"] < CODED_SESSIONS).values)
    place = coded["trial_in_session"]
    early = ((place >= UNCLOCKED[0]) & (place < UNCLOCKED[1])).values
    factors, generator = build_trial_factors(coded), np.random.default_rng(SEED)
    coding = {
        "": compute_unit_coding(
            coded.isel(trial=early), generator, factors=factors.isel(trial=early)
        ),
        "_all_trials": compute_unit_coding(coded, generator, factors=factors),
    }

    # Tabulate: every number drawn, the papers' beside it.
    for quantity in ("slope", "intercept", "r", "r_squared"):
        numbers.add("a", "mice", quantity, mice.line)
    for panel, source, found in (
        ("c", "mice", mice.history), ("f", "agents", history["agents"]),
        ("f", OBSERVER, history[OBSERVER]),
    ):  # fmt: skip
        for quantity in ("reward_weight", "choice_weight"):
            numbers.add(panel, source, quantity, found)
    drop = -history["agents"][["reward_weight"]].diff("lag")  # from the lag before
    numbers.add("f", "agents", "reward_weight_drop", drop, "reward_weight")
    numbers.add("f", "agents", "reward_half_life", history["agents"])
    for ending, found in coding.items():
        above = found["mean_absolute"] - found["mean_absolute_null"]
        more = found["n_significant"] - found["n_significant_null_upper"]
        found = found.assign(mean_absolute_above_null=above, n_significant_above_null=more)
        for quantity in UNIT_QUANTITIES:
            numbers.add("e", "agents", f"{quantity}{ending}", found, quantity)

    with figure_style():
        figure = new_figure(13, 7)
        (above_row,), (below,) = figure.subfigures(2, 1, squeeze=False, hspace=0.05)
        a, a_dots, b, c = above_row.subplots(1, 4, width_ratios=[1, 0.4, 0.9, 1.4])
        d, d_dots, e, f = below.subplots(1, 4, width_ratios=[1, 0.4, 0.9, 1.4])
        draw_matching(a, mice.points, BLUE, "blocks of trials", 4.0)
        draw_matching_lines(a, mice.line)
        label_panel(a, "a", f"{mice.line.sizes['subject']} mice")
        draw_shares(b, numbers.paper("share_significant", "monkeys"))
        label_panel(b, "b", "neurons of monkeys, published")
        draw_matching(d, points["agents"], GREY, "trained range")
        draw_matching(d, held_points["agents"], VERMILLION, "held out")
        draw_matching_lines(d, lines["agents"])
        label_panel(d, "d", f"{lines['agents'].sizes['subject']} agents")
        d.legend(loc="upper left", markerscale=3)
        groups = {"mice": mice.line, **lines}
        for axes, quantity in ((a_dots, "r_squared"), (d_dots, "slope")):
            monkeys = published[published["quantity"] == quantity]["value"].tolist()
            draw_groups(axes, groups, quantity, monkeys)
        draw_unit_coding(e, coding[""], summarise_subjects(coding[""], "mean_absolute"))
        label_panel(e, "e", "units of agents, at fixation")
        paper = numbers.paper("reward_history_weight", "monkeys")
        for axes, letter, source, weights, diamonds in (
            (c, "c", "mice", mice.history, {1: paper["lag 1"]}),
            (f, "f", "agents", history["agents"], {}),
        ):
            means = {
                name: summarise_subjects(weights, f"{name}_weight") for name in ("reward", "choice")
            }
            reference = history[OBSERVER] if source == "agents" else None
            draw_reward_history(axes, weights, means, diamonds, reference)
            label_panel(axes, letter, source)
        files = save_figure(figure, out, "fig2_matching")
    return [*files, numbers.write(out / "fig2_matching.csv")]
