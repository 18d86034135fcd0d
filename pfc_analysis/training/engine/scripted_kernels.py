"""Play steps whose actions, observations and rewards are given (compiled).

They stand in for `sample_actions` and for the step of a task, with the same signatures, so that
`play_block` advances a network along given trials by the same code as when it plays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pfc_analysis.training.engine.kernels import INNER, sample_actions

OBSERVATION, REWARD, DONE, TRIAL, STEP, FIRST_CUE = range(6)
"""Columns of `uniforms` for `read_step`: what follows the step, its reward, and whether the session
then ends; trial and step that come next; the cues that are shown next."""

RECORD_FIELDS = 3
"""Fields of the records of sessions, all int64 (`ScriptedTask.session_type`)."""


READING: dict[str, Any] = {"cache": True, "no_cfunc_wrapper": True}
"""Options of numba, as for the steps of tasks."""


@njit(**INNER)
def force_actions(outputs, draws, policy, actions):  # type: ignore[no-untyped-def]
    """Compute the policy as `sample_actions` does, and take the actions from `draws` instead."""
    sample_actions(outputs, draws, policy, actions)
    for i in range(len(actions)):
        actions[i] = np.int64(draws[i])


@njit(**READING)
def read_step(memory, actions, uniforms, observations, cues, rewards, done):  # type: ignore[no-untyped-def]
    """Read one step of all sessions that are not over from `uniforms`; as `Task.play_kernel`."""
    records = memory.view(np.int64)
    for i in range(len(done)):
        rewards[i] = 0.0
        if not done[i]:
            given = uniforms[i]
            observations[i] = np.int64(given[OBSERVATION])
            rewards[i] = given[REWARD]
            done[i] = given[DONE] != 0.0
            records[RECORD_FIELDS * i] = np.int64(given[TRIAL])
            records[RECORD_FIELDS * i + 1] = np.int64(given[STEP])
            for k in range(cues.shape[1]):
                cues[i, k] = given[FIRST_CUE + k]
