"""Supplementary Figure 9: networks that read prediction errors, and networks that read rewards.

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure s9`, or copy it.
"""

from pathlib import Path

import xarray as xr

from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.style import figure_style, label_panel, new_figure, save_figure
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.rpe_input import compute_best_ratio
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.rpe_input_panels import draw_networks
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
    ("bandit", "regret"): ("b", "bandit", "regret, 100 trials"),
    ("matching", "slope"): ("c", "matching", "slope"),
    ("volatility", "learning_rate_rise"): ("d", "volatility", "learning rate, volatile - stable"),
    ("inferred_value", "inferred_ratio"): ("e", "inferred value", "inferred / experienced"),
    ("two_step", "r2"): ("f", "two-step", "$r^2$ on model-based errors"),
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

    with figure_style():
        figure = new_figure(13, 6.6)
        above, below = figure.subfigures(2, 1, squeeze=False, hspace=0.05)[:, 0]
        a, b, c = above.subplots(1, 3, width_ratios=[1.6, 1, 1])
        d, e, f, g = below.subplots(1, 4, width_ratios=[1.1, 0.7, 0.7, 2.4])
        shares = [results["reward"] for results in found.values()]
        earned = xr.concat(shares, xr.Variable("task", list(AGENTS)))
        draw_networks(a, earned, "reward above chance, of\nthe standard network's")
        draw_reference(a, 1.0, "standard network")
        a.set_ylim(0.0, 1.1)
        label_panel(a, "a", "reads prediction errors (RPE): what it earns")
        for axes, ((task, quantity), (letter, title, label)) in zip(
            (b, c, d, e, f), PANELS.items(), strict=True
        ):
            draw_networks(axes, found[task][quantity], label)
            axes.set_ylim(0.0, 1.1 * axes.get_ylim()[1])
            label_panel(axes, letter, title)
        draw_reference(e, best["inferred_ratio"].mean().item(), "ideal observer")
        draw_networks(g, found["two_step"]["stay_probability"], "stay probability")
        g.set_ylim(0.0, 1.05)
        label_panel(g, "g", "two-step")
        files = save_figure(figure, out, "figs9_rpe_input")
    return [*files, numbers.write(out / "figs9_rpe_input.csv")]
