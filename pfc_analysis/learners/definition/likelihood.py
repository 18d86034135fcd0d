"""Likelihood of choices under a learner, and its exact gradient (compiled).

The gradient comes from the complex step: a learner computes with complex numbers, one parameter has
a tiny imaginary part h, and the imaginary part of the result, divided by h, is the derivative by
that parameter to machine precision (Squire & Trapp 1998, SIAM Review 40:110). Nothing is
subtracted, so there is no step length to choose, unlike in finite differences.

The kernels call a learner's functions by their address, so one compiled kernel serves all learners.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from pfc_analysis.call_by_address import call_of
from pfc_analysis.learners.definition.compiled import PREFERENCE

STEP = 1e-30
"""The imaginary part h: so small that h squared vanishes beside any number."""

FAST: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}
INNER: dict[str, Any] = {"cache": True, "error_model": "numpy", "inline": "always"}

_POINTER = types.voidptr
call_start = call_of(types.none(_POINTER, _POINTER))
call_prefer = call_of(types.none(_POINTER, _POINTER, PREFERENCE))
call_update = call_of(types.none(_POINTER, _POINTER, _POINTER))
call_surprise = call_of(types.none(_POINTER, _POINTER, _POINTER, PREFERENCE))


@intrinsic
def _point_to(typing_context, address):  # type: ignore[no-untyped-def]
    """Turn an address into the pointer that a learner's function takes for a record."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], context.get_value_type(_POINTER))

    return _POINTER(types.intp), generate


point_to: Any = _point_to


@njit(**INNER)
def log_probability(preference, choice):  # type: ignore[no-untyped-def]
    """Compute the log-probability of a choice under a softmax, and its derivative times h.

    Parameters
    ----------
    preference : complex array (arm,)
        Log-probabilities of the arms, up to a constant.
    choice : int
        The arm chosen.

    Returns
    -------
    tuple of two floats
        The log-probability; the imaginary part that belongs to it.
    """
    largest = preference[0].real
    for arm in range(1, len(preference)):
        largest = max(largest, preference[arm].real)
    total = slope = 0.0
    for arm in range(len(preference)):
        weight = np.exp(preference[arm].real - largest)
        total += weight
        slope += weight * preference[arm].imag
    made = preference[choice]
    return made.real - largest - np.log(total), made.imag - slope / total


@njit(**FAST)
def sum_log_likelihood(  # type: ignore[no-untyped-def]
    functions, memory, parameters, trials, trials_at, trial_size, first, n_arms, likelihood, slope
):
    """Sum log-probabilities of the predicted choices of each session, and their derivatives.

    Parameters
    ----------
    functions : tuple of three ints
        Addresses of `start`, `prefer` and `update`.
    memory, parameters : int
        Addresses of one record of memory, which is overwritten, and of the parameters.
    trials : records (trial,)
        Of type `TRIAL`; `trials_at` is the address of the first, `trial_size` the bytes of each.
    first : int64 array (session + 1,)
        Index of each session's first trial, and at the end the number of trials.
    n_arms : int
        Number of arms.
    likelihood, slope : float arrays (session,)
        Filled with the log-likelihood, and with its derivative times h.
    """
    start, prefer, update = functions
    remembered, values = point_to(memory), point_to(parameters)
    preference = np.zeros(n_arms, np.complex128)
    for session in range(len(first) - 1):
        total = total_slope = 0.0
        call_start(start, (remembered, values))
        for i in range(first[session], first[session + 1]):
            if trials[i].predicted:
                call_prefer(prefer, (remembered, values, preference))
                found, found_slope = log_probability(preference, trials[i].choice)
                total += found
                total_slope += found_slope
            if trials[i].learned:
                call_update(update, (remembered, values, point_to(trials_at + i * trial_size)))
        likelihood[session] = total
        slope[session] = total_slope


@njit(**FAST)
def list_preferences(  # type: ignore[no-untyped-def]
    functions, memory, parameters, trials, trials_at, trial_size, first, preferences
):
    """Fill in the preferences before every trial, float array (trial, arm); see above."""
    start, prefer, update = functions
    remembered, values = point_to(memory), point_to(parameters)
    preference = np.zeros(preferences.shape[1], np.complex128)
    for session in range(len(first) - 1):
        call_start(start, (remembered, values))
        for i in range(first[session], first[session + 1]):
            call_prefer(prefer, (remembered, values, preference))
            preferences[i] = preference.real
            if trials[i].learned:
                call_update(update, (remembered, values, point_to(trials_at + i * trial_size)))
