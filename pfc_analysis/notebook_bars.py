"""Show progress in a notebook, as text in the output of the cell."""

from __future__ import annotations

import importlib
import io
import threading

from rich.console import Console
from rich.progress import Progress, ProgressColumn

_SECONDS = 0.5
"""Between two updates of what is shown."""

_SHOWN_AFTER = 1.0
"""Seconds that work takes before anything is shown: what is quick leaves no output."""

_WIDTH = 100  # characters


class NotebookBars(Progress):
    """Progress bars as text in the output of a cell; they vanish when the work is done.

    rich's own bars need ipywidgets in a notebook, which this package does not.

    Parameters
    ----------
    *columns : rich.progress.ProgressColumn
        Columns of each bar.
    """

    def __init__(self, *columns: ProgressColumn) -> None:
        console = Console(
            file=io.StringIO(), width=_WIDTH, force_jupyter=False, force_terminal=False
        )
        super().__init__(*columns, console=console)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._show_until_ended, daemon=True)

    def start(self) -> None:
        """Begin to show the bars."""
        self._thread.start()

    def stop(self) -> None:
        """Remove the bars."""
        self._ended.set()
        self._thread.join()

    def _show_until_ended(self) -> None:
        """Update the output of the cell every half second."""
        show = importlib.import_module("IPython.display").display
        shown = None
        wait = _SHOWN_AFTER
        while not self._ended.wait(wait):
            wait = _SECONDS
            content = {"text/plain": self._text()}
            if shown is None:
                shown = show(content, raw=True, display_id=True)
            else:
                shown.update(content, raw=True)
        if shown is not None:
            # Empty text of any kind is a gap below the cell. Without data nothing is drawn.
            shown.update({}, raw=True)

    def _text(self) -> str:
        with self.console.capture() as captured:
            self.console.print(self.get_renderable())
        return captured.get().rstrip()
