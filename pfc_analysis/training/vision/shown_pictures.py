"""The pictures that a block of sessions has shown, and what the network computes from each.

A session shows many of its pictures again and again, such as the cross at the start of each trial.
Each one is drawn, and its features are computed, only once in a session.
"""

from __future__ import annotations

import numpy as np

from pfc_analysis.tasks.contract import Array, RepeatingView, View
from pfc_analysis.training.vision.picture_kernels import number_pictures
from pfc_analysis.training.vision.pixel_vision import PixelVision
from pfc_analysis.training.vision.session_steps import Core


class ShownPictures:
    """The pictures that a block of sessions has shown.

    Parameters
    ----------
    view : View
        Draws the pictures. Unless it is a `RepeatingView`, every picture counts as new.
    shape : tuple of int
        Height, width and colours of a picture.
    n_sessions, max_steps : int
        Number of sessions, and of steps that each may have.
    core : Core
        The weights of the LSTM, for the sizes of arrays.
    keeps_views : bool
        Whether to keep the pictures themselves, which a gradient needs.
    """

    def __init__(
        self,
        view: View,
        shape: tuple[int, int, int],
        n_sessions: int,
        max_steps: int,
        core: Core,
        keeps_views: bool,
    ) -> None:
        self._view = view
        n_fields = len(view.depends_on) if isinstance(view, RepeatingView) else 0
        self._known = np.empty((n_sessions, max_steps, n_fields), np.int64)
        self._counts = np.zeros(n_sessions, np.int64)
        self._numbers = np.empty((n_sessions, max_steps), np.int64)
        n_features, width = core.features.shape
        self._arrays = {
            "features": np.empty((0, n_features), np.float32),
            "gates": np.empty((0, width), np.float32),
        }
        if keeps_views:
            self._arrays["views"] = np.empty((0, *shape), np.uint8)
        self._n = 0

    def begin(self, vision: PixelVision, core: Core) -> None:
        """Forget all pictures, and read the weights that the next ones are seen with."""
        self._vision, self._core = vision, core
        self._counts[:] = 0
        self._n = 0

    @property
    def views(self) -> Array:
        """The pictures, uint8 (picture, row, column, colour)."""
        return self._arrays["views"][: self._n]

    @property
    def features(self) -> Array:
        """Their features, float32 (picture, feature)."""
        return self._arrays["features"][: self._n]

    @property
    def gates(self) -> Array:
        """Weighted input of the gates from each picture, with the bias, (picture, 4 * unit)."""
        return self._arrays["gates"][: self._n]

    def find(self, sessions: Array, rows: Array) -> Array:
        """Return the numbers of the pictures that sessions show now, after seeing the new ones.

        Parameters
        ----------
        sessions : structured ndarray, shape (n_sessions,)
            Records of all sessions.
        rows : ndarray of int64, shape (row,)
            Sessions that are not over.

        Returns
        -------
        ndarray of int64, shape (row,)
        """
        before, view = self._n, self._view
        if not isinstance(view, RepeatingView):
            self._add(view.render(sessions)[rows])
            return np.arange(before, self._n)
        columns = [np.ascontiguousarray(sessions[name]) for name in view.depends_on]
        shown = np.stack([column.view(np.int64)[rows] for column in columns], axis=-1)
        found = np.empty(len(rows), np.int64)
        number_pictures(shown, rows, self._known, self._counts, self._numbers, before, found)
        new = rows[found >= before]
        if new.size:
            self._add(view.render_rows(sessions, new))
        return found

    def _add(self, views: Array) -> None:
        start, stop = self._n, self._n + len(views)
        if stop > len(self._arrays["features"]):
            for name, array in self._arrays.items():
                grown = np.empty((2 * stop, *array.shape[1:]), array.dtype)
                grown[:start] = array[:start]
                self._arrays[name] = grown
        seen = self._vision.extract_features(views)
        self._arrays["features"][start:stop] = seen
        gates = self._arrays["gates"][start:stop]
        np.matmul(seen, self._core.features, out=gates)
        gates += self._core.bias
        if "views" in self._arrays:
            self._arrays["views"][start:stop] = views
        self._n = stop
