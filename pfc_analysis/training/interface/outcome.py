"""The costs of the loss, and the outcome of a batch of sessions: counts, rewards and losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pfc_analysis.tasks.contract import Task


class LossCosts(NamedTuple):
    """Discount, and the weights of the terms of the loss (`actor_critic.actor_critic_loss`).

    Attributes
    ----------
    discount : float
        gamma, per step.
    value_cost : float
        beta_v, the weight of the value loss.
    entropy_cost : float
        beta_e, the weight of the policy's entropy.
    rpe_gain : float
        kappa, from 0 to 1: the policy and value losses are multiplied by it. 1 leaves the
        prediction error as it is; with 0 the agent does not learn from it.
    """

    discount: float
    value_cost: float
    entropy_cost: float
    rpe_gain: float = 1.0

    def total(self, policy: Any, value: Any, entropy: Any) -> Any:
        """Return the total loss from its terms, which are numbers or tensors."""
        return self.rpe_gain * (policy + self.value_cost * value) - self.entropy_cost * entropy


@dataclass(frozen=True)
class Outcome:
    """The outcome of a batch of sessions. Losses are means over all steps played.

    Attributes
    ----------
    steps, trials : int
        Number of steps and of trials played, over all sessions.
    reward : float
        Sum of all rewards.
    invalid : float
        Number of invalid responses, if the task punishes these by a reward below 0
        (`Task.punishes_invalid`); otherwise 0.
    loss : float
        Total loss.
    value_loss, entropy : float
        Terms of the loss, without their costs.
    """

    steps: int
    trials: int
    reward: float
    invalid: float
    loss: float
    value_loss: float
    entropy: float


def make_outcome(
    task: Task, counts: tuple[int, int], rewards: tuple[float, float], losses: Sequence[float]
) -> Outcome:
    """Put together the outcome of a batch.

    Parameters
    ----------
    task : Task
        The task that was played.
    counts : tuple of int
        Number of steps and of trials.
    rewards : tuple of float
        Sum of all rewards, and number of rewards below 0.
    losses : sequence of float
        Total loss, value loss and entropy: means over the steps.
    """
    reward, n_negative = rewards
    return Outcome(*counts, reward, n_negative * task.punishes_invalid, *losses)


def join_outcomes(parts: Sequence[Outcome]) -> Outcome:
    """Join the outcomes of the parts of a batch; losses are averaged, weighted by steps."""
    steps = np.array([part.steps for part in parts])

    def mean(name: str) -> float:
        return float(np.average([getattr(part, name) for part in parts], weights=steps))

    return Outcome(
        steps=int(steps.sum()),
        trials=sum(part.trials for part in parts),
        reward=sum(part.reward for part in parts),
        invalid=sum(part.invalid for part in parts),
        loss=mean("loss"),
        value_loss=mean("value_loss"),
        entropy=mean("entropy"),
    )
