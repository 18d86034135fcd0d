"""Contender: task, agent and update as one JAX program (`two_step_jax.py`)."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import two_step_jax
from contenders.engine import steady_recipe, trained_replica

from pfc_analysis.training.run.replica import Replica

SESSIONS_PER_CALL = 512
"""Sessions per call: about half a second of work, so that the overhead of a call is small."""


def train(sessions: int) -> Callable[[], float]:
    """Return a function that makes several updates in one call and returns the number of steps.

    Parameters
    ----------
    sessions : int
        Sessions per update.
    """
    replica = trained_replica("torch", sessions)
    weights = read_weights(replica)
    mean_square = {name: jnp.zeros_like(value) for name, value in weights.items()}
    task, settings = read_settings(sessions)
    key = jax.random.key(0)

    def work() -> float:
        nonlocal weights, mean_square, key
        key, here = jax.random.split(key)
        weights, mean_square, outcome = two_step_jax.learn(
            weights, mean_square, here, task, settings
        )
        return float(outcome["steps"].sum())

    return work


def read_weights(replica: Replica) -> two_step_jax.Weights:
    """Copy the weights of a replica to JAX."""
    return {name: jnp.array(weight) for name, weight in replica.weights.items()}


def read_settings(sessions: int) -> tuple[two_step_jax.Task, two_step_jax.Settings]:
    """Return the task and settings of the recipe that all contenders use."""
    recipe = steady_recipe(sessions)
    values = recipe.training_task().settings()
    task = two_step_jax.Task(
        values["common_probability"],
        values["reward_probability"],
        values["reversal_probability"],
        int(values["n_trials"]),
    )
    found = recipe.optimisation
    settings = two_step_jax.Settings(
        sessions=sessions,
        rate=found.learning_rate,
        discount=found.discount,
        value_cost=found.value_cost,
        entropy_cost=found.entropy_cost,
        decay=found.decay,
        epsilon=found.epsilon,
        gradient_norm=found.gradient_norm,
        updates_per_call=max(1, SESSIONS_PER_CALL // sessions),
    )
    return task, settings
