"""A network with an episodic memory, in torch (Ritter et al. 2018).

This is the reference: it is written like the equations.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.interface.memory_log import MemoryLog, count_cues, require_context
from pfc_analysis.training.networks.actor_critic import Reference
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.network import LSTMActorCritic, State
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import check_coded


class Stored(NamedTuple):
    """What the sessions stored at one time step.

    Attributes
    ----------
    time : int
        The time step.
    key, norm : Tensor of float64, shapes (session, bit) and (session,)
        The context shown, and its length.
    cell : Tensor, shape (session, unit)
        Cell state after the step.
    kept : Tensor of bool, shape (session,)
        Which sessions stored it.
    """

    time: int
    key: Tensor
    norm: Tensor
    cell: Tensor
    kept: Tensor


class EpisodicActorCritic(LSTMActorCritic):
    r"""An LSTM with a memory of its own cell states, which a fifth gate reinstates.

    .. math::
        (i, f, o, r, g) &= W [h_{t-1}, x_t] + b \\
        c_t &= \sigma(f) c_{t-1} + \sigma(i) \tanh(g) + \kappa \sigma(r) \tanh(m_t) \\
        h_t &= \sigma(o) \tanh(c_t)

    After the last step of a trial, the cell state is stored under the context that is shown. At
    every step that shows a context, :math:`m_t` is the cell state that was stored under the nearest
    context, by cosine similarity; of several, the latest. It is 0 without a context, or if nothing
    is stored. The memory is empty when a session begins. Gradients pass through stored states.

    Parameters
    ----------
    weights : dict
        Its weights (`weights.weight_shapes`).
    n_cues, n_context : int
        How many cues it reads, and how many of the cues shown, the last ones, name the context.
    feedback : Feedback
        What the network reads after each response.
    reinstatement : float
        :math:`\kappa`, by which the reinstatement gate is multiplied.
    """

    def __init__(
        self,
        weights: Weights,
        n_cues: int,
        n_context: int,
        feedback: Feedback = REWARD,
        reinstatement: float = 1.0,
    ) -> None:
        super().__init__(weights, n_cues, feedback)
        self.n_cues, self.n_context, self.reinstatement = n_cues, n_context, reinstatement
        self.begin(1)

    def begin(self, n_sessions: int) -> State:
        """Return the learned initial state, for `n_sessions` sessions, and empty the memory."""
        self.memory: list[Stored] = []
        self.log: list[dict[str, Tensor]] = []
        return super().begin(n_sessions)

    def step(
        self, observation: Tensor, cues: Tensor, action: Tensor | None, reward: Tensor, state: State
    ) -> State:
        """Advance by one step; see `LSTMActorCritic.step`. `cues` are all that the task shows."""
        inputs = self.encode(observation, cues[:, : self.n_cues], action, reward)
        retrieved, recalled = self.recall(cues[:, -self.n_context :].double(), state.cell)
        joined = torch.cat((state.hidden, inputs), dim=1)
        gates = torch.addmm(self.recurrent_bias, joined, self.recurrent_weight)
        opening, candidate = gates.split((4 * self.n_units, self.n_units), dim=1)
        write, keep, show, reinstate = opening.sigmoid().chunk(4, dim=1)
        reinstate = self.reinstatement * reinstate
        parts = keep * state.cell, write * candidate.tanh(), reinstate * recalled.tanh()
        sizes = torch.stack([part.detach().abs().sum(1) for part in parts])
        self.log.append(
            {
                "gate": reinstate.detach(),
                "share": sizes[2] / sizes.sum(0),
                "retrieved": retrieved,
                "stored": torch.zeros_like(retrieved, dtype=torch.bool),
            }
        )
        cell = sum(parts[1:], parts[0])
        return State(show * cell.tanh(), cell)

    def recall(self, context: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        """Return the time step at which the nearest context was stored, and the cell state then.

        Parameters
        ----------
        context : Tensor of float64, shape (session, bit)
            The context shown.
        like : Tensor, shape (session, unit)
            A cell state, whose type and shape are returned.
        """
        asked = context.any(1)
        nothing = torch.full((len(context),), -1), torch.zeros_like(like)
        if not self.memory:
            return nothing
        similarity = torch.stack(
            [
                torch.where(one.kept, (one.key * context).sum(1) / one.norm, -torch.inf)
                for one in self.memory
            ]
        )
        nearest = len(self.memory) - 1 - similarity.flip(0).argmax(0)  # of several, the latest
        found = asked & torch.isfinite(similarity).any(0)
        times = torch.tensor([one.time for one in self.memory])[nearest]
        cells = torch.stack([one.cell for one in self.memory])
        recalled = cells[nearest, torch.arange(len(context))]
        return torch.where(found, times, -1), torch.where(found[:, None], recalled, nothing[1])

    def remember(self, state: State, cues: Tensor, at_end: Tensor) -> State:
        """Store the cell state in the sessions that are at the last step of a trial."""
        key = cues[:, -self.n_context :].double()
        kept = at_end & key.any(1)
        if kept.any():
            now = len(self.log) - 1
            self.memory.append(Stored(now, key, key.square().sum(1).sqrt(), state.cell, kept))
            self.log[-1]["stored"] = kept
        return state


class EpisodicReference(Reference):
    """The engine that uses torch's autograd, for networks with an episodic memory.

    Parameters are those of `EngineProtocol` and `reinstatement`, that of `EpisodicActorCritic`.
    """

    network: EpisodicActorCritic

    def __init__(
        self,
        weights: Weights,
        task: Task,
        n_sessions: int,
        feedback: Feedback = REWARD,
        reinstatement: float = 1.0,
    ) -> None:
        check_coded(task)
        require_context(task)
        network = EpisodicActorCritic(weights, *count_cues(task), feedback, reinstatement)
        self._take_network(network, weights, task, n_sessions)

    def _memory_log(self) -> MemoryLog:
        """Return what was stored and reinstated in the sessions played last."""
        log: dict[str, Array] = {
            name: torch.stack([row[name] for row in self.network.log]).numpy()
            for name in self.network.log[0]
        }
        return MemoryLog(**log)
