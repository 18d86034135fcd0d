"""Supplementary Figure 4: how agents forage, choice by choice, in the matching task.

How long they stay with an arm, when they come back to it, and whether the regression on past
rewards and choices says what they do. Run it by `pfc figure s4`, or copy it.
"""

from pathlib import Path

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis import record, simulate
from pfc_analysis.analysis.choices.choice_calibration import compute_choice_calibration
from pfc_analysis.analysis.choices.reward_waiting import (
    compute_choice_since_reward,
    compute_choice_since_visit,
)
from pfc_analysis.analysis.choices.run_lengths import compute_run_lengths
from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver
from pfc_analysis.analysis.statistics.summary import summarise_subjects
from pfc_analysis.plotting.curves import Look, draw_curves, draw_subject_dots
from pfc_analysis.plotting.style import (
    BLUE,
    GREY,
    INK,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.matching import Matching

SEED = 4
OBSERVER = "observer"  # Bayesian, greedy: knows the rule and the range in training
LOOKS = {"richer": Look(BLUE, "-", "o"), "leaner": Look(VERMILLION, "-", "o")}


def draw_both(
    axes: Axes, found: dict[str, xr.Dataset], variable: str, looks: dict[str, Look]
) -> None:
    """Draw agents as dots and lines, the observer as dashed lines, for each kind of arm."""
    for source, result in found.items():
        (kind,) = (d for d in result[variable].dims if d in ("arm_kind", "other_arm"))
        for arm, look in looks.items():
            one = result.sel({kind: arm}, drop=True)
            name = f"{arm} arm" if source != OBSERVER else f"{arm}, {OBSERVER}"
            shown = look if source != OBSERVER else Look(look.colour, "--")
            if source != OBSERVER:
                draw_subject_dots(axes, one[variable], look)
            draw_curves(axes, {name: summarise_subjects(one, variable)}, {name: shown})


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    agent = record("matching", agent=None if agents is None else agents / "matching")
    task = Matching(range="whole", shortest=100)
    observer = simulate(
        BaitingObserver(prior="gaps"), task, sessions=4000, seed=SEED, subject=OBSERVER
    )
    played = {"agents": agent, OBSERVER: observer}
    runs = {source: compute_run_lengths(recording) for source, recording in played.items()}
    since = {source: compute_choice_since_reward(recording) for source, recording in played.items()}
    visits = {
        source: compute_choice_since_visit(recording, 6) for source, recording in played.items()
    }
    calibration = compute_choice_calibration(agent)

    numbers = Numbers(read_published("wang_2018"), figure="s4")
    for source in played:
        numbers.add("a", source, "run_length_share", runs[source], "share")
        numbers.add("a", source, "mean_length", runs[source])
        numbers.add("b", source, "choice_probability", since[source].sel(arm="either", drop=True))
        numbers.add("c", source, "switch_probability", visits[source])
    for quantity in ("calibration_slope", "calibration_intercept"):
        numbers.add("d", "agents", quantity, calibration)
    numbers.add("d", "agents", "observed", calibration)

    with figure_style():
        figure = new_figure(13, 3.4)
        a, b, c, d = figure.subplots(1, 4)
        draw_both(a, runs, "share", LOOKS)
        a.set(xlabel="choices in a row", ylabel="share of runs", ylim=(0, 1))
        a.legend()
        label_panel(a, "a", "run lengths")
        for source, look in (("agents", Look(INK, "-", "o")), (OBSERVER, Look(GREY, "--"))):
            either = since[source].sel(arm="either", drop=True)
            if source == "agents":
                draw_subject_dots(b, either["choice_probability"], look)
            mean = summarise_subjects(either, "choice_probability")
            draw_curves(b, {source: mean}, {source: look})
        b.set(xlabel="choices since the arm paid", ylabel="it is chosen", ylim=(0, 1))
        b.legend()
        label_panel(b, "b", "after a reward")
        draw_both(c, visits, "switch_probability", LOOKS)
        c.set(xlabel="choices since the other arm was visited", ylabel="switch to it", ylim=(0, 1))
        label_panel(c, "c", "coming back")
        d.axline((0, 0), slope=1, color=GREY, lw=0.7, ls=":")
        draw_subject_dots(d, calibration["observed"], Look(INK))
        mean = summarise_subjects(calibration, "observed")
        draw_curves(d, {"agents": mean}, {"agents": Look(INK, "-", "o")})
        d.set(xlabel="right arm, predicted", ylabel="right arm, chosen", ylim=(0, 1), xlim=(0, 1))
        label_panel(d, "d", "regression on the past, new sessions")
        files = save_figure(figure, out, "figs4_foraging")
    return [*files, numbers.write(out / "figs4_foraging.csv")]
