"""Prediction 2: without the prefrontal network, prediction errors are no longer model-based.

Not in the paper, whose Discussion asks for it. Run it by `pfc figure p2`, or copy it.
"""

import json
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis import record
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.signals.prediction_error import regress_prediction_error
from pfc_analysis.analysis.statistics.summary import summarise_subjects
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
from pfc_analysis.reproduction.numbers import Numbers

SEED = 12
SESSIONS = 60  # of each replica at each share
STEPS = ("fixation", "stage_1", "second_state")
SHARES = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0)  # of the units, silenced at every step
PREPARATIONS = {
    # The one LSTM that values and chooses; and, where there are two, the one that values alone.
    "whole network": ("two_step", "both"),
    "value's LSTM alone": ("two_step_rpe_input", "value"),
}
LOOKS = {
    "whole network": Look(BLUE, marker="o"),
    "value's LSTM alone": Look(VERMILLION, "--", "s"),
}
QUANTITIES = {
    "r2_second_state": ("$r^2$ on model-based errors", "a", "errors on reaching a second state"),
    "slope_second_state": ("slope on model-based errors", "b", "the same, slope"),
    "r2_outcome": ("$r^2$ on model-based errors", "c", "errors at the outcome"),
    "model_based_index": ("model-based index of choices", "d", "choices"),
    "invalid": ("share of trials broken off", "e", "invalid responses"),
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""

    def measure(experiment: str, lstm: str, share: float) -> xr.Dataset:
        rule = {"target": "hidden", "at": STEPS, "gain": 0.0, "lstm": lstm, "seed": SEED}
        rules = [json.dumps({**rule, "share": share})] if share else []
        agent = None if agents is None else agents / experiment
        played = record(experiment, agent=agent, sessions=SESSIONS, interventions=rules,
                        units=False)  # fmt: skip
        return _measure(played)

    curves = {
        name: xr.concat(
            [measure(experiment, lstm, share) for share in SHARES],
            xr.Variable("share", list(SHARES)),
            combine_attrs="override",
        )
        for name, (experiment, lstm) in PREPARATIONS.items()
    }
    numbers = Numbers(read_published("wang_2018"), figure="p2")
    for name, curve in curves.items():
        for quantity in QUANTITIES:
            numbers.add("", f"agents, {name}", quantity, _defined(curve, quantity))

    with figure_style():
        figure = new_figure(13, 6.4)
        panels = figure.subplots(2, 3)
        for axes, (quantity, (label, letter, title)) in zip(
            panels.flat, QUANTITIES.items(), strict=False
        ):
            shown = {name: _defined(curve, quantity) for name, curve in curves.items()}
            values = {name: curve[quantity] for name, curve in shown.items()}
            means = {name: summarise_subjects(curve, quantity) for name, curve in shown.items()}
            draw_dose_response(axes, values, means, LOOKS)
            axes.set(xlabel="share of units silenced", ylabel=label)
            label_panel(axes, letter, title)
        draw_reference(panels.flat[0], 0.0, "")
        panels.flat[0].legend(loc="upper right")
        panels.flat[-1].axis("off")
        panels.flat[-1].text(0, 0.9, _NOTE, va="top", fontsize=7.5)
        files = save_figure(figure, out, "figp2_inactivation")
    return [*files, numbers.write(out / "figp2_inactivation.csv")]


_NOTE = """Errors are r + \u03b3V' - V of the network's own value, weights frozen.

On reaching a second state nothing is paid: all that an error
can tell there is what the network infers. Without units
the error is the same in every trial (slope 0, no r\u00b2).

At the outcome the reward itself is a part of both errors,
which is why r\u00b2 does not fall to 0 there."""


def _measure(recording: xr.Dataset) -> xr.Dataset:
    """Compute what planning explains of prediction errors, and how the subjects choose."""
    errors = regress_prediction_error(recording, np.random.default_rng(SEED), n_bootstrap=100)
    errors = errors.sel(regressor="model_based", drop=True)
    parts = [
        errors[f"{name}{end}"].sel(selection=event, drop=True).rename(f"{name}_{event}{end}")
        for name in ("r2", "slope")
        for event in ("second_state", "outcome")
        for end in ("", "_lower", "_upper")
    ]
    stay, earned = compute_stay_probability(recording), compute_performance(recording)
    indices = [f"model_based_index{end}" for end in ("", "_lower", "_upper")]
    invalid = [f"invalid{end}" for end in ("", "_lower", "_upper")]
    return xr.merge([*parts, stay[indices], earned[invalid]], combine_attrs="drop")


def _defined(curve: xr.Dataset, quantity: str) -> xr.Dataset:
    """Leave out shares at which no replica's errors vary, so that nothing can be explained."""
    names = [name for name in (quantity, f"{quantity}_lower", f"{quantity}_upper") if name in curve]
    return curve[names].dropna("share", how="all", subset=[quantity])
