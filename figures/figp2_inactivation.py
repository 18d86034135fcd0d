"""Prediction 2: without the prefrontal network, prediction errors are no longer model-based.

The paper's Discussion suggests this experiment. Run it by `pfc figure p2`, or copy it.
"""

from functools import partial
from pathlib import Path

import xarray as xr

from pfc_analysis.plot.subject_means import draw_dose_curves
from pfc_analysis.plotting import style
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.silenced_agents import Lstm, measure_silenced
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables.two_step_numbers import select_defined

SEED = 12
SESSIONS = 60  # of each replica at each share
SHARES = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0)  # of the units, silenced at every step
PREPARATIONS: dict[str, tuple[str, Lstm, LineStyle]] = {
    # The single LSTM, which values and chooses; and of two LSTMs the one that only values.
    "whole network": ("two_step", "both", LineStyle(style.BLUE, marker="o")),
    "value's LSTM alone": ("two_step_rpe_input", "value", LineStyle(style.VERMILLION, "--", "s")),
}
QUANTITIES = {
    "r2_second_state": (
        "r² on model-based errors",
        "a",
        "prediction errors at the second state",
    ),
    "slope_second_state": ("slope on model-based errors", "b", "the same errors: slope"),
    "r2_outcome": ("r² on model-based errors", "c", "prediction errors at the outcome"),
    "model_based_index": ("model-based index", "d", "choices"),
    "invalid": ("share of trials", "e", "trials ended by an invalid action"),
}
LABELS = {
    "whole network": "of the LSTM that values and chooses",
    "value's LSTM alone": "of the LSTM that only values,\nwhile another chooses",
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    measure = partial(measure_silenced, agents=agents, sessions=SESSIONS, seed=SEED)

    # Record and analyse: agents with more and more of their units silenced.
    curves = {
        name: xr.concat(
            [measure(experiment, share=share, lstm=lstm) for share in SHARES],
            xr.Variable("share", list(SHARES)),
            combine_attrs="override",
        )
        for name, (experiment, lstm, _) in PREPARATIONS.items()
    }
    styles = {LABELS[name]: line for name, (_, _, line) in PREPARATIONS.items()}
    numbers = Numbers(read_published("wang_2018"), figure="p2")
    for name, curve in curves.items():
        for quantity in QUANTITIES:
            defined = select_defined(curve, quantity, "share")
            numbers.add("", f"agents, {name}", quantity, defined)

    with print_style():
        figure, (above, below) = new_page([46, 46])
        panels = [*above.subplots(1, 3), *below.subplots(1, 3)]
        for axes, (quantity, (label, letter, title)) in zip(
            panels, QUANTITIES.items(), strict=False
        ):
            shown = {
                LABELS[name]: select_defined(found, quantity, "share")
                for name, found in curves.items()
            }
            draw_dose_curves(axes, shown, quantity, styles)
            axes.set(xlabel="share of units silenced", ylabel=label, xlim=(-0.04, 1.04))
            axes.set_xticks(SHARES, [f"{share:g}" for share in SHARES])
            label_panel(axes, letter, title)
        for axes in (panels[0], panels[2]):
            axes.set_ylim(-0.05, 1.0)  # one scale for both, of r squared
        panels[5].axis("off")
        panels[5].legend(*panels[4].get_legend_handles_labels(), loc="upper left",
                         title="silenced units", alignment="left")  # fmt: skip
        return write_figure(figure, numbers, out, __file__)
