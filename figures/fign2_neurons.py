"""Figure N2: what do neurons of monkeys carry, and do trained agents tell it better than rivals?

This is not in the paper. Agents lived through the monkeys' own trials; their states, and what their
rivals made of the same trials, predict held-out activity. Run it by `pfc figure n2`, or copy it.
"""

from pathlib import Path

from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals.encoding_power import SOURCES_OF_NEURONS
from pfc_analysis.reproduction.animals.monkey_behaviour import TWO_STEP, WHAT_WHERE
from pfc_analysis.reproduction.animals.monkey_encoding import AFTER, BEFORE
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import neuron_panels as panels
from pfc_analysis.reproduction.tables.neuron_numbers import CELLS, NEURONS, SIMULATED, add_neurons

VARIABLES = ("reward", "transition")
SESSIONS = ("Charlie 1", "Charlie 2", "Charlie 3")


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`; neurons and the shipped agents in the monkeys' place as shipped.

    `agents` is not used: the numbers come from tables that are checked where the raw data are.
    """
    numbers = Numbers(read_published("butler_2026"), figure="n2")
    found = add_neurons(numbers)
    theirs = {name: numbers.paper(name, NEURONS) for name in ("coding_share", "explained_variance")}

    with print_style():
        figure, (gains, compared, areas, sessions) = new_page([42, 44, 44, 40])
        row = gains.subplots(1, 4, sharey=True)
        for axes, (letter, cell) in zip(row, CELLS.items(), strict=True):
            panels.draw_gains(axes, found[WHAT_WHERE], cell)
            label_panel(axes, letter, cell)

        e, f = compared.subplots(1, 2, width_ratios=[1.5, 1])
        panels.draw_differences(e, found[WHAT_WHERE], list(CELLS.values()))
        label_panel(e, "e", "trained agents against each rival")
        panels.draw_power(f, found[SIMULATED], SOURCES_OF_NEURONS)
        label_panel(f, "f", "power, simulated neurons")

        g, h, i = areas.subplots(1, 3)
        panels.draw_coding(g, found[TWO_STEP], VARIABLES, theirs["coding_share"])
        label_panel(g, "g", "two-step task: neurons that code")
        panels.draw_values(h, found[TWO_STEP], theirs["explained_variance"])
        label_panel(h, "h", "values at the first choice")
        panels.draw_value_differences(i, found[TWO_STEP])
        label_panel(i, "i", "model-based less model-free")

        for axes, letter, when in zip(
            sessions.subplots(1, 2, sharey=True), "jk", (BEFORE, AFTER), strict=True
        ):
            panels.draw_sessions(axes, found[TWO_STEP], SESSIONS, when)
            label_panel(axes, letter, f"two-step task, {when}")
        return write_figure(figure, numbers, out, __file__)
