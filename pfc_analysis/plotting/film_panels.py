"""Draw the frames of a film: the view of the agent, its value, its policy, and what is decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pfc_analysis.plotting.film_canvas import LINE, TEXT, Box, Canvas
from pfc_analysis.plotting.film_session import (
    DecodedProblem,
    SeenSession,
    find_shaded,
    value_range,
)
from pfc_analysis.plotting.style import BLUE, GREEN, GREY, INK, VERMILLION

Array = np.ndarray[Any, Any]
Scale = Callable[[float], float]

VIEW = 252
"""Width in pixels to which views are magnified, by a whole number."""

MARGIN, PANEL, HEIGHT = 10, 340, 300
"""Pixels: around everything, width of the panels beside the view, and least height of a frame."""

NAMES, THUMB = 68, 24
"""Pixels: width of the names of actions, and size of the two images."""

PALE = "#ECEDEF"


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
    """Draws the frames of one session: what stays the same once, the rest for each step."""

    def __init__(self, session: SeenSession, head: str, limits: tuple[float, float]) -> None:
        self.session, self.limits = session, limits
        self.n_steps = len(session.trial)
        self.captions = session.captions()
        scale = max(1, VIEW // session.frames.shape[2])
        self.view = Box(MARGIN, MARGIN, *(scale * n for n in session.frames.shape[2:0:-1]))
        left, alone = self.view.right + MARGIN, session.decoded is None
        self.values = Box(left, 26, PANEL, 134 if alone else 66)
        self.traces = Box(left, 122, PANEL, 56)
        self.policy = Box(left, 212, PANEL if alone else 150, 78)
        self.answers = Box(left + 170, 212, 170, 78)
        self.background = self._draw_background(head)

    def draw(self, k: int) -> Array:
        """Draw step k, RGB (height, width, 3)."""
        canvas, session = self.background.copy(), self.session
        canvas.paste(session.frames[k], self.view)
        canvas.text((MARGIN, self.view.bottom + 6), self.captions[k], INK)
        self._draw_value(canvas, k)
        self._draw_policy(canvas, k)
        if session.decoded is not None:
            self._draw_traces(canvas, session.decoded, k)
            self._draw_answers(canvas, session.decoded, k)
        return canvas.finish()

    def _draw_background(self, head: str) -> Canvas:
        wide = round(self.values.right) + MARGIN
        canvas = Canvas((wide, max(HEIGHT, round(self.view.bottom) + 48)))
        canvas.text((MARGIN, self.view.bottom + 24), head, TEXT, small=True)
        low, high = self.limits
        self._title(canvas, self.values, f"value (line), reward (stems), {low:.1f} to {high:.1f}")
        self._shade(canvas, self.values, self.limits, (0.0,))
        self._title(canvas, self.policy, "policy (dark: action taken)")
        for a, name in enumerate(self.session.actions):
            place = self.policy.left, self.policy.top + a * self._row + 1
            canvas.text(place, name.replace("_", " "), TEXT, small=True)
        if self.session.decoded is not None:
            self._title(canvas, self.traces, "decoded: P(the one that pays)")
            right, top = self.traces.right, self.traces.top - 18
            canvas.text((right, top), "side", BLUE, small=True, right=True)
            canvas.text((right - 30, top), "image", VERMILLION, small=True, right=True)
            self._shade(canvas, self.traces, (0.0, 1.0), (0.0, 0.5, 1.0))
            self._title(canvas, self.answers, "fitted to other sessions")
        return canvas

    @property
    def _row(self) -> float:
        """Height of a bar of the policy, with its gap."""
        return min(22.0, self.policy.height / len(self.session.actions))

    def _title(self, canvas: Canvas, box: Box, text: str) -> None:
        canvas.text((box.left, box.top - 18), text, TEXT, small=True)

    def _shade(
        self, canvas: Canvas, box: Box, limits: tuple[float, float], levels: Sequence[float]
    ) -> None:
        """Shade every second trial, and draw lines at levels."""
        wide = box.width / self.n_steps
        for first, length in find_shaded(self.session.trial):
            canvas.fill(Box(box.left + first * wide, box.top, length * wide, box.height), PALE)
        _, up = self._scale(box, limits)
        for level in levels:
            canvas.line([(box.left, up(level)), (box.right, up(level))], LINE, 1)

    def _draw_value(self, canvas: Canvas, k: int) -> None:
        value, reward, box = self.session.value, self.session.reward, self.values
        canvas.text((box.right, box.top - 20), f"{value[k]:+.2f}", INK, right=True)
        across, up = self._scale(box, self.limits)
        # The reward of this step is paid after it.
        for j in np.flatnonzero(reward[:k]).tolist():
            colour = GREEN if reward[j] > 0 else VERMILLION
            canvas.line([(across(j), up(0.0)), (across(j), up(reward[j]))], colour, 2)
            canvas.dot((across(j), up(reward[j])), 2.5, colour)
        canvas.line([(across(j), up(value[j])) for j in range(k + 1)], INK, 1.5)
        canvas.dot((across(k), up(value[k])), 4, INK)

    def _draw_traces(self, canvas: Canvas, decoded: DecodedProblem, k: int) -> None:
        across, up = self._scale(self.traces, (0.0, 1.0))
        for target, colour in ((0, BLUE), (1, VERMILLION)):
            known = decoded.probability[: k + 1, target]
            for run in _find_runs(np.isfinite(known)):
                canvas.line([(across(j), up(known[j])) for j in run], colour, 1.5)
            if np.isfinite(known[k]):
                canvas.dot((across(k), up(known[k])), 3.5, colour)

    def _draw_policy(self, canvas: Canvas, k: int) -> None:
        session, box = self.session, self.policy
        for a, share in enumerate(session.policy[k].tolist()):
            taken, y = session.action[k] == a, box.top + a * self._row
            bar = Box(box.left + NAMES, y + 2, box.width - NAMES - 28, self._row - 7)
            canvas.bar(bar, share, INK if taken else GREY)
            canvas.text((box.right, y + 1), f"{share:.2f}", INK, small=True, right=True)

    def _draw_answers(self, canvas: Canvas, decoded: DecodedProblem, k: int) -> None:
        box, (side, image) = self.answers, decoded.probability[k].tolist()
        good, other = decoded.images[k]
        canvas.paste(decoded.pictures[good], Box(box.left, box.top, THUMB, THUMB))
        canvas.paste(decoded.pictures[other], Box(box.right - THUMB, box.top, THUMB, THUMB))
        canvas.frame(Box(box.left, box.top, THUMB, THUMB), VERMILLION)
        pays_right = decoded.rewarded_side[k] == 1
        for name, x, pays in (("left", box.left, not pays_right), ("right", box.right, pays_right)):
            colour, right = BLUE if pays else TEXT, name == "right"
            canvas.text((x, box.top + 32), name, colour, small=True, right=right)
        told = f"only {decoded.n_sessions[k]} sessions reached this step", ""
        if np.isfinite(side):
            bar = Box(box.left + 32, box.top + 6, box.width - 64, 12)
            canvas.bar(bar, image, VERMILLION)
            canvas.bar(bar._replace(top=box.top + 33), side, BLUE, from_right=bool(pays_right))
            found, known = decoded.accuracy[k]
            told = (
                f"correct: image {known:.0%}, side {found:.0%}",
                (f"of {decoded.n_sessions[k]} held-out sessions"),
            )
        for row, line in enumerate(told):
            canvas.text((box.left, box.top + 52 + 14 * row), line, TEXT, small=True)

    def _scale(self, box: Box, limits: tuple[float, float]) -> tuple[Scale, Scale]:
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
