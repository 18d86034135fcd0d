"""Supplementary Figure 6: can strategies simpler than planning look like planning?

A learner that uses the last outcome and state as a cue stays and switches like a planner, but only
the last trial affects it. Earlier trials affect planners, learners that infer the better state, and
the trained agents too. Run it by `pfc figure s6`, or copy it.
"""

from pathlib import Path

from pfc_analysis import simulate
from pfc_analysis.analysis.choices.stay_regression import compute_stay_regression
from pfc_analysis.analysis.learners.inference_learners import LatentState, RewardAsCue
from pfc_analysis.analysis.learners.learner import Learner
from pfc_analysis.analysis.learners.two_step_learners import (
    ModelBased,
    ModelFreeChained,
    ModelFreeDirect,
)
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plotting.choices.history_weights import draw_planning_weights
from pfc_analysis.plotting.choices.stay_probability import label_bars
from pfc_analysis.plotting.style import figure_style, label_panel, new_figure, save_figure
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.animals.rats import measure_choices
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.two_step_panels import draw_history, draw_stay
from pfc_analysis.tasks.two_step import TwoStep

SEED = 6
RIDGE = 1.0  # agents' choices are nearly determined: without a penalty their weights diverge
# Parameters, and ten sessions of 10,000 trials each, of Akam, Costa & Dayan (2015); what the
# latent-state learner believes of the task is true of ours.
LEARNERS: dict[str, Learner] = {
    "model-based": ModelBased(0.5, 5.0),
    "latent-state": LatentState(0.025, 0.188, (0.9, 0.1)),
    "reward-as-cue": RewardAsCue(0.00344, 4.46),
    "model-free Q(1)": ModelFreeDirect(0.334, 3.22),
    "model-free Q(0)": ModelFreeChained(0.501, 2.96),
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    agent = record_agent("two_step", agents)
    choices = {"agents": measure_choices(agent, RIDGE)}
    # Akam's control: does the transition still matter with the correct choice in the regression?
    staying = {"agents": compute_stay_regression(agent, ridge=RIDGE)}
    for name, learner in LEARNERS.items():
        played = simulate(learner, TwoStep(trials=10_000), sessions=10, seed=SEED, subject=name)
        choices[name] = measure_choices(played)
        staying[name] = compute_stay_regression(played)

    numbers = Numbers(read_published("wang_2018"), figure="s6")
    for source, found in choices.items():
        numbers.add("a", source, "stay_probability", found.stay)
        numbers.add("b", source, "history_weight", found.history, "coefficient")
        numbers.add("c", source, "planning_weight", found.history)
        numbers.add("c", source, "planning_index_after_lag_1", found.history)
        numbers.add("", source, "stay_regression", staying[source], "coefficient")

    with figure_style():
        figure = new_figure(14, 6)
        (left, right) = figure.subfigures(1, 2, squeeze=False, width_ratios=[6, 1.7])[0]
        panels = left.subplots(2, len(choices))
        for i, (source, found) in enumerate(choices.items()):
            draw_stay(panels[0, i], found.stay, lowest=0.0)
            draw_history(panels[1, i], found.history)
            label_panel(panels[0, i], "" if i else "a", source)
            label_panel(panels[1, i], "" if i else "b", "")
        label_bars(panels[0, 3])
        handles, labels = panels[1, 0].get_legend_handles_labels()
        left.legend(handles, labels, loc="outside lower center", ncols=4)
        axes = right.subplots()
        planning = {
            source: summarise_subjects(found.history, "planning_weight")
            for source, found in choices.items()
        }
        draw_planning_weights(axes, planning)
        label_panel(axes, "c", "planning, by lag")
        files = save_figure(figure, out, "figs6_alternatives")
    return [*files, numbers.write(out / "figs6_alternatives.csv")]
