"""Apply rules of intervention while a block of sessions is played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract import Array, StepLog, Task
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.engine.play_kernels import GAIN, ON_RPE, ON_VALUE, SHIFT
from pfc_analysis.training.interventions.intervention import (
    ARRIVING,
    Intervention,
    InterventionError,
    check_interventions,
)
from pfc_analysis.training.networks.feedback import Feedback

INTERVENTION_STREAM = 3
"""First word of the random seeds of interventions; weights and sessions use others."""

ON_EFFECTS = {"value": ON_VALUE, "rpe": ON_RPE}


class Tampering:
    """Changes what a network hears and does by rules; an engine calls it before each step.

    Parameters
    ----------
    rules : sequence of Intervention
        Applied in this order.
    task : Task
        What is played.
    feedback : Feedback
        What the network reads of its last response.
    n_sessions : int
        Sessions of all blocks together.
    seed : int
        Of the replica.

    Attributes
    ----------
    acted : bool ndarray, shape (time step, session)
        Steps of the trial that a rule acted on: the step that the event follows, for those on
        prediction errors and rewards.

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
    ) -> None:
        check_interventions(rules, task, feedback.is_rpe)
        self.rules, self.task, self.feedback = rules, task, feedback
        self.acted = np.zeros((task.max_steps, n_sessions), np.bool_)
        self._draws = [
            np.random.default_rng([INTERVENTION_STREAM, rule.seed, seed]).random(self.acted.shape)
            for rule in rules
        ]
        self._first, self._next = 0, 0

    def __call__(self, block: Block) -> None:
        """Set the effects of the step that comes next."""
        if block.n_steps == 0:
            self._first, self._next = self._next, self._next + block.n_sessions
        block.effects[:, GAIN], block.effects[:, SHIFT] = 1.0, 0.0
        kept = [np.ones(lstm.cell.shape[1:], np.float32) for lstm in block.lstms]
        trials: dict[bool, CurrentTrial] = {}
        for rule, draws in zip(self.rules, self._draws, strict=True):
            arriving = rule.target in ARRIVING
            if arriving and block.n_steps == 0:
                continue
            if arriving not in trials:
                trials[arriving] = CurrentTrial(self.task, block, past=arriving)
            trial = trials[arriving]
            hit = trial.is_at(rule.at)
            if not hit.any():
                continue
            hit &= trial.holds(rule.when)
            hit &= draws[trial.time, self._first : self._next] < rule.probability
            self.acted[trial.time, self._first : self._next] |= hit
            self._change(block, rule, hit, kept)
        if any(rule.target == "hidden" for rule in self.rules):
            block.keep_units(kept)

    def _change(self, block: Block, rule: Intervention, hit: Array, kept: list[Array]) -> None:
        gain = np.where(hit, rule.gain, 1.0).astype(np.float32)
        shift = np.where(hit, rule.shift, 0.0).astype(np.float32)
        if rule.target in ON_EFFECTS:
            effect = block.effects[ON_EFFECTS[rule.target]]
            effect[GAIN] *= gain
            effect[SHIFT] = effect[SHIFT] * gain + shift
        elif rule.target == "reward":
            # The LSTM that estimates value is the last one, or the only one.
            read = block.lstms[-1].joined[block.n_steps, :, -2]
            read[:] = read * gain + np.float32(self.feedback.scale) * shift
        else:
            for share, name in zip(kept, ("policy", "value"), strict=False):
                if rule.lstm in ("both", name):
                    share[:, pick_units(rule, share.shape[1])] *= gain[:, None]


def pick_units(rule: Intervention, n_units: int) -> Array:
    """Return the indices of the units of an LSTM that a rule applies to."""
    order = np.random.default_rng([INTERVENTION_STREAM, rule.seed]).permutation(n_units)
    return order[: round(rule.share * n_units)]


