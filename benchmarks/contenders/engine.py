"""Contenders: training with this project's compiled engine and with its torch reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pfc_analysis.training.interface.activity import ActivityCallback
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.checkpoint import WEIGHTS, list_replicas, load_weights
from pfc_analysis.training.run.experiment import find_experiment, shipped_agent
from pfc_analysis.training.run.replica import Replica

EXPERIMENT = "two_step"


def steady_recipe(sessions: int) -> Recipe:
    """Return the recipe of the experiment with its final learning rate.

    Parameters
    ----------
    sessions : int
        Sessions per update.
    """
    recipe = find_experiment(EXPERIMENT).recipe
    rate = recipe.optimisation.final_learning_rate
    settings = replace(recipe.optimisation, sessions_per_update=sessions, learning_rate=rate)
    return replace(recipe, optimisation=settings)


def trained_replica(engine: str, sessions: int) -> Replica:
    """Return a replica that starts from shipped weights.

    Its sessions have full length from the start. Untrained agents break off many trials, so that
    their sessions are half as long; the cost of that would differ between contenders.
    """
    replica = Replica(steady_recipe(sessions), seed=1, engine=engine)
    weights = load_weights(list_replicas(shipped_agent(EXPERIMENT))[0] / WEIGHTS)
    for name, weight in replica.weights.items():
        weight[:] = weights[name]
    return replica


def train(engine: str, sessions: int) -> Callable[[], float]:
    """Return a function that makes one update and returns the number of steps.

    Parameters
    ----------
    engine : {"compiled", "torch"}
        The engine.
    sessions : int
        Sessions per update.
    """
    replica = trained_replica(engine, sessions)
    return lambda: learn(replica)


def learn(replica: Replica, callback: ActivityCallback | None = None) -> float:
    """Make one update, with or without a callback; return the number of steps played."""
    before = replica.log[-1][2] if replica.log else 0.0
    replica.learn(callback)
    return replica.log[-1][2] - before
