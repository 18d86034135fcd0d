"""The experiment that `verify` checks, and the faults that it finds."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass, field

from pfc_analysis.tasks.contract import Task
from pfc_analysis.tasks.contract.random_play import file_of
from pfc_analysis.tasks.contract.task_files import line_of
from pfc_analysis.training.recipes.recipe import Recipe

_NUMBA_PLACE = re.compile(r'(?:File "|Raised from )([^"\n]+?)(?:", line | \()(\d+)')


class NotApplicableError(Exception):
    """A check has nothing to do for this task; the message gives the reason."""


@dataclass(frozen=True)
class Fault:
    """A fault of an experiment.

    Attributes
    ----------
    problem : str
        What was found and what was expected.
    cure : str
        How to correct it.
    where : str
        File and line, if they are known.
    """

    problem: str
    cure: str
    where: str = ""


@dataclass(frozen=True)
class Subject:
    """The experiment that is verified.

    Attributes
    ----------
    recipe : Recipe
        Its recipe.
    task : Task
        Its task, with the settings of training.
    file : str
        Its task file.
    """

    recipe: Recipe
    task: Task
    file: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", file_of(type(self.task)))

    def line(self, *texts: str) -> str:
        """Return file and line of the first text that the task file contains."""
        for text in texts:
            number = line_of(self.file, text)
            if number > 1:
                return f"{self.file}:{number}"
        return self.file

    def blame(self, error: Exception, cure: str) -> Fault:
        """Convert an error that the task's code raised to a fault with its line."""
        if type(error).__module__.startswith("numba"):
            return self._blame_compiler(error)
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == self.file]
        where = f"{self.file}:{frames[-1].lineno}" if frames else self.file
        return Fault(f"{type(error).__name__}: {error}", cure, where)

    def _blame_compiler(self, error: Exception) -> Fault:
        """Extract the reason and the last line of the task file from numba's message."""
        text = str(error)
        own = [line for file, line in _NUMBA_PLACE.findall(text) if file == self.file]
        said = [part.strip() for part in text.splitlines() if part.strip()]
        reasons = [part for part in said if not part.startswith(("Failed in", "During", "File "))]
        reason = reasons[0] if reasons else text
        return Fault(
            f"numba cannot compile this: {reason.partition(' Raised from')[0]}",
            "In begin, step and the functions they call, use only Python that numba compiles: "
            "numbers, fields of the session, if and for.",
            # numba names no line for a name that is not defined.
            f"{self.file}:{own[-1]}" if own else self.line(*re.findall(r"name '(\w+)'", reason)),
        )
