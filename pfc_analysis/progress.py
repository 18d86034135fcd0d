"""Progress bars, also for work in other processes, which write their progress to a shared file."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeVar

from pfc_analysis.notebook import is_notebook, is_progress_shown
from pfc_analysis.progress_estimate import TrainingEstimate
from pfc_analysis.screen_text import visible_text

if TYPE_CHECKING:
    import numpy as np
    from rich.progress import Progress, ProgressColumn, TaskID

Item = TypeVar("Item")

_PREFIX, _LOCK = "pfc_progress_", "lock"  # name of the temporary folder, and of its lock
_COLUMNS = 3  # updates, steps, reward per trial
_SECONDS = 0.5  # between two updates of the bars
_WIDE = 72  # characters: narrower screens have no room for all columns
_LINES_AFTER = 60.0  # seconds between two lines where there is no terminal for bars


class ProgressReporter(Protocol):
    """Receives the progress of training, in the process that trains."""

    def update(self, updates: float, steps: float, reward: float) -> None:
        """Receive the progress after an update.

        Parameters
        ----------
        updates, steps : float
            Number of updates made and of steps played so far.
        reward : float
            Reward per trial in the last update.
        """


@dataclass(frozen=True)
class ProgressRow:
    """The row of a shared file that one process writes its progress to; it can be pickled.

    Attributes
    ----------
    path : str
        The shared file.
    index : int
        Number of the row.
    """

    path: str
    index: int

    def update(self, updates: float, steps: float, reward: float) -> None:
        """Write the progress to the row."""
        import numpy as np

        table = np.memmap(self.path, np.float64, "r+").reshape(-1, _COLUMNS)
        table[self.index] = updates, steps, reward


class SharedProgress:
    """A temporary file that several processes write their progress to, one row for each.

    Use it as a context manager: the file exists inside the block.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    """

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows

    def __enter__(self) -> SharedProgress:
        import numpy as np
        from filelock import FileLock

        _remove_abandoned()
        # Once it is unlocked, another process may already be removing it as abandoned.
        self._folder = tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
        # The operating system unlocks it when this process ends, even if it is killed.
        self._lock = FileLock(Path(self._folder.name) / _LOCK)
        self._lock.acquire()
        self.path = str(Path(self._folder.name) / "progress")
        np.zeros((max(self.n_rows, 1), _COLUMNS)).tofile(self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._folder.cleanup()

    def row(self, index: int) -> ProgressRow:
        """Return the row that a process should write to."""
        return ProgressRow(self.path, index)

    def read(self) -> np.ndarray:
        """Return all rows, shape (row, 3): updates, steps, reward per trial."""
        import numpy as np

        return np.fromfile(self.path).reshape(-1, _COLUMNS)[: self.n_rows]


def _remove_abandoned() -> None:
    """Remove the temporary folders of processes that were killed: nobody locks them any more."""
    from filelock import FileLock, Timeout

    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        # Those of other users cannot be locked.
        with suppress(OSError, Timeout), FileLock(lock, timeout=0):
            shutil.rmtree(lock.parent, ignore_errors=True)


@contextmanager
def show_progress_bars(
    progress: SharedProgress, names: Sequence[str], total: int, shown: bool | None
) -> Iterator[None]:
    """Show one progress bar for each row of a shared file, until the block ends.

    Parameters
    ----------
    progress : SharedProgress
        The progress of all processes.
    names : sequence of str
        Name of each row.
    total : int
        Number of updates at which a row is complete.
    shown : bool or None
        Whether to show progress bars at all; None: see `pfc_analysis.notebook.is_progress_shown`.
    """
    if not is_progress_shown(shown) or not names:
        yield
        return
    with open_bars(*_training_columns()) as bars:
        tasks = [
            bars.add_task(visible_text(name), total=total, rate=0.0, reward=0.0) for name in names
        ]
        if len(names) > 1:
            every, whole = f"{len(names)} replicas", total * len(names)
            tasks.append(bars.add_task(every, total=whole, rate=0.0, reward=0.0))
        finished = threading.Event()
        refresher = threading.Thread(target=_refresh_bars, args=(progress, bars, tasks, finished))
        refresher.start()
        try:
            yield
        finally:
            finished.set()
            refresher.join()


def _training_columns() -> list[ProgressColumn]:
    """Return the columns of bars of training that the screen has room for."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    columns: list[ProgressColumn] = [
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:.0f}/{task.total:.0f} updates"),
        TextColumn("reward {task.fields[reward]:+.3f}"),
    ]
    if shutil.get_terminal_size((80, 24)).columns < _WIDE:
        return columns
    rate = TextColumn("{task.fields[rate]:>7,.0f} steps/s")
    last = TextColumn("reward {task.fields[reward]:+.3f} per trial")
    return [columns[0], BarColumn(), columns[1], rate, last, TimeRemainingColumn()]


