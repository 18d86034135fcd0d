"""Supplementary Figure 6: can strategies simpler than planning look like planning?

A learner that uses the last outcome and state as a cue stays and switches like a planner, but only
the last trial affects it. Earlier trials affect planners, learners that infer the better state, and
the trained agents too. Run it by `pfc figure s6`, or copy it.
"""

from pathlib import Path

from pfc_analysis import plot, simulate
from pfc_analysis.analysis.choices.stay_regression import compute_stay_regression
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.learners import (
    LatentState,
    Learner,
    ModelBased,
    ModelFreeChained,
    ModelFreeDirect,
    RewardAsCue,
)
from pfc_analysis.plotting.choices.history_weights import draw_planning_weights
from pfc_analysis.plotting.choices.stay_probability import label_bars
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.animals.rats import measure_choices
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.two_step import TwoStep

SEED = 6
RIDGE = 1.0  # agents' choices are nearly determined: without a penalty their weights diverge
# Parameters, and ten sessions of 10,000 trials each, of Akam, Costa & Dayan (2015); what the
# latent-state learner believes of the task is true of ours.
LEARNERS: dict[str, Learner] = {
    "model-based": ModelBased(0.5, 5.0),
    # The paper's rule has no softmax; it lapses into the worse choice, so half as often as ours.
    "latent-state": LatentState(
        0.025, inverse_temperature=1e6, lapse=2 * 0.188, better_pays=0.9, worse_pays=0.1
    ),
    "reward-as-cue": RewardAsCue(0.00344, 4.46),
    "model-free Q(1)": ModelFreeDirect(0.334, 3.22),
    "model-free Q(0)": ModelFreeChained(0.501, 2.96),
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    agent = record_agent("two_step", agents, units=False)
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

    planning = {
        source: summarise_subjects(found.history, "planning_weight")
        for source, found in choices.items()
    }
    with print_style():
        figure, (above, middle, below) = new_page([42, 48, 42])
        stays = above.subplots(1, len(choices), sharey=True)
        weights = middle.subplots(1, len(choices))
        for i, (source, found) in enumerate(choices.items()):
            plot.stay_probability(found.stay, stays[i], lowest=0.0, legend=False)
            stays[i].set_ylabel("" if i else "stay probability")
            label_panel(stays[i], "" if i else "a", source)
            if i > 1:  # learners share one scale; agents' weights are larger
                weights[i].sharey(weights[1])
                weights[i].tick_params(labelleft=False)
            plot.history_weights(found.history, weights[i], legend=False)
            weights[i].set_ylabel("" if i else "weight on choice (log-odds)")
            label_panel(weights[i], "" if i else "b", source if i else f"{source} (own scale)")
        label_bars(stays[3])
        middle.legend(*weights[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        c, key = below.subplots(1, 2, width_ratios=[3, 1])
        draw_planning_weights(c, planning)
        c.set_xlim(
            sorted(c.get_xlim(), reverse=bool(weights[0].xaxis_inverted()))
        )  # lags run as in b
        c.set_ylabel("planning weight,\nshare of all lags")
        label_panel(c, "c", "planning: which of the last trials matter?")
        key.axis("off")
        c.get_legend().remove()
        key.legend(*c.get_legend_handles_labels(), loc="center left")
        return write_figure(figure, numbers, out, __file__)
