"""The compiled engine: plays sessions and computes the gradient that torch would, only faster.

It serves the paper's small networks on tasks with coded observations. `network.py` and
`actor_critic.py` say what it computes, in the same interface; a test holds it to them. Both work on
the same weights, so that optimiser, checkpoints and recordings are one. Torch is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  (numba's products call it: in time to limit threads)

from pfc_analysis.tasks.task import PLAY, StepLog, Task, memory_of
from pfc_analysis.training import kernels
from pfc_analysis.training.activity import Activity, Outcome, Watch, join_activity
from pfc_analysis.training.packing import PackedGradient, PackedWeights
from pfc_analysis.training.weights import Weights

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

    Attributes
    ----------
    gradients : dict
        Gradient of the last batch's loss, an array a weight.
    """

    def __init__(self, weights: Weights, task: Task, n_sessions: int) -> None:
        self.task, self.n_sessions = task, n_sessions
        self.gradients = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self._weights = PackedWeights(weights)
        self._blocks: dict[int, Block] = {}

    def differentiate(
        self,
        rng: np.random.Generator,
        discount: float,
        value_cost: float,
        entropy_cost: float,
        watch: Watch | None = None,
    ) -> Outcome:
        """Play a batch and leave the gradient of its loss in `gradients`.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws what `play_episode` draws, in the same order.
        discount, value_cost, entropy_cost : float
            gamma, beta_v and beta_e.
        watch : callable, optional
            Called with the `Activity` of one block of sessions after another, which is good until
            it returns.

        Returns
        -------
        Outcome
            What was played.
        """
        costs = np.array([discount, value_cost, entropy_cost], np.float32)
        gradient = PackedGradient(self._weights)
        trials = 0
        for block in self._play(rng, keep_records=watch is not None):
            block.differentiate(costs, gradient)
            trials += block.n_trials
            if watch is not None:
                watch(block.activity())
        *losses, steps, reward, invalid = gradient.sums.tolist()
        gradient.write(self.gradients, steps)
        policy_loss, value_loss, entropy = (loss / steps for loss in losses)
        loss = policy_loss + value_cost * value_loss - entropy_cost * entropy
        return Outcome(int(steps), trials, reward, invalid, loss, value_loss, entropy)

    def play(self, rng: np.random.Generator) -> Activity:
        """Play a batch with the weights as they are.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws what `play_episode` draws, in the same order.

        Returns
        -------
        Activity
            What was played, and what every unit did.
        """
        blocks = (block.activity() for block in self._play(rng, keep_records=True))
        return join_activity(blocks, self.task.max_steps, self.n_sessions)

    def _play(self, rng: np.random.Generator, keep_records: bool) -> Iterator[Block]:
        """Play block after block; each is good until the next one is asked for."""
        self._weights.read()
        uniforms = self.task.draw_uniforms(rng, self.n_sessions)
        draws = rng.random((self.task.max_steps, self.n_sessions), dtype=np.float32)
        for start in range(0, self.n_sessions, BLOCK):
            part = slice(start, min(start + BLOCK, self.n_sessions))
            size = part.stop - part.start
            if size not in self._blocks:
                self._blocks[size] = Block(self.task, self._weights, size)
            self._blocks[size].play(uniforms[:, part], draws[:, part], keep_records)
            yield self._blocks[size]


class Block:
    """Sessions played side by side on one thread, and the memory for it.

    Parameters
    ----------
    task : Task
        What is played.
    weights : PackedWeights
        Of the agent.
    n_sessions : int
        How many.

    Attributes
    ----------
    n_steps : int
        Steps of the longest session. All arrays are (time step, session, ...), and hold what was
        played up to this step (`kernels.play_block`).
    n_trials : int
        Trials played in all sessions.
    """

    def __init__(self, task: Task, weights: PackedWeights, n_sessions: int) -> None:
        self.task, self.weights = task, weights
        n_steps, n, n_actions = task.max_steps, weights.n_units, weights.n_actions

        def floats(steps: int, columns: int) -> Array:
            return kernels.aligned(steps * n_sessions, columns).reshape(steps, n_sessions, columns)

        self.n_steps = self.n_trials = 0
        self.joined = floats(n_steps + 1, weights.n_rows)
        self.joined[:, :, -1] = 1.0
        self.gates, self.cell = floats(n_steps, 4 * n), floats(n_steps + 1, n)
        self.outputs, self.policy = floats(n_steps, n_actions + 1), floats(n_steps, n_actions)
        self.observation = np.zeros((n_steps + 1, n_sessions), np.int64)
        self.cues = np.zeros((n_steps + 1, n_sessions, len(task.cues)))
        self.action = np.zeros((n_steps, n_sessions), np.int64)
        self.reward = np.zeros((n_steps, n_sessions))
        self.active = np.zeros((n_steps, n_sessions), np.bool_)
        self.before = np.zeros((0, n_sessions * task.session_type.itemsize), np.uint8)
        _compile_play_block()
        task.play_kernel.compile(PLAY)

    def play(self, uniforms: Array, draws: Array, keep_records: bool) -> None:
        """Play the sessions that begin now.

        Parameters
        ----------
        uniforms, draws : ndarray, shapes (max_steps + 1, session, ...) and (max_steps, session)
            Random numbers of the task, and of the choice of actions.
        keep_records : bool
            Keep the sessions' records before each step, which a recording needs.
        """
        n = self.weights.n_units
        sessions = self.task.begin(uniforms[0])
        self.joined[0, :, :n], self.cell[0] = self.weights.start
        self.joined[0, :, n:-1] = 0.0
        self.joined[0, :, n] = 1.0  # every task begins at its first observation
        if keep_records and not len(self.before):
            self.before = np.zeros((len(draws), self.before.shape[1]), np.uint8)
        self.n_steps = kernels.play_block(
            self.task.play_kernel,
            memory_of(sessions),
            np.ascontiguousarray(uniforms),
            np.ascontiguousarray(draws),
            self.weights.gates,
            self.weights.readout,
            self.joined,
            self.gates,
            self.cell,
            self.outputs,
            self.policy,
            self.observation,
            self.cues,
            self.action,
            self.reward,
            self.active,
            self.before if keep_records else self.before[:0],
        )
        self.n_trials = int(sessions["trial"].sum())

    def differentiate(self, costs: Array, gradient: PackedGradient) -> None:
        """Add the gradient of what was played; `costs` are gamma, beta_v and beta_e."""
        kernels.differentiate_block(
            self.n_steps,
            costs,
            self.weights.back,
            self.weights.readout_back,
            self.joined,
            self.gates,
            self.cell,
            self.outputs,
            self.policy,
            self.action,
            self.reward,
            self.active,
            gradient.gates,
            gradient.readout,
            gradient.start,
            gradient.sums,
        )

    def activity(self) -> Activity:
        """Return views of what was played with `keep_records`: good until it plays again."""
        steps, after = slice(self.n_steps), slice(1, self.n_steps + 1)
        log = StepLog(
            self.before[steps].view(self.task.session_type),
            self.observation[steps],
            self.action[steps],
            self.reward[steps],
            self.active[steps],
        )
        hidden = self.joined[after, :, : self.weights.n_units]
        return Activity(log, hidden, self.cell[after], self.outputs[steps, :, -1])


@cache
def _compile_play_block() -> None:
    """Compile, or load, for the one signature that there is."""
    kernels.play_block.compile(kernels.PLAY_BLOCK)
    kernels.play_block.disable_compile()
