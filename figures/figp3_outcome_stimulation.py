"""Prediction 3: stimulated dopamine at the outcome of the two-step task, in agents and in mice.

Not in the paper. Blanco-Pozo et al. 2024 stimulated dopamine neurons of mice and found that it
did not act on later choices as reward does. Run it by `pfc figure p3`, or copy it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis import Intervention, record
from pfc_analysis.analysis.signals.stimulation import (
    compute_stimulation_effect,
    regress_stimulation,
)
from pfc_analysis.analysis.statistics.summary import summarise_subjects
from pfc_analysis.plotting.choices.stimulation import (
    draw_stimulated_stay,
    draw_stimulation_coefficients,
    label_stimulated_stay,
)
from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.style import figure_style, label_panel, new_figure, save_figure
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.numbers import COLUMNS, Numbers

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
RATIO = {"at_outcome": "outcome,\n1 reward", "at_outcome_half": "outcome,\nhalf of it"}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: the error that the policy reads is raised in a random quarter of trials.
    agent = None if agents is None else agents / EXPERIMENT
    played = {
        name: record(EXPERIMENT, agent=agent, sessions=SESSIONS, units=False,
                     interventions=[Intervention("rpe", (event,), shift=size, probability=SHARE,
                                                 seed=SEED)])
        for name, (event, size) in CONDITIONS.items()
    }  # fmt: skip

    # Analyse and tabulate; the mice's numbers beside the agents'.
    effects, weights = {}, {}
    published = read_published("blanco_pozo_2024")
    numbers = Numbers(published, figure="p3")
    for name, recording in played.items():
        effects[name] = compute_stimulation_effect(
            recording, np.random.default_rng(SEED), n_bootstrap=200
        )
        weights[name] = regress_stimulation(recording, ridge=RIDGE).sel(lag=[1])
        source = f"agents, {name}"
        numbers.add("a b", source, "stay_probability", effects[name])
        numbers.add("c d", source, "regression_beta", weights[name].sel(lag=1), "coefficient")
        ratio = effects[name].sel(outcome="unrewarded", drop=True)
        numbers.add("e", source, "stimulation_ratio", ratio, "ratio")
    numbers.tables.append(_mice(published))
    ratios = xr.concat(
        [effects[name]["ratio"].sel(outcome="unrewarded", drop=True) for name in RATIO],
        xr.Variable("stimulation", list(RATIO.values())),
    )
    told = published.query("quantity == 'stimulation_direction' and group == 'mice'")
    directions = dict(zip(told["condition"].astype(str), told["value"].astype(float), strict=True))
    theirs = published.query("quantity == 'stimulation_ratio'").iloc[0]

    with figure_style():
        figure = new_figure(15, 3.9)
        a, b, c, d, e = figure.subplots(1, 5, width_ratios=[1.1, 1.1, 1.2, 1.2, 0.7])
        for axes, letter, name in ((a, "a", "at_outcome"), (b, "b", "after_choice")):
            mean = summarise_subjects(effects[name], "stay_probability")
            draw_stimulated_stay(axes, effects[name], mean)
            label_panel(axes, letter, f"raised {TITLES[name]}")
        label_stimulated_stay(a)
        for axes, letter, name in ((c, "c", "at_outcome"), (d, "d", "after_choice")):
            mean = summarise_subjects(weights[name], "coefficient")
            mice = {
                label.removeprefix(f"{name} "): value
                for label, value in directions.items()
                if label.startswith(f"{name} ")
            }
            draw_stimulation_coefficients(axes, weights[name], mean, mice)
            label_panel(axes, letter, f"{TITLES[name]}; above: mice")
        d.set_ylabel("")
        draw_dots(e, ratios, summarise_subjects(ratios.to_dataset(name="ratio"), "ratio"), {})
        draw_reference(e, 1.0, "acts as reward")
        draw_reference(e, float(theirs["value"]), "mice")
        e.axhspan(theirs["lower"], theirs["upper"], color="0.9", zorder=-1)
        e.set_ylabel("effect of stimulation / reward,\nunrewarded trials")
        label_panel(e, "e", "as reward?")
        files = save_figure(figure, out, "figp3_outcome_stimulation")
    return [*files, numbers.write(out / "figp3_outcome_stimulation.csv")]


def _mice(published: pd.DataFrame) -> pd.DataFrame:
    """Lay out what the study tells of its mice as rows of this figure's numbers."""
    told = published[published["quantity"].isin(["regression_beta", "stimulation_ratio"])]
    told = told[told["group"] == "mice"]
    told = told.assign(published_source=told["source"], source="mice", subject="mean")
    return told.assign(panel="c d e").reindex(columns=COLUMNS)
