"""Figure 2: do agents, and mice, match their choices to the rewards, and what do units code?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 2`, or copy it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis import record, simulate
from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.matching_residuals import (
    compute_matching_residuals,
    select_share,
)
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.neurons.trial_factors import build_trial_factors
from pfc_analysis.analysis.neurons.unit_coding import compute_unit_coding
from pfc_analysis.analysis.statistics.summary import compute_subject_mean, summarise_subjects
from pfc_analysis.plotting.choices.matching import draw_matching, draw_matching_lines
from pfc_analysis.plotting.choices.reward_history import draw_reward_history
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.neurons.unit_coding import draw_shares, draw_unit_coding
from pfc_analysis.plotting.style import (
    BLUE,
    GREY,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals.mice import mouse_foraging
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.matching import Matching

SEED = 2
HELD_OUT = [(0.2, 0.4), (0.6, 0.8)]  # shares of the right arm that training left out
UNCLOCKED = (5, 45)  # trials before any session of training ends: later on value is a clock too
CODED_SESSIONS = 200  # of every replica; all pairs of them make the null
OBSERVER = "observer"  # Bayesian, greedy: knows the rule and the range in training
LINE = ("slope", "intercept", "r", "r_squared")
UNITS = (
    "mean_absolute", "mean_absolute_null", "mean_absolute_above_null", "n_significant",
    "n_significant_null_upper", "n_significant_above_null", "n_significant_family_wise",
    "share_significant",
)  # fmt: skip


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights, and what can be known of the arms. Mice: as published.
    agent = record("matching", agent=None if agents is None else agents / "matching")
    task = Matching(range="whole", shortest=100)
    observer = simulate(
        BaitingObserver(prior="gaps"), task, sessions=4000, seed=SEED, subject=OBSERVER
    )
    mice = mouse_foraging()

    # Analyse and tabulate: the same functions for all; the papers' numbers beside ours.
    published = pd.concat([read_published("wang_2018"), read_published("tsutsui_2016")])
    numbers = Numbers(published, figure="2")
    found = {
        "agents": measure_matching("agents", agent, numbers),
        OBSERVER: measure_matching(OBSERVER, observer, numbers),
    }
    for quantity in LINE:
        numbers.add("a", "mice", quantity, mice.line)
    for quantity in ("reward_weight", "choice_weight"):
        numbers.add("c", "mice", quantity, mice.history)
    coding = measure_coding(agent, numbers)

    with figure_style():
        figure = new_figure(13, 7)
        above, below = figure.subfigures(2, 1, squeeze=False, hspace=0.05)[:, 0]
        a, r_squared, b, c = above.subplots(1, 4, width_ratios=[1, 0.4, 0.9, 1.4])
        d, slope, e, f = below.subplots(1, 4, width_ratios=[1, 0.4, 0.9, 1.4])
        draw_matching(a, mice.points, BLUE, "blocks of trials", 4.0)
        draw_matching_lines(a, mice.line)
        label_panel(a, "a", f"{mice.line.sizes['subject']} mice")
        draw_matching(d, found["agents"].points, GREY, "trained range")
        draw_matching(d, found["agents"].held_out, VERMILLION, "held out")
        draw_matching_lines(d, found["agents"].line)
        d.legend(loc="upper left", markerscale=3)
        label_panel(d, "d", f"{found['agents'].line.sizes['subject']} agents")
        lines = {"mice": mice.line} | {name: measured.line for name, measured in found.items()}
        draw_groups(r_squared, lines, "r_squared", published)
        draw_groups(slope, lines, "slope", published)
        draw_shares(b, numbers.paper("share_significant", "monkeys"))
        label_panel(b, "b", "neurons of monkeys, published")
        draw_unit_coding(e, coding, summarise_subjects(coding, "mean_absolute"))
        label_panel(e, "e", "units of agents, at fixation")
        paper = numbers.paper("reward_history_weight", "monkeys")
        draw_history(c, mice.history, {1: paper["lag 1"]})
        label_panel(c, "c", "mice")
        draw_history(f, found["agents"].history, {}, found[OBSERVER].history)
        label_panel(f, "f", "agents")
        files = save_figure(figure, out, "fig2_matching")
    return [*files, numbers.write(out / "fig2_matching.csv")]


@dataclass(frozen=True)
class Measured:
    """Log ratios of sessions in the trained range and held out, the former's line, and weights."""

    points: xr.Dataset
    held_out: xr.Dataset
    line: xr.Dataset
    history: xr.Dataset


