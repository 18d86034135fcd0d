"""Compare animals' data files with trained agents: load, record, compare, write."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from pfc_analysis.comparison.compare_groups import compare_recordings
from pfc_analysis.comparison.questions import find_question_set, require_questions
from pfc_analysis.comparison.settings.compare_tasks import compare_tasks
from pfc_analysis.comparison.usable_trials import check_keep
from pfc_analysis.given_types import WrongTypeError
from pfc_analysis.paths import check_writable
from pfc_analysis.progress import track
from pfc_analysis.recording.load import SKIP, load
from pfc_analysis.recording.record import find_questions, record
from pfc_analysis.reporting.comparison_files import write_comparison
from pfc_analysis.reporting.matched_agents import train_matched
from pfc_analysis.reporting.task_rows import add_tasks
from pfc_analysis.screen_text import visible_text
from pfc_analysis.training.recipes.settings_text import format_settings

if TYPE_CHECKING:
    from pfc_analysis.recording.load import Columns

AGENTS = "agents"
"""Name of the first group."""

SHIPPED, MATCHED = "shipped", "matched"
"""Which agents to compare with: those of the experiment, or some trained for the animals' task."""


def compare(
    experiment: str | Path,
    files: str | Path | pd.DataFrame | Iterable[str | Path | pd.DataFrame],
    columns: Columns | None = None,
    *,
    out: str | Path | None = None,
    name: str = "animals",
    subject: str | None = None,
    table: str | None = None,
    agent: str | Path | None = None,
    agents: str = SHIPPED,
    task: Mapping[str, Any] | None = None,
    sessions: int | None = None,
    keep: Sequence[str] = (),
    unreadable: str = SKIP,
    n_resamples: int = 2000,
    seed: int = 1,
    progress: bool | None = None,
) -> xr.Dataset:
    """Compare animals with trained agents: load, record, compare, and write the results.

    Parameters
    ----------
    experiment : str or Path
        The experiment whose agents are recorded: its name, such as "two_step", or the folder of an
        experiment of your own.
    files, columns, subject, table
        The animals' data, as for `pfc_analysis.load`: files, or tables in memory.
    out : str or Path, optional
        Folder to write into: `comparison.html`, `.svg`, `.png`, `.csv` and `.nc`. Without it,
        nothing is written.
    name : str
        What to call the animals: "rats".
    agent : str or Path, optional
        Folder of a trained agent. Without it, the experiment's own agent is recorded.
    agents : {"shipped", "matched"}
        "matched": agents that are trained for the animals' task, at the settings that their data
        show (`pfc_analysis.compare_tasks`). That takes minutes the first time; they are kept in
        the cache (`PFC_ANALYSIS_CACHE`), and the same settings find them again.
    task : mapping, optional
        Settings of the task that the agents play, by name, where they differ from the recipe's;
        matched agents are trained at them.
    sessions : int, optional
        Sessions of each replica. Without it, the recipe decides.
    keep : sequence of str
        Marks of trials to ignore (`pfc_analysis.comparison.usable_trials.MARKS`): their trials are
        analysed as any other. Without it, forced, stimulated and invalid trials, and trials with
        automatic reward, are left out.
    unreadable : {"skip", "raise"}
        What to do about a file of several that cannot be read: leave it out, which the page says,
        or raise its error.
    n_resamples : int
        Draws of the bootstrap.
    seed : int
        Seed of these draws.
    progress : bool, optional
        Show progress bars; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`, with the agents as first
        group, and of `pfc_analysis.compare_tasks`. With matched agents also `solved_share`,
        `solved_lower` and `solved_upper` on `replica`, their share of the ideal observer's reward
        (0: random choices), and the attribute `matched`, sentences on how they were trained.

    Raises
    ------
    AnalysisError
        If the experiment cannot be compared, or the data lack a variable that the questions need.
    RecordingError, FileNotFoundError, DatasetError
        As for `pfc_analysis.load`.
    WrongTypeError
        If `files` is a recording, which `pfc_analysis.compare_recordings` compares.
    ValueError
        If there is no such experiment, `name` is that of the agents or empty or has control
        characters, `agents` is unknown or given along with `agent`, a setting of the task is
        unknown or wrong, or `out` cannot be written.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.ModelFreeDirect()
    >>> played = pfc.simulate(learner, TwoStep(), sessions=10, seed=1, subject="learner")
    >>> table = played[["choice", "reward", "common_transition"]].to_dataframe()
    >>> result = pfc.compare("two_step", table, name="learner", sessions=2, n_resamples=100)
    >>> index = result["group_value"].sel(quantity="planning_index", group="learner")
    >>> print(f"planning index of the learner {float(index):.0f}")
    planning index of the learner 1

    The index is near 0 for a learner that does not plan. With ``out="comparison"`` the same call
    also writes a page with pictures and tables to that folder.
    """
    if out is not None:
        out = check_writable(out, "folder")
    if isinstance(files, xr.Dataset):
        raise WrongTypeError(
            "files: found a recording in memory, expected files or tables. Compare recordings by "
            f"pfc.compare_recordings({str(experiment)!r}, {{'agents': ..., {name!r}: ...}}, rng=1)"
        )
    files = [files] if isinstance(files, (str, Path, pd.DataFrame)) else list(files)
    asked = require_questions(str(experiment), *find_questions(experiment))
    check_keep(keep)
    _check_names(name, agents, agent)
    options = {
        "columns": columns if isinstance(columns, (str, Path)) else None,
        "name": name,
        "subject": subject,
        "table": table,
        "agent": agent,
        "agents": None if agents == SHIPPED else agents,
        "sessions": sessions,
        "unreadable": None if unreadable == SKIP else unreadable,
        "seed": seed,
    }
    repeated = {"task": format_settings(task or {}), "keep": keep}
    command = _write_command([experiment, *_name_files(files)], options, repeated)
    animals = load(files, columns, subject=subject, table=table, unreadable=unreadable)
    # Before agents are recorded, which takes far longer.
    find_question_set(asked).check_variables(animals, name)
    matched = None
    if agents == MATCHED:
        matched = train_matched(experiment, animals, name, task=task, progress=progress)
        agent, task = matched.folder, None
    played = record(
        experiment, agent=agent, sessions=sessions, task=task, units=False, progress=progress
    )
    recordings = {AGENTS: played, name: animals}
    experiment_name = str(played.attrs["experiment"])
    for _ in track([name], f"comparing agents and {name}", shown=progress):
        result = compare_recordings(experiment_name, recordings, seed, n_resamples, keep=keep)
    result = add_tasks(result, compare_tasks(experiment_name, recordings), matched)
    if out is not None:
        write_comparison(result, recordings, out, command)
    return result


