"""Random numbers from 64-bit words (SplitMix64), for compiled code: one word gives one picture."""

from __future__ import annotations

import numpy as np
from numba import njit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = (np.uint64(shift) for shift in (30, 27, 31, 11))


@njit(cache=True)
def mix(word):  # type: ignore[no-untyped-def]
    """Scramble 64 bits (the last stage of SplitMix64); different words give different results."""
    word = (word ^ (word >> _30)) * _FIRST
    word = (word ^ (word >> _27)) * _SECOND
    return word ^ (word >> _31)


@njit(cache=True)
def uniform(state):  # type: ignore[no-untyped-def]
    """Draw the next number, uniform on [0, 1), from the state of a SplitMix64 generator."""
    state[0] += _GOLDEN
    return np.float64(mix(state[0]) >> _11) / 9007199254740992.0


@njit(cache=True)
def symmetric(state, size):  # type: ignore[no-untyped-def]
    """Draw a number between -size and size; numbers near 0 are the most probable (a triangle)."""
    return size * (uniform(state) + uniform(state) - 1.0)


@njit(cache=True)
def seeded(word, stream):  # type: ignore[no-untyped-def]
    """Return the state of a generator, different for each (word, stream); word below 2^62."""
    state = np.empty(1, np.uint64)
    state[0] = mix(np.uint64(4) * np.uint64(word) + np.uint64(stream))
    return state