def _refresh_bars(
    progress: SharedProgress, bars: Progress, tasks: list[TaskID], finished: threading.Event
) -> None:
    """Update the bars every half second until `finished` is set, and once more then.

    Without a terminal, lines are printed in their place: how long all takes, as soon as updates
    tell, and every minute a line for each row.
    """
    started: dict[int, tuple[float, float]] = {}
    estimate = TrainingEstimate(progress.n_rows, int(bars.tasks[0].total or 0))
    told, announced = time.monotonic(), False
    while True:
        last = finished.wait(_SECONDS)
        now, rows = time.monotonic(), progress.read()
        estimate.see(now, rows[:, 0])
        for i, (update, steps, reward) in enumerate(_with_sum(rows, len(tasks))):
            if update == 0 or bars.tasks[i].completed >= (bars.tasks[i].total or 0):
                continue
            since, steps_then = started.setdefault(i, (now, steps))
            rate = (steps - steps_then) / max(now - since, _SECONDS)
            bars.update(tasks[i], completed=update, rate=rate, reward=reward)
        if bars.disable and estimate.is_known and not announced:
            announced = True
            print(estimate.describe(), file=sys.stderr, flush=True)
        if bars.disable and now - told >= _LINES_AFTER:
            told = now
            print(estimate.describe(), file=sys.stderr, flush=True)
            _print_lines(rows, bars)
        if last:
            return


def _with_sum(rows: np.ndarray, n_bars: int) -> np.ndarray:
    """Append a row for all replicas, if it has a bar: sums, and the mean reward of the started."""
    import numpy as np

    if n_bars == len(rows):
        return rows
    begun = rows[rows[:, 0] > 0]
    reward = begun[:, 2].mean() if len(begun) else 0.0
    return np.vstack([rows, [*rows[:, :2].sum(axis=0), reward]])


def _print_lines(rows: np.ndarray, bars: Progress) -> None:
    """Print how far each row has come, for logs."""
    for task, (update, _, reward) in zip(bars.tasks, rows, strict=False):
        total = task.total or 0
        if 0 < update < total:
            line = f"{task.description}: {update:.0f} of {total:.0f} updates"
            print(f"{line}, reward {reward:+.3f} per trial", file=sys.stderr, flush=True)


def track(
    items: Iterable[Item], description: str, shown: bool | None, total: int | None = None
) -> Iterator[Item]:
    """Yield items, and show a progress bar over them.

    Parameters
    ----------
    items : iterable
        The items.
    description : str
        Text before the bar.
    shown : bool or None
        Whether to show the bar; None: see `pfc_analysis.notebook.is_progress_shown`.
    total : int, optional
        Number of items, if `items` has no length.
    """
    if not is_progress_shown(shown):
        yield from items
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    text = TextColumn("{task.description}", markup=False)
    with open_bars(text, BarColumn(), TaskProgressColumn(), TimeRemainingColumn()) as bars:
        yield from bars.track(items, total=total, description=visible_text(description))


def open_bars(*columns: ProgressColumn, anywhere: bool = False) -> Progress:
    """Return progress bars for the cell of a notebook, or on the standard error stream.

    On a stream that is no terminal they are disabled, unless they are shown `anywhere`.
    """
    if is_notebook():
        from pfc_analysis.notebook_bars import NotebookBars

        return NotebookBars(*columns)
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not (console.is_terminal or anywhere))
