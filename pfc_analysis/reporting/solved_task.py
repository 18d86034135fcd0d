"""Check that trained agents solved their task: their share of the ideal observer's reward."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver
from pfc_analysis.analysis.learners.bandit_learners import BayesOptimal, CorrelatedBayesOptimal
from pfc_analysis.analysis.learners.hazard_observer import HazardObserver
from pfc_analysis.analysis.learners.risk_learners import OptimalRisk
from pfc_analysis.analysis.learners.three_rewards_observer import ThreeRewardsObserver
from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.analysis.learners.what_where_observer import WhatWhereObserver
from pfc_analysis.analysis.learning.performance import compute_performance, compute_reward_share
from pfc_analysis.recording.record import record
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.training.recipes.recipe import Recipe

AGENT_SESSIONS, OBSERVER_SESSIONS = 1000, 4000
"""Sessions of each replica, and of the observer and the random player."""

SEED = 11

SOLVED = 0.9
"""Share of the observer's reward above chance from which a task counts as solved."""


class RandomChoice:
    """Player that chooses left or right at random and learns nothing: what it earns is chance."""

    def begin(self, n_sessions: int) -> int:
        """State at the start of a session: the number of sessions."""
        return n_sessions

    def choice_probability(self, state: int) -> FloatArray:
        """One half each; float array (session, 2)."""
        return np.full((state, 2), 0.5)

    def learn(self, state: int, *outcome: Any) -> None:
        """Learn nothing."""


def measure_solved(
    experiment: str | Path, folder: Path, recipe: Recipe, sessions: int = AGENT_SESSIONS
) -> xr.Dataset:
    """Measure the share of the ideal observer's reward that each replica earns in its own task.

    Parameters
    ----------
    experiment : str or Path
        As for `pfc_analysis.record`.
    folder : Path
        Folder of the agent.
    recipe : Recipe
        Its recipe. Agents, observer and random player play its task of training.
    sessions : int
        Sessions of each replica.

    Returns
    -------
    xarray.Dataset
        `reward_share`, `lower`, `upper` on `subject`: 0 for random choices, 1 for the observer.
        Attributes: `chance`, `ceiling` (reward a trial), `observer` (what the ceiling is of).
    """
    task: Any = recipe.training_task()
    played = record(
        experiment,
        agent=folder,
        sessions=sessions,
        seed=SEED,
        task=asdict(task),
        units=False,
    )

    observer, chance = find_observer(recipe), earn_at_random(task, OBSERVER_SESSIONS)
    if observer is None:
        ceiling, name = find_best_reward(task), name_best(task)
    else:
        ceiling, name = earn(observer, task, OBSERVER_SESSIONS), name_observer(observer)
    share = compute_reward_share(compute_performance(played), chance, ceiling)
    return share.assign_attrs(chance=chance, ceiling=ceiling, observer=name)


def name_observer(observer: Any) -> str:
    """Say what the reward of an observer stands for."""
    if isinstance(observer, ThreeRewardsObserver):  # it plans one trial ahead, with a bonus
        return "the best observer available"
    return "the ideal observer"


def name_best(task: Any) -> str:
    """Say whose reward `find_best_reward` returns."""
    if task.name == "episodic_two_step":
        return "an ideal observer that remembers every trial"
    return "a player that knows which option is the better one"


def earn_at_random(task: Any, sessions: int) -> float:
    """Return the reward per trial of valid choices at random."""
    # A task of the user's own may have the name, too.
    if task.name == "two_step_three_rewards" and hasattr(task, "medium_reward"):
        # Every level is as probable in every trial.
        return float((1.0 + task.medium_reward) / 3.0)
    return earn(RandomChoice(), task, sessions)


def earn(player: Any, task: Any, sessions: int) -> float:
    """Return the reward per trial of a simulated player; raise as `simulate` does."""
    own = simulate(player, task, sessions=sessions, seed=SEED, subject="player")
    return float(compute_performance(own)["reward"].item())


def find_observer(recipe: Recipe) -> Any:
    """Return the observer that knows how the task of training is drawn; None if there is none."""
    task: Any = recipe.training_task()
    if (
        task.name == "two_step"
        and 0 < task.reward_probability < 1
        and task.common_probability > 0.5
    ):
        better = max(task.reward_probability, 1.0 - task.reward_probability)
        return IdealObserver(
            task.reversal_probability,
            better_pays=better,
            worse_pays=1.0 - better,
            common_probability=task.common_probability,
        )
    if task.name == "bandit" and task.arms != "fixed":
        return BayesOptimal(task.trials) if task.arms == "independent" else CorrelatedBayesOptimal()
    if task.name == "matching":
        return BaitingObserver(total=task.total, prior=task.range)
    if task.name == "volatility":
        own = {"process", "inverse_temperature"}
        shared = {field.name for field in fields(HazardObserver)} - own
        return HazardObserver(task.schedule, **{name: getattr(task, name) for name in shared})
    if task.name == "what_where":
        return WhatWhereObserver(task.reward_probability, task.earliest, task.latest)
    if task.name == "two_step_three_rewards":
        shared = {field.name for field in fields(ThreeRewardsObserver)} - {"bonus"}
        return ThreeRewardsObserver(**{name: getattr(task, name) for name in shared})
    if task.name == "risky_choice" and task.blocks == 1:
        return OptimalRisk(
            forced=task.forced,
            free=task.free,
            safe_reward=task.safe_reward,
            risky_reward=task.risky_reward,
        )
    return None


def find_best_reward(task: Any) -> float:
    """Return the reward per trial of `name_best`, of tasks that have no observer."""
    if task.name == "episodic_two_step" and hasattr(task, "chance_probability"):
        return _remember_all(task)
    better = max(getattr(task, "reward_probability", 1.0), getattr(task, "left", 0.0))
    return float(max(better, 1.0 - better))


def _remember_all(task: Any) -> float:
    """Return what an ideal observer earns that remembers every past trial that is cued."""
    common = max(task.common_probability, 1.0 - task.common_probability)
    better = max(task.reward_probability, 1.0 - task.reward_probability)
    observer = IdealObserver(
        task.reversal_probability,
        better_pays=better,
        worse_pays=1.0 - better,
        common_probability=task.common_probability,
    )
    n_uncued = min(task.trials, task.uncued_trials)
    bare = replace(task, trials=n_uncued, cue_blocks=1)
    uncued = earn(observer, bare, OBSERVER_SESSIONS)
    # It goes to the second state of the cued trial if that paid, and otherwise to the other one.
    again = common + (1.0 - common) * task.chance_probability
    cued = uncued * again + (1.0 - uncued) * common * task.chance_probability
    share = n_uncued / task.trials
    return share * uncued + (1.0 - share) * cued


def say_solved(share: xr.Dataset) -> str:
    """Say how many replicas solved the task, and what each earned."""
    values = share["reward_share"].values
    n, solved = values.size, int(np.sum(values >= SOLVED))
    each = ", ".join(f"{value:.2f}" for value in values)
    measure = (
        f"share of the reward of {share.attrs['observer']} (0: random choices, "
        f"{share.attrs['chance']:.3f} a trial; 1: {share.attrs['ceiling']:.3f} a trial)"
    )
    if "observer" not in share.attrs["observer"]:
        measure += ", as there is no ideal observer of this task"
    start = (
        f"All {n} replicas solved the task"
        if solved == n
        else f"{n - solved} of {n} replicas did not solve the task"
    )
    return f"{start} (at least {SOLVED:g} of the following): {measure}: {each}."
