"""Find which trials of a recording an agent can live through, and what happens in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from pfc_analysis.recording.replay.given_recording import find_stretches, read_given
from pfc_analysis.tasks.contract import MISSING, Array, GivenTrials, Script, ScriptError, Task
from pfc_analysis.training.engine.scripted_play import GivenSteps


@dataclass(frozen=True)
class LivedTrials:
    """Trials that an agent lives through; arrays are on the trials that are kept, in order.

    Attributes
    ----------
    script : Script
        What they hold, step by step. A step that was not reached has observation -1.
    rows : int64 ndarray, shape (trial,)
        Their places in the recording.
    stretch : int64 ndarray, shape (trial,)
        Stretch between two resets of the agent's state, from 0.
    trial : int64 ndarray, shape (trial,)
        Trial of the stretch, from 0.
    left_out : dict of str to int
        How many trials were left out, by reason.
    reward_unit : float
        What rewards were divided by.
    notes : tuple of str
        Sentences on what was assumed.
    """

    script: Script
    rows: Array
    stretch: Array
    trial: Array
    left_out: dict[str, int]
    reward_unit: float
    notes: tuple[str, ...]

    def batches(self, subject: Array, largest: int) -> Iterator[slice]:
        """Yield trials that are played side by side: stretches of one subject, (trial,).

        `largest` stretches at most are played side by side.
        """
        first = np.flatnonzero(np.diff(self.stretch, prepend=-1))
        own, start = subject[first], 0
        ends = np.append(first[1:], self.stretch.size)
        for k in range(len(first)):
            last = k + 1 == len(first) or own[k + 1] != own[k]
            if last or k + 1 - start == largest:
                yield slice(int(first[start]), int(ends[k]))
                start = k + 1


def read_lived(recording: xr.Dataset, task: Task, resets: str, source: str) -> LivedTrials:
    """Read the trials of a recording that an agent can live through.

    Parameters
    ----------
    recording : xarray.Dataset
        A valid recording, of animals or agents. If it has `observation` and `action` by step, as
        those of agents have, these are taken as they are, and invalid trials are lived through.
    task : Task
        The task.
    resets, source : str
        As in `find_stretches`.

    Raises
    ------
    ScriptError
        If the task has no script, the recording lacks a variable or contradicts itself, or no trial
        is left.
    """
    stretch = find_stretches(recording, resets, source)
    given = read_given(recording, stretch, source)
    script = task.script(given)
    _check_script(script, task, given.kept)
    kept, notes = given.kept, tuple(given.notes)
    if {"observation", "action"} <= set(recording.data_vars):
        log = _read_steps(recording, task, source)
        _check_agreement(script, log, kept, source)
        script, kept, notes = _follow_steps(script, log, given), log[0][:, 0] >= 0, ()
    counts = {reason: int((marked & ~kept).sum()) for reason, marked in given.left_out.items()}
    left_out = {reason: count for reason, count in counts.items() if count}
    if not kept.any():
        raise ScriptError(
            f"{source}: none of {kept.size} trials can be lived through by an agent "
            f"({', '.join(f'{reason}: {count}' for reason, count in left_out.items())})."
        )
    rows = np.flatnonzero(kept)
    _, lived = np.unique(stretch[rows], return_inverse=True)
    first = np.flatnonzero(np.diff(lived, prepend=-1))
    trial = np.arange(rows.size) - first[lived]
    script = _select(script, rows)
    return LivedTrials(script, rows, lived, trial, left_out, given.reward_unit, notes)


def _check_script(script: Script, task: Task, kept: Array) -> None:
    """Raise unless the script has the steps and codes of the task: the engine trusts them."""
    if script.steps != tuple(task.steps):
        raise ScriptError(
            f"task {task.name!r}: script: found the steps {list(script.steps)}, expected "
            f"{list(task.steps)}, in this order."
        )
    chosen = np.array([script.choice_actions])
    for what, values, names in (
        ("observation", script.observation[kept], task.observations),
        ("action", script.action[kept], task.actions),
        ("actions", chosen, task.actions),
    ):
        wrong = (values < 0) | (values >= len(names))
        if wrong.any():
            raise ScriptError(
                f"task {task.name!r}: script: {what}: found the code {values[wrong][0]}, expected "
                f"0 to {len(names) - 1} ({', '.join(names)})."
            )


def _read_steps(recording: xr.Dataset, task: Task, source: str) -> tuple[Array, Array]:
    """Return `observation` and `action` by step, if they are those of the task."""
    for name, labels in (("observation", task.observations), ("action", task.actions)):
        own = [str(one) for one in np.atleast_1d(recording[name].attrs.get("labels", []))]
        steps = [str(one) for one in recording["step"].values] if "step" in recording else []
        if own != list(labels) or steps != list(task.steps):
            raise ScriptError(
                f"{source}: {name}: found the labels {own} at the steps {steps}, expected "
                f"{list(labels)} at {list(task.steps)}, those of the task {task.name!r}. To replay "
                "from the trial table alone: recording.drop_vars(['observation', 'action'])."
            )
    observation, action = (recording[name].values for name in ("observation", "action"))
    return observation.astype(np.int64), action.astype(np.int64)


def _check_agreement(script: Script, log: tuple[Array, Array], kept: Array, source: str) -> None:
    """Raise unless the steps of valid trials show what the trial table says."""
    wrong = kept & (
        (script.observation != log[0]).any(axis=1)
        | (script.action != log[1])[:, script.choice_step]
    )
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ScriptError(
            f"{source}: observation, action: trial {at} shows {log[0][at].tolist()} and does "
            f"{log[1][at].tolist()}, but its trial table says {script.observation[at].tolist()} "
            f"and {script.action[at].tolist()} ({int(wrong.sum())} such trial(s)). Was the table "
            "changed? To replay from it alone: recording.drop_vars(['observation', 'action'])."
        )


def _follow_steps(script: Script, log: tuple[Array, Array], given: GivenTrials) -> Script:
    """Return the script with the steps as they were recorded, invalid responses included."""
    observation, action = log
    reached = observation >= 0
    reward = np.where(reached, script.reward, 0.0)
    broken = np.flatnonzero(~given.kept & reached[:, 0])
    last = reached[broken].sum(axis=1) - 1
    reward[broken, last] = 0.0
    # What the steps before the invalid response did not pay was paid at that response.
    paid = given.number("reward")[broken] / given.reward_unit
    reward[broken, last] = paid - reward[broken].sum(axis=1)
    return replace(script, observation=observation, action=action, reward=reward)


def _select(script: Script, rows: Array) -> Script:
    names = ("observation", "action", "reward", *(() if script.cues is None else ("cues",)))
    return replace(script, **{name: getattr(script, name)[rows] for name in names})


def line_up_steps(lived: LivedTrials, part: slice, n_cues: int) -> GivenSteps:
    """Lay out trials as sessions side by side, one for each stretch.

    Parameters
    ----------
    lived : LivedTrials
        The trials.
    part : slice
        Those of whole stretches that are played side by side.
    n_cues : int
        Number of graded cues of the task.
    """
    script = lived.script
    reached = script.observation[part] != MISSING
    row, step = np.nonzero(reached)
    session = (lived.stretch[part] - lived.stretch[part.start])[row]
    n_steps = np.bincount(session)
    time = np.arange(session.size) - np.append(0, np.cumsum(n_steps)[:-1])[session]

    def place(values: Array) -> Array:
        laid = np.zeros((n_steps.max(), n_steps.size, *values.shape[1:]), values.dtype)
        laid[time, session] = values
        return laid

    cues = np.zeros((row.size, n_cues))
    if script.cues is not None:
        cues = script.cues[part][row, step]
    return GivenSteps(
        observation=place(script.observation[part][row, step]),
        action=place(script.action[part][row, step]),
        reward=place(script.reward[part][row, step]),
        cues=place(cues),
        trial=place(lived.trial[part][row]),
        step=place(step.astype(np.int64)),
        n_steps=n_steps,
    )
