"""The page of a film: it loads nothing, and its numbers are those of the sessions."""

from __future__ import annotations

import base64
import json
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pfc_analysis.reporting.film_page import COLUMNS, FilmPage, render_film_page, write_film_page

from ..plotting.film_sessions import make_session

PAGE = FilmPage("harlow", "A <b>title</b> & more", 4, 2018, 0.2)


def read_film(text: str) -> dict:
    """The numbers that the script of a page reads."""
    found = re.search(r'<script type="application/json" id="film">(.*?)</script>', text, re.DOTALL)
    return json.loads(found.group(1))


def decode(url: str) -> np.ndarray:
    kind, _, data = url.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(data))))


def test_page_refers_to_nothing_elsewhere():
    text = render_film_page(PAGE, [make_session(), make_session(seed=1)])
    for value in re.findall(r'\b(?:src|href|srcset|action|data)="([^"]*)"', text):
        assert value.startswith("data:image/png;base64,")
    text = re.sub(r"data:image/png;base64,[\w+/=]*", "", text)
    assert not re.search(r"https?:|file:|ftp:|//[a-z]", text, re.IGNORECASE)
    assert not re.search(r"@import|url\((?!#)|<link|<iframe|fetch\(|XMLHttpRequest", text)
    assert "default-src 'none'" in text


def test_numbers_of_each_step_are_those_of_the_session():
    sessions = [make_session(), make_session(5, seed=1)]
    film = read_film(render_film_page(PAGE, sessions))
    assert film["seconds"] == 0.2
    assert len(film["steps"]) == 13
    for k, step in enumerate(film["steps"]):
        session, at = sessions[k >= 8], k if k < 8 else k - 8
        decoded, told = session.decoded, step["decoded"]
        assert step["session"] == int(k >= 8)
        assert step["value"] == pytest.approx(session.value[at], abs=1e-4)
        assert step["policy"] == pytest.approx(session.policy[at].tolist(), abs=1e-4)
        assert step["action"] == session.action[at]
        assert step["reward"] == session.reward[at]
        assert step["caption"] == " ".join(session.captions()[at].split())
        assert told["others"] == decoded.n_sessions[at]
        assert told["pays"] == ("left", "right")[decoded.rewarded_side[at]]
        if at == len(session.trial) - 2:
            assert set(told) == {"others", "pays", "images"}
        else:
            found = [told["side"], told["image"]]
            assert found == pytest.approx(decoded.probability[at].tolist(), abs=1e-4)
            assert told["side_right"] == told["image_right"] == 0.75


def test_one_picture_holds_all_views():
    sessions = [make_session(20), make_session(5, seed=1)]
    text = render_film_page(PAGE, sessions)
    sheet = decode(re.search(r'id="sprite" src="([^"]*)"', text).group(1))
    views = np.concatenate([session.frames for session in sessions])
    for k, view in enumerate(views):
        top, left = 10 * (k // COLUMNS), 12 * (k % COLUMNS)
        assert np.array_equal(sheet[top : top + 10, left : left + 12], view)
    film = read_film(text)
    assert (film["columns"], film["width"], film["height"]) == (COLUMNS, 12, 10)
    for number, session in enumerate(sessions):
        for url, picture in zip(film["pictures"][number], session.decoded.pictures, strict=True):
            assert np.array_equal(decode(url), picture)


def test_traces_go_through_the_numbers_and_leave_gaps():
    session = make_session()
    text = render_film_page(PAGE, [session])
    low, high = min(session.value.min(), -0.5), max(session.value.max(), 1.0)
    line = re.search(r'class="line" d="([^"]*)"', text).group(1)
    points = np.array(re.findall(r"[ML]([-\d.]+) ([-\d.]+)", line), float)
    assert points[:, 0] == pytest.approx(1000 * (np.arange(8) + 0.5) / 8)
    assert points[:, 1] == pytest.approx(100 * (high - session.value) / (high - low), abs=0.01)
    side = re.search(r'class="line side" d="([^"]*)"', text).group(1)
    points = np.array(re.findall(r"[ML]([-\d.]+) ([-\d.]+)", side), float)
    known = np.delete(session.decoded.probability[:, 0], 6)
    assert points[:, 1] == pytest.approx(100 - 100 * known, abs=0.01)
    assert [pen for pen in side if pen.isalpha()] == [*"MLLLLLM"]


def test_without_decoding_that_part_is_left_out():
    text = render_film_page(PAGE, [make_session(decoded=False)])
    assert "Decoded from the units" not in text
    assert all(step["decoded"] is None for step in read_film(text)["steps"])
    assert read_film(text)["pictures"] == []


def test_page_says_whose_film_it_is_and_escapes_it():
    text = render_film_page(PAGE, [make_session()])
    assert "A &lt;b&gt;title&lt;/b&gt; &amp; more" in text
    assert "Experiment harlow, replica 4, sessions of seed 2018" in text
    assert re.search(r"<noscript>.*JavaScript.*</noscript>", text, re.DOTALL)
    assert re.search(r'<input type="range"[^>]*aria-label="Step"', text)
    assert 'name="viewport"' in text
    assert "prefers-color-scheme: dark" in text


def test_same_film_same_bytes(tmp_path):
    one, two = (write_film_page(PAGE, [make_session()], tmp_path / name) for name in "ab")
    assert one.read_bytes() == two.read_bytes()
