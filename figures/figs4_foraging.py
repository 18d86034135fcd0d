"""Supplementary Figure 4: how agents forage, choice by choice, in the matching task.

How long they stay with an arm, when they return to it, and whether the regression on past rewards
and choices predicts their choices. Run it by `pfc figure s4`, or copy it.
"""

from pathlib import Path

from matplotlib.axes import Axes

from pfc_analysis.analysis.choices.choice_calibration import compute_choice_calibration
from pfc_analysis.analysis.choices.reward_waiting import (
    compute_choice_since_reward,
    compute_choice_since_visit,
)
from pfc_analysis.analysis.choices.run_lengths import compute_run_lengths
from pfc_analysis.plot.subject_means import draw_mean_curve
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import GREY, INK, label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.matching_observer import OBSERVER, simulate_observer
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.matching_panels import draw_both_arms

SEED = 4
VISITS = 6  # choices since a visit; as many or more share the last bin
STYLES = {"agents": LineStyle(INK, "-", "o"), OBSERVER: LineStyle(GREY, "--")}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record and analyse: the same functions for agents and the observer.
    agent = record_agent("matching", agents, units=False)
    played = {"agents": agent, OBSERVER: simulate_observer(SEED)}
    runs = {source: compute_run_lengths(recording) for source, recording in played.items()}
    since = {
        source: compute_choice_since_reward(recording).sel(arm="either", drop=True)
        for source, recording in played.items()
    }
    visits = {
        source: compute_choice_since_visit(recording, VISITS)
        for source, recording in played.items()
    }
    calibration = compute_choice_calibration(agent)

    numbers = Numbers(read_published("wang_2018"), figure="s4")
    for source in played:
        numbers.add("a", source, "run_length_share", runs[source], "share")
        numbers.add("a", source, "mean_length", runs[source])
        numbers.add("b", source, "choice_probability", since[source])
        numbers.add("c", source, "switch_probability", visits[source])
    for quantity in ("calibration_slope", "calibration_intercept", "observed"):
        numbers.add("d", "agents", quantity, calibration)

    with print_style():
        figure, (above, below) = new_page([50, 50])
        a, b = above.subplots(1, 2)
        c, d = below.subplots(1, 2)
        draw_both_arms(a, runs, "share")
        a.set(xlabel="length of a run (choices of one arm in a row)", ylabel="share of runs",
              ylim=(0, 1))  # fmt: skip
        mark_open_end(a, 10)
        a.legend()
        label_panel(a, "a", "how long agents stay with an arm")
        for source, style in STYLES.items():
            single = source == "agents"  # the observer is one subject
            draw_mean_curve(b, since[source], "choice_probability", source, style, dots=single)
        b.set(xlabel="choices since the arm last paid", ylabel="probability of choosing this arm",
              ylim=(0, 1))  # fmt: skip
        mark_open_end(b, 15)
        b.legend()
        label_panel(b, "b", "after a reward")
        draw_both_arms(c, visits, "switch_probability")
        c.set(xlabel="choices since the other arm was last chosen",
              ylabel="probability of switching", ylim=(0, 1.35),
              yticks=[0, 0.2, 0.4, 0.6, 0.8, 1])  # fmt: skip
        mark_open_end(c, VISITS)
        c.legend(title="the other arm is the", alignment="left", loc="upper right", ncols=2)
        label_panel(c, "c", "when agents come back to the other arm")
        d.axline((0, 0), slope=1, color=GREY, lw=0.7, ls=":", label="prediction is right")
        draw_mean_curve(d, calibration, "observed", "agents", STYLES["agents"])
        d.set(xlabel="predicted probability of the right arm", ylabel="share of right choices",
              ylim=(0, 1), xlim=(0, 1))  # fmt: skip
        d.legend()
        label_panel(d, "d", "choices predicted from past rewards and choices")
        return write_figure(figure, numbers, out, __file__)


def mark_open_end(axes: Axes, last: int) -> None:
    """Write a plus after the last label of the x axis: what it counts, or more."""
    ticks = range(1, last + 1)
    axes.set_xticks(ticks, [*(str(tick) for tick in ticks[:-1]), f"{last}+"])