def measure_matching(source: str, recording: xr.Dataset, numbers: Numbers) -> Measured:
    """Analyse how a recording's subjects match, and tabulate it."""
    every = compute_log_ratios(recording)
    held = select_share(every, HELD_OUT)
    points, held_out = every.isel(point=~held), every.isel(point=held)
    line, history = fit_matching(points), fit_reward_history(recording)
    numbers.add("d", source, "reward", compute_performance(recording))
    for quantity in LINE:
        numbers.add("d", source, quantity, line)
    numbers.add("d", source, "slope_held_out", fit_matching(held_out), "slope")
    away = compute_matching_residuals(held_out, line)
    for quantity in ("mean_residual", "signed_residual", "slope_difference"):
        numbers.add("d", source, f"{quantity}_held_out", away, quantity)
    for quantity in ("reward_weight", "choice_weight", "reward_half_life"):
        numbers.add("f", source, quantity, history)
    drop = -history[["reward_weight"]].diff("lag")  # from the lag before
    numbers.add("f", source, "reward_weight_drop", drop, "reward_weight")
    return Measured(points, held_out, line, history)


def measure_coding(agent: xr.Dataset, numbers: Numbers) -> xr.Dataset:
    """Correlate units with what happened, and tabulate it; return what holds early in sessions."""
    agent = agent.isel(trial=(agent["session"] < CODED_SESSIONS).values)
    place = agent["trial_in_session"]
    early = ((place >= UNCLOCKED[0]) & (place < UNCLOCKED[1])).values
    factors, generator = build_trial_factors(agent), np.random.default_rng(SEED)
    found = {}
    for ending, rows in (("", early), ("_all_trials", np.full(early.size, True))):
        coding = compute_unit_coding(
            agent.isel(trial=rows), generator, factors=factors.isel(trial=rows)
        )
        more = {
            f"{name}_above_null": coding[name] - coding[null]
            for name, null in (
                ("mean_absolute", "mean_absolute_null"),
                ("n_significant", "n_significant_null_upper"),
            )
        }
        found[ending] = coding.assign(more)
        for quantity in UNITS:
            numbers.add("e", "agents", f"{quantity}{ending}", found[ending], quantity)
    return found[""]


def draw_groups(
    axes: Axes, lines: dict[str, xr.Dataset], quantity: str, published: pd.DataFrame
) -> None:
    """Draw a quantity of the matching line of every group, the monkeys' as published."""
    every = {name: line[quantity] for name, line in lines.items()}
    monkeys = published[published["quantity"] == quantity]["value"].tolist()
    if monkeys:  # a column of their own, with nothing measured in it
        every["monkeys"] = xr.DataArray([np.nan], {"subject": ["monkeys"]}, "subject")
    index = xr.Variable("group", list(every))
    values = xr.concat(list(every.values()), index, join="outer", coords="minimal")
    draw_dots(axes, values, compute_subject_mean(values), {"monkeys": monkeys})
    axes.tick_params(axis="x", rotation=60)
    axes.set(ylim=(0, 1.05))
    label_panel(axes, "", quantity.replace("r_squared", "r$^2$"))


def draw_history(
    axes: Axes,
    history: xr.Dataset,
    published: dict[int, float],
    reference: xr.Dataset | None = None,
) -> None:
    """Draw weights of past rewards and choices, with their means over subjects."""
    means = {name: summarise_subjects(history, f"{name}_weight") for name in ("reward", "choice")}
    draw_reward_history(axes, history, means, published, reference)
