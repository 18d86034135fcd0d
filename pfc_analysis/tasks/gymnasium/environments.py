"""Tasks as gymnasium environments: one session at a time, or many side by side."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract import Array, SessionBatch, Task

Observation = Any
"""A code, or an array of codes. In tasks with cues: a dictionary of codes and cues. In tasks with
pictures: a picture, or an array of pictures."""


def make_observation_space(task: Task) -> spaces.Space[Any]:
    """Return the observation space of one session of a task."""
    if task.view_shape is not None:
        return spaces.Box(0, 255, task.view_shape, np.uint8)
    codes = spaces.Discrete(len(task.observations))
    if not task.cues:
        return codes
    cues = spaces.Box(0.0, 1.0, (len(task.cues),), np.float64)
    return spaces.Dict({"observation": codes, "cues": cues})


def join_cues(observation: Any, cues: Array) -> Observation:
    """Return copies of codes and cues as an observation."""
    if cues.shape[-1] == 0:
        return observation.copy()
    return {"observation": observation.copy(), "cues": cues.copy()}


class TaskEnv(gymnasium.Env[Observation, np.int64]):
    """One session of a task at a time.

    Parameters
    ----------
    task : str
        Name of the task.
    **settings
        Settings of the task.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    def __init__(self, task: str, render_mode: None = None, **settings: Any) -> None:
        self.task = find_task(task)(**settings)
        self.render_mode = render_mode
        self.observation_space = make_observation_space(self.task)
        self.action_space = spaces.Discrete(len(self.task.actions))
        self._batch: SessionBatch | None = None
        self._view = self.task.open_view(1) if self.task.view_shape else None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start a session; `seed` decides all random numbers of the task."""
        super().reset(seed=seed)
        self._batch = SessionBatch(self.task, self.task.draw_uniforms(self.np_random, 1))
        return self._observe(), self._hidden_variables()

    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Play one step; `info` holds the session's hidden variables."""
        batch = self._batch
        if batch is None or batch.done[0]:
            raise gymnasium.error.ResetNeeded("The session is over: call reset() first.")
        if not self.action_space.contains(action):
            raise gymnasium.error.InvalidAction(
                f"action {action!r}: expected one of {dict(enumerate(self.task.actions))}"
            )
        batch.step(np.array([action], np.int64))
        return (
            self._observe(),
            float(batch.reward[0]),
            bool(batch.done[0]),
            False,
            self._hidden_variables(),
        )

    def _observe(self) -> Observation:
        assert self._batch is not None
        if self._view is not None:
            return self._view.render(self._batch.sessions)[0]
        return join_cues(self._batch.observation[0], self._batch.cues[0])

    def _hidden_variables(self) -> dict[str, Any]:
        assert self._batch is not None
        return {name: self._batch.sessions[name][0].item() for name in self.task.hidden_variables}


class TaskVectorEnv(VectorEnv[Observation, Array, Array]):
    """Many sessions of a task side by side, in compiled code.

    With seed s, environment i plays the same session as `TaskEnv` with seed s + i. When a session
    is over, the next step ignores its action and starts a new session.

    Parameters
    ----------
    task : str
        Name of the task.
    num_envs : int
        Number of sessions.
    **settings
        Settings of the task.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "render_modes": [],
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(self, task: str, num_envs: int = 1, **settings: Any) -> None:
        self.task = find_task(task)(**settings)
        self.num_envs = num_envs
        self.single_observation_space = make_observation_space(self.task)
        self.single_action_space = spaces.Discrete(len(self.task.actions))
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        shape = (self.task.max_steps + 1, num_envs, self.task.uniforms_per_step)
        self._uniforms = np.zeros(shape)
        self._played = np.zeros(num_envs, np.int64)
        self._sessions = self.task.begin(self._uniforms[0])
        self._observation = np.zeros(num_envs, np.int64)
        self._cues = np.zeros((num_envs, len(self.task.cues)))
        self._reward = np.zeros(num_envs)
        self._done = np.ones(num_envs, np.bool_)
        self._generators: list[np.random.Generator] = []
        self._view = self.task.open_view(num_envs) if self.task.view_shape else None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start all sessions anew; `seed` decides all random numbers of the task."""
        if seed is not None or not self._generators:
            super().reset(seed=seed)
            seeds = [None if seed is None else seed + i for i in range(self.num_envs)]
            self._generators = [seeding.np_random(each)[0] for each in seeds]
        self._begin(np.ones(self.num_envs, np.bool_))
        return self._observe(), self._hidden_variables()

    def step(self, actions: Array) -> tuple[Observation, Array, Array, Array, dict[str, Any]]:
        """Play one step of each session; start a new session in place of each that was over."""
        if not self._generators:
            raise gymnasium.error.ResetNeeded("No session has begun: call reset() first.")
        actions = np.asarray(actions, np.int64)
        if not self.action_space.contains(actions):
            raise gymnasium.error.InvalidAction(
                f"actions {actions!r}: expected {self.num_envs} of "
                f"{dict(enumerate(self.task.actions))}"
            )
        over = self._done.copy()
        self._played += 1
        # A finished session may have used all its random numbers; its row is clipped, and unused.
        rows = np.minimum(self._played, self.task.max_steps)
        uniforms = self._uniforms[rows, np.arange(self.num_envs)]
        self.task.play(
            self._sessions,
            actions,
            uniforms,
            self._observation,
            self._cues,
            self._reward,
            self._done,
        )
        self._begin(over)
        truncated = np.zeros(self.num_envs, np.bool_)
        return (
            self._observe(),
            self._reward.copy(),
            self._done.copy(),
            truncated,
            self._hidden_variables(),
        )

    def _begin(self, which: Array) -> None:
        for i in np.flatnonzero(which):
            self._uniforms[:, i] = self.task.draw_uniforms(self._generators[i], 1)[:, 0]
        if which.any():
            self._sessions[which] = self.task.begin(self._uniforms[0, which])
        self._observation[which] = 0
        self._cues[which] = 0.0
        self._reward[which] = 0.0
        self._done[which] = False
        self._played[which] = 0

    def _observe(self) -> Observation:
        if self._view is not None:
            return self._view.render(self._sessions)
        return join_cues(self._observation, self._cues)

    def _hidden_variables(self) -> dict[str, Any]:
        return {name: self._sessions[name].copy() for name in self.task.hidden_variables}
