"""Draw every figure, and write the page that shows them all."""

from __future__ import annotations

from pathlib import Path

from pfc_analysis.paths import check_writable
from pfc_analysis.progress import track
from pfc_analysis.reproduction.figure_index import write_index
from pfc_analysis.reproduction.figures import draw_figure, list_figures


def reproduce(out: str | Path, *, from_scratch: bool = False, progress: bool = False) -> list[Path]:
    """Draw every figure, and write a page with all of them.

    Parameters
    ----------
    out : str or Path
        Folder for the pictures, numbers and scripts, and for the page `index.html`.
    from_scratch : bool
        Train all agents again first, into the folder `agents` under `out`.
    progress : bool
        Show progress bars.

    Returns
    -------
    list of Path
        The files written, the page last.
    """
    out = check_writable(out, "folder")
    agents = None
    if from_scratch:
        from pfc_analysis.training.run.experiment import list_experiments
        from pfc_analysis.training.run.trainer import train

        agents = out / "agents"
        for experiment in list_experiments():
            train(experiment, agents / experiment, resume=True, progress=progress)
    written: list[Path] = []
    for name in track(list(list_figures()), "figures", shown=progress):
        written += draw_figure(name, out, agents)
    trained = "agents that were trained for it, in the folder agents beside this page"
    return written + write_index(out, trained if from_scratch else "the shipped agents")
