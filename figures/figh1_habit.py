"""Figure H1: what do a network and a slow habit learner beside it contribute to choices?

On the topic of Supplementary Figures 7 and 8 of Wang et al. 2018 (model-based and model-free
systems side by side), of which only the topic is known. The figure, the habit learner and its
settings are this toolkit's. Run it by `pfc figure h1`, or copy it.
"""

from pathlib import Path

from pfc_analysis.plotting.choices.stay_probability import label_bars
from pfc_analysis.plotting.habit_schematic import draw_habit_beside_network
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import agent_folder
from pfc_analysis.reproduction.agents.habit_agents import WITHOUT_REVERSALS, HabitAgents
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import habit_panels as panels
from pfc_analysis.reproduction.tables import habit_numbers as tables

SEED = 18
SESSIONS = 100  # of each replica and recording
STAGES = (2, 5, 10, 20, 60)  # updates of the network, of those that training makes
EARLY = 20  # updates of the network that is probed early in training
OVERTRAINING = (0, 2, 8, 32)  # sessions with the same better side, before the other is better
FIRST = 20  # trials of a session in which choices of the better side are counted
SHOWN = ("both", "network alone", "habit alone")


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    ours = HabitAgents(agent_folder("two_step_habit", agents))
    # Train again up to some stages, and record at each.
    stages = ours.train_to(STAGES)
    played = {n: ours.record(own, SESSIONS, SEED) for n, own in stages.items()}
    training = tables.measure_training(played)

    # Silence one system of the trained agents.
    silenced = tables.measure_silencing(
        lambda rules: ours.record(ours.trained, SESSIONS, SEED, rules)
    )

    # Overtrain the habit, beside networks early in training and trained ones.
    probed = {}
    for name, stage in ((f"{EARLY} updates", EARLY), ("trained", max(stages))):
        habits = ours.overtrain(stages[stage], OVERTRAINING, SEED)
        tested = {
            n: ours.record(own, SESSIONS, SEED, task=WITHOUT_REVERSALS) for n, own in habits.items()
        }
        probed[name] = tables.measure_overtraining(tested, FIRST)

    numbers = Numbers(read_published("wang_2018"), figure="h1")
    tables.add_training(numbers, "agents", training)
    tables.add_silencing(numbers, "agents", silenced)
    tables.add_overtraining(numbers, {f"agents, {name}": own for name, own in probed.items()})

    with print_style():
        figure, (top, middle, below) = new_page([44, 48, 42])
        a, *over_training = top.subplots(1, 4, width_ratios=[1.9, 1, 1, 1])
        settings = ours.recipe.network
        draw_habit_beside_network(a, settings.units, *settings.habit_settings)
        label_panel(a, "a", "a habit beside the network")
        panels.draw_training(over_training, training, "bcd")
        *stays, h, i, j = middle.subplots(1, 6, width_ratios=[1, 1, 1, 1.2, 1.2, 1.1])
        panels.draw_stays(stays, silenced, SHOWN, "efg")
        panels.draw_silenced((h, i, j), silenced, "hij")
        panels.draw_overtraining(below.subplots(1, 3), probed, "klm")
        label_bars(stays[0])
        return write_figure(figure, numbers, out, __file__)
