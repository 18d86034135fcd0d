"""Frames of a film: what is drawn beside the view follows the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageColor

from pfc_analysis.plotting.film_panels import MARGIN, draw_film
from pfc_analysis.plotting.film_session import find_shaded, value_range
from pfc_analysis.plotting.style import GREEN, INK, VERMILLION

from .film_sessions import make_session


def is_colour(frame: np.ndarray, colour: str) -> np.ndarray:
    return (frame == ImageColor.getrgb(colour)).all(axis=-1)


@pytest.mark.parametrize("decoded", [True, False])
def test_views_are_magnified_by_a_whole_number(decoded):
    session = make_session(decoded=decoded)
    frames = draw_film([session, session], ["one", "two"])
    assert len(frames) == 16
    for frame, view in zip(frames, session.frames, strict=False):
        part = frame[MARGIN : MARGIN + 210, MARGIN : MARGIN + 252]
        assert np.array_equal(part, view.repeat(21, 0).repeat(21, 1))
    assert not np.array_equal(frames[0], frames[8])  # the text under the view
    assert np.array_equal(frames, draw_film([session, session], ["one", "two"]))


def test_dark_bar_is_as_long_as_the_probability_of_the_action_taken():
    lengths, shares = [], np.linspace(0.1, 0.9, 5)
    for share in shares:
        policy = np.tile([share, 1 - share, 0.0], (8, 1))
        session = replace(make_session(decoded=False), policy=policy, action=np.zeros(8, int))
        frame = draw_film([session], [""])[0]
        lengths.append(is_colour(frame[214:226, 280:], INK).sum(axis=1).max())
    slope, start = np.polyfit(shares, lengths, 1)
    assert lengths == pytest.approx(slope * shares + start, abs=1.0)
    assert start == pytest.approx(0.0, abs=1.5)
    assert slope == pytest.approx(340 - 68 - 28, abs=3)


def test_now_is_marked_at_the_height_of_the_value():
    """The dot is where the axis from the least to the largest value or reward puts it."""
    session = make_session(decoded=False)
    session = replace(session, value=np.linspace(-1, 3, 8).astype(np.float32))
    assert value_range([session]) == (-1.0, 3.0)
    for k, frame in enumerate(draw_film([session], [""])):
        dark = is_colour(frame[20:175, 275:], INK)
        column = (np.arange(8) + 0.5)[k] * 340 / 8 + (252 + 2 * MARGIN) - 275
        found = np.flatnonzero(dark[:, round(column)]) + 20
        expected = 26 + 134 * (1 - (session.value[k] + 1) / 4)
        assert found.mean() == pytest.approx(expected, abs=1.5)
        assert len(found) >= 6
        assert not dark[10:, round(column) + 8 :].any()  # no line beyond now


def test_rewards_are_marked_from_the_step_after_they_were_paid():
    session = make_session(decoded=False)
    frames = draw_film([session], [""])
    for colour, paid in ((GREEN, 1), (VERMILLION, 4)):
        shown = [is_colour(frame, colour).any() for frame in frames]
        assert shown == [k > paid for k in range(8)]


def test_a_value_that_never_changes_has_an_axis():
    session = replace(make_session(), value=np.zeros(8, np.float32), reward=np.zeros(8))
    assert value_range([session]) == (0.0, 1.0)
    assert np.ptp(draw_film([session], [""])) == 255


def test_every_second_trial_is_shaded():
    assert find_shaded(np.array([0, 0, 1, 2, 3, 3, 3])) == [(2, 1), (4, 3)]
    assert find_shaded(np.zeros(3, int)) == []
