"""Train one replica: play sessions, compute the gradient of the loss, update the weights."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.activity import ActivityCallback
from pfc_analysis.training.interface.engine_protocol import EngineProtocol
from pfc_analysis.training.interface.outcome import LossCosts, Outcome
from pfc_analysis.training.networks.weights import (
    Sizes,
    Weights,
    draw_weights,
    sizes_of,
    weight_shapes,
)
from pfc_analysis.training.predictive.predictive_weights import (
    actor_critic_weights,
    draw_predictive_weights,
    predictive_weight_shapes,
)
from pfc_analysis.training.recipes.optimisation_recipe import OptimisationRecipe
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.checkpoint import Progress
from pfc_analysis.training.run.correct_tally import CorrectTally
from pfc_analysis.training.run.optimiser import RMSprop, clip_gradients
from pfc_analysis.training.vision.conv_weights import (
    draw_pixel_weights,
    pixel_sizes,
    pixel_weight_shapes,
    vision_weights,
)

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

WEIGHT_STREAM, TRAINING_STREAM = 2, 0
"""First words of the random seeds of initial weights and of training; recordings use others."""

ENGINES = {
    "compiled": ("engine.compiled_engine.Engine", "vision.pixel_engine.PixelEngine"),
    "torch": ("networks.actor_critic.Reference", "networks.pixel_reference.PixelReference"),
}
"""What plays and takes gradients: for tasks with codes, and for tasks that show pictures. Both are
the same mathematics, to rounding. Torch is loaded only where it is asked for."""

PREDICTIVE_ENGINES = {
    "compiled": "predictive.predictive_engine.PredictiveEngine",
    "torch": "predictive.predictive_reference.PredictiveReference",
}
"""The same for predictive networks, which play tasks with codes."""
MEMORY_ENGINES = {
    "compiled": "engine.episodic.memory_engine.MemoryEngine",
    "torch": "networks.episodic_network.EpisodicReference",
}
"""The same for networks with an episodic memory."""

HABIT_ENGINES = {
    "compiled": "engine.habit.habit_engine.HabitEngine",
    "torch": "networks.habit_network.HabitReference",
}
"""The same for networks with a habit learner beside them."""


class DivergedError(ValueError):
    """Training diverged; the message names the replica, the update, and the setting to lower."""


class Replica:
    """A replica during training: weights, engine, optimiser and log.

    Each update uses its own random generator, seeded by the replica's seed and the number of the
    update. So a checkpoint need not store the state of a generator.

    Parameters
    ----------
    recipe : Recipe
        How to train.
    seed : int
        Seed of this replica.
    saved : Progress, optional
        The checkpoint to continue from.
    engine : {"compiled", "torch"}, optional
        The engine to use; by default "compiled".
    """

    def __init__(
        self, recipe: Recipe, seed: int, saved: Progress | None = None, engine: str | None = None
    ) -> None:
        self.settings = recipe.optimisation
        self.task = recipe.training_task()
        self.seed = seed
        self.weights = first_weights(recipe, seed) if saved is None else saved.weights
        self.optimiser = RMSprop(
            self.weights,
            self.settings.decay,
            self.settings.epsilon,
            None if saved is None else saved.mean_square,
            share_rates(self.settings, self.weights),
        )
        n_sessions = self.settings.sessions_per_update
        self.engine = make_engine(recipe, self.weights, self.task, n_sessions, engine)
        self.log: list[tuple[float, ...]] = [] if saved is None else list(saved.log)

    @property
    def update(self) -> int:
        """Number of updates made so far."""
        return len(self.log)

    def learn(self, callback: ActivityCallback | None = None) -> None:
        """Play a batch of sessions and update the weights once.

        Parameters
        ----------
        callback : callable, optional
            Called with the sessions that the agent plays while it learns
            (`EngineProtocol.differentiate`).
        """
        settings = self.settings
        rng = np.random.default_rng([TRAINING_STREAM, self.seed, self.update])
        rate, entropy_cost = settings.at(self.update)
        gain = settings.rpe_gain_at(self.update)
        costs = LossCosts(settings.discount, settings.value_cost, entropy_cost, gain)
        tally = CorrectTally(self.task, callback) if self.task.is_learning_set else None
        # Overflow is reported below, in words that name the setting to change.
        with np.errstate(all="ignore"):
            outcome = self.engine.differentiate(rng, costs, callback if tally is None else tally)
            self._check_finite("the loss", outcome.loss, rate)
            norm = clip_gradients(self.engine.gradients, settings.gradient_norm)
            self._check_finite("the norm of the gradient", norm, rate)
            self.optimiser.step(self.engine.gradients, rate)
        for arrays, what in ((self.weights, "weight"), (self.optimiser.mean_square, "mean square")):
            for name, array in arrays.items():
                largest = float(np.abs(array).max(initial=0.0))
                self._check_finite(f"the largest {what} of {name}", largest, rate)
        correct = () if tally is None else tally.shares()
        self.log.append((*self._log_row(outcome, norm, rate), *correct))

    def _check_finite(self, what: str, value: float, rate: float) -> None:
        if not np.isfinite(value):
            raise DivergedError(
                f"seed {self.seed}, update {self.update + 1}: {what} is {value}, expected a finite "
                f"number: the training diverged. Lower learning_rate ({rate:g} here) "
                "in the recipe. (If the task pays rewards that are not finite, pfc verify says so.)"
            )

    def progress(self) -> Progress:
        """Return all that a checkpoint must store."""
        return Progress(self.weights, self.optimiser.mean_square, self.log)

    def _log_row(self, outcome: Outcome, norm: float, rate: float) -> tuple[float, ...]:
        """Return the row of an update, with the columns `training_log.LOG_COLUMNS`."""
        before = int(self.log[-1][2]) if self.log else 0
        return (
            self.update + 1,
            (self.update + 1) * self.settings.sessions_per_update,
            before + outcome.steps,
            outcome.reward / outcome.trials,
            outcome.invalid / outcome.trials,
            outcome.loss,
            outcome.value_loss,
            outcome.entropy,
            norm,
            rate,
        )


def share_rates(settings: OptimisationRecipe, weights: Weights) -> dict[str, float]:
    """Return the learning rates of parts of a network, as shares of the rate, by name of weight."""
    return {
        **dict.fromkeys(vision_weights(weights), settings.vision_rate),
        **dict.fromkeys(actor_critic_weights(weights), settings.actor_critic_rate),
    }


def first_weights(recipe: Recipe, seed: int) -> Weights:
    """Draw the initial weights of a replica; the seed decides them."""
    task, rng = recipe.training_task(), np.random.default_rng([WEIGHT_STREAM, seed])
    if task.view_shape is not None:
        from pfc_analysis.training.vision.vision_initialisation import (
            sample_views,
            standardise_responses,
        )

        weights = draw_pixel_weights(pixel_sizes(task, recipe.network), rng)
        standardise_responses(weights, recipe.network.strides, sample_views(task, rng))
        return weights
    draw = draw_predictive_weights if recipe.network.architecture else draw_weights
    return draw(_coded_sizes(recipe), rng)


def shapes_of_weights(recipe: Recipe) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the weights of a recipe's network, by name."""
    task = recipe.training_task()
    if task.view_shape is not None:
        return pixel_weight_shapes(pixel_sizes(task, recipe.network))
    list_shapes = predictive_weight_shapes if recipe.network.architecture else weight_shapes
    return list_shapes(_coded_sizes(recipe))


