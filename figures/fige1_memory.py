"""Figure E1: do agents with an episodic memory use single trials that a cue brings back?

After Ritter et al. 2018. It is not in Wang et al. 2018. Run it by `pfc figure e1`, or copy it.
"""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from pfc_analysis.analysis.memory.memory_use import compute_memory_use
from pfc_analysis.analysis.memory.reinstatement import compute_reinstatement
from pfc_analysis.plotting.choices.stay_probability import label_bars
from pfc_analysis.plotting.memory_schematic import draw_cued_task, draw_memory_network
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import memory_panels as panels
from pfc_analysis.reproduction.tables import memory_numbers as tables
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep

SEED = 18
SESSIONS = 100  # of each replica
UNIT_SESSIONS = 12  # of these, in which the cell is decoded
LAGS = 5  # past trials in the regression
RIDGE = 1.0  # its penalty: choices of trained agents are nearly determined
CAPACITY = 15  # memories that can still be found, of 'few memories'
NOISE = 0.2  # probability that a bit of a barcode is mistaken, of 'noisy barcodes'
BINS = 5  # of the age of memories
PERMUTATIONS = 19  # of the decoder's control
WITH, WITHOUT = "agents with memory", "agents without memory"
EXPERIMENTS = {WITH: "episodic_two_step", WITHOUT: "episodic_two_step_incremental"}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""

    def record(group: str, rules: Sequence[str] = (), **settings: object) -> xr.Dataset:
        chosen = {"sessions": SESSIONS, "seed": SEED, "units": False, **settings}
        return record_agent(EXPERIMENTS[group], agents, interventions=list(rules), **chosen)

    # Record and analyse: agents with memory and without, and with memories changed.
    played = {group: record(group) for group in EXPERIMENTS}
    choices = {g: tables.measure_memory(own, LAGS, RIDGE) for g, own in played.items()}
    use = {group: compute_memory_use(own, bins=BINS) for group, own in played.items()}
    rules = tables.write_lesions(CAPACITY, NOISE, SEED)
    lesions = tables.measure_lesions(lambda own: record(WITH, own), rules)
    states = record(WITH, sessions=UNIT_SESSIONS, units=True)
    reinstated = compute_reinstatement(states, SEED, n_permutations=PERMUTATIONS)

    numbers = Numbers(read_published("ritter_2018"), figure="e1")
    tables.add_choices(numbers, choices)
    tables.add_lesions(numbers, WITH, lesions)
    numbers.add("l", WITH, "balanced_accuracy", reinstated)
    numbers.add("l", WITH, "memory_share", tables.count_memory(states))
    for group, found in use.items():
        numbers.add("k", group, "memory_use", found)

    with print_style():
        figure, (top, middle, below) = new_page([44, 44, 48])
        a, b = top.subplots(1, 2, width_ratios=[1.75, 1.0])
        draw_cued_task(a, EpisodicTwoStep().settings())
        label_panel(a, "a", "the task: a barcode brings back an old trial")
        draw_memory_network(b, states.sizes["unit"])
        label_panel(b, "b", "the network")
        *stays, indices = middle.subplots(1, 5, width_ratios=[1, 1, 1, 1, 1.6])
        panels.draw_stays(stays, choices, numbers, "cdef")
        panels.draw_indices(indices, choices, "g")
        *three, ages, decoded = below.subplots(1, 5)
        panels.draw_lesions(three, lesions, choices[WITHOUT], "hij")
        panels.draw_ages(ages, use, "k")
        panels.draw_reinstated(decoded, reinstated, "l")
        label_bars(stays[0], published="Ritter et al. 2018")
        return write_figure(figure, numbers, out, __file__)
