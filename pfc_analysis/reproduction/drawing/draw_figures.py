"""Draw all figures in parallel processes, and clean up if they are stopped or killed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pfc_analysis.atomic import remove_abandoned
from pfc_analysis.paths import check_writable, user_path
from pfc_analysis.progress_states import DONE, FAILED, STARTED, ProgressStates, show_states
from pfc_analysis.reproduction.drawing.compile_first import compile_first
from pfc_analysis.reproduction.drawing.figure_order import order_figures
from pfc_analysis.reproduction.drawing.worker_processes import Job, Workers
from pfc_analysis.reproduction.figures import FigureError, draw_figure, list_figures
from pfc_analysis.training.run.replica_processes import WorkerKilledError

_CLEAN_SECONDS = 2.0  # how long to wait for killed workers to be gone

Drawn = dict[str, list[Path] | Exception]


def draw_figures(
    out: str | Path,
    agents: str | Path | None = None,
    *,
    workers: int | None = None,
    progress: bool | None = None,
) -> dict[str, list[Path]]:
    """Draw every figure, several at once, those that take longest first.

    The files have the same bytes as those of `draw_figure`, one figure after the other.

    Parameters
    ----------
    out : str or Path
        Folder for pictures, captions and numbers.
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    workers : int, optional
        Number of processes; default: one per processor. With one, figures are drawn in this
        process.
    progress : bool, optional
        Show a progress bar with the name and the state of each figure; default: in a
        notebook and at a prompt, but not in a script.

    Returns
    -------
    dict of str to list of Path
        The files of each figure, in the order of `list_figures`.

    Raises
    ------
    FigureError
        If figures could not be drawn. All others are complete.
    WorkerKilledError
        If the operating system killed a worker process.
    """
    folder, names = check_writable(out, "folder"), list(list_figures())
    agents = None if agents is None else user_path(agents).absolute()
    drawn: Drawn = {}
    with show_states(names, "figure", progress) as states:
        try:
            _draw_all(order_figures(names), folder.absolute(), agents, workers, states, drawn)
        except BaseException as error:  # also Ctrl-C, or a request to end
            _clean_folder(folder)
            if isinstance(error, WorkerKilledError):
                raise WorkerKilledError(_say_killed(error, names, drawn, folder)) from error
            raise
    in_order = {name: drawn[name] for name in names}
    faults = {name: done for name, done in in_order.items() if isinstance(done, Exception)}
    if faults:
        raise FigureError(_say_failed(faults, folder)) from next(iter(faults.values()))
    # The processes get the absolute path; the caller's own is returned.
    files = {name: done for name, done in in_order.items() if isinstance(done, list)}
    return {name: [folder / path.name for path in paths] for name, paths in files.items()}


def _draw_all(
    names: Sequence[str],
    folder: Path,
    agents: Path | None,
    workers: int | None,
    states: ProgressStates,
    drawn: Drawn,
) -> None:
    """Draw figures, and add the files of each, or why it could not be drawn, to `drawn`."""
    from joblib import cpu_count

    def list_jobs() -> Iterator[Job]:
        for name in names:
            states.set(name, STARTED)
            yield Job(name, draw_figure, (name, folder, agents))

    with Workers(min(len(names), workers or cpu_count())) as processes:
        compile_first(processes, states)
        for name, done in processes.run(list_jobs()):
            drawn[name] = done
            states.set(name, FAILED if isinstance(done, Exception) else DONE)


def _clean_folder(folder: Path) -> None:
    """Remove what killed workers had begun to write, as soon as they are gone."""
    deadline = time.monotonic() + _CLEAN_SECONDS
    while remove_abandoned(folder) and time.monotonic() < deadline:
        time.sleep(0.05)


def _say_failed(faults: Mapping[str, Exception], folder: Path) -> str:
    told = "\n".join(f"Figure {name}: {error}" for name, error in faults.items())
    return (
        f"{told}\n{len(faults)} figure(s) could not be drawn; the other figures are in {folder}. "
        f"To draw one again: pfc figure {next(iter(faults))} --out {folder}"
    )


def _say_killed(error: Exception, names: Sequence[str], drawn: Drawn, folder: Path) -> str:
    missing = [name for name in names if not isinstance(drawn.get(name), list)]
    return (
        f"{folder}: {error}; not drawn: Figure {', '.join(missing)}. Use fewer processes by "
        "--workers if memory is short."
    )
