"""Figure 6: learning to learn. After one trial of a new problem, its solution is known.

Harlow's monkeys, and agents that look around a room; how either came to it; how agents fare with
images that they never saw; what their units hold between two looks at them; and the same question
asked of birds. Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 6`, or
copy it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis import record
from pfc_analysis.analysis.learning.learning_set import (
    compute_finished,
    compute_learning_set,
    find_solvers,
)
from pfc_analysis.analysis.learning.stage_curves import compute_stage_curves
from pfc_analysis.analysis.neurons.problem_decoding import decode_problem
from pfc_analysis.analysis.statistics.summary import summarise_subjects
from pfc_analysis.plotting.curves import Look, draw_curves, draw_subject_dots
from pfc_analysis.plotting.film_frames import draw_view_strip
from pfc_analysis.plotting.learning.learning_sets import (
    draw_decoding,
    draw_problem_curves,
    draw_training_curves,
    finish_problem_axes,
)
from pfc_analysis.plotting.style import (
    BLUE,
    INK,
    ORANGE,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents import harlow_panels as sets
from pfc_analysis.reproduction.agents import reversal_panels as reversals
from pfc_analysis.reproduction.agents.reversal_agents import (
    measure_agent_reversals,
    measure_ideal_reversals,
)
from pfc_analysis.reproduction.agents.reversal_stages import measure_training_stages
from pfc_analysis.reproduction.animals.birds import bird_reversals
from pfc_analysis.reproduction.numbers import Numbers, tabulate_result

SEED = 6
WINDOW = 0.05  # of training: smoothing of its curve, and the final stage
PHOTOGRAPHED = 0.5  # of the sessions with patterns, as many with photographs
DECODED_SESSIONS = 500  # of every replica
DECODED_TRIALS = (1, 2, 6)
LOOKS = {"patterns": Look(BLUE, "-", "o"), "photographs": Look(ORANGE, "-", "s")}
TARGETS = {"rewarded_side": "which side pays", "rewarded_image": "which image pays, by its colour"}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights, with patterns and with photographs never trained with.
    agent = None if agents is None else agents / "harlow"
    logs = sets.read_training_logs("harlow", agent)
    tested = record("harlow", agent=agent)
    n_trials = sets.read_task(tested).n_trials
    sessions = int(tested.attrs["sessions"])
    played = {
        "patterns": tested,
        "photographs": sets.record_photographs(agent, max(1, round(PHOTOGRAPHED * sessions))),
    }

    # Analyse: who solved it, by the end of training; then those who did, as in the paper.
    window = max(1, round(WINDOW * min(map(len, logs.values()))))
    training = sets.average_training(logs)
    stages = compute_stage_curves(logs, window)
    solvers = find_solvers(stages["correct"].sel(stage="final"))
    everybody, solved = solvers["subject"].values, solvers["solved"].values == 1
    names = everybody[solved] if solved.any() else everybody
    curves = {name: compute_learning_set(found, n_trials) for name, found in played.items()}
    finished = {name: compute_finished(found, n_trials) for name, found in played.items()}
    decoded = tested.isel(
        trial=(tested["subject"].isin(names) & (tested["session"] < DECODED_SESSIONS)).values
    )
    decoding = decode_problem(decoded, *sets.compute_mean_colours(decoded), n_trials=n_trials)

    # The same question asked of birds: one reversal after another, as agents of that task do them.
    birds, growing = bird_reversals(), measure_training_stages(agents)
    reversing, ideal = measure_agent_reversals(agents), measure_ideal_reversals(agents)

    # Tabulate: every number drawn, the paper's beside it.
    published = [read_published(study) for study in ("wang_2018", "harlow_1949")]
    numbers = Numbers(pd.concat(published, ignore_index=True), figure="6")
    monkeys = sets.find_curves(numbers.published, "monkeys", "problems")
    paper = sets.find_curves(numbers.published, "agents", "stage")
    learned = stages[["correct"]].sel(subject=names)
    named = {"panel": "b", "source": "monkeys", "quantity": "correct"}
    numbers.tables.append(tabulate_result(monkeys, "correct", **named))
    numbers.tables.append(sets.tabulate_solvers(solvers, "c", "agents"))
    numbers.add("c", "agents", "correct", learned)
    for images in played:
        for source, which in (("agents", names), ("all agents", everybody)):
            right, done = (found[images].sel(subject=which) for found in (curves, finished))
            numbers.add("d", source, f"correct_{images}", right, "correct")
            numbers.add("d", source, f"finished_{images}", done, "finished")
    numbers.add("e", "agents", "accuracy", decoding)
    numbers.add("e", "agents", "decoded_colour", decoding, "r_squared")
    numbers.add("f", "all agents", "reward_per_trial", training)
    reversals.add_reversals(numbers, "g", birds, reversing, ideal)
    reversals.add_training(numbers, "h", birds, growing)

    who = f"{names.size} of {solved.size} agents, which solved it"
    who = who if solved.any() else f"{solved.size} agents, none of which solved it"
    with figure_style():
        figure = new_figure(13, 12.6)
        heights = [0.62, 1.15, 1, 1]
        parts = figure.subfigures(4, 1, squeeze=False, height_ratios=heights, hspace=0.04)
        top, middle, test, bottom = parts[:, 0]
        draw_seen(top.subplots(), agent, str(names[0]))
        b, c, theirs = middle.subplots(1, 3, sharey=True)
        draw_experience(b, monkeys, "problems")
        label_panel(b, "b", "Harlow's monkeys, 1949")
        b.set_ylabel("correct")
        draw_experience(c, learned, "stage of training")
        label_panel(c, "c", f"training: {who}")
        draw_experience(theirs, paper, "stage of training")
        label_panel(theirs, "", "training: Wang et al. 2018, 14 of 50 networks")
        d, *known = test.subplots(1, 3)
        draw_test(d, curves, names, paper["correct"].sel(stage="final").isel(subject=0))
        label_panel(d, "d", f"new patterns, pieces of two photographs: {names.size} agents")
        for axes, (target, title) in zip(known, TARGETS.items(), strict=True):
            cells = decoding[["accuracy", "accuracy_lower", "accuracy_upper"]].sel(target=target)
            trials = [trial for trial in DECODED_TRIALS if trial <= n_trials]
            mean = summarise_subjects(cells, "accuracy")
            draw_decoding(axes, mean, cells["accuracy"], trials)
            label_panel(axes, "e" if axes is known[0] else "", f"read from units: {title}")
        known[0].set_ylabel("decoded rightly")
        known[1].legend(loc="lower right")
        f, g, h = bottom.subplots(1, 3)
        draw_training_curves(f, training["reward_per_trial"], solved)
        label_panel(f, "f", "training: all that were started")
        reversals.draw_reversals(g, birds, reversing, ideal)
        label_panel(g, "g", "serial reversal: birds, and agents of that task")
        reversals.draw_training(h, birds, growing, ideal)
        label_panel(h, "h", "serial reversal, over a life")
        files = save_figure(figure, out, "fig6_harlow")
    return [*files, numbers.write(out / "fig6_harlow.csv")]


def draw_seen(axes: Axes, agent: Path | None, subject: str) -> None:
    """Draw panel a: the first two trials of a problem as an agent saw them."""
    session, moments = sets.watch_problem(agent, subject, SEED)
    captions = []
    for name, trial in zip(np.array(session.step)[moments], session.trial[moments], strict=True):
        outcome = "correct" if session.correct[trial] == 1 else "wrong"
        captions.append({"fixation": f"trial {trial + 1}", "outcome": outcome}.get(name, name))
    draw_view_strip(axes, session.frames[moments], captions)
    replica = session.subject.replace("_", " ")
    label_panel(axes, "a", f"two trials of a problem, as one agent ({replica}) saw them")


def draw_experience(axes: Axes, curves: xr.Dataset, title: str) -> None:
    """Draw panels b and c: correct choices by trial, curve after curve as experience grows."""
    (dim,) = (dim for dim in curves["correct"].dims if dim not in ("subject", "trial"))
    labels = [
        str(label).removeprefix("problems_").removeprefix("stage_").replace("_", " to ")
        for label in curves[dim].values
    ]
    draw_problem_curves(axes, summarise_subjects(curves, "correct"), labels)
    if dim == "stage" and curves.sizes["subject"] > 1:
        last = curves["correct"].isel({dim: -1}, drop=True)
        draw_subject_dots(axes, last, Look(INK))
    axes.legend(title=title, loc="lower right", ncols=2)


def draw_test(
    axes: Axes, curves: dict[str, xr.Dataset], names: np.ndarray, paper: xr.DataArray
) -> None:
    """Draw panel d: agents with images never seen; crosses are the paper's, end of training."""
    for images, found in curves.items():
        own = found.sel(subject=names)
        draw_curves(axes, {images: summarise_subjects(own, "correct")}, LOOKS)
        draw_subject_dots(axes, own["correct"], LOOKS[images])
    axes.plot(paper["trial"], paper, "x", ms=6, color=INK, label="Wang et al. 2018")
    axes.axhline(0.5, color="0.6", lw=0.6)
    finish_problem_axes(axes, paper["trial"].values)
    axes.set_ylabel("correct")
    axes.legend(loc="lower right")
