"""Let a replica of an agent live through trials, and lay out what its network did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.recording.play_variables import Variables
from pfc_analysis.recording.replay.lived_trials import LivedTrials, line_up_steps
from pfc_analysis.recording.schema import plain_text
from pfc_analysis.recording.streaming.session_blocks import BLOCK_VALUES, ENGINE_BLOCK
from pfc_analysis.recording.unit_log import lay_out_units
from pfc_analysis.tasks.contract import Array, StepLog, Task
from pfc_analysis.training.engine.scripted_play import GivenSteps, ScriptedTask, play_given
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.replica import single_thread

IDENTITY = ("subject", "session", "trial_in_session")
"""Coordinates that say which trial it is."""

TABLE_DIMS = (("trial",), ("trial", "arm"))
"""Dimensions of the variables that are copied from the trials that were replayed."""


@dataclass(frozen=True)
class Replay:
    """What the replicas of an agent live through.

    Attributes
    ----------
    recipe : Recipe
        The recipe that the agent was trained with.
    task : Task
        The task whose names and settings the trials have.
    recording : xarray.Dataset
        The trials of somebody else.
    lived : LivedTrials
        Those that an agent can live through.
    units : bool
        Whether to record `hidden` and `cell`.
    """

    recipe: Recipe
    task: Task
    recording: xr.Dataset
    lived: LivedTrials
    units: bool

    @property
    def keeps_arms(self) -> bool:
        """Whether `arm` of the recording, if it has it, stands for the choices of the task."""
        n_arms = self.recording.sizes.get("arm", len(self.lived.script.choice_actions))
        return n_arms == len(self.lived.script.choice_actions)

    def blocks(self, name: str, weights: Weights) -> Iterator[Variables]:
        """Yield the variables of a replica's recording, block after block of whole sessions.

        Sessions of one subject are played side by side, as `pfc_analysis.record` plays those of a
        replica: the products of other numbers of sessions may be rounded differently.
        """
        subject = np.asarray(self.recording["subject"].values)[self.lived.rows]
        n_lstms = 2 if self.recipe.feedback().is_rpe else 1
        steps = np.bincount(self.lived.stretch) * len(self.task.steps)
        values = int(steps.max()) * self.recipe.network.units * n_lstms * ENGINE_BLOCK
        largest = max(1, BLOCK_VALUES // values) * ENGINE_BLOCK
        for part in self.lived.batches(subject, largest):
            with single_thread():
                yield self._play(part, weights) | self._trial_table(part, name)

    def _play(self, part: slice, weights: Weights) -> Variables:
        """Return what the network did in some trials."""
        given = line_up_steps(self.lived, part, len(self.task.cues))
        n_trials = int(self.lived.trial[part].max()) + 1
        task = ScriptedTask(self.task, n_trials, len(given.action)).as_task()
        feedback = self.recipe.feedback()
        gain = self.recipe.network.reinstatement_gain
        activity, log_policy = play_given(weights, task, given, feedback, self.units, gain)
        variables = lay_out_units(task, activity, feedback, self.units)
        probability = self._choice_probability(activity.log, log_policy, given)
        variables["choice_probability"] = ("trial", "arm"), probability, {}
        return variables

    def _choice_probability(self, log: StepLog, log_policy: Array, given: GivenSteps) -> Array:
        """Return the policy's probability of each choice, float64 (trial, arm)."""
        script, n_trials = self.lived.script, int(given.trial.max()) + 1
        by_trial = log.by_trial(log_policy, n_trials, len(script.steps), np.nan)
        begun = log.by_trial(log.active, n_trials, len(script.steps), False)[:, :, 0]
        own = by_trial[begun][:, script.choice_step, list(script.choice_actions)]
        return np.exp(own.astype(np.float64))

    def _trial_table(self, part: slice, name: str) -> Variables:
        """Return the trial table of some trials, and whose trials they are."""
        lived, rows = self.lived, self.lived.rows[part]
        table: Variables = {}
        for key in self._copied():
            array = self.recording[key].variable
            values = _plain(array.values)
            on_trial = array.dims[0] == "trial"
            table[key] = (
                tuple(map(str, array.dims)),
                values[rows] if on_trial else values,
                dict(array.attrs),
            )
        reward = lived.script.reward[part].sum(axis=1)
        own_units = {} if lived.reward_unit == 1.0 else {"units": "1"}
        attributes = dict(self.recording["reward"].attrs) | own_units
        table["reward"] = ("trial",), reward, attributes
        if "arm" not in table:
            arms = np.array([self.task.actions[k] for k in lived.script.choice_actions])
            table["arm"] = ("arm",), arms, {}
        for key in IDENTITY:
            whose = _plain(self.recording[key].values)[rows]
            table[f"replayed_{key}"] = ("trial",), whose, {}
        table["subject"] = ("trial",), np.full(rows.size, name), {}
        table["session"] = ("trial",), lived.stretch[part].astype(np.int32), {}
        table["trial_in_session"] = ("trial",), lived.trial[part].astype(np.int32), {}
        return table

    def _copied(self) -> list[str]:
        """Name the variables of the trial table."""
        made = {"reward", "choice_probability", *IDENTITY, *(f"replayed_{k}" for k in IDENTITY)}
        allowed = TABLE_DIMS if self.keeps_arms else TABLE_DIMS[:1]
        found = [
            str(name)
            for name, array in self.recording.variables.items()
            if array.dims in allowed and name not in made
        ]
        return found + (["arm"] if self.keeps_arms and "arm" in self.recording.coords else [])


def _plain(values: Array) -> Array:
    """Return texts in one width, the same in all blocks of a file; other values as they are."""
    return plain_text(values) if values.dtype.kind in "OT" else np.asarray(values)
