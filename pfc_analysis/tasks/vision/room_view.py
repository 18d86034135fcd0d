"""What a batch of sessions of Harlow's task shows: `room` draws it, this keeps their images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.tasks.contract import Array
from pfc_analysis.tasks.vision.harlow_rules import CHOOSE
from pfc_analysis.tasks.vision.images import ImageSource
from pfc_analysis.tasks.vision.room import draw_panorama, draw_views

IMAGES = ("rewarded_image", "other_image")
"""Fields of a session's record: numbers of its images."""


@dataclass(frozen=True)
class Scene:
    """The angles of a scene, and the size of its view.

    Attributes
    ----------
    view : int
        Width and height of the view in pixels.
    field_of_view, screen : float
        Degrees that the view and the screen span.
    image_angle : float
        Azimuth of the right image's centre, in degrees; the left one's is minus this.
    image_size : float
        Width and height of an image in degrees.
    """

    view: int
    field_of_view: float
    screen: float
    image_angle: float
    image_size: float


class RoomView:
    """Draws the views of a batch of sessions (`pfc_analysis.tasks.contract.RepeatingView`).

    It keeps the images of each session. When the record of a session names other images, because a
    new session has begun in its place, it draws those.

    Parameters
    ----------
    scene : Scene
        The scene to draw.
    images : ImageSource
        Source of the images.
    n_sessions : int
        Number of sessions.
    """

    n_keys = 5

    def __init__(self, scene: Scene, images: ImageSource, n_sessions: int) -> None:
        self.scene, self._source = scene, images
        pixels = max(2, round(scene.image_size / scene.field_of_view * scene.view))
        self._numbers = np.full((n_sessions, 2), -1, np.int64)
        self._images = np.zeros((n_sessions, 2, pixels, pixels, 3), np.uint8)
        self._panorama = draw_panorama(scene.view, scene.field_of_view, scene.screen)

    def find_keys(self, sessions: Array, rows: Array) -> Array:
        """Return what decides the pictures that some of the sessions show now.

        Parameters
        ----------
        sessions : structured ndarray, shape (n_sessions,)
            Records of all sessions.
        rows : ndarray of int64, shape (row,)
            Some of the sessions.

        Returns
        -------
        ndarray of int64, shape (row, 5)
            Bits of the gaze, phase, and, where images are shown, side and numbers of the images.
        """
        records = sessions.view(np.ndarray)
        keys = np.empty((len(rows), self.n_keys), np.int64)
        keys[:, 0] = records["gaze"][rows].view(np.int64)
        keys[:, 1] = phase = records["phase"][rows]
        for k, name in enumerate(("rewarded_side", *IMAGES), start=2):
            keys[:, k] = np.where(phase == CHOOSE, records[name][rows], -1)
        return keys

    def render(self, sessions: Array) -> Array:
        """Draw what each session shows now.

        Parameters
        ----------
        sessions : structured ndarray, shape (n_sessions,)
            Their records.

        Returns
        -------
        ndarray of uint8, shape (n_sessions, view, view, 3)
            RGB, in new memory; each view depends only on the record of its session.

        Raises
        ------
        ValueError
            If the number of sessions is not that of the batch.
        """
        if sessions.shape != (len(self._numbers),):
            raise ValueError(
                f"sessions: found shape {sessions.shape}, expected ({len(self._numbers)},), the "
                "size that this view was opened for. Open another view."
            )
        return self.render_rows(sessions, np.arange(len(sessions)))

    def render_rows(self, sessions: Array, rows: Array) -> Array:
        """Draw what some of the sessions show now.

        Parameters
        ----------
        sessions : structured ndarray, shape (n_sessions,)
            Records of all sessions.
        rows : ndarray of int64, shape (row,)
            The sessions to draw.

        Returns
        -------
        ndarray of uint8, shape (row, view, view, 3)
            RGB, in new memory.
        """
        records = sessions.view(np.ndarray)
        fields = "gaze", "phase", "rewarded_side", *IMAGES
        shown = {name: records[name][rows] for name in fields}
        self._find_images(shown, rows)
        scene = self.scene
        views = np.empty((len(rows), scene.view, scene.view, 3), np.uint8)
        draw_views(
            self._panorama,
            shown["gaze"],
            shown["phase"],
            shown["rewarded_side"],
            self._images[rows],
            scene.field_of_view,
            scene.image_angle,
            scene.screen,
            scene.image_size,
            views,
        )
        return views

    def _find_images(self, shown: dict[str, Array], rows: Array) -> None:
        numbers = np.stack([shown[name] for name in IMAGES], axis=-1)
        row, which = np.nonzero(numbers != self._numbers[rows])
        if row.size:
            # Only steps with images need them, but drawing them at once needs no further state.
            images = self._source.draw(numbers[row, which], self._images.shape[2])
            self._images[rows[row], which] = images
            self._numbers[rows] = numbers
