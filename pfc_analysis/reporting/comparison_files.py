"""Agents beside animals, from files to statistics, figure and page: one call."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pfc_analysis
from pfc_analysis.atomic import atomic_path
from pfc_analysis.comparison.compare_groups import compare_recordings
from pfc_analysis.comparison.comparison_table import tabulate_comparison
from pfc_analysis.comparison.registry import find_experiment
from pfc_analysis.comparison.usable_trials import check_keep
from pfc_analysis.plotting.style import figure_style, save_figure
from pfc_analysis.progress import track
from pfc_analysis.reporting.comparison_figure import draw_comparison
from pfc_analysis.reporting.comparison_page import lay_out_page
from pfc_analysis.reporting.page import write_page

if TYPE_CHECKING:
    import xarray as xr

    from pfc_analysis.recording.load import Columns

STEM = "comparison"
"""Name of the files written, without their endings."""

AGENTS = "agents"


def compare(
    experiment: str,
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
    n_resamples: int = 2000,
    seed: int = 1,
    progress: bool = False,
) -> xr.Dataset:
    """Set trained agents beside animals: load, record, compare, and write what came out.

    Parameters
    ----------
    experiment : str
        The experiment whose agents are recorded, such as "two_step".
    files, columns, subject, table
        The animals' data, as for `pfc_analysis.load`.
    out : str or Path, optional
        Folder to write into: `comparison.html`, `.svg`, `.png`, `.csv` and `.nc`. Nothing is
        written where it is left out.
    name : str
        What to call the animals: "rats".
    agent : str or Path, optional
        Folder of a trained agent; the shipped one where it is left out.
    sessions : int, optional
        Sessions a replica; the recipe's where it is left out.
    keep : sequence of str
        Marks of trials that are to count (`pfc_analysis.comparison.usable.MARKS`); without, trials
        that are forced, stimulated, invalid or with automatic reward are left out.
    n_resamples : int
        Draws of the bootstrap.
    seed : int
        Of these draws.
    progress : bool
        Whether to show bars.

    Returns
    -------
    xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`, with the group of agents
        first.

    Raises
    ------
    AnalysisError
        If the experiment cannot be compared, or the data do not have what it takes.
    RecordingError, FileNotFoundError, DatasetError
        As for `pfc_analysis.load`.
    RecipeError
        If there is no such experiment.
    """
    files = [files] if isinstance(files, (str, Path)) else list(files)
    find_experiment(experiment)  # what cannot be is told before the work, not after
    check_keep(keep)
    if name == AGENTS or not name.strip():
        raise ValueError(f"name: found {name!r}, expected another name than {AGENTS!r}, not empty")
    animals = pfc_analysis.load(files, columns, subject=subject, table=table)
    agents = pfc_analysis.record(
        experiment, agent=agent, sessions=sessions, units=False, progress=progress
    )
    recordings = {AGENTS: agents, name: animals}
    for _ in track([name], "comparing agents and", shown=progress):
        result = compare_recordings(experiment, recordings, seed, n_resamples, keep=keep)
    if out is not None:
        options = {
            "columns": columns if isinstance(columns, (str, Path)) else None,
            "name": name,
            "subject": subject,
            "table": table,
            "agent": agent,
            "sessions": sessions,
            "seed": seed,
        }
        command = _command(experiment, files, options, keep)
        write_comparison(result, recordings, out, command)
    return result


def write_comparison(
    result: xr.Dataset, recordings: Mapping[str, xr.Dataset], out: str | Path, command: str
) -> None:
    """Write a comparison as picture, table, dataset and page; each file whole or not at all.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.
    recordings : mapping of str to xarray.Dataset
        What was compared, by group.
    out : str or Path
        Folder.
    command : str
        How to make it again, for the page.

    """
    page, _, _, numbers, dataset = list_written(out)
    with figure_style():
        save_figure(draw_comparison(result), Path(out), STEM)
    with atomic_path(numbers) as temporary:
        tabulate_comparison(result).to_csv(temporary, index=False, float_format="%.6g")
    with atomic_path(dataset) as temporary:
        result.to_netcdf(temporary, engine="h5netcdf")
    write_page(lay_out_page(result, recordings, command, [numbers.name, dataset.name]), page)


def list_written(out: str | Path) -> list[Path]:
    """List the files that a comparison writes into a folder, the page first."""
    return [Path(out) / f"{STEM}.{ending}" for ending in ("html", "svg", "png", "csv", "nc")]


def _command(
    experiment: str,
    files: Iterable[str | Path],
    options: Mapping[str, object],
    keep: Sequence[str],
) -> str:
    """Write down the command line that makes a comparison again."""
    words = ["pfc", "compare", experiment, *map(str, files)]
    for option, value in options.items():
        words += [] if value is None else [f"--{option}", str(value)]
    for mark in keep:
        words += ["--keep", mark]
    return shlex.join(words)
