"""An engine that plays with learning switched on, at a multiple of the rates of late training."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.engine.compiled_engine import Engine
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.plasticity.plastic_block import Learning, MeanSquare, PlasticBlock
from pfc_analysis.training.plasticity.plastic_lstm import Rates

if TYPE_CHECKING:
    from pfc_analysis.training.interface.activity import Activity
    from pfc_analysis.training.interface.engine_protocol import StepHook
    from pfc_analysis.training.recipes.optimisation_recipe import OptimisationRecipe
    from pfc_analysis.training.recipes.recipe import Recipe

CALIBRATION_STREAM = 4
"""First word of the random seed of the sessions in which the size of gradients is measured."""

CALIBRATION_SESSIONS = 32
"""Number of these sessions."""


_CALIBRATED: OrderedDict[tuple[type[Task], str], MeanSquare] = OrderedDict()
"""Mean squares found before, by the class of the task and a digest of all else that they depend on:
a replica is often recorded under many rules."""

MOST_CALIBRATED = 64
"""Number of them that are kept, each about 0.1 MB."""

LATE_SHARE = 0.1
"""Last share of the updates of training, over which learning rate and entropy cost are averaged."""


def late_rates(settings: OptimisationRecipe) -> tuple[float, float]:
    """Return the mean learning rate and entropy cost of the last tenth of the updates."""
    first = min(int((1.0 - LATE_SHARE) * settings.updates), settings.updates - 1)
    late = np.array([settings.at(update) for update in range(first, settings.updates)])
    rate, entropy_cost = late.mean(axis=0).tolist()
    return rate, entropy_cost


class PlasticEngine(Engine):
    """Plays sessions in each of which the weights change as in training.

    Every session begins with the trained weights and changes its own copy of them. After each
    trial's number of steps, RMSprop makes one step with the gradient of this session's losses in
    these steps, at the mean learning rate and entropy cost of the last tenth of the recipe's
    updates. Its mean of squared gradients begins at the mean over sessions that are played with
    fixed weights, as it would be after many such steps. An update of training takes its gradient
    from thousands of trials, so that weights here change much more with each trial than they did
    then. These choices are settings of this toolkit.

    Parameters
    ----------
    recipe : Recipe
        The recipe that the agent was trained with.
    weights, task, n_sessions
        As in `EngineProtocol`.
    plasticity : float
        Factor of the learning rate.

    Raises
    ------
    ValueError
        If the network has an episodic memory or a habit beside it, or the task shows pictures.
    """

    def __init__(
        self, recipe: Recipe, weights: Weights, task: Task, n_sessions: int, plasticity: float
    ) -> None:
        if recipe.network.has_memory or recipe.network.habit is not None:
            raise ValueError(
                "plasticity: networks with an episodic memory, or with a habit learner beside "
                "them, play with their weights frozen only; leave it out"
            )
        super().__init__(weights, task, n_sessions, recipe.feedback())
        settings = recipe.optimisation
        rate, entropy_cost = late_rates(settings)
        self._rate = rate * plasticity
        self._costs = LossCosts(
            settings.discount,
            settings.value_cost,
            entropy_cost,
            settings.rpe_gain_at(settings.updates - 1),
        )
        self._settings = (
            settings.decay, settings.epsilon, settings.gradient_norm, settings.actor_critic_rate
        )  # fmt: skip
        self._mean_square: MeanSquare = []

    def play(
        self, rng: np.random.Generator, before_step: StepHook | None = None, units: bool = True
    ) -> Activity:
        """Play all sessions as one block, each with its own weights."""
        self._mean_square = self._recall_calibration() if self._rate else []
        return super().play(rng, before_step, units)

    def _make_block(self, units: bool) -> Block:
        unroll = len(self.task.steps) if self._rate else self.task.max_steps + 1
        return self._make_plastic(self.n_sessions, self._rate, unroll)

    def _make_plastic(self, n_sessions: int, rate: float, unroll: int) -> PlasticBlock:
        rates = Rates(rate, *self._settings)
        learning = Learning(self._costs, rates, unroll, self._mean_square)
        return PlasticBlock(self.task, self._weights, self.feedback, n_sessions, learning)

    def _draw_calibration(self) -> tuple[Array, Array]:
        """Read the weights, and draw the random numbers of the sessions of calibration."""
        rng = np.random.default_rng(CALIBRATION_STREAM)
        for lstm in self._weights:
            lstm.read()
        uniforms = self.task.draw_uniforms(rng, CALIBRATION_SESSIONS)
        shape = self.task.max_steps, CALIBRATION_SESSIONS
        return uniforms, rng.random(shape, dtype=np.float32)

    def _recall_calibration(self) -> MeanSquare:
        """Return the mean squares of `_calibrate`, which are found once for the same weights."""
        # A task of the user's own, changed and loaded again, is another class.
        key = type(self.task), self._digest_calibration()
        if key not in _CALIBRATED:
            _CALIBRATED[key] = self._calibrate()
            if len(_CALIBRATED) > MOST_CALIBRATED:
                _CALIBRATED.popitem(last=False)
        return _CALIBRATED[key]

    def _digest_calibration(self) -> str:
        """Return a SHA-256 of weights, of all settings of the task, and of the other settings."""
        task = [(one.name, getattr(self.task, one.name)) for one in fields(self.task)]
        deciding = task, self.feedback, self._costs, self._settings
        digest = hashlib.sha256(repr(deciding).encode())
        for lstm in self._weights:
            for name, weight in lstm.weights.items():
                digest.update(name.encode() + weight.tobytes())
        return digest.hexdigest()

    def _calibrate(self) -> MeanSquare:
        """Return the mean squares of gradients, over steps of learning and sessions."""
        self._mean_square, (uniforms, draws) = [], self._draw_calibration()
        block = self._make_plastic(CALIBRATION_SESSIONS, 0.0, len(self.task.steps))
        block.begin(uniforms, draws, keep_records=False)
        sums: MeanSquare = [
            {name: np.zeros(each.shape[1:]) for name, each in lstm.weights.items()}
            for lstm in block.plastic
        ]
        count = n_learned = 0
        while block.advance(1):
            if block.n_learned > n_learned:
                n_learned = block.n_learned
                count += int((~block.played.done).sum())
                for lstm, total in zip(block.plastic, sums, strict=True):
                    for name, gradient in lstm.gradients.items():
                        total[name] += (gradient.astype(np.float64) ** 2).sum(axis=0)
        return [{name: each / max(count, 1) for name, each in total.items()} for total in sums]
