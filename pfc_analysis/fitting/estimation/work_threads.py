"""Run the same work on several things in threads; compiled likelihoods release Python's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from pfc_analysis.progress import track

Given = TypeVar("Given")
Found = TypeVar("Found")


def map_threads(
    work: Callable[[Given], Found],
    things: Sequence[Given],
    n_threads: int | None = None,
    *,
    text: str = "",
    progress: bool | None = False,
) -> list[Found]:
    """Apply a function to each thing, in threads, and return the results in order.

    Parameters
    ----------
    work : callable
        The function; it may change nothing that two things share.
    things : sequence
        What it is applied to.
    n_threads : int, optional
        Number of threads; None: one for each processor that this process may use.
    text : str
        Text before a progress bar.
    progress : bool or None
        Whether to show the bar, as `pfc_analysis.progress.track` takes it.
    """
    from joblib import Parallel, cpu_count, delayed

    n_threads = min(n_threads or cpu_count(), len(things))
    found: Iterable[Found] = map(work, things)
    if n_threads > 1:
        parallel = Parallel(n_jobs=n_threads, backend="threading", return_as="generator")
        found = parallel(delayed(work)(one) for one in things)
    return list(track(found, text, progress, total=len(things)))
