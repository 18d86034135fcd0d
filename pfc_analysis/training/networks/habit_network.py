r"""A network with a model-free habit learner beside it, in torch: the reference.

The habit learner has a value :math:`H(o, a)` for each observation and action. The policy is

.. math:: \pi(a) \propto \exp(z_a + \beta H(o, a)),

where :math:`z` are the network's logits. At the end of a trial that paid :math:`r` in all, the
value of each pair of observation and action that occurred in the trial changes by its own error,

.. math:: H(o, a) \leftarrow H(o, a) + \alpha (r - H(o, a)).

It is a direct (temporal-difference, lambda of 1) learner without a model: a first choice gains from
the trial's reward whatever the transition was. Its values outlive sessions. In training, sessions
are played side by side: each begins with the agent's values, and the agent's values become the mean
of theirs. That a slow habit stands beside the network, and how, are settings of this toolkit; Wang
et al. 2018 have no such learner in their model.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pfc_analysis.tasks.contract import Array, SessionBatch, Task
from pfc_analysis.training.interface.activity import ActivityCallback
from pfc_analysis.training.interface.habit_log import HabitSettings
from pfc_analysis.training.interface.outcome import LossCosts, Outcome
from pfc_analysis.training.networks.actor_critic import Reference
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.network import LSTMActorCritic, State
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import check_coded


class HabitActorCritic(LSTMActorCritic):
    """A network with a habit learner beside it, which chooses by the sum of their logits.

    Parameters
    ----------
    weights : dict
        Its weights (`weights.weight_shapes`); "habit" holds the values of the agent's habit.
    n_cues : int
        Number of inputs that are graded cues.
    feedback : Feedback
        What the network reads after each response.
    settings : HabitSettings
        Rate and weight.

    Attributes
    ----------
    table : float32 ndarray, shape (observation, action, session)
        Values of the habit in each session.
    """

    habit: torch.nn.Parameter

    def __init__(
        self, weights: Weights, n_cues: int, feedback: Feedback, settings: HabitSettings
    ) -> None:
        super().__init__(weights, n_cues, feedback)
        self.habit.requires_grad_(False)
        self.settings = settings
        self.begin(1)

    def begin(self, n_sessions: int) -> State:
        """Return the learned initial state; each session begins with the agent's habit."""
        self.table = np.repeat(self.habit.numpy()[:, :, None], n_sessions, axis=2)
        self._marked = np.zeros(self.table.shape, np.bool_)
        self._over = np.zeros(n_sessions, np.bool_)
        self._earned = np.zeros(n_sessions, np.float32)
        self._added: list[Tensor] = []
        return super().begin(n_sessions)

    def step(
        self, observation: Tensor, cues: Tensor, action: Tensor | None, reward: Tensor, state: State
    ) -> State:
        """Advance by one step; see `LSTMActorCritic.step`."""
        values = self.table[observation.numpy(), :, np.arange(len(observation))]
        self._added.append(torch.from_numpy(np.float32(self.settings.weight) * values))
        return super().step(observation, cues, action, reward, state)

    def policy(self, hidden: Tensor) -> Tensor:
        """Return the logits of both together, for the last step or for all steps played."""
        return super().policy(hidden) + (self.added() if hidden.ndim == 3 else self._added[-1])

    def added(self) -> Tensor:
        """Return the habit's logits in all steps played, (time step, session, action)."""
        return torch.stack(self._added)

    def watch(
        self, before: Array, observation: Tensor, action: Tensor, batch: SessionBatch
    ) -> None:
        """Learn from trials that ended with the step that was just played."""
        for i in np.flatnonzero(~self._over).tolist():
            self._marked[int(observation[i]), int(action[i]), i] = True
            self._earned[i] += np.float32(batch.reward[i])
            if batch.sessions["trial"][i] != before["trial"][i] or batch.done[i]:
                self._learn(i)
        self._over = batch.done.copy()

    def _learn(self, i: int) -> None:
        """Change the values of what occurred in the trial of a session that has just ended."""
        values, marked = self.table[:, :, i], self._marked[:, :, i]
        values[marked] += np.float32(self.settings.rate) * (self._earned[i] - values[marked])
        marked[:], self._earned[i] = False, 0.0


class HabitReference(Reference):
    """The engine that uses torch's autograd, for networks with a habit learner beside them.

    Parameters are those of `EngineProtocol`, and `rate` and `weight`, those of `HabitSettings`.
    """

    network: HabitActorCritic

    def __init__(
        self,
        weights: Weights,
        task: Task,
        n_sessions: int,
        feedback: Feedback = REWARD,
        *,
        rate: float,
        weight: float,
    ) -> None:
        check_coded(task)
        settings = HabitSettings(rate, weight)
        network = HabitActorCritic(weights, len(task.cues), feedback, settings)
        self._take_network(network, weights, task, n_sessions)

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play and differentiate the sessions; the habit learns in them. See `Reference`."""
        outcome = super().differentiate(rng, costs, callback)
        self.network.habit.copy_(torch.from_numpy(self.network.table.mean(axis=-1)))
        return outcome
