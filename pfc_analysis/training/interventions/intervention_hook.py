"""Apply the rules of interventions to a block of sessions, between its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.engine.episodic.memory_block import MemoryBlock
from pfc_analysis.training.engine.habit.habit_block import HabitBlock
from pfc_analysis.training.engine.play_kernels import GAIN, ON_RPE, ON_VALUE, SHIFT
from pfc_analysis.training.interventions.current_trial import CurrentTrial
from pfc_analysis.training.interventions.intervention import (
    ARRIVING,
    ON_MEMORY,
    ON_POLICY,
    Intervention,
    check_interventions,
)
from pfc_analysis.training.interventions.memory_rules import MemoryRules
from pfc_analysis.training.networks.feedback import Feedback

INTERVENTION_STREAM = 3
"""First word of the random seeds of interventions; weights and sessions use other words."""

ON_EFFECTS = {"value": ON_VALUE, "rpe": ON_RPE}


class InterventionHook:
    """Changes signals of a network by rules; the engine calls it before each step.

    Parameters
    ----------
    rules : sequence of Intervention
        The rules, applied in this order.
    task : Task
        The task that is played.
    feedback : Feedback
        What the network reads after each response.
    n_sessions : int
        Number of sessions in all blocks together.
    seed : int
        Seed of the replica.
    memory : bool
        Whether the network has an episodic memory.
    plastic : bool
        Whether weights change while sessions are played, taught by prediction errors.
    habit : bool
        Whether a habit learner stands beside the network.

    Attributes
    ----------
    acted : bool ndarray, shape (time step, session)
        Steps at which a rule acted. Rules on prediction errors and rewards act on the event that
        follows a step.

    Raises
    ------
    InterventionError
        If a rule does not fit the task or the network.
    """

    def __init__(
        self,
        rules: Sequence[Intervention],
        task: Task,
        feedback: Feedback,
        n_sessions: int,
        seed: int,
        memory: bool = False,
        plastic: bool = False,
        habit: bool = False,
    ) -> None:
        check_interventions(rules, task, feedback.is_rpe, memory, plastic, habit)
        self.rules, self.task, self.feedback = rules, task, feedback
        self.acted = np.zeros((task.max_steps, n_sessions), np.bool_)
        self._drawn = [_draw(rule, seed, self.acted.shape) for rule in rules]
        self._on_memory = None
        if memory:
            self._on_memory = MemoryRules(rules, self.acted.shape, len(task.context), seed)
        self._first, self._next = 0, 0
        self._scaled: list[tuple[int, bytes]] = []

    def __call__(self, block: Block) -> None:
        """Apply the rules to the next step of a block."""
        if block.n_steps == 0:
            self._first, self._next = self._next, self._next + block.n_sessions
            self._scaled = []
        block.effects[:, GAIN], block.effects[:, SHIFT] = 1.0, 0.0
        if isinstance(block, HabitBlock):
            block.gains[:] = 1.0
        if self._on_memory:
            self._on_memory.begin_step(cast("MemoryBlock", block))
        scaling: list[tuple[int, Array]] = []
        trials: dict[bool, CurrentTrial] = {}
        for number, (rule, drawn) in enumerate(zip(self.rules, self._drawn, strict=True)):
            arriving = rule.target in ARRIVING
            if arriving and block.n_steps == 0:
                continue
            if arriving not in trials:
                trials[arriving] = CurrentTrial(self.task, block, past=arriving)
            acts = self._find_sessions(rule, trials[arriving], drawn)
            if acts is None:
                continue
            if rule.target == "hidden":
                scaling.append((number, acts))
            elif self._on_memory and rule.target in ON_MEMORY:
                sessions = slice(self._first, self._next)
                self._on_memory.apply(cast("MemoryBlock", block), number, rule, acts, sessions)
            elif rule.target in ON_POLICY:
                gains = cast("HabitBlock", block).gains[ON_POLICY.index(rule.target)]
                gains[acts] *= np.float32(rule.gain)
            else:
                self._change(block, rule, acts)
        self._scale_units(block, scaling)

    def _find_sessions(self, rule: Intervention, trial: CurrentTrial, drawn: Array) -> Array | None:
        """Return the sessions in which a rule acts now, bool (session,); None if it is not due."""
        acts = trial.is_at(rule.at)
        if not acts.any():
            return None
        sessions = slice(self._first, self._next)
        if rule.when:
            acts &= trial.holds(rule.when)
        acts &= drawn[trial.time, sessions]
        self.acted[trial.time, sessions] |= acts
        return acts

    def _change(self, block: Block, rule: Intervention, acts: Array) -> None:
        """Change the value, error or reward of a rule in the sessions in which it acts."""
        gain = np.where(acts, rule.gain, 1.0).astype(np.float32)
        shift = np.where(acts, rule.shift, 0.0).astype(np.float32)
        if rule.target in ON_EFFECTS:
            effect = block.effects[ON_EFFECTS[rule.target]]
            effect[GAIN] *= gain
            effect[SHIFT] = effect[SHIFT] * gain + shift
        else:
            # The LSTM that computes the value is the last one, or the only one.
            read = block.lstms[-1].joined[block.n_steps, :, -2]
            read[:] = read * gain + np.float32(self.feedback.scale) * shift

    def _scale_units(self, block: Block, scaling: Sequence[tuple[int, Array]]) -> None:
        """Scale the outputs of units by rules, given by number, in the sessions where they act."""
        now = [(number, acts.tobytes()) for number, acts in scaling]
        if now == self._scaled:  # the block keeps the gains of the step before
            return
        self._scaled = now
        if not scaling:
            block.scale_units([lstm.unit_gain[:0] for lstm in block.lstms])
            return
        gains = [np.ones(lstm.cell.shape[1:], np.float32) for lstm in block.lstms]
        for number, acts in scaling:
            rule = self.rules[number]
            for gain, name in zip(gains, ("policy", "value"), strict=False):
                if rule.lstm in ("both", name):
                    gain[np.ix_(acts, pick_units(rule, gain.shape[1]))] *= np.float32(rule.gain)
        block.scale_units(gains)


def _draw(rule: Intervention, seed: int, shape: tuple[int, ...]) -> Array:
    """Draw at which steps a rule may act, bool (time step, session)."""
    numbers = np.random.default_rng([INTERVENTION_STREAM, rule.seed, seed])
    return np.asarray(numbers.random(shape) < rule.probability)


def pick_units(rule: Intervention, n_units: int) -> Array:
    """Return the indices of the units of an LSTM that a rule applies to."""
    order = np.random.default_rng([INTERVENTION_STREAM, rule.seed]).permutation(n_units)
    return order[: round(rule.share * n_units)]
