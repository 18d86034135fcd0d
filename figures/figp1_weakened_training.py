"""Prediction 1: a prediction error weakened in training keeps model-based control from emerging.

Not in the paper, whose Discussion asks for it. Run it by `pfc figure p1`, or copy it.
"""

from pathlib import Path

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis import record
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.statistics.summary import summarise_subjects
from pfc_analysis.plotting.choices.stay_probability import draw_stay_probability, label_bars
from pfc_analysis.plotting.curves import Look
from pfc_analysis.plotting.dose_response import draw_dose_response, draw_reference
from pfc_analysis.plotting.style import (
    BLUE,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals.rats import measure_choices
from pfc_analysis.reproduction.numbers import Numbers

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
LOOKS = {
    "weights change less": Look(BLUE, marker="o"),
    "error weaker than bonus": Look(VERMILLION, "--", "s"),
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
    names = dict.fromkeys(name for doses in DOSES.values() for name in doses.values())
    found = {
        name: _measure(
            record(name, agent=agents / name if agents else None, sessions=SESSIONS, units=False)
        )
        for name in names
    }

    # Tabulate: replicas of the same seeds; those of the intact agent that have no match are left.
    curves = {
        source: xr.concat(
            [found[name] for name in doses.values()],
            xr.Variable("dose", list(doses)),
            join="inner",
            combine_attrs="override",
        )
        for source, doses in DOSES.items()
    }
    numbers = Numbers(read_published("wang_2018"), figure="p1")
    for source, curve in curves.items():
        for quantity in QUANTITIES:
            numbers.add("a b c", f"agents, {source}", quantity, curve)
        lost = 1.0 - curve["planning_index"] / curve["planning_index"].sel(dose=1.0)
        numbers.add(
            "a", f"agents, {source}", "planning_lost", lost.to_dataset(name="planning_lost")
        )

    with figure_style():
        figure = new_figure(13, 6.4)
        above, below = figure.subfigures(2, 1, squeeze=False, hspace=0.05)[:, 0]
        panels = above.subplots(1, 3)
        for axes, (quantity, (label, letter, title)) in zip(
            panels, QUANTITIES.items(), strict=True
        ):
            _draw(axes, curves, quantity)
            axes.set(xlabel="share of the prediction error left in training", ylabel=label)
            axes.set_xticks([0.0, 0.1, 0.2, 0.3, 1.0], ["0", ".1", ".2", ".3", "1"])
            label_panel(axes, letter, title)
        draw_reference(panels[2], 0.5, "random valid choices")
        panels[0].legend(loc="upper left")
        stays = below.subplots(1, len(SHOWN))
        for axes, (title, name) in zip(stays, SHOWN.items(), strict=True):
            stay = found[name]
            draw_stay_probability(axes, stay, summarise_subjects(stay, "stay_probability"), {})
            label_panel(axes, "d" if axes is stays[0] else "", f"agents, {title}")
        label_bars(stays[0])
        files = save_figure(figure, out, "figp1_weakened_training")
    return [*files, numbers.write(out / "figp1_weakened_training.csv")]


def _measure(recording: xr.Dataset) -> xr.Dataset:
    """Planning in choices, by both measures, and reward."""
    choices, earned = measure_choices(recording, RIDGE), compute_performance(recording)
    names = [f"planning_index{end}" for end in ("", "_lower", "_upper")]
    rewards = [f"reward{end}" for end in ("", "_lower", "_upper")]
    return xr.merge([choices.stay, choices.history[names], earned[rewards]], combine_attrs="drop")


def _draw(axes: Axes, curves: dict[str, xr.Dataset], quantity: str) -> None:
    values = {source: curve[quantity] for source, curve in curves.items()}
    means = {source: summarise_subjects(curve, quantity) for source, curve in curves.items()}
    draw_dose_response(axes, values, means, LOOKS)
