"""Figure H1: what do a network and a slow habit learner beside it contribute to choices?

On the topic of Supplementary Figures 7 and 8 of Wang et al. 2018 (model-based and model-free
systems side by side), of which only the topic is known. The figure, the habit learner and its
settings are this toolkit's. Run it by `pfc figure h1`, or copy it.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import xarray as xr

from pfc_analysis.plotting.choices.stay_probability import label_bars
from pfc_analysis.plotting.habit_schematic import draw_habit_beside_network
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import agent_folder
from pfc_analysis.reproduction.agents.habit_agents import WITHOUT_REVERSALS, HabitAgents, Replicas
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import habit_panels as panels
from pfc_analysis.reproduction.tables import habit_numbers as tables

SEED = 18
SESSIONS = 60  # of each replica and recording
STAGES = (2, 5, 10, 20, 40)  # updates of the network, of those that training makes
EARLY = 20  # updates of the network that is probed early in training
OVERTRAINING = (0, 2, 8, 32)  # sessions with the same better side, before the other is better
GAINS = (1.0, 2.0, 4.0, 8.0)  # of the habit at test
FIRST = 20  # trials of a session in which choices of the better side are counted
SHOWN = ("both", "network alone", "habit alone")


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    ours = HabitAgents(agent_folder("two_step_habit", agents))
    settings = ours.recipe.network.habit_settings
    assert settings is not None
    # Train again up to some stages, and record at each.
    stages = ours.train_to(STAGES)
    played = {n: ours.record(own, SESSIONS, SEED) for n, own in stages.items()}
    training = tables.measure_training(played)

    # Silence one system of the trained agents.
    silenced = tables.measure_silencing(
        lambda rules: ours.record(ours.trained, SESSIONS, SEED, rules)
    )

    # Overtrain the habit, beside networks early in training and trained ones.
    def probe(own: Replicas, rules: Sequence[str] = ()) -> xr.Dataset:
        return ours.record(own, SESSIONS, SEED, rules, WITHOUT_REVERSALS)

    probed = {}
    for name, stage in ((f"{EARLY} updates", EARLY), ("trained", max(stages))):
        habits = ours.overtrain(stages[stage], OVERTRAINING, SEED)
        tested = {n: probe(own) for n, own in habits.items()}
        probed[name] = tables.measure_overtraining(tested, FIRST)
    weighted = {
        n: tables.measure_weights(partial(probe, habits[n]), GAINS, FIRST, settings.weight)
        for n in (OVERTRAINING[0], OVERTRAINING[-1])
    }

    numbers = Numbers(read_published("wang_2018"), figure="h1")
    tables.add_training(numbers, "agents", training)
    tables.add_silencing(numbers, "agents", silenced)
    tables.add_overtraining(numbers, {f"agents, {name}": own for name, own in probed.items()})
    tables.add_weights(numbers, "agents, trained", weighted)

    with print_style():
        figure, (top, middle, below) = new_page([44, 48, 42])
        a, *over_training = top.subplots(1, 4, width_ratios=[1.9, 1, 1, 1])
        draw_habit_beside_network(a, ours.recipe.network.units, *settings)
        label_panel(a, "a", "a habit beside the network")
        panels.draw_training(over_training, training, "bcd")
        *stays, h, i, j = middle.subplots(1, 6, width_ratios=[1, 1, 1, 1.2, 1.2, 1.1])
        panels.draw_stays(stays, silenced, SHOWN, "efg")
        panels.draw_silenced((h, i, j), silenced, "hij")
        *three, n = below.subplots(1, 4)
        panels.draw_overtraining(three, probed, "klm")
        panels.draw_weights(n, weighted, "n")
        label_bars(stays[0])
        return write_figure(figure, numbers, out, __file__)
