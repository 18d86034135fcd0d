"""Compare the JAX program with torch: with equal weights and random numbers, equal results."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import two_step_jax
from contenders.engine import EXPERIMENT, steady_recipe
from contenders.jax_scan import read_settings, read_weights

from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.run.experiment import find_experiment
from pfc_analysis.training.run.optimiser import clip_gradients
from pfc_analysis.training.run.replica import Replica

SESSIONS, SEED = 16, 2
MEAN_SQUARE = 1e-5
"""RMSprop's running mean before the step, of about the size of the squared gradients."""
LEARNING_SESSIONS, LEARNING_CALLS = 64, 12
LEARNED = 0.6
"""Reward per trial that no agent earns by chance; chance is 0.5."""

TOLERANCE = 1e-4
"""Largest relative difference of loss, gradients and weights that rounding can explain."""


class CheckError(AssertionError):
    """The JAX program differs from the reference; the message says where."""


def check() -> dict[str, float]:
    """Compare one update of an untrained network; its sessions end at different steps.

    Returns
    -------
    dict
        Relative difference, by quantity.

    Raises
    ------
    CheckError
        If the two differ by more than rounding errors.
    """
    replica = Replica(steady_recipe(SESSIONS), seed=1, engine="torch")
    _spread(replica)
    weights = read_weights(replica)
    task, settings = read_settings(SESSIONS)
    start, uniforms, draws = _random_numbers(replica)
    played = two_step_jax.play(weights, task, start, uniforms, draws, settings.unroll)
    _require_same_play(replica, played)
    gradients, outcome = two_step_jax.gradient(weights, settings, played)
    costs = LossCosts(settings.discount, settings.value_cost, settings.entropy_cost)
    reference = replica.engine.differentiate(np.random.default_rng(SEED), costs)
    found = {"loss": relative(float(outcome["loss"]), reference.loss)}
    for name, expected in replica.engine.gradients.items():
        found[f"gradient of {name}"] = relative(gradients[name], expected)
    found |= _compare_update(replica, weights, gradients, settings)
    wrong = {name: value for name, value in found.items() if not value < TOLERANCE}
    if wrong:
        raise CheckError(f"the JAX program differs from the torch reference: {wrong}")
    return found


def check_learning() -> float:
    """Train a network with the JAX program, at the initial rate of the shipped recipe.

    Returns
    -------
    float
        Reward per trial in the sessions of the last call.

    Raises
    ------
    CheckError
        If the reward stays near chance.
    """
    task, settings = read_settings(LEARNING_SESSIONS)
    rate = find_experiment(EXPERIMENT).recipe.optimisation.learning_rate
    settings = settings._replace(rate=rate, updates_per_call=20)
    weights = read_weights(Replica(steady_recipe(LEARNING_SESSIONS), seed=1, engine="torch"))
    squares = {name: jnp.zeros_like(value) for name, value in weights.items()}
    reward = 0.0
    for key in jax.random.split(jax.random.key(1), LEARNING_CALLS):
        weights, squares, outcome = two_step_jax.learn(weights, squares, key, task, settings)
        reward = float(outcome["reward"].mean()) / (LEARNING_SESSIONS * task.trials)
        if reward > LEARNED:
            return reward
    raise CheckError(
        f"the JAX program does not learn: found a reward per trial of {reward:.3f} at the end, "
        f"expected more than {LEARNED}"
    )


def relative(found: object, expected: object) -> float:
    """Return the norm of the difference, divided by the norm of what is expected."""
    mine, theirs = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    return float(np.linalg.norm(mine - theirs) / np.linalg.norm(theirs))


def _spread(replica: Replica) -> None:
    """Move every weight away from 0, so that every term of the gradient is tested."""
    rng = np.random.default_rng(1)
    for weight in replica.weights.values():
        weight += 0.1 * rng.normal(size=weight.shape).astype(np.float32)


def _random_numbers(replica: Replica) -> tuple[jnp.ndarray, jnp.ndarray, jnp.ndarray]:
    """Draw the same random numbers as the reference, in the layout of the JAX program."""
    rng = np.random.default_rng(SEED)
    uniforms = replica.task.draw_uniforms(rng, SESSIONS)
    draws = rng.random((replica.task.max_steps, SESSIONS), dtype=np.float32)
    start = jnp.array(uniforms[0, :, 0], jnp.float32)
    return start, jnp.array(uniforms[1:].transpose(0, 2, 1), jnp.float32), jnp.array(draws)


def _require_same_play(replica: Replica, played: two_step_jax.Played) -> None:
    log = replica.engine.play(np.random.default_rng(SEED)).log
    n_steps = len(log.active)
    if not np.array_equal(np.asarray(played.active[:n_steps]) > 0, log.active):
        raise CheckError("the JAX program's sessions end at other steps than the reference's")
    for name in ("action", "reward"):
        mine = np.asarray(getattr(played, name)[:n_steps])[log.active]
        if not np.array_equal(mine, getattr(log, name)[log.active]):
            raise CheckError(f"the JAX program's {name}s are not those of the reference")


def _compare_update(
    replica: Replica,
    weights: two_step_jax.Weights,
    gradients: two_step_jax.Weights,
    settings: two_step_jax.Settings,
) -> dict[str, float]:
    """Compare one step of clipping and RMSprop; this changes the replica."""
    before = {name: weight.copy() for name, weight in replica.weights.items()}
    squares = {name: jnp.full_like(value, MEAN_SQUARE) for name, value in weights.items()}
    for square in replica.optimiser.mean_square.values():
        square[:] = MEAN_SQUARE
    clip_gradients(replica.engine.gradients, replica.settings.gradient_norm)
    replica.optimiser.step(replica.engine.gradients, settings.rate)
    after, _ = two_step_jax.improve(weights, squares, gradients, settings)
    return {
        f"step of {name}": relative(np.asarray(after[name]) - before[name], weight - before[name])
        for name, weight in replica.weights.items()
    }
