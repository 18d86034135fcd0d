"""One replica in training: the loop that the paper's equations are in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.networks.conv_weights import (
    check_coded,
    check_view,
    draw_pixel_weights,
    pixel_sizes,
    pixel_weight_shapes,
    vision_weights,
)
from pfc_analysis.training.networks.weights import Weights, draw_weights, sizes_of, weight_shapes
from pfc_analysis.training.run.activity import Outcome, Watch
from pfc_analysis.training.run.checkpoint import Progress
from pfc_analysis.training.run.correct_tally import CorrectTally
from pfc_analysis.training.run.optimiser import RMSprop, clip_gradients
from pfc_analysis.training.run.recipe import Recipe

WEIGHT_STREAM, TRAINING_STREAM = 2, 0
"""First word of random seeds: of the first weights, and of training; recordings use another."""

ENGINES = {
    "compiled": ("engine.compiled_engine", "Engine"),
    "torch": ("networks.actor_critic", "Reference"),
    "pixels": ("networks.pixel_engine", "PixelEngine"),
}
"""What plays and takes gradients. The first two are the same mathematics, to rounding; the last one
is for tasks that show pictures. Modules and classes here; torch is loaded only where it is asked
for."""


class Replica:
    """A replica in training: network, optimiser and log.

    Every update draws from a random stream of its own, named by seed and update, so that there is
    no state of a generator to save.

    Parameters
    ----------
    recipe : Recipe
        How to train.
    seed : int
        Of this replica.
    saved : Progress, optional
        Where to go on.
    engine : {"compiled", "torch", "pixels"}, optional
        What plays and takes gradients; what suits the task where not given (`find_engine`).
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
            dict.fromkeys(vision_weights(self.weights), self.settings.vision_rate),
        )
        n_sessions = self.settings.sessions_per_update
        self.engine = make_engine(recipe, self.weights, self.task, n_sessions, engine)
        self.log: list[tuple[float, ...]] = [] if saved is None else list(saved.log)

    @property
    def update(self) -> int:
        """Updates made so far."""
        return len(self.log)

    def learn(self, watch: Watch | None = None) -> None:
        """Play a batch of sessions and update the weights once.

        Parameters
        ----------
        watch : callable, optional
            Called with the `Activity` of one block of these sessions after another, which is good
            until it returns: what units did while the agent learned.
        """
        settings = self.settings
        rng = np.random.default_rng([TRAINING_STREAM, self.seed, self.update])
        rate, entropy_cost = settings.at(self.update)
        tally = CorrectTally(self.task, watch) if self.task.is_learning_set else None
        outcome = self.engine.differentiate(
            rng,
            settings.discount,
            settings.value_cost,
            entropy_cost,
            watch if tally is None else tally,
            settings.rpe_gain,
        )
        norm = clip_gradients(self.engine.gradients, settings.gradient_norm)
        self.optimiser.step(self.engine.gradients, rate)
        correct = () if tally is None else tally.shares()
        self.log.append((*self._log_row(outcome, norm, rate), *correct))

    def progress(self) -> Progress:
        """All it takes to go on later."""
        return Progress(self.weights, self.optimiser.mean_square, self.log)

    def _log_row(self, outcome: Outcome, norm: float, rate: float) -> tuple[float, ...]:
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


def first_weights(recipe: Recipe, seed: int) -> Weights:
    """Return the weights that a replica begins with, drawn from `seed`."""
    task, rng = recipe.training_task(), np.random.default_rng([WEIGHT_STREAM, seed])
    if task.view_shape is not None:
        from pfc_analysis.training.networks.first_views import sample_views, settle_vision

        weights = draw_pixel_weights(pixel_sizes(task, recipe.network), rng)
        settle_vision(weights, recipe.network.strides, sample_views(task, rng))
        return weights
    return draw_weights(sizes_of(task, recipe.network.units, recipe.feedback().is_rpe), rng)


def shapes_of_weights(recipe: Recipe) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights of a recipe's network, by name."""
    task = recipe.training_task()
    if task.view_shape is not None:
        return pixel_weight_shapes(pixel_sizes(task, recipe.network))
    return weight_shapes(sizes_of(task, recipe.network.units, recipe.feedback().is_rpe))


def find_engine(task: Task, name: str | None = None) -> str:
    """Name of the engine that plays a task: `pixels` if it shows pictures, otherwise `compiled`.

    Parameters
    ----------
    task : Task
        What is played.
    name : str, optional
        The engine asked for, which is then checked.

    Raises
    ------
    ValueError
        If there is no such engine, or it cannot play the task.
    """
    if name is None:
        return "compiled" if task.view_shape is None else "pixels"
    check_engine(name)
    if name == "pixels":
        check_view(task)
    else:
        check_coded(task, name)
    return name


def make_engine(
    recipe: Recipe, weights: Weights, task: Task, n_sessions: int, engine: str | None = None
) -> Any:
    """Return what plays batches of a task by a recipe's network, and takes their gradients.

    Parameters
    ----------
    recipe : Recipe
        Says what the network is.
    weights : dict
        Its weights, read whenever something is played.
    task : Task
        What is played.
    n_sessions : int
        Sessions of a batch.
    engine : str, optional
        Its name; that of `find_engine` where not given.

    Raises
    ------
    ValueError
        If there is no such engine, or it cannot play the task.
    """
    name = find_engine(task, engine)
    layers = {"strides": recipe.network.strides} if name == "pixels" else {}
    return load_engine(name)(weights, task, n_sessions, recipe.feedback(), **layers)


def check_engine(name: str) -> None:
    """Raise a ValueError that lists the engines unless there is one of this name."""
    if name not in ENGINES:
        raise ValueError(f"Unknown engine {name!r}; expected one of {list(ENGINES)}.")


def load_engine(name: str) -> Any:
    """Return the class that plays and takes gradients.

    Raises
    ------
    ValueError
        If there is no such engine.
    """
    check_engine(name)
    module, kind = ENGINES[name]
    return getattr(import_module(f"pfc_analysis.training.{module}"), kind)


@contextmanager
def single_thread(engine: str = "compiled") -> Iterator[None]:
    """Let an engine use one thread: faster on products this small, and the same bits."""
    from threadpoolctl import threadpool_limits

    load_engine(engine)  # only libraries that are there can be limited
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    if torch:
        torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        if torch:
            torch.set_num_threads(before)
