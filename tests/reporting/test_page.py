"""A page needs no other file, says what it was given, and runs nothing that came in with data."""

import base64
from html.parser import HTMLParser

import pytest

from pfc_analysis.reporting.page import (
    Page,
    PageFigure,
    PageList,
    PageTable,
    render_page,
    write_page,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>{}</text></svg>'
HOSTILE = '<script>alert("rat")</script>'


@pytest.fixture
def page():
    return Page(
        title=f"two_step: agents beside {HOSTILE}",
        subtitle="6 rats",
        summary=["They differ.", HOSTILE],
        figure=PageFigure(SVG.format("day"), SVG.format("night"), "bars", "Stay & leave"),
        command="pfc compare two_step FILE",
        files=["comparison.csv", f"{HOSTILE}.nc"],
        sections=[
            PageTable("Groups", ["quantity", ">agents"], [["stay", "0.95"], [HOSTILE, "0.5"]]),
            PageList("Assumed", [HOSTILE, "choice: found 1 and 2"]),
            PageTable("Sessions", ["session"], [["M055, 0"]], folded=True),
        ],
    )


class Reader(HTMLParser):
    """Collects tags, their attributes and the text of a page; checks that tags are closed."""

    VOID = ("meta", "source", "img", "link", "br")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def reader(page):
    found = Reader()
    found.feed(render_page(page))
    found.close()
    return found


def test_every_tag_is_closed(reader):
    assert reader.open == []


def test_nothing_is_loaded_from_elsewhere(reader):
    for tag, attributes in reader.tags:
        assert tag not in ("script", "link", "iframe", "object")
        for name in ("src", "srcset", "href"):
            assert attributes.get(name, "data:").startswith("data:")


def test_hostile_names_stay_text(reader):
    text = "".join(reader.text)
    assert text.count(HOSTILE) >= 5


def test_figures_are_there_for_light_and_dark(reader):
    found = dict(reader.tags)
    (source,) = [attributes for tag, attributes in reader.tags if tag == "source"]
    assert source["media"] == "(prefers-color-scheme: dark)"
    for address, words in ((found["img"]["src"], "day"), (source["srcset"], "night")):
        assert base64.b64decode(address.split(",")[1]).decode() == SVG.format(words)
    assert found["img"]["alt"] == "bars"


def test_numbers_are_set_to_the_right(reader):
    cells = [attributes for tag, attributes in reader.tags if tag == "td"]
    assert [cell.get("class") for cell in cells] == ["number", "number"]


def test_only_folded_tables_can_be_closed(reader):
    assert sum(tag == "details" for tag, _ in reader.tags) == 1


def test_same_page_same_bytes(page, tmp_path):
    first = write_page(page, tmp_path / "a.html").read_bytes()
    assert first == write_page(page, tmp_path / "b.html").read_bytes()
    assert first.decode() == render_page(page)


def test_sections_keep_their_order(reader):
    text = "".join(reader.text)
    places = [text.index(title) for title in ("Groups", "Assumed", "Sessions", "Make this page")]
    assert places == sorted(places)
