"""Decide whether a problem counts as learned, by the learning criterion of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError


@dataclass(frozen=True)
class LearningCriterion:
    """Learning criterion: enough of the last trials of a problem were correct.

    Parameters
    ----------
    criterion, window : int
        At least `criterion` of the last `window` trials must be correct.
    check_every : int
        The rule is checked only after every so many trials of the problem.
    block : int, optional
        Length of the blocks into which the window is cut, each with a rule of its own.
    block_criterion : int
        Fewest correct trials in each block.

    Raises
    ------
    AnalysisError
        If a setting is impossible.

    Examples
    --------
    Learned with 17 of the last 20 trials correct, looked at after every ten trials:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> criterion = pfc.analysis.LearningCriterion(17, 20, check_every=10)
    >>> correct = np.array([0] * 8 + [1] * 32, dtype=bool)
    >>> print(criterion.find_trials([correct]))
    [30.]

    The rule first holds after 30 trials, of which the last 20 are correct.
    """

    criterion: int
    window: int
    check_every: int = 1
    block: int | None = None
    block_criterion: int = 0

    def __post_init__(self) -> None:
        for name in ("criterion", "window", "check_every"):
            if getattr(self, name) < 1:
                raise AnalysisError(f"{name}: found {getattr(self, name)}, expected at least 1")
        if self.criterion > self.window:
            raise AnalysisError(
                f"criterion: found {self.criterion} of the last {self.window} trials, expected at "
                f"most {self.window}"
            )
        if self.block is None:
            return
        fills = self.block >= 1 and self.window % self.block == 0
        if not fills or not 0 <= self.block_criterion <= self.block:
            raise AnalysisError(
                f"block, block_criterion: found {self.block} and {self.block_criterion}, expected "
                f"a block whose length divides the window of {self.window}, and a criterion of at "
                "most its length"
            )

    def __str__(self) -> str:
        """Describe the rule in words."""
        text = f"{self.criterion} correct of the last {self.window}"
        if self.block is not None:
            text += f", {self.block_criterion} or more in each {self.block}"
        return text + (f", looked at after every {self.check_every}" * (self.check_every > 1))

    def find_trials(self, problems: Sequence[BoolArray]) -> FloatArray:
        """Find how many trials each problem took until it was learned.

        Parameters
        ----------
        problems : sequence of boolean arrays (trial,)
            Which trials of each problem were correct, in order.

        Returns
        -------
        float array (problem,)
            Infinite for problems that were never learned.
        """
        sizes = np.array([correct.size for correct in problems], np.int64)
        problem = np.repeat(np.arange(sizes.size), sizes)
        # One entry a trial, of all problems in a row: its number within the problem, from 1 on.
        number = np.arange(problem.size) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
        end = np.flatnonzero((number >= self.window) & (number % self.check_every == 0))
        learned = end[self._holds(np.concatenate([*problems, np.zeros(0, np.bool_)]), end + 1)]
        first, at = np.unique(problem[learned], return_index=True)
        took = np.full(sizes.size, np.inf)
        took[first] = number[learned[at]]
        return took

    def _holds(self, correct: BoolArray, end: IntArray) -> BoolArray:
        """Return whether the rule holds for the windows that end before each index of `end`."""
        total = np.append(0, np.cumsum(correct))
        holds = np.asarray(total[end] - total[end - self.window] >= self.criterion)
        if self.block is not None:
            for back in range(0, self.window, self.block):
                in_block = total[end - back] - total[end - back - self.block]
                holds &= in_block >= self.block_criterion
        return holds
