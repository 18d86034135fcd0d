"""Figure 4: do prediction errors of agents, and dopamine of mice, follow inferred values?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 4`, or copy it.
"""

from pathlib import Path

import numpy as np

from pfc_analysis.analysis.learners.reversal_observer import compute_observer_errors
from pfc_analysis.analysis.neurons.decoding.latent_decoding import decode_latent_state
from pfc_analysis.analysis.signals.inferred_rpe import compute_cue_rpe, compute_inferred_ratio
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.animals.dopamine import dopamine_responses, tabulate_responses
from pfc_analysis.reproduction.animals.reward_move import measure_move, simulate_move
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.dopamine_panels import (
    draw_cue_responses,
    draw_model_errors,
    draw_old_time,
    draw_traces,
)
from pfc_analysis.reproduction.panels.inferred_value_panels import (
    CELLS,
    draw_cue_errors,
    draw_error_ratios,
    draw_reversal_states,
)

SEED = 4
DECODED_SESSIONS = 200  # of every replica


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights; an ideal observer of the same trials.
    agent = record_agent("inferred_value", agents)
    rng = np.random.default_rng(SEED)
    observer = compute_observer_errors(agent)
    mice, model = dopamine_responses(), simulate_move()

    # Analyse and tabulate: the same functions for agents and observer.
    numbers = Numbers(read_published("wang_2018"), figure="4")
    errors = {"agents": compute_cue_rpe(agent), "observer": compute_cue_rpe(observer)}
    ratios = {
        "agents": compute_inferred_ratio(agent, rng),
        "observer": compute_inferred_ratio(observer, rng),
    }
    decoding = decode_latent_state(agent.isel(trial=(agent["session"] < DECODED_SESSIONS).values))
    for source, found in errors.items():
        numbers.add("b", source, "rpe", found)
    for source, found in ratios.items():
        for quantity in ("contrast", "inferred_ratio", "experienced_ratio"):
            numbers.add("b", source, quantity, found)
    for quantity in ("accuracy", "new_side_share"):
        numbers.add("c", "agents", quantity, decoding)
    move = measure_move(model, "prediction_error")
    for measure, found in move.items():
        numbers.add("e", "TD model", measure, found, "response")
    numbers.tables.append(tabulate_responses(mice))

    with print_style():
        figure, (top, middle, bottom) = new_page([42, 62, 42])
        *b, ratio = top.subplots(1, 4, width_ratios=[1, 1, 1, 0.6])
        draw_cue_errors(b, **errors)
        draw_error_ratios(ratio, **ratios)
        c = middle.subplots(2, len(CELLS), sharex="col", sharey="col")
        draw_reversal_states(c, agent, decoding)
        d, dots, e, td, old = bottom.subplots(1, 5, width_ratios=[1.1, 0.6, 1.1, 1.1, 0.9])
        e.sharey(d)
        draw_traces(d, mice.cue_traces, "d", "mice: cues")
        draw_traces(e, mice.delay_traces, "e", "mice: reward moves")
        draw_cue_responses(dots, mice)
        draw_model_errors(td, model)
        draw_old_time(old, mice, move)
        return write_figure(figure, numbers, out, __file__)
