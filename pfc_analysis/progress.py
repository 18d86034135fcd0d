"""Progress of work in other processes: a board they write on, and bars that show it."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Item = TypeVar("Item")

_COLUMNS = 3  # update, steps, reward
_SECONDS = 0.5


class Report(Protocol):
    """Told how far some work has come, from the process that does it."""

    def tell(self, update: float, steps: float, reward: float) -> None:
        """Take note of an update."""


class Board:
    """A small file that several processes write their progress on, one row each.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    """

    @dataclass(frozen=True)
    class Row:
        """One worker's row; it travels to another process."""

        path: str
        index: int

        def tell(self, update: float, steps: float, reward: float) -> None:
            """Write how far the work has come."""
            table = np.memmap(self.path, np.float64, "r+").reshape(-1, _COLUMNS)
            table[self.index] = update, steps, reward

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows

    def __enter__(self) -> Board:
        self._folder = tempfile.TemporaryDirectory(prefix="pfc_progress_")
        self.path = str(Path(self._folder.name) / "board")
        np.zeros((max(self.n_rows, 1), _COLUMNS)).tofile(self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def row(self, index: int) -> Row:
        """Row `index`, to hand to a worker."""
        return Board.Row(self.path, index)

    def read(self) -> np.ndarray:
        """All rows: update, steps, reward."""
        return np.fromfile(self.path).reshape(-1, _COLUMNS)[: self.n_rows]


@contextmanager
def watch(board: Board, names: Sequence[str], total: int, shown: bool) -> Iterator[None]:
    """Show the board as one progress bar a row for as long as the block lasts.

    Parameters
    ----------
    board : Board
        What to show.
    names : sequence of str
        Name of each row.
    total : int
        Updates at which a row is finished.
    shown : bool
        Off shows nothing.
    """
    if not shown or not names:
        yield
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} updates"),
        TextColumn("{task.fields[rate]:>7,.0f} steps/s"),
        TextColumn("reward {task.fields[reward]:+.3f} a trial"),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bars:
        tasks = [bars.add_task(name, total=total, rate=0.0, reward=0.0) for name in names]
        finished = threading.Event()
        viewer = threading.Thread(target=_follow, args=(board, bars, tasks, finished))
        viewer.start()
        try:
            yield
        finally:
            finished.set()
            viewer.join()


def _follow(board: Board, bars: Progress, tasks: list[TaskID], finished: threading.Event) -> None:
    """Copy the board to the bars until told to stop, and once more then."""
    started: dict[int, tuple[float, float]] = {}
    while True:
        last = finished.wait(_SECONDS)
        now = time.monotonic()
        for i, (update, steps, reward) in enumerate(board.read()):
            if update == 0 or bars.tasks[i].completed >= (bars.tasks[i].total or 0):
                continue
            since, steps_then = started.setdefault(i, (now, steps))
            rate = (steps - steps_then) / max(now - since, _SECONDS)
            bars.update(tasks[i], completed=update, rate=rate, reward=reward)
        if last:
            return


def track(
    items: Iterable[Item], description: str, shown: bool, total: int | None = None
) -> Iterator[Item]:
    """Yield items, with a progress bar over them where `shown`.

    Parameters
    ----------
    items : iterable
        What to yield.
    description : str
        Stands before the bar.
    shown : bool
        Off shows nothing.
    total : int, optional
        How many items there are, where they have no length.
    """
    if not shown:
        yield from items
        return
    from rich.progress import track as rich_track

    yield from rich_track(items, description=description, total=total)
