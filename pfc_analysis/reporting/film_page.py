"""Render a film as one HTML page with a slider and a play button, which loads nothing else.

Views are in one picture, from which the page's script copies the one of each step. Traces are drawn
here; the script only moves what covers their future.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pfc_analysis.atomic import atomic_path
from pfc_analysis.plotting.animation import encode_png
from pfc_analysis.plotting.film_session import (
    TARGETS,
    DecodedProblem,
    SeenSession,
    find_shaded,
    value_range,
)
from pfc_analysis.reporting.render_page import make_environment

Array = np.ndarray[Any, Any]

COLUMNS = 16
"""Views in a row of the picture that holds them all: no browser refuses a picture of this width."""

DIGITS = 4
"""Decimals of the numbers in the page."""


@dataclass(frozen=True)
class FilmPage:
    """What a page says about its film.

    Attributes
    ----------
    experiment, title : str
        Name and title of the experiment.
    replica, seed : int
        Seed of the replica, and of its test sessions.
    seconds : float
        Time for which a step is shown.
    """

    experiment: str
    title: str
    replica: int
    seed: int
    seconds: float


def render_film_page(page: FilmPage, sessions: Sequence[SeenSession]) -> str:
    """Render a film as HTML; the same film gives the same text."""
    frames = np.concatenate([one.frames for one in sessions])
    limits = value_range(list(sessions))
    steps = [step for k, one in enumerate(sessions) for step in _list_steps(k, one)]
    pictures = [one.decoded.pictures for one in sessions if one.decoded is not None]
    film = {
        "steps": steps,
        "columns": COLUMNS,
        "height": frames.shape[1],
        "width": frames.shape[2],
        "seconds": page.seconds,
        "pictures": [[_as_url(picture[None], 1) for picture in own] for own in pictures],
    }
    return make_environment().get_template("film.html.jinja").render(
        page=page,
        film=film,
        actions=[name.replace("_", " ") for name in sessions[0].actions],
        decoded=sessions[0].decoded is not None,
        limits=[f"{limit:+.2f}" for limit in limits],
        sessions=[_draw_session(one, limits) for one in sessions],
        sprite=_as_url(frames, COLUMNS),
        version=version("pfc_analysis"),
    )  # fmt: skip


def write_film_page(page: FilmPage, sessions: Sequence[SeenSession], path: Path) -> Path:
    """Write a film as a page and return its path; the file appears complete or not at all."""
    text = render_film_page(page, sessions)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def _as_url(frames: Array, columns: int) -> str:
    return "data:image/png;base64," + base64.b64encode(encode_png(frames, columns)).decode("ascii")


def _list_steps(number: int, session: SeenSession) -> list[dict[str, Any]]:
    """List what the script shows at each step of a session."""
    n = len(session.trial)
    return [
        {
            "session": number,
            "caption": " ".join(caption.split()),
            "name": session.step[k],
            "place": round((k + 0.5) / n, DIGITS),
            "value": _number(session.value[k]),
            "reward": _number(session.reward[k]),
            "policy": [_number(share) for share in session.policy[k]],
            "action": int(session.action[k]),
            "decoded": None if session.decoded is None else _tell(session.decoded, k),
        }
        for k, caption in enumerate(session.captions())
    ]


def _tell(decoded: DecodedProblem, k: int) -> dict[str, Any]:
    """Tell what was decoded at step k; no probability where there is no decoder."""
    told: dict[str, Any] = {
        "others": int(decoded.n_sessions[k]),
        "pays": ("left", "right")[int(decoded.rewarded_side[k])],
        "images": decoded.images[k].tolist(),
    }
    if np.isfinite(decoded.probability[k]).all():
        for target, name in enumerate(TARGETS):
            told[name] = _number(decoded.probability[k, target])
            told[f"{name}_right"] = _number(decoded.accuracy[k, target])
    return told


def _number(value: float) -> float:
    return round(float(value), DIGITS)


def _draw_session(session: SeenSession, limits: tuple[float, float]) -> dict[str, Any]:
    """Return coordinates of a session's traces, in a picture 1000 wide and 100 high."""
    n, (low, high) = len(session.trial), limits

    def across(k: int) -> float:
        return round(1000 * (k + 0.5) / n, 2)

    def up(value: float) -> float:
        return round(100 * (1 - (float(value) - low) / (high - low)), 2)

    drawn: dict[str, Any] = {
        "zero": up(0.0),
        "value": _draw_path([(across(k), up(v)) for k, v in enumerate(session.value)]),
        "stems": [
            (across(k), up(session.reward[k]), "won" if session.reward[k] > 0 else "lost")
            for k in np.flatnonzero(session.reward).tolist()
        ],
        "shaded": [
            (round(1000 * first / n, 2), round(1000 * length / n, 2))
            for first, length in find_shaded(session.trial)
        ],
    }
    if session.decoded is not None:
        for target, name in enumerate(TARGETS):
            known = session.decoded.probability[:, target]
            points = [(across(k), round(100 - 100 * float(p), 2)) for k, p in enumerate(known)]
            drawn[name] = _draw_path(points)
    return drawn


def _draw_path(points: list[tuple[float, float]]) -> str:
    """Return the path of a line through points, with gaps where a height is not a number."""
    path, pen = [], "M"
    for x, y in points:
        if np.isfinite(y):
            path.append(f"{pen}{x:g} {y:g}")
        pen = "L" if np.isfinite(y) else "M"
    return "".join(path)
