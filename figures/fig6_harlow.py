"""Figure 6: learning to learn. Do agents solve a new problem after one trial?

Harlow's monkeys, and agents that look around a room; then birds and agents in serial reversal.
Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 6`, or copy it.
"""

from pathlib import Path

import pandas as pd

from pfc_analysis.plotting.learning.learning_sets import draw_training_curves
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents import harlow_agents as harlow
from pfc_analysis.reproduction.agents.agent_recording import agent_folder, record_agent
from pfc_analysis.reproduction.agents.reversal_agents import (
    measure_agent_reversals,
    measure_ideal_reversals,
)
from pfc_analysis.reproduction.agents.reversal_stages import measure_training_stages
from pfc_analysis.reproduction.animals.birds import bird_reversals
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import learning_set_panels as panels
from pfc_analysis.reproduction.panels import reversal_panels as reversals
from pfc_analysis.reproduction.tables import learning_set_numbers as tables
from pfc_analysis.reproduction.tables import reversal_numbers as reversal_tables

SEED = 6
WINDOW = 0.05  # of training: smoothing of its curve, and the final stage
PHOTOGRAPHED = 0.5  # of the sessions with patterns, as many with photographs
DECODED_SESSIONS = 500  # of every replica
DECODED_TRIALS = (1, 2, 6)
QUESTIONS = (
    "The task, as an agent sees it",
    "Learning to learn over many problems: monkeys and agents",
    "Trained agents: new images, what their units know, and how training went",
    "The same question in another task: serial reversal of birds and agents",
)


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights, with patterns and with photographs never trained with.
    agent = agent_folder("harlow", agents)
    logs = harlow.read_training_logs(agent)
    tested = record_agent("harlow", agents)
    n_trials = harlow.read_task(tested).n_trials
    n_photographed = max(1, round(PHOTOGRAPHED * int(tested.attrs["sessions"])))
    played = {"patterns": tested, "photographs": harlow.record_photographs(agent, n_photographed)}

    # Analyse: who solved it, by the end of training; then those who did, as in the paper.
    training = tables.average_training(logs)
    stages, solvers = tables.measure_stages(logs, WINDOW)
    names = tables.select_solvers(solvers)
    decoding = tables.measure_decoding(tested, names, DECODED_SESSIONS, n_trials)

    # The same question of birds: one reversal after another, as agents of that task do them.
    birds, growing = bird_reversals(), measure_training_stages(agents)
    reversing, ideal = measure_agent_reversals(agents), measure_ideal_reversals(agents)

    # Tabulate: every number drawn, the paper's beside it.
    published = pd.concat([read_published("wang_2018"), read_published("harlow_1949")])
    numbers = Numbers(published, figure="6")
    monkeys = tables.add_monkeys(numbers)
    paper = tables.find_curves(numbers.published, "agents", "stage")
    learned = stages[["correct"]].sel(subject=names)
    numbers.tables.append(tables.tabulate_solvers(solvers, "c", "agents"))
    numbers.add("c", "agents", "correct", learned)
    tables.compare_stages(numbers, learned, paper)
    groups = {"agents": names, "all agents": solvers["subject"].values}
    curves = tables.add_test(numbers, played, groups, n_trials)
    numbers.add("e", "agents", "accuracy", decoding)
    numbers.add("e", "agents", "decoded_colour", decoding, "r_squared")
    numbers.add("f", "all agents", "reward_per_trial", training)
    reversal_tables.add_reversals(numbers, "g", birds, reversing, ideal)
    reversal_tables.add_training(numbers, "h", birds, growing)

    with print_style():
        figure, (top, middle, test, bottom) = new_page([32, 52, 48, 58], headings=QUESTIONS)
        panels.draw_seen(top.subplots(), agent, str(names[0]), SEED)
        b, c, theirs = middle.subplots(1, 3, sharey=True)
        panels.draw_experience(b, monkeys, "problems").set_ylabel("correct")
        label_panel(b, "b", "Harlow's monkeys, 1949")
        panels.draw_experience(c, learned, "stage of training")
        label_panel(c, "c", tables.describe_solvers(solvers))
        panels.draw_experience(theirs, paper, "stage of training")
        label_panel(theirs, "", tables.describe_paper(published))
        (d, *e, f), (g, h) = test.subplots(1, 4), bottom.subplots(1, 2)
        panels.draw_test(d, curves, names, paper["correct"].sel(stage="final").isel(subject=0))
        label_panel(d, "d", f"new images: {names.size} agents")
        panels.draw_known(e, decoding, DECODED_TRIALS)
        draw_training_curves(f, training["reward_per_trial"], solvers["solved"].values == 1)
        label_panel(f, "f", "all agents that were trained")
        reversals.draw_reversals(g, birds, reversing, ideal)
        label_panel(g, "g", "trials to learn a reversal")
        reversals.draw_training(h, birds, growing, ideal)
        label_panel(h, "h", "speed of learning over all trials")
        return write_figure(figure, numbers, out, __file__)