def _coded_sizes(recipe: Recipe) -> Sizes:
    """Return the sizes of a network that plays a task with coded observations."""
    network = recipe.network
    is_rpe = recipe.feedback().is_rpe
    memory, habit = network.has_memory, network.habit_settings is not None
    return sizes_of(recipe.training_task(), network.units, is_rpe, memory, habit)


def check_engine(name: str | None) -> str:
    """Return the name of an engine, by default "compiled".

    Raises
    ------
    ModuleNotFoundError
        If the engine needs torch, which is not installed (extra `torch`).
    ValueError
        If there is no engine of this name; the message lists the engines.
    """
    name = name or "compiled"
    if name not in ENGINES:
        raise ValueError(f"Unknown engine {name!r}; expected one of {list(ENGINES)}.")
    if name == "torch" and find_spec("torch") is None:
        raise ModuleNotFoundError(
            "The engine 'torch' needs torch. Install it with: pip install 'pfc_analysis[torch]', "
            "or use the engine 'compiled', which needs nothing more.",
            name="torch",
        )
    return name


def make_engine(
    recipe: Recipe, weights: Weights, task: Task, n_sessions: int, engine: str | None = None
) -> EngineProtocol:
    """Create an engine for a task and the network of a recipe.

    Parameters
    ----------
    recipe : Recipe
        The recipe, which defines the network.
    weights : dict
        Weights of the network; the engine reads their current values whenever it plays.
    task : Task
        The task to play.
    n_sessions : int
        Number of sessions in a batch.
    engine : str, optional
        Name of the engine; by default "compiled".

    Raises
    ------
    ValueError
        If there is no such engine.
    """
    pictures, network = task.view_shape is not None, recipe.network
    layers: dict[str, Any] = {"strides": network.strides} if pictures else {}
    name = check_engine(engine)
    if network.has_memory:
        kind = _import(MEMORY_ENGINES[name])
        layers = {"reinstatement": network.reinstatement_gain}
    elif network.architecture:
        kind = _import(PREDICTIVE_ENGINES[name])
    elif network.habit_settings is not None:
        kind = _import(HABIT_ENGINES[name])
        layers = network.habit_settings._asdict()
    else:
        kind = load_engine(name, pictures)
    return kind(weights, task, n_sessions, recipe.feedback(), **layers)


def load_engine(name: str, pictures: bool) -> Callable[..., EngineProtocol]:
    """Import the class of an engine (`EngineProtocol`), for tasks with pictures or with codes.

    Errors are those of `check_engine`.
    """
    return _import(ENGINES[check_engine(name)][pictures])


def _import(place: str) -> Callable[..., EngineProtocol]:
    """Import the class of an engine, given its place in this room."""
    module, kind = place.rsplit(".", 1)
    found = getattr(import_module(f"pfc_analysis.training.{module}"), kind)
    engine: Callable[..., EngineProtocol] = found
    return engine


@contextmanager
def single_thread(engine: str = "compiled") -> Iterator[None]:
    """Limit an engine to one thread: faster with small matrices, and reproducible to the bit."""
    for pictures in (False, True):
        load_engine(engine, pictures)  # only libraries that are loaded can be limited
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    if torch:
        torch.set_num_threads(1)
    try:
        with _find_libraries(engine, torch is not None).limit(limits=1):
            yield
    finally:
        if torch:
            torch.set_num_threads(before)


@cache
def _find_libraries(engine: str, with_torch: bool) -> ThreadpoolController:
    """Find the libraries that compute in several threads, once for what an engine has loaded."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
