"""The compiled engine: plays sessions and computes the gradient that torch would, only faster.

It serves the paper's small networks on tasks with coded observations. `network.py` and
`actor_critic.py` say what it computes, in the same interface; a test holds it to them. Both work on
the same weights, so that optimiser, checkpoints and recordings are one. Torch is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  (numba's products call it: in time to limit threads)

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.engine.block import Block, Tamper
from pfc_analysis.training.engine.packing import PackedGradient, pack
from pfc_analysis.training.networks.conv_weights import check_coded
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.run.activity import Activity, Outcome, Watch, join_activity

Array = np.ndarray[Any, Any]

BLOCK = 64
"""Sessions played side by side: enough for fast products, few enough for these to need no copies
(OpenBLAS packs matrices from a million multiplications on) and for memory to stay at hand."""


class Engine:
    """Plays one batch of sessions after another in the same memory.

    Parameters
    ----------
    weights : dict
        Of the network; read whenever something is played.
    task : Task
        What is played.
    n_sessions : int
        Sessions of a batch.
    feedback : Feedback
        What the network reads of its last response.

    Attributes
    ----------
    gradients : dict
        Gradient of the last batch's loss, an array a weight.

    Raises
    ------
    ValueError
        If the task shows pictures.
    """

    def __init__(
        self, weights: Weights, task: Task, n_sessions: int, feedback: Feedback = REWARD
    ) -> None:
        check_coded(task, "compiled")
        self.task, self.n_sessions, self.feedback = task, n_sessions, feedback
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._weights = pack(weights, feedback.is_rpe)
        self._blocks: dict[int, Block] = {}

    def differentiate(
        self,
        rng: np.random.Generator,
        discount: float,
        value_cost: float,
        entropy_cost: float,
        watch: Watch | None = None,
        rpe_gain: float = 1.0,
    ) -> Outcome:
        """Play a batch and leave the gradient of its loss in `gradients`.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws what `play_episode` draws, in the same order.
        discount, value_cost, entropy_cost, rpe_gain : float
            gamma, beta_v, beta_e and kappa (`actor_critic.actor_critic_loss`).
        watch : callable, optional
            Called with the `Activity` of one block of sessions after another, which is good until
            it returns.

        Returns
        -------
        Outcome
            What was played.
        """
        costs = np.array([discount, value_cost, entropy_cost, rpe_gain], np.float32)
        gradients = [PackedGradient(lstm) for lstm in self._weights]
        sums, trials = np.zeros(6), 0
        for block in self._play(rng, keep_records=watch is not None):
            block.differentiate(costs, gradients, sums)
            trials += block.n_trials
            if watch is not None:
                watch(block.activity())
        *losses, steps, reward, invalid = sums.tolist()
        for gradient in gradients:
            gradient.write(self.gradients, steps)
        policy_loss, value_loss, entropy = (loss / steps for loss in losses)
        taught = rpe_gain * (policy_loss + value_cost * value_loss)
        loss = taught - entropy_cost * entropy
        invalid *= self.task.punishes_invalid
        return Outcome(int(steps), trials, reward, invalid, loss, value_loss, entropy)

    def play(self, rng: np.random.Generator, tamper: Tamper | None = None) -> Activity:
        """Play a batch with the weights as they are.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws what `play_episode` draws, in the same order.
        tamper : callable, optional
            Called with each `Block` before each of its steps: it may change what the network hears
            and does. One that changes nothing leaves every bit as it is.

        Returns
        -------
        Activity
            What was played, and what every unit did.
        """
        blocks = (block.activity() for block in self._play(rng, True, tamper))
        return join_activity(blocks, self.task.max_steps, self.n_sessions)

    def _play(
        self, rng: np.random.Generator, keep_records: bool, tamper: Tamper | None = None
    ) -> Iterator[Block]:
        """Play block after block; each is good until the next one is asked for."""
        for lstm in self._weights:
            lstm.read()
        uniforms = self.task.draw_uniforms(rng, self.n_sessions)
        draws = rng.random((self.task.max_steps, self.n_sessions), dtype=np.float32)
        for start in range(0, self.n_sessions, BLOCK):
            part = slice(start, min(start + BLOCK, self.n_sessions))
            size = part.stop - part.start
            if size not in self._blocks:
                self._blocks[size] = Block(self.task, self._weights, self.feedback, size)
            block = self._blocks[size]
            block.begin(uniforms[:, part], draws[:, part], keep_records)
            if tamper is None:
                block.advance(len(draws))
            else:
                tamper(block)
                while block.advance(1):
                    tamper(block)
            yield block
