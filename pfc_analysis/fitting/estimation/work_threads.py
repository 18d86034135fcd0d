"""Run the same work on several things in threads; compiled likelihoods release Python's lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")


def map_threads(
    work: Callable[[Given], Found], things: Sequence[Given], n_threads: int | None = None
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
    """
    from joblib import Parallel, cpu_count, delayed

    n_threads = min(n_threads or cpu_count(), len(things))
    if n_threads <= 1:
        return [work(one) for one in things]
    found: list[Found] = Parallel(n_jobs=n_threads, backend="threading")(
        delayed(work)(one) for one in things
    )
    return found
