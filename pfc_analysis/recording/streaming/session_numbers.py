"""Draw the random numbers of some sessions of a batch, and not those of the others.

An engine draws the numbers of all sessions at once, time step by time step, so those of one session
are spread over the whole stream of the generator. Numpy's PCG64 can jump ahead in its stream, so
the numbers of a block of sessions can be had without drawing, or holding, those of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np


class SessionNumbers:
    """Stands in for `numpy.random.default_rng(seed)` where only some sessions are played.

    An engine that plays sessions `start` to `stop` gets the numbers from it that these sessions
    would get in a batch of all `n_sessions`.

    Parameters
    ----------
    seed : sequence of int
        Seed of the generator of the whole batch.
    n_sessions : int
        Number of sessions of the whole batch.
    start, stop : int
        The sessions that are played: from `start`, up to and without `stop`.
    """

    def __init__(self, seed: Sequence[int], n_sessions: int, start: int, stop: int) -> None:
        self._bits = np.random.PCG64(list(seed))
        self._generator = np.random.Generator(self._bits)
        self._n_sessions, self._start, self._stop = n_sessions, start, stop
        self._position = 0  # in numbers of 64 bits, of which float64 takes one and float32 half
        self._call_start = 0

    def random(self, size: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray[Any, Any]:
        """Draw uniform numbers for the sessions that are played.

        Parameters
        ----------
        size : tuple of int
            (time step, session, ...), with as many sessions as are played.
        dtype : float64 or float32
            As in `numpy.random.Generator.random`.

        Returns
        -------
        ndarray
            ``default_rng(seed).random((time step, n_sessions, ...))[:, start:stop]``; calls follow
            one another as those of the generator do. (But float32 may be drawn in one call only:
            of an odd number of float32, numpy keeps half a number for the next call.)
        """
        n_steps, n_own, *rest = size
        assert n_own == self._stop - self._start, size
        per_word = 2 if np.dtype(dtype) == np.float32 else 1
        width = prod(rest)
        drawn = np.empty((n_steps, n_own * width), dtype)
        for step, row in enumerate(drawn):
            first = (step * self._n_sessions + self._start) * width
            self._jump(self._call_start + first // per_word)
            skipped = first % per_word
            row[:] = self._generator.random(skipped + row.size, dtype)[skipped:]
            self._position += -(-(skipped + row.size) // per_word)
        self._call_start += -(-n_steps * self._n_sessions * width // per_word)
        return drawn.reshape(size)

    def _jump(self, position: int) -> None:
        """Go to a place in the stream; half a number that is left over is dropped."""
        self._bits.advance(position - self._position)
        self._position = position
