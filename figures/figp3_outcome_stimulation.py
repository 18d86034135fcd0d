"""Prediction 3: does dopamine stimulated at the outcome of the two-step task act like a reward?

This is not in the paper. Blanco-Pozo et al. 2024 stimulated dopamine neurons of mice and found that
stimulation did not affect later choices as reward does. Run it by `pfc figure p3`, or copy it.
"""

from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis import Intervention
from pfc_analysis.analysis.signals.stimulation import (
    compute_stimulation_effect,
    regress_stimulation,
)
from pfc_analysis.plotting.choices.stimulation import label_stimulated_stay
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import published_row, read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import stimulation_panels as panels
from pfc_analysis.reproduction.tables.stimulation_numbers import (
    find_directions,
    tabulate_stimulated_mice,
)

SEED = 13
SESSIONS = 300  # of each replica in each condition
RIDGE = 1.0  # agents' choices are nearly determined: without a penalty their weights diverge
SHARE = 0.25  # of trials stimulated, as in the mice
EXPERIMENT = "two_step_rpe_input"
CONDITIONS = {
    "at_outcome": ("outcome", 1.0),
    "at_outcome_half": ("outcome", 0.5),
    "after_choice": ("second_state", 1.0),
}
"""When the error is raised, and by how much: a reward is 1."""
TITLES = {"at_outcome": "at the outcome", "after_choice": "after the choice"}
RATIO = {"at_outcome": "error\n+1 reward", "at_outcome_half": "error\n+\u00bd reward"}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: the error that the policy reads is raised in a random quarter of trials.
    played = {}
    for name, (event, size) in CONDITIONS.items():
        rule = Intervention("rpe", (event,), shift=size, probability=SHARE, seed=SEED)
        played[name] = record_agent(EXPERIMENT, agents, sessions=SESSIONS, units=False,
                                    interventions=[rule])  # fmt: skip

    # Analyse and tabulate; the mice's numbers beside the agents'.
    effects, weights, ratio = {}, {}, {}
    published = read_published("blanco_pozo_2024")
    numbers = Numbers(published, figure="p3")
    for name, recording in played.items():
        effects[name] = compute_stimulation_effect(
            recording, np.random.default_rng(SEED), n_bootstrap=200
        )
        weights[name] = regress_stimulation(recording, ridge=RIDGE).sel(lag=[1])
        ratio[name] = effects[name].sel(outcome="unrewarded", drop=True)
        source = f"agents, {name}"
        numbers.add("a b", source, "stay_probability", effects[name])
        numbers.add("c d", source, "regression_beta", weights[name].sel(lag=1), "coefficient")
        numbers.add("e", source, "stimulation_ratio", ratio[name], "ratio")
    numbers.tables.append(tabulate_stimulated_mice(published))
    ratios = xr.concat(
        [ratio[name]["ratio"] for name in RATIO],
        xr.Variable("stimulation", list(RATIO.values())),
    )

    with print_style():
        figure, (above, below) = new_page([46, 56])
        a, b = above.subplots(1, 2, sharey=True)
        for axes, letter, name in ((a, "a", "at_outcome"), (b, "b", "after_choice")):
            panels.draw_stay_pairs(axes, effects[name], letter, f"stimulated {TITLES[name]}")
        label_stimulated_stay(a, "single agents")
        b.set_ylabel("")
        c, d, e = below.subplots(1, 3, width_ratios=[1.35, 1.35, 0.8])
        d.sharey(c)
        for axes, letter, name in ((c, "c", "at_outcome"), (d, "d", "after_choice")):
            mice, title = find_directions(published, name), f"stimulated {TITLES[name]}"
            panels.draw_coefficients(axes, weights[name], mice, letter, title)
        d.set_ylabel("")
        panels.draw_ratios(e, ratios, published_row(published, "stimulation_ratio"))
        label_panel(e, "e", "as strong as a reward?")
        return write_figure(figure, numbers, out, __file__)
