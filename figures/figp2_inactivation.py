"""Prediction 2: without the prefrontal network, prediction errors are no longer model-based.

The paper's Discussion suggests this experiment. Run it by `pfc figure p2`, or copy it.
"""

import json
from pathlib import Path

import xarray as xr

from pfc_analysis.plotting import style
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.style import figure_style, label_panel, new_figure, save_figure
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.subject_means import draw_dose_curves
from pfc_analysis.reproduction.tables.two_step_numbers import (
    measure_error_planning,
    select_defined,
)

SEED = 12
SESSIONS = 60  # of each replica at each share
STEPS = ("fixation", "stage_1", "second_state")
SHARES = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0)  # of the units, silenced at every step
PREPARATIONS = {
    # The single LSTM, which values and chooses; and of two LSTMs the one that only values.
    "whole network": ("two_step", "both", LineStyle(style.BLUE, marker="o")),
    "value's LSTM alone": ("two_step_rpe_input", "value", LineStyle(style.VERMILLION, "--", "s")),
}
QUANTITIES = {
    "r2_second_state": ("$r^2$ on model-based errors", "a", "errors on reaching a second state"),
    "slope_second_state": ("slope on model-based errors", "b", "the same, slope"),
    "r2_outcome": ("$r^2$ on model-based errors", "c", "errors at the outcome"),
    "model_based_index": ("model-based index of choices", "d", "choices"),
    "invalid": ("share of trials broken off", "e", "invalid responses"),
}
NOTE = """Errors are r + \u03b3V' - V of the network's own value, weights frozen.

On reaching a second state nothing is paid: all that an error
can tell there is what the network infers. Without units
the error is the same in every trial (slope 0, no r\u00b2).

At the outcome the reward itself is a part of both errors,
which is why r\u00b2 does not fall to 0 there."""


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""

    def measure(experiment: str, lstm: str, share: float) -> xr.Dataset:
        rule = {"target": "hidden", "at": STEPS, "gain": 0.0, "lstm": lstm, "seed": SEED}
        rules = [json.dumps({**rule, "share": share})] if share else []
        played = record_agent(experiment, agents, sessions=SESSIONS, interventions=rules,
                              units=False)  # fmt: skip
        return measure_error_planning(played, SEED)

    # Record and analyse: agents with more and more of their units silenced.
    curves = {
        name: xr.concat(
            [measure(experiment, lstm, share) for share in SHARES],
            xr.Variable("share", list(SHARES)),
            combine_attrs="override",
        )
        for name, (experiment, lstm, _) in PREPARATIONS.items()
    }
    styles = {name: line for name, (_, _, line) in PREPARATIONS.items()}
    numbers = Numbers(read_published("wang_2018"), figure="p2")
    for name, curve in curves.items():
        for quantity in QUANTITIES:
            defined = select_defined(curve, quantity, "share")
            numbers.add("", f"agents, {name}", quantity, defined)

    with figure_style():
        figure = new_figure(13, 6.4)
        panels = figure.subplots(2, 3).ravel()
        for axes, (quantity, (label, letter, title)) in zip(
            panels, QUANTITIES.items(), strict=False
        ):
            shown = {
                name: select_defined(found, quantity, "share") for name, found in curves.items()
            }
            draw_dose_curves(axes, shown, quantity, styles)
            axes.set(xlabel="share of units silenced", ylabel=label)
            label_panel(axes, letter, title)
        draw_reference(panels[0], 0.0, "")
        panels[0].legend(loc="upper right")
        panels[-1].axis("off")
        panels[-1].text(0, 0.9, NOTE, va="top", fontsize=7.5)
        files = save_figure(figure, out, "figp2_inactivation")
    return [*files, numbers.write(out / "figp2_inactivation.csv")]
