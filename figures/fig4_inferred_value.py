"""Figure 4: do prediction errors follow what was only inferred, in agents; and dopamine in mice?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 4`, or copy it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import SubFigure

from pfc_analysis import record
from pfc_analysis.analysis.inferred_value import compute_cue_rpe, compute_inferred_ratio
from pfc_analysis.analysis.latent_decoding import decode_latent_state
from pfc_analysis.analysis.mean_traces import compute_mean_traces
from pfc_analysis.analysis.reversal_observer import compute_observer_errors
from pfc_analysis.analysis.reversal_trials import classify_reversal_trials
from pfc_analysis.analysis.state_space import compute_principal_components, project_states
from pfc_analysis.analysis.summary import summarise_subjects
from pfc_analysis.plotting.curves import Look, draw_curves, draw_subject_dots
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.latent_states import draw_latent_states
from pfc_analysis.plotting.style import (
    BLUE,
    GREY,
    INK,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.dopamine import Dopamine, dopamine_responses, simulate_move
from pfc_analysis.reproduction.numbers import Numbers

SEED = 4
# Colour is what the cue's side was worth before the reversal: panels after it are swapped.
PAID, UNPAID = Look(VERMILLION, "-", "o"), Look(BLUE, "-", "o")
LOOKS = {
    "before": {"pays_now": PAID, "does_not_pay": UNPAID},
    "experienced": {"pays_now": UNPAID, "does_not_pay": PAID},
    "inferred": {"pays_now": UNPAID, "does_not_pay": PAID},
}
CELLS = ("fixation", "cue", "on_target", "outcome")
TRACES = {
    "CS+": Look(VERMILLION), "CS-": Look(GREY),
    "reward_at_3_s": Look(VERMILLION), "reward_at_9_s": Look(BLUE),
}  # fmt: skip


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights; an ideal observer lives through the same trials.
    agent = record("inferred_value", agent=None if agents is None else agents / "inferred_value")
    rng = np.random.default_rng(SEED)
    observer = compute_observer_errors(agent)
    mice = dopamine_responses()
    model = simulate_move()

    # Analyse and tabulate: the same functions for agents and observer.
    published = pd.concat([read_published("wang_2018"), read_published("bromberg_martin_2010")])
    numbers = Numbers(published, figure="4")
    errors = {"agents": compute_cue_rpe(agent), "observer": compute_cue_rpe(observer)}
    ratios = compute_inferred_ratio(agent, rng)
    ideal = compute_inferred_ratio(observer, rng)
    decoding = decode_latent_state(agent)
    for source, found in errors.items():
        numbers.add("b", source, "rpe", found)
    for source, found in (("agents", ratios), ("observer", ideal)):
        for quantity in ("contrast", "inferred_ratio", "experienced_ratio"):
            numbers.add("b", source, quantity, found)
    for quantity in ("accuracy", "new_side_share"):
        numbers.add("c", "agents", quantity, decoding)
    move = measure_model(model, numbers)
    numbers.tables.append(tabulate_mice(mice))

    with figure_style():
        figure = new_figure(13, 10)
        parts = figure.subfigures(3, 1, height_ratios=[1, 1.5, 1], hspace=0.04)
        draw_errors(parts[0], errors, ratios, ideal)
        draw_states(parts[1], agent, decoding)
        draw_dopamine(parts[2], mice, model, move)
        files = save_figure(figure, out, "fig4_inferred_value")
    return [*files, numbers.write(out / "fig4_inferred_value.csv")]