def _check_names(name: str, agents: str, agent: str | Path | None) -> None:
    """Raise a ValueError for a name of the animals that cannot be, or a contradiction."""
    if name == AGENTS or not name.strip():
        raise ValueError(f"name: found {name!r}, expected another name than {AGENTS!r}, not empty")
    if name != visible_text(name):
        raise ValueError(f"name: found {name!r}, expected no control characters")
    if agents not in (SHIPPED, MATCHED):
        raise ValueError(f"agents: found {agents!r}, expected {SHIPPED!r} or {MATCHED!r}")
    if agents == MATCHED and agent is not None:
        raise ValueError(f"agents, agent: found {agents!r} and {str(agent)!r}, expected only one")


def _name_files(files: Iterable[str | Path | pd.DataFrame]) -> list[str]:
    """Name the files of a command; tables in memory would first have to be saved."""
    number, names = 0, []
    for one in files:
        if isinstance(one, pd.DataFrame):
            number += 1
            names.append(f"TABLE_{number}.csv")
        else:
            names.append(str(one))
    return names


def _write_command(
    words: Iterable[str | Path],
    options: Mapping[str, object],
    repeated: Mapping[str, Sequence[str]],
) -> str:
    """Write the command line that makes a comparison again."""
    found = ["pfc", "compare", *map(str, words)]
    for option, value in options.items():
        found += [] if value is None else [f"--{option}", str(value)]
    for option, values in repeated.items():
        for value in values:
            found += [f"--{option}", value]
    return shlex.join(found)
