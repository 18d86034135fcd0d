"""Decide whether a problem counts as learned, by the learning criterion of a study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray
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

    def find_trial(self, correct: BoolArray) -> float:
        """Find how many trials it took until the problem was learned; infinite if it never was.

        Parameters
        ----------
        correct : boolean array (trial,)
            Its trials, in order.
        """
        total = np.append(0, np.cumsum(correct))
        end = np.arange(self.window, correct.size + 1)
        holds = total[end] - total[end - self.window] >= self.criterion
        holds &= end % self.check_every == 0
        if self.block is not None:
            for back in range(0, self.window, self.block):
                in_block = total[end - back] - total[end - back - self.block]
                holds &= in_block >= self.block_criterion
        found = np.flatnonzero(holds)
        return float(end[found[0]]) if found.size else np.inf