class CurrentTrial:
    """The trial that each session of a block is in, as far as it has come.

    Parameters
    ----------
    task : Task
        What is played.
    block : Block
        Who plays.
    past : bool
        Look at the step just played, whose event arrives now; otherwise at the one that comes.

    Attributes
    ----------
    time : int
        Index of that step.
    """

    def __init__(self, task: Task, block: Block, past: bool) -> None:
        self.task, now = task, block.n_steps
        self._moments = task.events if past else task.steps
        self.time = now - 1 if past else now
        # Two trials back is as far as any trial's table looks.
        first = max(self.time + 1 - 2 * len(task.steps), 0)
        played = block.played
        before = played.before[first:now].view(task.session_type)
        steps = slice(first, now)
        log = StepLog(
            before,
            played.observation[steps],
            played.action[steps],
            played.reward[steps],
            played.active[steps],
        )
        self._log = log if past else _look_ahead(log, block)
        self._record = self._log.before[-1]
        self._active = self._log.active[-1]

    def is_at(self, moments: Sequence[str]) -> Array:
        """Sessions whose step is one of these: by the events that follow, if it is in the past."""
        wanted = np.array([moment in moments for moment in self._moments])
        step = self._record["step"]
        return self._active & (step >= 0) & wanted[step]

    def holds(self, condition: Mapping[str, Any]) -> Array:
        """Sessions whose trial fulfils a condition (`Intervention.when`)."""
        fulfilled = np.ones(len(self._record), np.bool_)
        for name, wanted in condition.items():
            values, labels = self._read(name)
            fulfilled &= _matches(values, wanted, labels, name)
        return fulfilled

    def _read(self, name: str) -> tuple[Array, list[str]]:
        """Values of a trial variable, (session,), and its labels."""
        trial = self._record["trial"]
        if name == "trial_in_session":
            return trial, []
        if name not in self._table:
            raise InterventionError(
                f"when: no trial variable {name!r} in the task {self.task.name}; expected one of "
                f"{sorted([*self._table, 'trial_in_session'])}."
            )
        values, labels = self._table[name]
        return values[np.arange(len(trial)), np.minimum(trial, values.shape[1] - 1)], labels

    @cached_property
    def _table(self) -> dict[str, tuple[Array, list[str]]]:
        table = self.task.trial_table(self._log)
        return {
            name: (values, attributes.get("labels", []))
            for name, (dims, values, attributes) in table.items()
            if dims == ("trial",)
        }


def _look_ahead(log: StepLog, block: Block) -> StepLog:
    """Add the step that comes next: what is shown is known, what is done is not."""
    now = block.n_steps
    nobody = np.full((1, block.n_sessions), -1)
    return StepLog(
        np.concatenate((log.before, np.asarray(block.sessions)[None])),
        np.concatenate((log.observation, block.played.observation[now : now + 1])),
        np.concatenate((log.action, nobody)),
        np.concatenate((log.reward, np.zeros((1, block.n_sessions)))),
        np.concatenate((log.active, ~block.played.done[None])),
    )


def _matches(values: Array, wanted: Any, labels: list[str], name: str) -> Array:
    if isinstance(wanted, Mapping):
        unknown = set(wanted) - {"least", "most"}
        if unknown or not wanted:
            raise InterventionError(
                f"when: {name} = {dict(wanted)!r}: expected 'least', 'most' or both."
            )
        return np.asarray(
            (values >= wanted.get("least", -np.inf)) & (values <= wanted.get("most", np.inf))
        )
    options = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    matched = np.zeros(len(values), np.bool_)
    for option in options:
        matched |= values == _decode(option, labels, name)
    return matched


def _decode(option: Any, labels: list[str], name: str) -> float:
    if isinstance(option, str):
        if option not in labels:
            raise InterventionError(
                f"when: {name} = {option!r}: expected a number"
                + (f", or one of {labels}." if labels else ".")
            )
        return float(labels.index(option))
    if not isinstance(option, (bool, int, float)):
        raise InterventionError(f"when: {name} = {option!r}: expected a number or a label.")
    return float(option)
