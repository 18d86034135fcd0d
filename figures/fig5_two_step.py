"""Figure 5: do agents and rats plan when they choose and predict reward in the two-step task?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 5`, or copy it.
"""

from pathlib import Path

import numpy as np

from pfc_analysis import plot, simulate
from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.analysis.learning.performance import compute_performance, compute_reward_share
from pfc_analysis.analysis.signals import prediction_error as rpe
from pfc_analysis.learners import ModelBased, ModelFreeDirect
from pfc_analysis.plotting.choices.stay_probability import label_bars
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.schematic import draw_two_step_task
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.two_step_agents import measure_matched_agents
from pfc_analysis.reproduction.animals.rats import measure_choices, rat_choices
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import two_step_panels as panels
from pfc_analysis.reproduction.tables.two_step_numbers import add_error_settings
from pfc_analysis.tasks.two_step import TwoStep

SEED = 5
CHANCE = 0.5  # random choices reach both second states, which pay 0.9 and 0.1, equally often
SHOWN_SESSIONS = 30  # of one replica, in the scatter plots: as in the paper
MATCHED = "agents (rats' task)"  # trained at the rats' schedule; "agents" are the paper's
PLANNED, MODEL_FREE = ["model_based"], ["model_free_unique", "model_free"]


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights, textbook learners, the ideal observer.
    task, agent = TwoStep(), record_agent("two_step", agents, units=False)
    habit = simulate(ModelFreeDirect(0.5, 5.0), task, sessions=1000, seed=SEED, subject="Q(1)")
    planner = simulate(ModelBased(0.5, 5.0), task, sessions=1000, seed=SEED, subject="planner")
    observer = simulate(IdealObserver(), task, sessions=3000, seed=SEED, subject="ideal")

    # Analyse: the same functions for all, rats included.
    performance, ceiling = compute_performance(agent), compute_performance(observer)
    share = compute_reward_share(performance, CHANCE, ceiling["reward"].item())
    matched, matched_share = measure_matched_agents(agents, SEED)
    choices = {
        "model-free learner": measure_choices(habit),
        "model-based learner": measure_choices(planner),
        "rats": rat_choices(),
        MATCHED: matched,
        "agents": measure_choices(agent),
        "ideal observer": measure_choices(observer, ridge=1.0),
    }
    errors = rpe.regress_prediction_error(agent, np.random.default_rng(SEED))
    one = (agent["subject"] == agent["subject"][0]) & (agent["session"] < SHOWN_SESSIONS)
    points = rpe.compute_prediction_error_points(agent.isel(trial=one.values))

    # Tabulate: every number drawn, the paper's beside it.
    numbers = Numbers(read_published("wang_2018"), figure="5")
    numbers.add("", "agents", "reward", performance)
    numbers.add("", "ideal observer", "reward", ceiling)
    numbers.add("", "agents", "reward_share", share)
    numbers.add("", MATCHED, "reward_share", matched_share)
    numbers.add("", "agents", "invalid", performance)
    for source, found in choices.items():
        numbers.add("b c", source, "stay_probability", found.stay)
        numbers.add("d e", source, "history_weight", found.history, "coefficient")
    for name in ("planning_index", "model_free_index", "planning_weight"):
        numbers.add("e", "agents", name, choices["agents"].history)
    drop = -choices["agents"].history[["planning_weight"]].diff("lag")  # from the lag before
    numbers.add("e", "agents", "planning_weight_drop", drop, "planning_weight")
    numbers.add("f g", "agents", "rpe_r_squared", errors.sel(selection="both"), "r2")
    events = errors.sel(selection=["second_state", "outcome"])
    numbers.add("f g", "agents", "rpe_r_squared_by_event", events, "r2")
    add_error_settings(numbers, agent, SEED)

    with print_style():
        figure, (above, below) = new_page([54, 54])
        a, *stays = above.subplots(1, 6, width_ratios=[1.5, *[1] * 5])
        d, e, f, f_dots, g, g_dots = below.subplots(1, 6, width_ratios=[1, 1, 1, 0.28, 1, 0.7])
        e.sharey(d)
        draw_two_step_task(a, task.settings())
        label_panel(a, "a", "the task")
        for axes, letter, source in zip(stays, ("b", "", "c", "", ""), choices, strict=False):
            stay, paper = choices[source].stay, numbers.paper("stay_probability", source)
            plot.stay_probability(stay, axes, published=paper, lowest=0.2, legend=False)
            panels.label_count(axes, letter, stay, source.removesuffix(" learner"))
        label_bars(stays[0], published="Wang et al. 2018")
        _ = [axes.set_ylabel("") for axes in stays[1:]]
        for axes, letter, source in ((d, "d", "rats"), (e, "e", "agents")):
            plot.history_weights(choices[source].history, axes, legend=False)
            panels.label_count(axes, letter, choices[source].history, source)
        below.legend(*d.get_legend_handles_labels(), loc="outside lower left", ncols=4)
        paper = numbers.paper("rpe_r_squared", "agents")
        for axes, dots, letter, what in ((f, f_dots, "f", PLANNED), (g, g_dots, "g", MODEL_FREE)):
            panels.draw_errors(axes, dots, points, errors, what, paper, legend=letter == "f")
            label_panel(axes, letter, f"one agent, {SHOWN_SESSIONS} sessions")
        return write_figure(figure, numbers, out, __file__)
