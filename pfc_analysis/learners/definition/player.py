"""Compiled loops with which a learner plays many sessions side by side (`pfc.simulate`)."""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.learners.definition.likelihood import (
    FAST,
    call_prefer,
    call_start,
    call_surprise,
    call_update,
    point_to,
)


@njit(**FAST)
def start_all(start, memory, size, n_sessions, parameters):  # type: ignore[no-untyped-def]
    """Call `start` on the memory of every session; addresses of the first record, bytes of each."""
    for i in range(n_sessions):
        call_start(start, (point_to(memory + i * size), point_to(parameters)))


@njit(**FAST)
def prefer_all(prefer, memory, size, parameters, preferences):  # type: ignore[no-untyped-def]
    """Fill in the preferences of every session, float array (session, arm).

    With the address of a learner's `expect`, these are the rewards that it expects.
    """
    n_sessions, n_arms = preferences.shape
    preference = np.zeros(n_arms, np.complex128)
    for i in range(n_sessions):
        call_prefer(prefer, (point_to(memory + i * size), point_to(parameters), preference))
        preferences[i] = preference.real


@njit(**FAST)
def update_all(  # type: ignore[no-untyped-def]
    update, memory, size, parameters, trials, trials_at, trial_size
):
    """Let every session with a trial to learn from learn; one record of `TRIAL` each."""
    for i in range(len(trials)):
        if trials[i].learned:
            trial = point_to(trials_at + i * trial_size)
            call_update(update, (point_to(memory + i * size), point_to(parameters), trial))


@njit(**FAST)
def surprise_all(  # type: ignore[no-untyped-def]
    surprise, memory, size, parameters, trials, trials_at, trial_size, errors
):
    """Fill in prediction errors of every session with a trial to learn from, (session, event)."""
    error = np.zeros(errors.shape[1], np.complex128)
    for i in range(len(trials)):
        if trials[i].learned:
            trial = point_to(trials_at + i * trial_size)
            remembered = point_to(memory + i * size)
            call_surprise(surprise, (remembered, point_to(parameters), trial, error))
            errors[i] = error.real
