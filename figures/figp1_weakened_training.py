"""Prediction 1: agents trained with a weakened prediction error do not become model-based.

The paper's Discussion suggests this experiment. Run it by `pfc figure p1`, or copy it.
"""

from pathlib import Path

import xarray as xr

from pfc_analysis import plot
from pfc_analysis.plot.subject_means import draw_dose_curves
from pfc_analysis.plotting.choices.stay_probability import label_bars
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.dose_response import draw_reference, spread_small_doses
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import BLUE, VERMILLION, label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables.two_step_numbers import measure_planning

SESSIONS = 100  # of each replica
RIDGE = 1.0  # agents' choices are nearly determined: without a penalty their weights diverge
NONE = "two_step_no_rpe"
DOSES = {
    # What is left of the weights' changes: error and exploration bonus are weakened alike.
    "weights change less": {
        0.0: NONE, 0.03: "two_step_plasticity_3", 0.1: "two_step_plasticity_10",
        0.2: "two_step_plasticity_20", 0.3: "two_step_plasticity_30", 1.0: "two_step",
    },
    # What is left of the error in the loss; the bonus stays, and RMSprop keeps steps as large.
    "error weaker than bonus": {
        0.0: NONE, 0.1: "two_step_weak_rpe_10", 0.3: "two_step_weak_rpe_30", 1.0: "two_step",
    },
}  # fmt: skip
LABELS = {
    "weights change less": "every change of the weights",
    "error weaker than bonus": "the error in the loss, not the bonus",
}
STYLES = {
    LABELS["weights change less"]: LineStyle(BLUE, marker="o"),
    LABELS["error weaker than bonus"]: LineStyle(VERMILLION, "--", "s"),
}
TICKS = [0.0, 0.03, 0.1, 0.2, 0.3, 1.0]
QUANTITIES = {
    "planning_index": ("planning index (log-odds)", "a", "planning, by regression on five trials"),
    "model_based_index": ("model-based index", "b", "planning, by stay probabilities"),
    "reward": ("reward per trial", "c", "reward"),
}
SHOWN = {"error intact": "two_step", "weight changes at 20 %": "two_step_plasticity_20",
         "weight changes at 3 %": "two_step_plasticity_3"}  # fmt: skip


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record and analyse each agent once.
    found = {}
    for name in dict.fromkeys(name for doses in DOSES.values() for name in doses.values()):
        played = record_agent(name, agents, sessions=SESSIONS, units=False)
        found[name] = measure_planning(played, RIDGE)

    # Tabulate: replicas of the same seeds. Replicas without a match among all doses are left out.
    curves = {}
    numbers = Numbers(read_published("wang_2018"), figure="p1")
    for source, doses in DOSES.items():
        curve = xr.concat([found[name] for name in doses.values()],
                          xr.Variable("dose", list(doses)), join="inner",
                          combine_attrs="override")  # fmt: skip
        curves[source] = curve
        for quantity in QUANTITIES:
            numbers.add("a b c", f"agents, {source}", quantity, curve)
        lost = 1.0 - curve["planning_index"] / curve["planning_index"].sel(dose=1.0)
        numbers.add("a", f"agents, {source}", "planning_lost", lost.to_dataset(name="lost"), "lost")

    with print_style():
        figure, (above, below) = new_page([48, 46])
        panels = above.subplots(1, 3)
        shown = {LABELS[source]: curve for source, curve in curves.items()}
        for axes, (name, (label, letter, title)) in zip(panels, QUANTITIES.items(), strict=True):
            draw_dose_curves(axes, shown, name, STYLES)
            axes.set(xlabel="share of the prediction error kept in training", ylabel=label)
            spread_small_doses(axes)
            axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
            axes.set_xlim(-0.002, 1.1)
            label_panel(axes, letter, title)
        draw_reference(panels[2], 0.5, "random choices, none invalid", below=True)
        panels[0].set_ylim(-3, 48)  # room for the legend
        panels[0].legend(loc="upper left", title="weakened in training:", alignment="left")
        stays = below.subplots(1, len(SHOWN), sharey=True)
        for axes, (title, name) in zip(stays, SHOWN.items(), strict=True):
            plot.stay_probability(found[name], axes, lowest=0.0, legend=False)
            label_panel(axes, "d" if axes is stays[0] else "", title)
            axes.set_ylabel("stay probability" if axes is stays[0] else "")
        label_bars(stays[1])
        return write_figure(figure, numbers, out, __file__)
