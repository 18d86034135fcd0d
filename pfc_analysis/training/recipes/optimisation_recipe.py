"""Settings of the optimisation, as a recipe states them."""

from __future__ import annotations

from dataclasses import field

from pydantic.dataclasses import dataclass

from pfc_analysis.training.recipes.recipe_types import STRICT, Cost, Count, Number, Positive, Share


@dataclass(frozen=True, config=STRICT)
class OptimisationRecipe:
    """Settings of the optimisation.

    The learning rate changes linearly from `learning_rate` at the first update to
    `final_learning_rate` at the last, the entropy cost likewise. With `hold`, both stay as they are
    at first, and change linearly in the rest of the updates.

    Parameters
    ----------
    updates : int
        Number of weight updates; each is computed from one batch of sessions.
    sessions_per_update : int
        Sessions per batch.
    learning_rate, final_learning_rate : float
        Learning rate of RMSprop at the first and the last update.
    discount : float
        Discount factor gamma per step (published: 0.9).
    value_cost : float
        Weight of the value loss, beta_v (published: 0.05).
    entropy_cost, final_entropy_cost : float
        Weight of the entropy, beta_e, at the first and the last update (published: 0.05).
    decay, epsilon : float
        Decay and epsilon of RMSprop.
    gradient_norm : float
        Largest norm of the gradient; larger gradients are scaled down to it.
    rpe_gain : float
        Factor from 0 to 1 by which the prediction error is multiplied where it trains policy and
        value. The entropy term does not depend on it.
    rpe_after : int
        Number of first updates in which the prediction error does not train policy and value, as if
        `rpe_gain` were 0. Predictive networks learn to predict in these updates.
    actor_critic_rate : float
        Only in predictive networks: learning rate of the actor-critic, which prediction errors of
        reward train, as a share of the learning rate.
    warm_up : int
        Number of first updates over which the learning rate rises from nearly 0 to its scheduled
        value. RMSprop's first steps can be ten times the usual size, as its running mean has seen
        few gradients. In networks that see pictures, such steps permanently silence some of the
        rectified units.
    vision_rate : float
        Learning rate of the convolutions and features, as a share of the learning rate. The steps
        of RMSprop have the same size whatever the gradient. Hundreds of weights contribute to a
        feature, so that at the full rate their steps change the features every few updates, and the
        LSTM loses what it has learned about them.
    hold : float
        Share of the updates, from 0 to 1, before learning rate and entropy cost begin to change.
        An agent whose policy becomes certain too early may never find out what else it could do.
        (The setting `hold` of Harlow's task is another one: steps of fixation.)
    """

    updates: Count
    sessions_per_update: Count
    learning_rate: Positive
    final_learning_rate: Positive
    discount: Share = 0.9
    value_cost: Cost = 0.05
    entropy_cost: Cost = 0.05
    final_entropy_cost: Cost = 0.05
    decay: Share = 0.99
    epsilon: Positive = 1e-8
    gradient_norm: Positive = 1.0
    rpe_gain: Share = field(default=1.0, repr=False)
    rpe_after: Number = field(default=0, repr=False)
    actor_critic_rate: Share = field(default=1.0, repr=False)
    warm_up: Number = field(default=0, repr=False)
    vision_rate: Share = field(default=1.0, repr=False)
    hold: Share = field(default=0.0, repr=False)

    def at(self, update: int) -> tuple[float, float]:
        """Return the learning rate and the entropy cost of an update (counted from 0)."""
        first = int(self.hold * self.updates)
        done = max(update - first, 0) / max(self.updates - 1 - first, 1)
        rate = self.learning_rate + done * (self.final_learning_rate - self.learning_rate)
        if update < self.warm_up:
            rate *= (update + 1) / self.warm_up
        cost = self.entropy_cost + done * (self.final_entropy_cost - self.entropy_cost)
        return rate, cost

    def rpe_gain_at(self, update: int) -> float:
        """Return the factor of the prediction error in an update (counted from 0)."""
        return self.rpe_gain if update >= self.rpe_after else 0.0
