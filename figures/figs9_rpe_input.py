"""Supplementary Figure 9: networks that read prediction errors, and networks that read rewards.

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure s9`, or copy it.
"""

from pathlib import Path

import xarray as xr

from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.rpe_input import compute_best_ratio
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.rpe_input_panels import draw_networks, label_networks
from pfc_analysis.reproduction.tables.rpe_input_numbers import add_stay_difference, add_task

SEED = 9
SESSIONS = 200  # of each replica, in which reward is measured
AGENTS = {  # the networks that read rewards, and prediction errors
    "bandit": ("bandit_independent", "bandit_rpe_input"),
    "matching": ("matching", "matching_rpe_input"),
    "volatility": ("volatility", "volatility_rpe_input"),
    "inferred_value": ("inferred_value", "inferred_value_rpe_input"),
    "two_step": ("two_step", "two_step_rpe_input"),
}
PANELS = {
    ("bandit", "regret"): ("b", "bandit", "regret (rewards lost)"),
    ("matching", "slope"): ("c", "matching", "slope of the matching line"),
    ("volatility", "learning_rate_rise"): (
        "d",
        "volatility",
        "learning rate,\nvolatile minus stable",
    ),
    ("inferred_value", "inferred_ratio"): ("e", "inferred value", "error, inferred / experienced"),
    ("two_step", "r2"): ("f", "two-step: errors", "r² on model-based errors"),
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record, analyse and tabulate, task by task: the same functions for both networks.
    numbers = Numbers(read_published("wang_2018"), figure="s9")
    found = {
        task: add_task(numbers, task, experiments, agents, sessions=SESSIONS, seed=SEED)
        for task, experiments in AGENTS.items()
    }
    watched = record_agent("inferred_value", agents, sessions=600, units=False)
    best = compute_best_ratio(watched)
    numbers.add("e", "observer", "inferred_value_inferred_ratio", best, "inferred_ratio")
    add_stay_difference(numbers, found["two_step"]["stay_probability"])

    with print_style():
        figure, (above, below) = new_page([46, 46])
        a, b, c = above.subplots(1, 3, width_ratios=[1.8, 1, 1])
        d, e, f, g = below.subplots(1, 4, width_ratios=[1.1, 0.7, 0.7, 1.8])
        shares = [results["reward"] for results in found.values()]
        earned = xr.concat(shares, xr.Variable("task", list(AGENTS)))
        draw_networks(a, earned, "reward above chance,\nrelative to standard agents")
        draw_reference(a, 1.0, "")
        a.set(ylim=(0.89, 1.06), yticks=[0.9, 0.95, 1.0, 1.05])
        label_panel(a, "a", "reward of the networks that read prediction errors")
        for axes, ((task, quantity), (letter, title, label)) in zip(
            (b, c, d, e, f), PANELS.items(), strict=True
        ):
            draw_networks(axes, found[task][quantity], label)
            axes.set_ylim(0.0, 1.1 * axes.get_ylim()[1])
            label_panel(axes, letter, title)
        draw_reference(e, best["inferred_ratio"].mean().item(), "ideal observer")
        draw_networks(g, found["two_step"]["stay_probability"], "stay probability")
        g.set_ylim(0.0, 1.05)
        label_panel(g, "g", "two-step: staying with the choice")
        label_networks(c)
        return write_figure(figure, numbers, out, __file__)
