"""Apply the rules of interventions that act on an episodic memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pfc_analysis.tasks.contract import Array
from pfc_analysis.training.engine.episodic.memory_block import MemoryBlock
from pfc_analysis.training.engine.episodic.memory_kernels import NOTHING
from pfc_analysis.training.interventions.intervention import Intervention

RECALL_STREAM = 4
"""First word of the random seeds of noise in what is looked up, and of random recall."""


class MemoryRules:
    """Changes what the next step of a block reinstates, and how strongly.

    Parameters
    ----------
    rules : sequence of Intervention
        All rules; those on other signals are not applied here.
    shape : tuple of int
        Largest number of time steps, and sessions in all blocks together.
    n_bits : int
        Number of cues that name the context.
    seed : int
        Seed of the replica.
    """

    def __init__(
        self, rules: Sequence[Intervention], shape: tuple[int, int], n_bits: int, seed: int
    ) -> None:
        self._numbers = {
            number: np.random.default_rng([RECALL_STREAM, rule.seed, seed]).random(
                (*shape, n_bits + 1), dtype=np.float32
            )
            for number, rule in enumerate(rules)
            if rule.target == "retrieval" and (rule.noise or rule.recall == "random")
        }
        self._late: Array = np.zeros(0, np.int64)

    def begin_step(self, block: MemoryBlock) -> None:
        """Undo what rules changed for the step before; reinstate what was delayed to this one."""
        block.reset_recall()
        if block.n_steps == 0:
            self._late = np.full(block.n_sessions, NOTHING)
        waiting = self._late != NOTHING
        block.episodes.chosen[waiting] = self._late[waiting]
        self._late[:] = NOTHING

    def apply(
        self,
        block: MemoryBlock,
        number: int,
        rule: Intervention,
        acts: Array,
        sessions: slice,
    ) -> None:
        """Apply a rule, by its number, to the next step of the sessions in which it acts.

        `sessions` are those of the block, among the sessions of all blocks.
        """
        episodes, rows = block.episodes, np.flatnonzero(acts)
        if rule.target == "reinstatement":
            episodes.gain[rows] *= np.float32(rule.gain)
            return
        numbers = None
        if number in self._numbers:
            numbers = self._numbers[number][block.n_steps, sessions][rows]
        chosen = self._look_up(block, rule, rows, numbers)
        if rule.recall == "random":
            assert numbers is not None
            chosen = self._draw_other(block, rule, rows, chosen, numbers[:, -1])
        if rule.recall == "delayed":
            self._late[rows], chosen = chosen, np.full(rows.size, NOTHING)
        episodes.chosen[rows] = chosen

    def _look_up(
        self, block: MemoryBlock, rule: Intervention, rows: Array, numbers: Array | None
    ) -> Array:
        """Return the nearest state, (row,), with noise in the context and among the latest only."""
        cues = block.played.cues[block.n_steps, rows]
        if rule.noise and numbers is not None:
            n_bits = numbers.shape[1] - 1
            context = cues[:, -n_bits:]
            flipped = (numbers[:, :-1] < rule.noise) & context.any(axis=1)[:, None]
            cues[:, -n_bits:] = np.where(flipped, 1.0 - context, context)
        return block.find_nearest(cues, rows, self._oldest(block, rule, rows))

    def _oldest(self, block: MemoryBlock, rule: Intervention, rows: Array) -> Array:
        """Return the number of the oldest state that is not forgotten, (row,)."""
        n_stored = block.episodes.n_stored[rows]
        capacity = block.task.n_trials if rule.capacity is None else rule.capacity
        return np.maximum(n_stored - capacity, 0)

    def _draw_other(
        self, block: MemoryBlock, rule: Intervention, rows: Array, nearest: Array, draw: Array
    ) -> Array:
        """Draw another state than the nearest in sessions that found one; none if it is alone."""
        first = self._oldest(block, rule, rows)
        n_others = block.episodes.n_stored[rows] - first - 1
        drawn = first + np.minimum((draw * n_others).astype(np.int64), n_others - 1)
        drawn += drawn >= nearest
        return np.where((nearest == NOTHING) | (n_others < 1), NOTHING, drawn)
