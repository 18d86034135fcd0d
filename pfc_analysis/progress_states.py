"""One progress bar for pieces of work that are done side by side, with the name of each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pfc_analysis.notebook import is_progress_shown
from pfc_analysis.progress import open_bars
from pfc_analysis.screen_text import visible_text

if TYPE_CHECKING:
    from rich.progress import Progress

WAITING, STARTED, DONE, FAILED = "waiting", "drawing", "done", "failed"
"""States of a piece of work."""

_ORDER = (STARTED, FAILED, DONE, WAITING)


class ProgressStates:
    """Show the states of pieces of work: all wait at first.

    Parameters
    ----------
    names : sequence of str
        Names of the pieces of work.
    kind : str
        What they are: "figure".
    bars : rich.progress.Progress, optional
        Shows them. If it is disabled (there is no terminal), a line is printed for each that ends;
        if it is None, nothing is shown.
    """

    def __init__(self, names: Sequence[str], kind: str, bars: Progress | None = None) -> None:
        self._states = dict.fromkeys(names, WAITING)
        self._kind, self._bars = kind, bars
        self._task = None
        if bars is not None and not bars.disable:
            self._task = bars.add_task(f"{kind}s", total=len(names), states=self.describe())

    def set(self, name: str, state: str) -> None:
        """Set the state of a piece of work: `STARTED`, `DONE` or `FAILED`."""
        self._states[name] = state
        ended = sum(own in (DONE, FAILED) for own in self._states.values())
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=ended, states=self.describe())
        elif self._bars is not None and state in (DONE, FAILED):
            line = f"{self._kind} {visible_text(name)}: {state} ({ended} of {len(self._states)})"
            print(line, file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Show a text in place of the states, until the next state is set."""
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, states=text)
        elif self._bars is not None:
            print(text, file=sys.stderr, flush=True)

    def describe(self) -> str:
        """Return all names by their state: "drawing 6, s9; done 3; waiting 1, 2"."""
        found = {
            state: [visible_text(name) for name, own in self._states.items() if own == state]
            for state in _ORDER
        }
        return "; ".join(f"{state} {', '.join(names)}" for state, names in found.items() if names)


@contextmanager
def show_states(names: Sequence[str], kind: str, shown: bool | None) -> Iterator[ProgressStates]:
    """Show one bar for pieces of work, with the name and the state of each, until the block ends.

    Parameters
    ----------
    names, kind
        As for `ProgressStates`.
    shown : bool or None
        Whether to show anything; None: see `pfc_analysis.notebook.is_progress_shown`.

    Yields
    ------
    ProgressStates
        To be told of each change.
    """
    if not is_progress_shown(shown):
        yield ProgressStates(names, kind)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[states]}", markup=False),
    )
    with open_bars(*columns) as bars:
        yield ProgressStates(names, kind, bars)
