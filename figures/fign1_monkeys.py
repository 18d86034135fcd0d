"""Figure N1: do agents behave like monkeys, in two tasks in which neurons were recorded?

This is not in the paper. Monkeys learned in blocks which image or which side pays, and planned in a
two-step task with three rewards. Agents trained on the same tasks and observers that know the rules
answer the same questions. Run it by `pfc figure n1`, or copy it.
"""

from pathlib import Path

from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import monkey_panels as panels
from pfc_analysis.reproduction.tables.monkey_numbers import add_behaviour, measure_all

SEED = 1
SESSIONS = 1000  # of the observers
KINDS, OUTCOMES = ("what", "where"), ("win", "loss")
LEVELS, TRANSITIONS = ("high", "medium", "low"), ("common", "rare")
WINDOWS = ("trials 10 to 30", "trials 60 to 80")
TASKS = {"what_where": "what/\nwhere", "two_step_three_rewards": "two-step"}
INDICES = {"stay_model_based_index": "model-\nbased", "stay_model_free_index": "model-\nfree"}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record and analyse: the questions of `pfc compare`, the same for all. Monkeys: as shipped.
    found = measure_all(agents, SESSIONS, SEED)
    published = read_published("butler_2026")
    numbers = Numbers(published, figure="n1")
    add_behaviour(numbers, found)

    with print_style():
        figure, (curves, stays, two_step, other) = new_page([46, 42, 42, 50])
        row = curves.subplots(1, 4, sharey=True, width_ratios=[6, 6, 8, 8])
        for axes, letter, kind in zip(row, "abcd", KINDS * 2, strict=True):
            panels.draw_curve(axes, found, letter)
            axes.set_xlabel(f"trials since the {'block began' if letter in 'ab' else 'reversal'}")
            label_panel(axes, letter, f"{kind} blocks")
        row[0].set_ylabel("better choices")

        e, f, g = stays.subplots(1, 3, width_ratios=[4, 4, 2.2])
        for axes, letter, what in ((e, "e", "image"), (f, "f", "side")):
            cells = [(f"{what}_stay_probability", f"{k}, {o}") for k in KINDS for o in OUTCOMES]
            panels.draw_cells(axes, found, cells, [c.replace(", ", ",\n") for _, c in cells])
            axes.set(ylim=(0.4, 1.02), ylabel="probability")
            label_panel(axes, letter, f"choosing the same {what} again")
        panels.draw_cells(g, found, [("reward", name) for name in TASKS], list(TASKS.values()))
        g.set_ylabel("reward per trial")
        label_panel(g, "g", "reward")

        h, i, j = two_step.subplots(1, 3, width_ratios=[6, 3, 2.2])
        cells = [("stay_probability", f"{t}, {level}") for t in TRANSITIONS for level in LEVELS]
        theirs = numbers.paper("stay_probability", "monkeys")
        panels.draw_cells(h, found, cells, [c.replace(", ", ",\n") for _, c in cells], theirs)
        h.set(ylim=(-0.03, 1.03), ylabel="probability")
        label_panel(h, "h", "first choice repeated, by transition and reward before")
        panels.draw_cells(i, found, [("second_stay_probability", name) for name in LEVELS], LEVELS)
        i.set(ylim=(-0.03, 1.03), ylabel="probability")
        label_panel(i, "i", "second choice repeated")
        cells = [(name, "two_step_three_rewards") for name in INDICES]
        panels.draw_cells(j, found, cells, list(INDICES.values()))
        j.axhline(0, color="black", lw=0.5)
        j.set_ylabel("stay index")
        label_panel(j, "j", "planning")

        k, likelihood, preferred = other.subplots(1, 3, width_ratios=[4, 4.2, 4.2])
        cells = [("correct_share", f"{kind}, {part}") for kind in KINDS for part in WINDOWS]
        panels.draw_cells(k, found, cells, [c.replace(" trials ", "\n") for _, c in cells])
        k.set(ylim=(0.4, 1.02), ylabel="better choices")
        label_panel(k, "k", "better choices in two parts of a block")
        panels.draw_in_place(likelihood, found, "likelihood_per_trial", logarithmic=True)
        likelihood.set(ylim=(0.015, 1.0), ylabel="likelihood per choice")
        label_panel(likelihood, "l", "monkeys' choices under agents' policy")
        panels.draw_in_place(preferred, found, "preferred_share")
        preferred.set(ylim=(0.4, 1.0), ylabel="share of choices")
        label_panel(preferred, "m", "monkeys' choices that agents prefer")
        panels.add_legend(other, "monkey Charlie, 30 sessions")
        return write_figure(figure, numbers, out, __file__)
