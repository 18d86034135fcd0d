"""What `verify` looks at, and what it finds."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from numba.core.errors import NumbaError

from pfc_analysis.tasks.contract import Task
from pfc_analysis.tasks.contract.random_play import file_of
from pfc_analysis.tasks.contract.task_files import line_of
from pfc_analysis.training.run.recipe import Recipe

_NUMBA_PLACE = re.compile(r'File "([^"]+)", line (\d+)')
    r"(?:Cannot resolve setattr|Field|attribute) ['\"(]*(?:Record\S*)?(\w+)"
)


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
        if isinstance(error, NumbaError):
            return self._blame_compiler(error)
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == self.file]
        where = f"{self.file}:{frames[-1].lineno}" if frames else self.file
        return Fault(f"{type(error).__name__}: {error}", cure, where)

    def _blame_compiler(self, error: NumbaError) -> Fault:
        """Find in numba's long message the line of the task file, and what it is about."""
        text = str(error)
        own = Path(self.file).name
        places = [f"{self.file}:{line}" for file, line in _NUMBA_PLACE.findall(text)
                  if Path(file).name == own]  # fmt: skip
        where = places[-1] if places else self.file
        line = Path(self.file).read_text(encoding="utf-8").splitlines()
        at = line[int(where.rpartition(":")[2]) - 1].strip() if places else ""
        unknown = [
            name
            for name in re.findall(r"session\.(\w+)", at)
            if name not in self.task.hidden_variables
        ]
        if unknown:
            return Fault(
                f"session.{unknown[0]} is used, but a session has no such field",
                f"Declare it in the class Session of {type(self.task).__name__}: "
                f"{unknown[0]}: int (or float). Fields there are: "
                f"{', '.join(self.task.hidden_variables)}.",
                where,
            )
        reason = next((part for part in text.splitlines() if part.strip()), "")
        more = [part.strip() for part in text.splitlines() if "unsupported" in part.lower()]
        return Fault(
            f"numba cannot compile this: {(more or [reason])[0].strip()}",
            "Write begin, step and what they call in the Python that numba compiles: numbers, "
            "fields of the session, if and for.",
            where,
        )
