"""Compare animals' data files with trained agents: load, record, compare, write."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pfc_analysis.comparison.compare_groups import compare_recordings
from pfc_analysis.comparison.questions import find_question_set, require_questions
from pfc_analysis.comparison.usable_trials import check_keep
from pfc_analysis.paths import check_writable
from pfc_analysis.progress import track
from pfc_analysis.recording.load import SKIP, load
from pfc_analysis.recording.record import find_questions, record
from pfc_analysis.reporting.comparison_files import write_comparison
from pfc_analysis.screen_text import visible_text

if TYPE_CHECKING:
    import xarray as xr

    from pfc_analysis.recording.load import Columns

AGENTS = "agents"
"""Name of the first group."""


def compare(
    experiment: str | Path,
    files: str | Path | Iterable[str | Path],
    columns: Columns | None = None,
    *,
    out: str | Path | None = None,
    name: str = "animals",
    subject: str | None = None,
    table: str | None = None,
    agent: str | Path | None = None,
    sessions: int | None = None,
    keep: Sequence[str] = (),
    unreadable: str = SKIP,
    n_resamples: int = 2000,
    seed: int = 1,
    progress: bool = False,
) -> xr.Dataset:
    """Compare animals with trained agents: load, record, compare, and write the results.

    Parameters
    ----------
    experiment : str or Path
        The experiment whose agents are recorded: its name, such as "two_step", or the folder of an
        experiment of your own.
    files, columns, subject, table
        The animals' data, as for `pfc_analysis.load`.
    out : str or Path, optional
        Folder to write into: `comparison.html`, `.svg`, `.png`, `.csv` and `.nc`. Without it,
        nothing is written.
    name : str
        What to call the animals: "rats".
    agent : str or Path, optional
        Folder of a trained agent. Without it, the experiment's own agent is recorded.
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
    progress : bool
        Whether to show progress bars.

    Returns
    -------
    xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`, with the agents as first
        group.

    Raises
    ------
    AnalysisError
        If the experiment cannot be compared, or the data lack a variable that the questions need.
    RecordingError, FileNotFoundError, DatasetError
        As for `pfc_analysis.load`.
    ValueError
        If there is no such experiment, `name` is that of the agents or empty or has control
        characters, or `out` cannot be written.
    """
    if out is not None:
        out = check_writable(out, "folder")
    files = [files] if isinstance(files, (str, Path)) else list(files)
    asked = require_questions(str(experiment), *find_questions(experiment))
    check_keep(keep)
    if name == AGENTS or not name.strip():
        raise ValueError(f"name: found {name!r}, expected another name than {AGENTS!r}, not empty")
    if name != visible_text(name):
        raise ValueError(f"name: found {name!r}, expected no control characters")
    options = {
        "columns": columns if isinstance(columns, (str, Path)) else None,
        "name": name,
        "subject": subject,
        "table": table,
        "agent": agent,
        "sessions": sessions,
        "unreadable": None if unreadable == SKIP else unreadable,
        "seed": seed,
    }
    command = _write_command([experiment, *files], options, keep)
    animals = load(files, columns, subject=subject, table=table, unreadable=unreadable)
    # Before agents are recorded, which takes far longer.
    find_question_set(asked).check_variables(animals, name)
    agents = record(experiment, agent=agent, sessions=sessions, units=False, progress=progress)
    recordings = {AGENTS: agents, name: animals}
    experiment_name = str(agents.attrs["experiment"])
    for _ in track([name], f"comparing agents and {name}", shown=progress):
        result = compare_recordings(experiment_name, recordings, seed, n_resamples, keep=keep)
    if out is not None:
        write_comparison(result, recordings, out, command)
    return result


def _write_command(
    words: Iterable[str | Path], options: Mapping[str, object], keep: Sequence[str]
) -> str:
    """Write the command line that makes a comparison again."""
    found = ["pfc", "compare", *map(str, words)]
    for option, value in options.items():
        found += [] if value is None else [f"--{option}", str(value)]
    for mark in keep:
        found += ["--keep", mark]
    return shlex.join(found)
