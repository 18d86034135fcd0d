"""Let a network live through given trials: read given observations, actions and rewards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  (numba calls it: load it before threads are limited)

from pfc_analysis.tasks.contract import Array, Task
from pfc_analysis.training.engine import scripted_kernels as columns
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.engine.episodic.memory_block import MemoryBlock
from pfc_analysis.training.engine.packing import PackedLSTM, pack
from pfc_analysis.training.engine.scripted_kernels import FIRST_CUE, force_actions, read_step
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.vision.conv_weights import check_coded


@dataclass(frozen=True)
class GivenSteps:
    """Sessions of which every step is given; all arrays are (time step, session).

    Attributes
    ----------
    observation, action : ndarray of int64
        Codes of what is shown and done. A session begins with the observation of code 0.
    reward : ndarray of float64
        Reward of the step.
    cues : ndarray of float64, shape (time step, session, cue)
        Graded cues shown.
    trial, step : ndarray of int64
        Trial of the session, from 0, and index of the step in the trial.
    n_steps : ndarray of int64, shape (session,)
        Steps of each session; what follows them is not read.
    """

    observation: Array
    action: Array
    reward: Array
    cues: Array
    trial: Array
    step: Array
    n_steps: Array


class ScriptedTask:
    """Stands in for a task whose steps are given; of any number of trials.

    Parameters
    ----------
    task : Task
        The task that names observations, actions and steps.
    n_trials, max_steps : int
        Largest number of trials and of steps of a session.
    """

    session_type = np.dtype([(name, np.int64) for name in ("trial", "step", "n_trials")])
    play_kernel = staticmethod(read_step)

    def __init__(self, task: Task, n_trials: int, max_steps: int) -> None:
        check_coded(task)
        self.n_trials, self.max_steps = n_trials, max_steps
        self.observations, self.actions, self.cues = task.observations, task.actions, task.cues
        self.steps, self.events, self.seen_at = task.steps, task.events, task.seen_at
        self.context, self.context_is_input = task.context, task.context_is_input

    def begin(self, uniforms: Array) -> Array:
        """Start sessions, as `Task.begin`."""
        return np.zeros(len(uniforms), self.session_type).view(np.recarray)

    def as_task(self) -> Task:
        """Return itself, as what the engine and the layout of recordings take."""
        return cast("Task", self)


def play_given(
    weights: Weights,
    task: Task,
    given: GivenSteps,
    feedback: Feedback,
    units: bool = True,
    reinstatement: float | None = None,
) -> tuple[Activity, Array]:
    """Let a network live through given sessions, side by side.

    Parameters
    ----------
    weights : dict
        Weights of the network.
    task : Task
        A `ScriptedTask` (`ScriptedTask.as_task`).
    given : GivenSteps
        The sessions.
    feedback : Feedback
        What the network reads after each response.
    units : bool
        Whether `hidden` and `cell` are needed.
    reinstatement : float, optional
        For a network with an episodic memory: by what its reinstatement gate is multiplied.

    Returns
    -------
    activity : Activity
        As `Engine.play` returns it, bit for bit if the sessions are those that it played.
    log_policy : float32 ndarray, shape (time step, session, action)
        Natural logarithm of the policy's probability of each action.

    Raises
    ------
    ValueError
        If a session begins with another observation than that of code 0.
    """
    if given.observation[0].any():
        raise ValueError("observation: every session begins with the observation of code 0.")
    packed = pack(weights, feedback.is_rpe)
    for lstm in packed:
        lstm.read()
    n_sessions = given.n_steps.size
    block = _open_block(task, packed, feedback, n_sessions, reinstatement)
    block.begin(_write_numbers(given), given.action.astype(np.float32), keep_records=True)
    _show_first_cues(block, given)
    block.advance(len(given.action))
    return block.activity(units), block.played.outputs[: block.n_steps, :, :-1]


def _open_block(
    task: Task,
    packed: Sequence[PackedLSTM],
    feedback: Feedback,
    n_sessions: int,
    reinstatement: float | None,
) -> Block:
    """Make a block of a network with or without an episodic memory, whose actions are given."""
    parts = task, packed, feedback, n_sessions, False
    if reinstatement is None:
        return Block(*parts, sample=force_actions)
    return MemoryBlock(*parts, sample=force_actions, reinstatement=reinstatement)


def _write_numbers(given: GivenSteps) -> Array:
    """Write sessions as `read_step` reads them; row t + 1 belongs to step t."""
    n_times, n_sessions, n_cues = given.cues.shape
    numbers = np.zeros((n_times + 1, n_sessions, FIRST_CUE + n_cues))
    numbers[1:, :, columns.REWARD] = given.reward
    numbers[1:, :, columns.DONE] = np.arange(n_times)[:, None] == given.n_steps - 1
    following: tuple[tuple[Any, Array], ...] = (
        (columns.OBSERVATION, given.observation),
        (columns.TRIAL, given.trial),
        (columns.STEP, given.step),
        (slice(FIRST_CUE, None), given.cues),
    )
    for column, values in following:
        numbers[1:-1, :, column] = values[1:]
    return numbers


def _show_first_cues(block: Block, given: GivenSteps) -> None:
    """Show the cues of the first step, which are 0 where a task begins but not in later trials."""
    block.played.cues[0] = given.cues[0]
    n_actions = block.played.policy.shape[2]
    for lstm in block.lstms:
        first_action = lstm.joined.shape[2] - 2 - n_actions
        read = given.cues[0, :, : block.n_read]
        lstm.joined[0, :, first_action - block.n_read : first_action] = read
