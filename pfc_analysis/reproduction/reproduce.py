"""Draw every figure, and write the page that shows them all."""

from __future__ import annotations

from pathlib import Path

from pfc_analysis.paths import check_writable
from pfc_analysis.reproduction.drawing.draw_figures import draw_figures
from pfc_analysis.reproduction.figure_index import write_index


def reproduce(
    out: str | Path,
    *,
    from_scratch: bool = False,
    workers: int | None = None,
    progress: bool | None = None,
) -> list[Path]:
    """Draw every figure, several at once, and write a page with all of them.

    Parameters
    ----------
    out : str or Path
        Folder for the pictures, numbers and scripts, and for the page `index.html`.
    from_scratch : bool
        Train all agents again first, into the folder `agents` under `out`.
    workers : int, optional
        Number of processes, for training and for figures; default: one per processor.
    progress : bool, optional
        Show progress bars; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    list of Path
        The files written, in the order of the figures, the page last.

    Raises
    ------
    FigureError
        If figures could not be drawn (`pfc_analysis.reproduction.drawing.draw_figures`).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> files = pfc.reproduce("figures")  # doctest: +SKIP

    All figures take minutes. A single one takes seconds:

    >>> len(pfc.list_figures())
    24
    """
    out = check_writable(out, "folder")
    agents = None
    if from_scratch:
        from pfc_analysis.training.run.shipped_experiments import list_experiments
        from pfc_analysis.training.run.trainer import train

        agents = out / "agents"
        for experiment in list_experiments():
            train(experiment, agents / experiment, resume=True, workers=workers, progress=progress)
    drawn = draw_figures(out, agents, workers=workers, progress=progress)
    written = [path for files in drawn.values() for path in files]
    trained = "agents that were trained for it, in the folder agents beside this page"
    return written + write_index(out, trained if from_scratch else "the shipped agents")
