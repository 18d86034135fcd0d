"""What `verify` looks at, and what it finds."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass, field

from pfc_analysis.tasks.contract import Task
from pfc_analysis.tasks.contract.random_play import file_of
from pfc_analysis.tasks.contract.task_files import line_of
from pfc_analysis.training.run.recipe import Recipe

_NUMBA_PLACE = re.compile(r'(?:File "|Raised from )([^"\n]+?)(?:", line | \()(\d+)')
_REASON = re.compile(r"(?i)unsupported|not supported|cannot|unknown|undeclared|untyped")


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with an experiment.

    Attributes
    ----------
    problem : str
        What was found, and what was expected.
    cure : str
        What to do.
    where : str
        File and line, as far as they are known.
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
    """

    recipe: Recipe
    task: Task
    file: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", file_of(type(self.task)))

    def line(self, *texts: str) -> str:
        """Return the task file with the first line that holds one of some texts."""
        for text in texts:
            number = line_of(self.file, text)
            if number > 1:
                return f"{self.file}:{number}"
        return self.file

    def blame(self, error: Exception, cure: str) -> Fault:
        """Turn an error of the task's own code into a fault with its line."""
        if type(error).__module__.startswith("numba"):
            return self._blame_compiler(error)
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == self.file]
        where = f"{self.file}:{frames[-1].lineno}" if frames else self.file
        return Fault(f"{type(error).__name__}: {error}", cure, where)

    def _blame_compiler(self, error: Exception) -> Fault:
        """Take from numba's long message the reason, and the last line of the task file in it."""
        text = str(error)
        own = [line for file, line in _NUMBA_PLACE.findall(text) if file == self.file]
        said = [part.strip() for part in text.splitlines() if part.strip()]
        reason = next((part for part in said if _REASON.search(part)), said[0] if said else "")
        return Fault(
            f"numba cannot compile this: {reason.partition(' Raised from')[0]}",
            "Write begin, step and what they call in the Python that numba compiles: numbers, "
            "fields of the session, if and for.",
            f"{self.file}:{own[-1]}" if own else self.file,
        )
