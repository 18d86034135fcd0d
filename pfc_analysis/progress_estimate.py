"""Estimate how long the training of all replicas takes, from the updates made so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_MEASURED = 5.0
"""Seconds from the first update that was seen to the first estimate."""


class TrainingEstimate:
    """Count finished replicas and updates, and estimate the time left.

    Parameters
    ----------
    n_replicas : int
        Replicas to train.
    total : int
        Updates of each.
    """

    def __init__(self, n_replicas: int, total: int) -> None:
        self.n_replicas, self.total = n_replicas, total
        self.updates, self.finished = 0.0, 0
        self._begun: float | None = None
        self._resumed: dict[int, float] = {}
        self._seconds: float | None = None

    def see(self, now: float, updates: np.ndarray) -> None:
        """Take the number of updates of each replica, 0 before its first, at a time in seconds."""
        for index, made in enumerate(updates):
            if made > 0 and index not in self._resumed:
                # An update that was just made, or all those of a training that goes on.
                self._resumed[index] = float(made)
        self.updates = float(updates.sum())
        self.finished = int((updates >= self.total).sum())
        if not self._resumed:
            return
        if self._begun is None:
            self._begun = now
        made = self.updates - sum(self._resumed.values())
        if made > 0 and now - self._begun >= _MEASURED:
            left = self.n_replicas * self.total - self.updates
            self._seconds = left * (now - self._begun) / made

    @property
    def is_known(self) -> bool:
        """Whether enough updates were seen for an estimate."""
        return self._seconds is not None

    def describe(self) -> str:
        """Say how far the training is: "8 replicas: 2 finished, about 12 min left"."""
        counted = f"{self.n_replicas} replicas" if self.n_replicas > 1 else "1 replica"
        said = f"{counted}: {self.finished} finished"
        if self._seconds is None:
            return said
        minutes = self._seconds / 60
        left = f"about {minutes:.0f} min" if minutes >= 1.5 else f"about {self._seconds:.0f} s"
        return f"{said}, {left} left"
