"""Agents of serial reversal, analysed as the birds are: do reversals get easier?

With frozen weights, trained agents do not improve from reversal to reversal within a session. They
improved over training, as birds do over reversals (`reversal_stages`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.analysis.learning.problem_rate import compute_problem_rate
from pfc_analysis.analysis.learning.reversal_learning import (
    compute_reversal_improvement,
    compute_trials_to_criterion,
)
from pfc_analysis.reproduction.agents.agent_recording import agent_folder, record_agent
from pfc_analysis.reproduction.agents.reversal_policy import simulate_win_stay
from pfc_analysis.reproduction.animals.birds import (
    CRITERION,
    SEED,
    WINDOW,
)
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.training.recipes.recipe_files import read_recipe

EXPERIMENT = "serial_reversal"
SESSIONS = 300
COMPARABLE = 0.9
"""Share of a replica's sessions that must reach a problem for it to count. Only fast sessions reach
later problems, so that those would not be comparable."""

MEASURE = "trials_to_criterion"


@dataclass(frozen=True)
class AgentReversals:
    """How agents, or an observer, get through one reversal after another within a session.

    Attributes
    ----------
    problems : xarray.Dataset
        `trials_to_criterion` on (`subject`, `reversal_number`), medians over sessions
        (`compute_trials_to_criterion`). Only reversals that nearly all sessions of all subjects
        reach, and at least half of them learn, so that fast sessions alone make no number.
    improvement : xarray.Dataset or None
        From the first to the last of them (`compute_reversal_improvement`); None where there are
        fewer than two reversals.
    rate : xarray.Dataset
        `problem_rate` and `errors_per_reversal` on `subject` (`compute_problem_rate`).
    """

    problems: xr.Dataset
    improvement: xr.Dataset | None
    rate: xr.Dataset


def measure_agent_reversals(
    agents: str | Path | None = None, sessions: int = SESSIONS
) -> AgentReversals:
    """Record agents with frozen weights and measure their reversals by the criterion of the birds.

    Parameters
    ----------
    agents : str or Path, optional
        Folder that holds the agent `serial_reversal`; the shipped ones where not given.
    sessions : int
        Test sessions a replica.

    Raises
    ------
    ValueError
        If the agents' recipe tests them with another criterion than that of the birds.
    """
    find_test_task(agent_folder(EXPERIMENT, agents))
    return compare_sessions(record_agent(EXPERIMENT, agents, sessions=sessions, units=False))


def measure_ideal_reversals(
    agents: str | Path | None = None, sessions: int = SESSIONS
) -> AgentReversals:
    """Let the ideal observer play the task that agents are tested with, and measure it alike.

    Parameters and errors as in `measure_agent_reversals`.
    """
    task = find_test_task(agent_folder(EXPERIMENT, agents))
    return compare_sessions(simulate_win_stay(task, sessions=sessions, seed=SEED))


def compare_sessions(recording: xr.Dataset) -> AgentReversals:
    """Compute trials to criterion, improvement and rate; every session starts anew."""
    found = compute_trials_to_criterion(recording, CRITERION, WINDOW, across_sessions=False)
    begun = found["n_problems"] / found["n_problems"].sel(reversal_number=0)
    comparable = (begun >= COMPARABLE) & found[MEASURE].notnull()
    problems = found.isel(reversal_number=comparable.all("subject").values)
    reversals = int((problems["reversal_number"] > 0).sum())
    improvement = None
    if reversals >= 2:
        improvement = compute_reversal_improvement(problems, np.random.default_rng(SEED))
    return AgentReversals(problems, improvement, compute_problem_rate(recording, CRITERION, WINDOW))


def find_test_task(folder: Path) -> SerialReversal:
    """Return the test task of an agent; its criterion must be that of the birds."""
    task = read_recipe(folder).testing_task()
    if not isinstance(task, SerialReversal) or (task.criterion, task.window) != (CRITERION, WINDOW):
        raise ValueError(
            f"{folder / 'recipe.toml'}: found the test task {task!r}, expected serial_reversal "
            f"with the birds' criterion; set criterion = {CRITERION} and window = {WINDOW} under "
            "[test_task]"
        )
    return task
