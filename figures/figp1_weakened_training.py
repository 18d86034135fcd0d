"""Prediction 1: agents trained with a weakened prediction error do not become model-based.

The paper's Discussion suggests this experiment. Run it by `pfc figure p1`, or copy it.
"""

from pathlib import Path

import xarray as xr

from pfc_analysis.plotting.choices.stay_probability import label_bars
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.style import (
    BLUE,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.subject_means import draw_dose_curves
from pfc_analysis.reproduction.panels.two_step_panels import draw_stay
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
STYLES = {
    "weights change less": LineStyle(BLUE, marker="o"),
    "error weaker than bonus": LineStyle(VERMILLION, "--", "s"),
}
QUANTITIES = {
    "planning_index": ("planning index (log-odds, 5 trials)", "a", "lagged regression"),
    "model_based_index": ("model-based index", "b", "stay probabilities"),
    "reward": ("reward a trial", "c", "reward"),
}
SHOWN = {"intact": "two_step", "weights at 20 %": "two_step_plasticity_20",
         "weights at 3 %": "two_step_plasticity_3"}  # fmt: skip


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

    with figure_style():
        figure = new_figure(13, 6.4)
        above, below = figure.subfigures(2, 1, squeeze=False, hspace=0.05)[:, 0]
        panels = above.subplots(1, 3)
        for axes, (name, (label, letter, title)) in zip(panels, QUANTITIES.items(), strict=True):
            draw_dose_curves(axes, curves, name, STYLES)
            axes.set(xlabel="share of the prediction error left in training", ylabel=label)
            axes.set_xticks([0.0, 0.1, 0.2, 0.3, 1.0], ["0", ".1", ".2", ".3", "1"])
            label_panel(axes, letter, title)
        draw_reference(panels[2], 0.5, "random valid choices")
        panels[0].legend(loc="upper left")
        stays = below.subplots(1, len(SHOWN))
        for axes, (title, name) in zip(stays, SHOWN.items(), strict=True):
            draw_stay(axes, found[name])
            label_panel(axes, "d" if axes is stays[0] else "", f"agents, {title}")
        label_bars(stays[0])
        files = save_figure(figure, out, "figp1_weakened_training")
    return [*files, numbers.write(out / "figp1_weakened_training.csv")]
