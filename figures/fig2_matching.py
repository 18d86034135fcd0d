"""Figure 2: do agents and mice match their choices to rewards, and what do units encode?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 2`, or copy it.
"""

from pathlib import Path

import pandas as pd

from pfc_analysis import plot
from pfc_analysis.plotting.choices.matching_line import draw_matching, draw_matching_lines
from pfc_analysis.plotting.neurons.unit_coding import draw_shares
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import BLUE, GREY, VERMILLION, label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.matching_observer import OBSERVER, simulate_observer
from pfc_analysis.reproduction.animals.mice import mouse_foraging
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.matching_panels import draw_history, draw_line_quantity
from pfc_analysis.reproduction.tables.matching_numbers import (
    LINE,
    WEIGHTS,
    add_matching,
    add_residual_difference,
    add_unit_coding,
)

SEED = 2
CODED_SESSIONS = 200  # of every replica; all pairs of them make the null


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights, and the ideal observer. Mice: as published.
    agent = record_agent("matching", agents)
    observer = simulate_observer(SEED)
    mice = mouse_foraging()

    # Analyse and tabulate: the same functions for all; the papers' numbers beside ours.
    published = pd.concat([read_published("wang_2018"), read_published("tsutsui_2016")])
    numbers = Numbers(published, figure="2")
    found = add_matching(numbers, "agents", agent)
    ideal = add_matching(numbers, OBSERVER, observer)
    add_residual_difference(numbers, found.residuals, ideal.residuals)
    for quantity in LINE:
        numbers.add("a", "mice", quantity, mice.line)
    for quantity in WEIGHTS:
        numbers.add("c", "mice", quantity, mice.history)
    coding = add_unit_coding(numbers, agent, CODED_SESSIONS, SEED)

    with print_style():
        figure, (above, below) = new_page([50, 50])
        a, r_squared, b, c = above.subplots(1, 4, width_ratios=[1, 0.5, 1.3, 1.3])
        d, slope, e, f = below.subplots(1, 4, width_ratios=[1, 0.5, 1.3, 1.3])
        for mouse, agents_own in ((a, d), (c, f)):  # panels of one kind share their scales
            mouse.sharex(agents_own)
            mouse.sharey(agents_own)
        draw_matching(a, mice.points, BLUE, "blocks of trials", 3.0)
        draw_matching_lines(a, mice.line)
        label_panel(a, "a", f"{mice.line.sizes['subject']} mice")
        draw_matching(d, found.points, GREY, "trained range")
        draw_matching(d, found.held_out, VERMILLION, "held out")
        draw_matching_lines(d, found.line)
        d.legend(loc="upper left", markerscale=3)
        label_panel(d, "d", f"{found.line.sizes['subject']} agents")
        lines = {"mice": mice.line, "agents": found.line, OBSERVER: ideal.line}
        draw_line_quantity(r_squared, lines, "r_squared", published)
        draw_line_quantity(slope, lines, "slope", published)
        draw_shares(b, numbers.paper("share_significant", "monkeys"))
        label_panel(b, "b", "neurons of monkeys, published")
        plot.unit_coding(coding, e)
        label_panel(e, "e", "units of agents, at fixation")
        paper = numbers.paper("reward_history_weight", "monkeys")
        draw_history(c, mice.history, {1: paper["lag 1"]})
        label_panel(c, "c", "mice")
        draw_history(f, found.history, {}, ideal.history)
        label_panel(f, "f", "agents")
        return write_figure(figure, numbers, out, __file__)
