"""Check an experiment in seconds, before training."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING

from pfc_analysis.authoring.check_contract import check_names, check_sessions
from pfc_analysis.authoring.check_engines import check_environment, check_gradient
from pfc_analysis.authoring.check_recording import check_comparison, check_recording, shorten
from pfc_analysis.authoring.check_replay import check_replay
from pfc_analysis.authoring.fault import Fault, NotApplicableError, Subject
from pfc_analysis.progress import track
from pfc_analysis.tasks.contract.task_files import TASK_FILE, TaskFileError
from pfc_analysis.training.run.experiment import Experiment, find_experiment
from pfc_analysis.training.run.shipped_experiments import RECIPE

if TYPE_CHECKING:
    import pandas as pd

Check = Callable[[Subject], Iterable[Fault]]

CHECKS: tuple[tuple[str, Check, bool], ...] = (
    ("names that the task defines", check_names, True),
    ("random sessions, compiled and plain", check_sessions, True),
    ("compiled engine against torch", check_gradient, False),
    ("gymnasium's checker", check_environment, False),
    ("recording schema", check_recording, True),
    ("living through given trials", check_replay, False),
    ("comparison", check_comparison, False),
)
"""Checks in order: title, function, and whether later checks need it to pass."""


NOT_APPLICABLE = "not applicable"
"""Status of a check that has nothing to do for this task."""


@dataclass(frozen=True)
class Row:
    """A row of the table of `verify`.

    Attributes
    ----------
    check : str
        What was checked.
    status : str
        `passed`, `failed`, `not applicable` with the reason in `problem`, or `not run` because an
        earlier check failed.
    problem, cure, where : str
        If the check failed: what is wrong, how to correct it, and file and line.
    seconds : float
        Duration of the check, in seconds.
    """

    check: str
    status: str
    problem: str = ""
    cure: str = ""
    where: str = ""
    seconds: float = 0.0


def verify(experiment: str | Path, *, progress: bool | None = None) -> pd.DataFrame:
    """Check an experiment of your own before training.

    Random sessions are checked against the contract of a task, the compiled engine, torch (if
    it is installed), gymnasium's environment checker, the recording schema, a replay of recorded
    trials (if the task has the method `script`) and the comparison.

    Parameters
    ----------
    experiment : str or Path
        Folder of your own experiment (its `task.py` is then run), or the name of a shipped
        experiment.
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    pandas.DataFrame
        One row per check, or one per fault if a check found several; columns as in `Row`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> folder = pfc.new_experiment("my_task")
    >>> checks = pfc.verify(folder)
    >>> sorted(set(checks["status"]))
    ['passed']

    Each row is one check. Where one failed, `problem` says what is wrong and `cure` what to do.
    """
    import pandas as pd

    rows = list(_verify(experiment, progress))
    return pd.DataFrame([asdict(row) for row in rows], columns=[f.name for f in fields(Row)])


def format_verified(table: pd.DataFrame) -> Iterator[str]:
    """Yield lines of text that report what was checked and what is wrong."""
    for row in starmap(Row, table.to_numpy().tolist()):
        yield f"{row.status:8} {row.check} ({row.seconds:.1f} s)"
        if row.status == NOT_APPLICABLE:
            yield f"  {row.problem}"
        elif row.problem:
            yield f"  {row.where}: {row.problem}" if row.where else f"  {row.problem}"
            yield f"  Cure: {row.cure}"


def _verify(experiment: str | Path, progress: bool | None) -> Iterator[Row]:
    start = time.monotonic()
    try:
        subject = _open(find_experiment(experiment))
    except Exception as error:
        yield Row("task file and recipe", "failed", *_describe(error), time.monotonic() - start)
        yield from (Row(name, "not run") for name, *_ in CHECKS)
        return
    yield Row("task file and recipe", "passed", seconds=time.monotonic() - start)
    broken = False
    for name, check, needed in track(CHECKS, "verifying", shown=progress):
        if broken:
            yield Row(name, "not run")
            continue
        start = time.monotonic()
        try:
            faults = _run_check(check, subject)
        except NotApplicableError as reason:
            yield Row(name, NOT_APPLICABLE, str(reason))
            continue
        seconds = time.monotonic() - start
        if not faults:
            yield Row(name, "passed", seconds=seconds)
        for fault in faults:
            yield Row(name, "failed", fault.problem, fault.cure, fault.where, seconds)
        broken = needed and bool(faults)


def _run_check(check: Check, subject: Subject) -> list[Fault]:
    """Run a check; an error that it did not expect is a fault of the task's own code, too."""
    faults: list[Fault] = []
    try:
        faults.extend(check(subject))
    except NotApplicableError:
        raise
    except Exception as error:
        faults.append(subject.blame(error, "Correct the task file where this error arises."))
    return faults


def _open(experiment: Experiment) -> Subject:
    recipe = shorten(experiment.recipe)
    recipe.testing_task()
    return Subject(recipe, recipe.training_task())


def _describe(error: Exception) -> tuple[str, str, str]:
    """Return problem, cure and place of an error in the files of an experiment."""
    if isinstance(error, TaskFileError):
        return error.problem, f"Correct {TASK_FILE}.", error.where
    return str(error), f"Correct {RECIPE}, or the task that it names.", ""
