"""One replica in training, or its network: the loop that the paper's equations are in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from pfc_analysis.training.actor_critic import Outcome, Reference
from pfc_analysis.training.checkpoint import Progress
from pfc_analysis.training.engine import Engine
from pfc_analysis.training.network import LSTMActorCritic
from pfc_analysis.training.recipe import Recipe

TRAINING_STREAM = 0
"""First word of every random seed used in training; recordings use another."""

ENGINES: dict[str, type[Engine] | type[Reference]] = {"compiled": Engine, "torch": Reference}
"""What plays and takes gradients: the same mathematics, to rounding."""


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
    engine : {"compiled", "torch"}
        What plays and takes gradients.
    """

    def __init__(
        self, recipe: Recipe, seed: int, saved: Progress | None = None, engine: str = "compiled"
    ) -> None:
        self.settings = recipe.optimisation
        self.task = recipe.training_task()
        self.seed = seed
        self.network = build_network(recipe, seed)
        self.optimiser = torch.optim.RMSprop(
            self.network.parameters(), alpha=self.settings.decay, eps=self.settings.epsilon
        )
        self.engine = ENGINES[engine](self.network, self.task, self.settings.sessions_per_update)
        self.log: list[tuple[float, ...]] = []
        if saved is not None:
            self._restore(saved)

    @property
    def update(self) -> int:
        """Updates made so far."""
        return len(self.log)

    def learn(self) -> None:
        """Play a batch of sessions and update the weights once."""
        settings = self.settings
        rng = np.random.default_rng([TRAINING_STREAM, self.seed, self.update])
        rate, entropy_cost = settings.at(self.update)
        outcome = self.engine.differentiate(
            rng, settings.discount, settings.value_cost, entropy_cost
        )
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), settings.gradient_norm)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.log.append(self._log_row(outcome, float(norm), rate))

    def progress(self) -> Progress:
        """All it takes to go on later."""
        parameters = dict(self.network.named_parameters())
        return Progress(
            weights={name: parameter.detach() for name, parameter in parameters.items()},
            mean_square={
                name: self.optimiser.state[parameter]["square_avg"]
                for name, parameter in parameters.items()
            },
            log=self.log,
        )

    def _restore(self, saved: Progress) -> None:
        self.network.load_state_dict(saved.weights)
        for name, parameter in self.network.named_parameters():
            self.optimiser.state[parameter] = {
                "step": torch.tensor(float(saved.update)),
                "square_avg": saved.mean_square[name],
            }
        self.log = list(saved.log)

    def _log_row(self, outcome: Outcome, norm: float, rate: float) -> tuple[float, ...]:
        trials = self.settings.sessions_per_update * self.task.n_trials
        before = int(self.log[-1][2]) if self.log else 0
        return (
            self.update + 1,
            (self.update + 1) * self.settings.sessions_per_update,
            before + outcome.steps,
            outcome.reward / trials,
            outcome.invalid / trials,
            outcome.loss,
            outcome.value_loss,
            outcome.entropy,
            norm,
            rate,
        )


def build_network(recipe: Recipe, seed: int) -> LSTMActorCritic:
    """Return an untrained network of a recipe, its weights drawn from `seed`."""
    task = recipe.training_task()
    generator = torch.Generator().manual_seed(seed)
    return LSTMActorCritic(
        len(task.observations), len(task.actions), recipe.network.units, generator
    )


@contextmanager
def single_thread() -> Iterator[None]:
    """Let torch and BLAS use one thread: faster on products this small, and the same bits."""
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
