"""Let simulated learners play a task, to compare them with agents and animals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import xarray as xr

from pfc_analysis.given_types import checks_types
from pfc_analysis.recording.play_log import RECORDING_STREAM, lay_out_trials, list_software
from pfc_analysis.recording.titles import TITLE, title_of_learner
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.contract import Array, StepLog, Task, memory_of


class Learner(Protocol):
    """The interface of a learner for `simulate`; all arrays run over sessions.

    Learners are in `pfc_analysis.learners`, ideal observers in `pfc_analysis.analysis`.
    """

    def begin(self, n_sessions: int) -> Any:
        """Return the state before the first trial."""

    def choice_probability(self, state: Any) -> Array:
        """Return the probability of each choice, (session, choice)."""

    @property
    def learn(self) -> Callable[..., Any]:
        """Update the state in place, by ``learn(state, choice, reward)``.

        In the two-step task it is ``learn(state, choice, second_state, reward)``. Choice is 0 for
        left, 1 for right, and -1 in a session that is over.
        """


class StepPlayer(Protocol):
    """The interface of a player for `simulate` that answers every step of a trial.

    It suits tasks with several choices in a trial, such as `two_step_three_rewards`. All arrays
    run over sessions; observations and actions are codes of the task. A player with the method
    ``see_cues(state, cues)`` is told first, at every step, what the cues are: (session, cue).
    """

    def begin(self, n_sessions: int) -> Any:
        """Return the state before the first trial."""

    def action_probability(self, state: Any, observation: Array) -> Array:
        """Return the probability of each action, (session, action)."""

    def observe(self, state: Any, observation: Array, action: Array, reward: Array) -> None:
        """Learn from a step, in place; action is -1 in a session that was over."""


@checks_types
def simulate(
    learner: Learner | StepPlayer,
    task: Task,
    *,
    sessions: int,
    seed: int,
    subject: str,
    reward_scale: float = 1.0,
) -> xr.Dataset:
    """Let a learner play a task, with one choice per trial or step by step.

    Parameters
    ----------
    learner : Learner or StepPlayer
        A learner chooses left or right and learns from the outcome; it makes no invalid responses.
        Where the task shows two options on changing sides (`option_on_left`), it chooses and learns
        of options, 0 or 1. A player with the method `action_probability` answers every step.
    task : Task
        The task. For a learner, its trials have one choice between left and right, optionally after
        a fixation step and before a second state and a step that shows the outcome. In forced
        trials the learner takes the required side.
    sessions : int
        Number of sessions.
    seed : int
        Seed of the sessions and the choices.
    subject : str
        Name of the learner.
    reward_scale : float
        What rewards are divided by before the learner is told them. Fits divide rewards by the
        largest in size, so a learner with fitted parameters needs the scale of its fit, the
        attribute `reward_scale` of `pfc_analysis.fit`; without it, it would choose as if its
        inverse temperature were as many times larger. The recording has rewards in full.

    Returns
    -------
    xarray.Dataset
        A recording with one subject and no units.

    Raises
    ------
    ValueError
        If the trials of the task have other steps than the learner can answer, `sessions` is
        below 1, or `reward_scale` is not a finite number above 0.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(alpha=0.5, inverse_temperature=5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=10, seed=1, subject="planner")
    >>> recording.sizes["trial"]
    1000
    >>> print(f"{float(recording['reward'].mean()):.1f} rewards a trial")
    0.7 rewards a trial
    """
    by_step = hasattr(learner, "action_probability")
    if not by_step:
        _check_one_choice(task)
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")
    if not 0 < reward_scale < np.inf:
        raise ValueError(f"reward_scale = {reward_scale}: expected a finite number above 0.")
    rng = np.random.default_rng([RECORDING_STREAM, seed])
    played = _Sessions(task, task.draw_uniforms(rng, sessions))
    draws = rng.random((task.max_steps if by_step else task.n_trials, sessions))
    log = (_play_steps if by_step else _play)(learner, played, draws, reward_scale)
    recording = lay_out_trials(task, log, subject)
    recording.attrs = {
        TITLE: title_of_learner(subject, task.name, sessions),
        "kind": "simulated learner",
        "experiment": task.name,
        "learner": repr(learner),
        "task": repr(task),
        "seed": seed,
        "software": list_software(),
    }
    if task.questions:
        recording.attrs["questions"] = task.questions
    if reward_scale != 1:
        recording.attrs["reward_scale"] = float(reward_scale)
    return validate(recording, source=f"simulation of {subject}")


def _check_one_choice(task: Task) -> None:
    """Raise a ValueError unless a trial is (fixation,) one choice (, second state) (, outcome)."""
    free = [name for name in task.steps if name not in ("fixation", "second_state", "outcome")]
    order = ("fixation", *free, "second_state", "outcome")
    in_order = [name for name in order if name in task.steps]
    one_choice = len(free) == 1 and in_order == list(task.steps)
    if not one_choice or not {"left", "right"} <= set(task.actions):
        raise ValueError(
            f"task {task.name!r}: expected trials of one choice between 'left' and 'right', "
            f"optionally after 'fixation' and before 'second_state' and 'outcome'; found steps "
            f"{list(task.steps)} and actions {list(task.actions)}."
        )


def _play_steps(player: Any, played: _Sessions, draws: Array, reward_scale: float) -> StepLog:
    """Play all sessions to their end; the random `draws`, (time step, session), decide actions."""
    state = player.begin(played.done.size)
    last = len(played.task.actions) - 1
    for draw in draws:
        over, shown = played.done.copy(), played.shown.copy()
        if over.all():
            break
        if hasattr(player, "see_cues"):
            player.see_cues(state, played.cues)
        cumulative = np.cumsum(player.action_probability(state, shown), axis=1)
        action = np.minimum((draw[:, None] >= cumulative).sum(axis=1), last)
        reward = played.step(action)
        player.observe(state, shown, np.where(over, -1, action), reward / reward_scale)
    return played.log()


def _play(learner: Any, played: _Sessions, draws: Array, reward_scale: float) -> StepLog:
    """Play all sessions to their end; the random `draws`, (trial, session), decide choices."""
    task, done, sessions = played.task, played.done, played.sessions
    left, is_forced = task.actions.index("left"), "forced_side" in task.hidden_variables
    has_options = "option_on_left" in task.hidden_variables
    state = learner.begin(done.size)

    # Learners make no invalid responses, so all unfinished sessions are at the same step.
    for draw in draws:
        over = done.copy()
        if over.all():
            break
        if "fixation" in task.steps:
            played.step(task.actions.index("centre"))
        choice = (draw >= learner.choice_probability(state)[:, 0]).astype(np.int64)
        if is_forced:  # the required side; -1 in a free trial
            forced = sessions["forced_side"]
            choice = np.where(forced >= 0, forced, choice)
        side = choice
        if has_options:  # the choice is an option, which is now on one side, now on the other
            side = (choice != sessions["option_on_left"]).astype(np.int64)
        reward = played.step(side + left)
        seen = []
        if "second_state" in task.steps:
            seen = [sessions["second_state"].copy()]
            reward = played.step(left)  # any response is accepted there
        if "outcome" in task.steps:
            played.step(left)  # and there
        learner.learn(state, np.where(over, -1, choice), *seen, reward / reward_scale)
    return played.log()


class _Sessions:
    """Sessions of a task that are played side by side, and the log of their steps.

    Parameters
    ----------
    task : Task
        The task.
    uniforms : ndarray
        All random numbers of the sessions (`Task.draw_uniforms`).

    Attributes
    ----------
    sessions : structured ndarray, shape (session,)
        Their records.
    done : ndarray of bool, shape (session,)
        Which sessions are over.
    """

    def __init__(self, task: Task, uniforms: Array) -> None:
        n_steps, n_sessions = task.max_steps, uniforms.shape[1]
        self.task, self._uniforms, self._n_played = task, uniforms, 0
        self.sessions = np.asarray(task.begin(uniforms[0]))
        self.done = np.zeros(n_sessions, np.bool_)
        # Records are copied as bytes: numpy copies records field by field, 100 times slower.
        self._memory = memory_of(self.sessions)
        self._before = np.zeros((n_steps, self._memory.size), np.uint8)
        self._shown = np.zeros((n_steps + 1, n_sessions), np.int64)
        self._cues = np.zeros((n_sessions, len(task.cues)))
        self._action = np.zeros((n_steps, n_sessions), np.int64)
        self._reward = np.zeros((n_steps, n_sessions))
        self._active = np.zeros((n_steps, n_sessions), np.bool_)

    @property
    def shown(self) -> Array:
        """What each session shows now, codes, (session,)."""
        return self._shown[self._n_played]

    @property
    def cues(self) -> Array:
        """The graded inputs of each session now, (session, cue)."""
        return self._cues

    def step(self, action: Array | int) -> Array:
        """Play a step in every session that is not over, and return the rewards, (session,)."""
        t = self._n_played
        self._n_played += 1
        self._before[t], self._action[t] = self._memory, action
        np.logical_not(self.done, self._active[t])
        shown, reward = self._shown[t + 1], self._reward[t]
        shown[:] = self._shown[t]
        self.task.play_kernel(
            self._memory,
            self._action[t],
            self._uniforms[t + 1],
            shown,
            self._cues,
            reward,
            self.done,
        )
        return reward

    def log(self) -> StepLog:
        """Return the log of the steps played."""
        steps = slice(self._n_played)
        return StepLog(
            self._before[steps].view(self.task.session_type),
            self._shown[steps],
            self._action[steps],
            self._reward[steps],
            self._active[steps],
        )
