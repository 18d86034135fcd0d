"""Figure R1: the network of the paper beside a rival that predicts. Which one is like an animal?

This is not in the paper. The rival follows Blanco-Pozo et al. 2024. The same questions are asked of
three networks, task by task. Run it by `pfc figure r1`, or copy it.
"""

from functools import partial
from pathlib import Path

import xarray as xr

from pfc_analysis import Intervention
from pfc_analysis.plotting.architectures import draw_two_architectures
from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import published_row, read_published
from pfc_analysis.reproduction.agents import rival_agents as rivals
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import rival_panels as panels
from pfc_analysis.reproduction.tables import rival_numbers as tables

SEED = 13
SESSIONS = 100  # of each replica in each task
RAISED = 120  # of each replica in each condition with raised errors
DECODED = 80  # of each replica, from whose units the paying side is decoded
RIDGE = 1.0  # agents' choices are nearly determined: without a penalty their weights diverge
SHARE = 0.25  # of trials in which the error is raised, as in the mice
LEARNING = {"weights_frozen": 0.0, "learning_on": 1.0, "learning_10\u00d7_faster": 10.0}
"""Rates at which agents learn while they play, in multiples of that of late training."""
TASKS = {  # panels by task and quantity
    "two_step": {"relative_reward": "g", "r2": "f"},
    "inferred_value": {"relative_reward": "g", "inferred_ratio": "h"},
    "volatility": {"relative_reward": "g", "learning_rate_rise": "j"},
    "matching": {"relative_reward": "g", "slope": "k"},
    "risky_choice": {"relative_reward": "g"},
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record, analyse and tabulate: the same functions for all networks.
    published = read_published("blanco_pozo_2024")
    numbers = Numbers(published, figure="r1")
    numbers.tables.append(tables.tabulate_mice(published))
    choices = tables.add_two_step(numbers, agents, SESSIONS, RIDGE, SEED)
    tables.add_rats_schedule(numbers, agents, SESSIONS)
    rule = Intervention("rpe", ("outcome",), shift=1.0, probability=SHARE, seed=SEED)
    raise_errors = partial(
        rivals.measure_raised_errors, agents=agents, rule=rule, sessions=RAISED, seed=SEED
    )
    raised = tables.add_raised_errors(
        numbers, "de", lambda name, rate: raise_errors(name, plasticity=rate), LEARNING
    )
    decode = partial(rivals.measure_latent_state, agents=agents, sessions=DECODED)
    decoded = tables.add_each(numbers, "i", "latent_accuracy", decode, "inferred_value", "accuracy")
    found = {
        task: tables.add_task(numbers, task, letters, agents, SESSIONS, SEED)
        for task, letters in TASKS.items()
    }
    shares = [results["relative_reward"] for results in found.values()]
    earned = xr.concat(shares, xr.Variable("task", list(found)))

    with print_style():
        figure, (above, middle, below) = new_page([50, 46, 42])
        a, b, c = above.subplots(1, 3, width_ratios=[1.7, 1.8, 1.0])
        d, e, f = middle.subplots(1, 3, width_ratios=[2.0, 1.2, 0.6])
        g, h, i, j, k = below.subplots(1, 5, width_ratios=[2.6, 0.7, 0.7, 1.2, 0.7])
        label_panel(draw_two_architectures(a), "a", "what is read, and which errors teach")
        panels.draw_lags(c, choices["planning_weight"], "c")
        mice = published_row(published, "stimulation_ratio")
        panels.draw_raised_errors(d, raised["ratio"], mice, "d")
        for axes, letter, title, label, values, limits in (
            (b, "b", "two-step: choices", "probability of staying", choices["stay_probability"],
             (0.4, 1.04)),
            (e, "e", "effect of a reward", "effect on staying", raised["reward_model_based"],
             (0.0, None)),
            (f, "f", "two-step: errors", "r\u00b2 on a planner's errors", found["two_step"]["r2"],
             (0.0, 1.0)),
            (g, "g", "reward in five tasks", "reward above chance,\nrelative", earned,
             (None, None)),
            (h, "h", "inference", "error, inferred /\nexperienced",
             found["inferred_value"]["inferred_ratio"], (0.0, 1.5)),
            (i, "i", "latent state", "paying side decoded", decoded, (0.5, 1.02)),
            (j, "j", "volatility", "learning rate,\nvolatile \u2212 stable",
             found["volatility"]["learning_rate_rise"], (0.0, None)),
            (k, "k", "matching", "slope of the line", found["matching"]["slope"], (0.0, 1.0)),
        ):  # fmt: skip
            label_panel(panels.draw_rivals(axes, values, label), letter, title)
            axes.set_ylim(*limits)
        draw_reference(g, 1.0, "")
        panels.label_rivals(figure)
        return write_figure(figure, numbers, out, __file__)
