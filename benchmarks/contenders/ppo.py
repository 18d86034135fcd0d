"""Contender: RecurrentPPO of sb3-contrib on this project's gymnasium environments.

All settings train the same network as the engine: one LSTM that policy and value share, with linear
readouts; observation, last action and last reward as input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import torch
from contenders.engine import steady_recipe
from gymnasium import spaces
from sb3_contrib import RecurrentPPO
from stable_baselines3.common.vec_env import VecEnv

import pfc_analysis.tasks.gymnasium  # noqa: F401 - registers the tasks

ENVIRONMENT = "pfc_analysis/TwoStep-v0"

SETTINGS: dict[str, dict[str, int]] = {
    "defaults": {"environments": 1},
    **{
        f"{n} environments": {
            "environments": n,
            "n_steps": 300,
            "n_epochs": 1,
            "batch_size": n * 300,
        }
        for n in (64, 256, 1024)
    },
}
"""Settings of the algorithm that differ from its defaults."""


class VectorTask(VecEnv):
    """The project's vector environment, with the interface of stable-baselines3.

    A session that is over restarts at the next step, whose action has no effect.

    Parameters
    ----------
    n_sessions : int
        Number of sessions played side by side.
    """

    def __init__(self, n_sessions: int) -> None:
        self.envs = gymnasium.make_vec(
            ENVIRONMENT, num_envs=n_sessions, **steady_recipe(1).task
        ).unwrapped
        task = steady_recipe(1).training_task()
        self.codes = np.eye(len(task.observations), dtype=np.float32)
        self.action_codes = np.eye(len(task.actions), dtype=np.float32)
        n_inputs = len(self.codes) + len(self.action_codes) + 1
        space = spaces.Box(-1.0, 1.0, (n_inputs,), np.float32)
        super().__init__(n_sessions, space, self.envs.single_action_space)
        self.infos: list[dict[str, Any]] = [{} for _ in range(n_sessions)]

    def reset(self) -> np.ndarray[Any, Any]:
        """Start all sessions; the inputs of last action and reward are 0."""
        observation, _ = self.envs.reset(seed=0)
        nothing = np.zeros((self.num_envs, len(self.action_codes) + 1), np.float32)
        return np.concatenate((self.codes[observation], nothing), axis=1)

    def step_async(self, actions: np.ndarray[Any, Any]) -> None:
        """Store the actions for `step_wait`."""
        self.actions = actions

    def step_wait(self) -> Any:
        """Play a step; return inputs, rewards, which sessions are over, and empty infos."""
        observation, reward, done, _, _ = self.envs.step(self.actions)
        reward = reward.astype(np.float32)
        parts = (self.codes[observation], self.action_codes[self.actions], reward[:, None])
        return np.concatenate(parts, axis=1), reward, done, self.infos

    def close(self) -> None:
        """Close the environment."""
        self.envs.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute of the environment, for each session."""
        return [getattr(self.envs, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Not used; part of the interface of stable-baselines3."""
        raise NotImplementedError

    def env_method(self, method_name: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Not used; part of the interface of stable-baselines3."""
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Return False: there are no wrappers."""
        return [False] * self.num_envs


def train(setting: str) -> Callable[[], float]:
    """Return a function that makes one rollout, learns from it, and returns the number of steps.

    Parameters
    ----------
    setting : str
        One of `SETTINGS`.
    """
    return train_with(**SETTINGS[setting])


def train_with(environments: int, **settings: Any) -> Callable[[], float]:
    """Do the same as `train`, with any settings of RecurrentPPO."""
    torch.set_num_threads(1)
    network = {
        "lstm_hidden_size": steady_recipe(1).network.units,
        "net_arch": [],
        "shared_lstm": True,
        "enable_critic_lstm": False,
    }
    model = RecurrentPPO(
        "MlpLstmPolicy",
        VectorTask(environments),
        policy_kwargs=network,
        device="cpu",
        seed=0,
        **settings,
    )
    steps = model.n_steps * environments

    def work() -> float:
        model.learn(steps, reset_num_timesteps=False)
        return float(steps)

    return work
