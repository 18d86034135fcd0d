"""Agents of serial reversal, asked the same question as the birds: do reversals get easier?

Within a session, with weights frozen, an agent that learned to learn has nothing left to improve.
What birds do over reversals agents do over training (`serial_reversal_stages`).
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
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents.reversal_policy import simulate_win_stay
from pfc_analysis.reproduction.animals.birds import (
    CRITERION,
    SEED,
    WINDOW,
)
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.training.run.experiment import shipped_agent
from pfc_analysis.training.run.recipe import read_recipe

EXPERIMENT = "serial_reversal"
SESSIONS = 300
COMPARABLE = 0.9
"""Share of a replica's sessions that must begin a problem: later ones are of fast sessions."""

MEASURE = "trials_to_criterion"


@dataclass(frozen=True)
class AgentReversals:
    """How agents, or an observer, get through one reversal after another within a session.

    Attributes
    ----------
    problems : xarray.Dataset
        `trials_to_criterion` on (`subject`, `reversal_number`), medians over sessions
        (`compute_trials_to_criterion`); only numbers that nearly all sessions of all subjects begin
        and at least half of them learn, so that no number is of the fast ones alone.
    improvement : xarray.Dataset or None
        From the first to the last of them (`compute_reversal_improvement`); None where there are
        no two reversals.
    rate : xarray.Dataset
        `problem_rate` and `errors_per_reversal` on `subject` (`compute_problem_rate`).
    """

    problems: xr.Dataset
    improvement: xr.Dataset | None
    rate: xr.Dataset


def measure_agent_reversals(
    agents: str | Path | None = None, sessions: int = SESSIONS
) -> AgentReversals:
    """Record agents with their weights frozen, and count as for birds: 17 of any last 20.

    Parameters
    ----------
    agents : str or Path, optional
        Folder that holds the agent `serial_reversal`; the shipped ones where not given.
    sessions : int
        Test sessions a replica.

    Raises
    ------
    ValueError
        If the agents' recipe tests them by another criterion than the birds'.
    """
    folder = find_agent(agents)
    find_test_task(folder)
    return compare_sessions(record(EXPERIMENT, agent=folder, sessions=sessions, units=False))


def measure_ideal_reversals(
    agents: str | Path | None = None, sessions: int = SESSIONS
) -> AgentReversals:
    """Let the ideal observer play what the agents are tested with, and count alike.

    Parameters and errors as in `measure_agent_reversals`.
    """
    task = find_test_task(find_agent(agents))
    return compare_sessions(simulate_win_stay(task, sessions=sessions, seed=SEED))


def compare_sessions(recording: xr.Dataset) -> AgentReversals:
    """Compute trials to criterion, improvement and rate from sessions that stand each alone."""
    found = compute_trials_to_criterion(recording, CRITERION, WINDOW, across_sessions=False)
    begun = found["n_problems"] / found["n_problems"].sel(reversal_number=0)
    comparable = (begun >= COMPARABLE) & found[MEASURE].notnull()
    problems = found.isel(reversal_number=comparable.all("subject").values)
    reversals = int((problems["reversal_number"] > 0).sum())
    improvement = None
    if reversals >= 2:
        improvement = compute_reversal_improvement(problems, np.random.default_rng(SEED))
    return AgentReversals(problems, improvement, compute_problem_rate(recording, CRITERION, WINDOW))


def find_agent(agents: str | Path | None) -> Path:
    """Return the folder of the agent in a folder of agents, or of the shipped one."""
    return shipped_agent(EXPERIMENT) if agents is None else Path(agents) / EXPERIMENT


def find_test_task(folder: Path) -> SerialReversal:
    """Return what an agent is tested with, held to the birds' criterion."""
    task = read_recipe(folder).testing_task()
    if not isinstance(task, SerialReversal) or (task.criterion, task.window) != (CRITERION, WINDOW):
        raise ValueError(
            f"{folder / 'recipe.toml'}: found a test with {task!r}, expected serial_reversal with "
            f"the birds' criterion; set criterion = {CRITERION} and window = {WINDOW} under "
            "[test_task]"
        )
    return task
