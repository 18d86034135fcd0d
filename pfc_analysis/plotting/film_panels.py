"""Draw the frames of a film: the view of the agent, its value, its policy, and what is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pfc_analysis.plotting.film_canvas import LINE, TEXT, Box, Canvas
from pfc_analysis.plotting.film_session import DecodedProblem, SeenSession, value_range
from pfc_analysis.plotting.style import BLUE, GREEN, GREY, INK, VERMILLION

Array = np.ndarray[Any, Any]

VIEW = 252
"""Width in pixels to which views are magnified, by a whole number."""

MARGIN, PANEL, HEIGHT = 10, 340, 300
"""Pixels: around everything, width of the panels beside the view, and least height of a frame."""

PALE = "#E4E6E9"


def draw_film(sessions: Sequence[SeenSession], heads: Sequence[str]) -> Array:
    """Draw every step of sessions, one after the other.

    Parameters
    ----------
    sessions : sequence of SeenSession
        What to show.
    heads : sequence of str
        What stands under the views of each session, such as its replica and seed.

    Returns
    -------
    ndarray of uint8, shape (frame, height, width, 3)
        The same sessions give the same bytes.
    """
    limits = value_range(list(sessions))
    painters = [
        _SessionPainter(one, head, limits) for one, head in zip(sessions, heads, strict=True)
    ]
    return np.stack([painter.draw(k) for painter in painters for k in range(painter.n_steps)])


class _SessionPainter:
    """Draws the frames of one session."""

    def __init__(self, session: SeenSession, head: str, limits: tuple[float, float]) -> None:
        self.session, self.head, self.limits = session, head, limits
        self.n_steps = len(session.trial)
        self.captions = session.captions()
        scale = max(1, VIEW // session.frames.shape[2])
        self.view_size = session.frames.shape[2] * scale, session.frames.shape[1] * scale
        self.left = self.view_size[0] + 2 * MARGIN
        self.size = self.left + PANEL + MARGIN, max(HEIGHT, self.view_size[1] + 48 + MARGIN)

    def draw(self, k: int) -> Array:
        """Draw step k, RGB (height, width, 3)."""
        canvas, session = Canvas(self.size), self.session
        canvas.paste(session.frames[k], Box(MARGIN, MARGIN, *self.view_size))
        below = MARGIN + self.view_size[1] + 6
        canvas.text((MARGIN, below), self.captions[k], INK)
        canvas.text((MARGIN, below + 18), self.head, TEXT, small=True)
        tall = session.decoded is None
        self._draw_value(canvas, k, Box(self.left, 26, PANEL, 134 if tall else 66))
        wide = PANEL if tall else 150
        self._draw_policy(canvas, k, Box(self.left, 212, wide, 78))
        if session.decoded is not None:
            self._draw_traces(canvas, session.decoded, k, Box(self.left, 122, PANEL, 56))
            self._draw_answers(canvas, session.decoded, k, Box(self.left + 170, 212, 170, 78))
        return canvas.finish()

    def _draw_value(self, canvas: Canvas, k: int, box: Box) -> None:
        value, reward = self.session.value[: k + 1], self.session.reward
        canvas.text((box.left, box.top - 18), "value (line), reward (stems)", TEXT, small=True)
        canvas.text((box.right, box.top - 18), f"value {value[-1]:+.2f}", INK, right=True)
        across, up = self._scale(box, self.limits)
        self._draw_trials(canvas, box)
        canvas.line([(box.left, up(0.0)), (box.right, up(0.0))], LINE, 1)
        for j in np.flatnonzero(reward[: k + 1]):
            colour = GREEN if reward[j] > 0 else VERMILLION
            canvas.line([(across(j), up(0.0)), (across(j), up(reward[j]))], colour, 2)
            canvas.dot((across(j), up(reward[j])), 2.5, colour)
        canvas.line([(across(j), up(v)) for j, v in enumerate(value)], INK, 1.5)
        canvas.dot((across(k), up(value[-1])), 4, INK)

    def _draw_traces(self, canvas: Canvas, decoded: DecodedProblem, k: int, box: Box) -> None:
        across, up = self._scale(box, (0.0, 1.0))
        canvas.text((box.left, box.top - 18), "decoded: P(paying one)", TEXT, small=True)
        canvas.text((box.right, box.top - 17), "side", BLUE, small=True, right=True)
        canvas.text((box.right - 30, box.top - 17), "image", VERMILLION, small=True, right=True)
        self._draw_trials(canvas, box)
        for level in (0.0, 0.5, 1.0):
            canvas.line([(box.left, up(level)), (box.right, up(level))], LINE, 1)
        for target, colour in ((0, BLUE), (1, VERMILLION)):
            known = decoded.probability[: k + 1, target]
            for run in _find_runs(np.isfinite(known)):
                canvas.line([(across(j), up(known[j])) for j in run], colour, 1.5)
            if np.isfinite(known[k]):
                canvas.dot((across(k), up(known[k])), 3.5, colour)

    def _draw_policy(self, canvas: Canvas, k: int, box: Box) -> None:
        session = self.session
        canvas.text((box.left, box.top - 18), "policy (dark: action taken)", TEXT, small=True)
        height = min(22.0, box.height / len(session.actions))
        name_width = 68
        for a, name in enumerate(session.actions):
            taken, share = session.action[k] == a, float(session.policy[k, a])
            y = box.top + a * height
            canvas.text(
                (box.left, y + 1), name.replace("_", " "), INK if taken else TEXT, small=True
            )
            bar = Box(box.left + name_width, y + 2, box.width - name_width - 28, height - 7)
            canvas.bar(bar, share, INK if taken else GREY)
            canvas.text((box.right, y + 1), f"{share:.2f}", INK, small=True, right=True)

    def _draw_answers(self, canvas: Canvas, decoded: DecodedProblem, k: int, box: Box) -> None:
        canvas.text((box.left, box.top - 18), "decoded from other sessions", TEXT, small=True)
        probability, size = decoded.probability[k], 24
        good, other = decoded.images[k]
        canvas.paste(decoded.pictures[good], Box(box.left, box.top, size, size))
        canvas.paste(decoded.pictures[other], Box(box.right - size, box.top, size, size))
        canvas.frame(Box(box.left, box.top, size, size), VERMILLION)
        pays_right = decoded.rewarded_side[k] == 1
        for row, place in enumerate(("left", "right")):
            pays = pays_right == bool(row)
            x = box.left if place == "left" else box.right
            canvas.text((x, box.top + 32), place, BLUE if pays else TEXT, small=True,
                        right=place == "right")  # fmt: skip
        if not np.isfinite(probability).all():
            told = f"no decoder: {decoded.n_sessions[k]} sessions"
            canvas.text((box.left, box.top + 56), told, TEXT, small=True)
            return
        image = Box(box.left + 30, box.top + 6, box.width - 60, 12)
        canvas.bar(image, float(probability[1]), VERMILLION)
        canvas.bar(Box(image.left, box.top + 34, image.width, 12), float(probability[0]), BLUE,
                   from_right=bool(pays_right))  # fmt: skip
        side, picture = decoded.accuracy[k]
        told = f"right: image {picture:.0%}, side {side:.0%}"
        canvas.text((box.left, box.top + 52), told, TEXT, small=True)
        canvas.text((box.left, box.top + 66), f"of {decoded.n_sessions[k]} other sessions", TEXT,
                    small=True)  # fmt: skip

    def _draw_trials(self, canvas: Canvas, box: Box) -> None:
        """Shade every second trial."""
        trial = self.session.trial
        wide = box.width / self.n_steps
        for j in np.flatnonzero(trial % 2 == 1):
            canvas.fill(Box(box.left + j * wide, box.top, wide, box.height), PALE)

    def _scale(self, box: Box, limits: tuple[float, float]) -> tuple[Any, Any]:
        """Return functions from step to x and from a number to y."""
        low, high = limits
        wide = box.width / self.n_steps
        return (
            lambda j: box.left + (j + 0.5) * wide,
            lambda v: box.top + box.height * (1.0 - (float(v) - low) / (high - low)),
        )


def _find_runs(known: Array) -> list[Array]:
    """Return the indices of each run of steps without a gap."""
    places = np.flatnonzero(known)
    if not places.size:
        return []
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
