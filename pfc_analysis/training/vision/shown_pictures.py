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
    vision, core : PixelVision, Core
        What sees the pictures, and the weights of the LSTM: here for the sizes of arrays.
    """

    def __init__(
        self,
        view: View,
        shape: tuple[int, int, int],
        n_sessions: int,
        max_steps: int,
        vision: PixelVision,
        core: Core,
    ) -> None:
        self._view = view
        self._repeating = view if isinstance(view, RepeatingView) else None
        n_fields = 0 if self._repeating is None else self._repeating.n_keys
        self._known = np.empty((n_sessions, max_steps, n_fields), np.int64)
        self._counts = np.zeros(n_sessions, np.int64)
        self._numbers = np.empty((n_sessions, max_steps), np.int64)
        n_features, width = core.features.shape
        self._views = np.empty((0, *shape), np.uint8)
        self._seen = [
            *(np.empty((0, *each), np.float32) for each in vision.map_shapes(shape)),
            np.empty((0, n_features), np.float32),
            np.empty((0, width), np.float32),
        ]
        self._n = 0

    def begin(self, vision: PixelVision, core: Core) -> None:
        """Forget all pictures, and read the weights that the next ones are seen with."""
        self._vision, self._core = vision, core
        self._counts[:] = 0
        self._n = 0

    @property
    def views(self) -> Array:
        """The pictures, uint8 (picture, row, column, colour)."""
        return self._views[: self._n]

    @property
    def maps(self) -> list[Array]:
        """Output of each convolution, float32 (picture, row, column, filter)."""
        return [maps[: self._n] for maps in self._seen[:-2]]

    @property
    def features(self) -> Array:
        """Their features, float32 (picture, feature)."""
        return self._seen[-2][: self._n]

    @property
    def gates(self) -> Array:
        """Weighted input of the gates from each picture, with the bias, (picture, 4 * unit)."""
        return self._seen[-1][: self._n]

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
        before, view = self._n, self._repeating
        if view is None:
            self._add(self._view.render(sessions)[rows])
            return np.arange(before, self._n)
        shown = view.find_keys(sessions, rows)
        found = np.empty(len(rows), np.int64)
        number_pictures(shown, rows, self._known, self._counts, self._numbers, before, found)
        new = rows[found >= before]
        if new.size:
            self._add(view.render_rows(sessions, new))
        return found

    def _add(self, views: Array) -> None:
        start, stop = self._n, self._n + len(views)
        if stop > len(self._views):
            self._views = _grow(self._views, start, 2 * stop)
            self._seen = [_grow(array, start, 2 * stop) for array in self._seen]
        self._views[start:stop] = views
        *maps, features, gates = (array[start:stop] for array in self._seen)
        self._vision.see(views, maps, features)
        np.matmul(features, self._core.features, out=gates)
        gates += self._core.bias
        self._n = stop


def _grow(array: Array, used: int, length: int) -> Array:
    """Return a longer array that begins with the rows used."""
    grown = np.empty((length, *array.shape[1:]), array.dtype)
    grown[:used] = array[:used]
    return grown
