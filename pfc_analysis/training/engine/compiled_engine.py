"""The compiled engine: compute the same numbers as torch's autograd, but several times faster.

It plays tasks whose observations are codes, with networks of the paper's size. `network.py` and
`actor_critic.py` define what it computes; tests compare the two. Torch is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  (numba calls it: load it before threads are limited)

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.engine.kernels import LSTM
from pfc_analysis.training.engine.packing import PackedGradient, pack
from pfc_analysis.training.engine.play_kernels import WIDTH
from pfc_analysis.training.interface.activity import Activity, ActivityCallback
from pfc_analysis.training.interface.engine_protocol import EngineProtocol, StepHook
from pfc_analysis.training.interface.outcome import LossCosts, Outcome, make_outcome
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import check_coded

Array = np.ndarray[Any, Any]

BLOCK = WIDTH
"""Sessions that are played and differentiated side by side."""


class Engine(EngineProtocol):
    """The compiled engine. It reuses the same memory for every batch.

    Parameters are those of `EngineProtocol`.
    """

    def __init__(
        self, weights: Weights, task: Task, n_sessions: int, feedback: Feedback = REWARD
    ) -> None:
        check_coded(task)
        self.task, self.n_sessions, self.feedback = task, n_sessions, feedback
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._weights = pack(weights, feedback.is_rpe)
        self._blocks: dict[int, Block] = {}
        self._unitless: Block | None = None

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play and differentiate one block of sessions after another, by compiled code."""
        gradients = [PackedGradient(lstm) for lstm in self._weights]
        sums, trials = np.zeros(6), 0
        for block in self._play(rng, keep_records=callback is not None):
            block.differentiate(np.array(costs, np.float32), gradients, sums)
            trials += block.n_trials
            if callback is not None:
                callback(block.activity())
        *losses, steps, reward, n_negative = sums.tolist()
        for gradient in gradients:
            gradient.write(self.gradients, steps)
        policy_loss, value_loss, entropy = (loss / steps for loss in losses)
        loss = costs.total(policy_loss, value_loss, entropy)
        counts = int(steps), trials
        return make_outcome(self.task, counts, (reward, n_negative), (loss, value_loss, entropy))

    def play(
        self, rng: np.random.Generator, before_step: StepHook | None = None, units: bool = True
    ) -> Activity:
        """Play all sessions as one block, whose memory the result keeps. This engine applies hooks.

        All sessions advance together, so that a hook is called once a step. Without `units`, the
        result does not keep the memory of the LSTMs, and the next call uses it again.
        """
        block = self._make_block(units)
        uniforms, draws = self._draw(rng)
        block.begin(uniforms, draws, keep_records=True)
        if before_step is None:
            block.advance(len(draws))
            return block.activity(units)
        before_step(block)
        while block.advance(1):
            before_step(block)
        return block.activity(units)

    def _make_block(self, units: bool) -> Block:
        """Make a block of all sessions; without `units`, in the memory of the block before."""
        lstms = () if units or self._unitless is None else self._unitless.lstms
        block = self._open_block(self.n_sessions, False, lstms)
        self._unitless = self._unitless if units else block
        return block

    def _open_block(
        self, n_sessions: int, differentiable: bool = True, lstms: tuple[LSTM, ...] = ()
    ) -> Block:
        """Make a block of this network, in the memory of other LSTMs if given."""
        parts = self.task, self._weights, self.feedback, n_sessions, differentiable, lstms
        return Block(*parts)

    def _play(self, rng: np.random.Generator, keep_records: bool) -> Iterator[Block]:
        """Play block after block; the next block may overwrite the memory of this one."""
        uniforms, draws = self._draw(rng)
        for start in range(0, self.n_sessions, BLOCK):
            part = slice(start, min(start + BLOCK, self.n_sessions))
            size = part.stop - part.start
            if size not in self._blocks:
                self._blocks[size] = self._open_block(size)
            block = self._blocks[size]
            block.begin(uniforms[:, part], draws[:, part], keep_records)
            block.advance(len(draws))
            yield block

    def _draw(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Read the current weights; draw the random numbers of the task and of the actions."""
        for lstm in self._weights:
            lstm.read()
        uniforms = self.task.draw_uniforms(rng, self.n_sessions)
        return uniforms, rng.random((self.task.max_steps, self.n_sessions), dtype=np.float32)
