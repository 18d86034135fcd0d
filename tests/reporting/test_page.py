"""A page needs no other file, says what it was given, and runs nothing that came in with data."""

import base64
from html.parser import HTMLParser

import pytest

from pfc_analysis.reporting.page import (
    Page,
    PageCode,
    PageFigure,
    PageLinks,
    PageList,
    PageTable,
    PageTerms,
    PageText,
    Section,
)
from pfc_analysis.reporting.render_page import as_data_url, render_page, write_page

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>{}</text></svg>'
HOSTILE = '<script>alert("rat")</script>'


@pytest.fixture
def page():
    figure = PageFigure(
        as_data_url(SVG.format("day")), as_data_url(SVG.format("night")), "bars", ["Stay & leave"]
    )
    table = PageTable(["quantity", ">agents"], [["stay", "0.95"], [HOSTILE, "0.5"]], HOSTILE)
    beside = PageFigure("fig5.png", "", HOSTILE, [HOSTILE], "fig5.svg")
    return Page(
        title=f"two_step: agents beside {HOSTILE}",
        subtitle="6 rats",
        summary=["They differ.", HOSTILE],
        sections=[
            Section("What was asked", [PageText(["Do they plan?", HOSTILE])]),
            Section("Terms", [PageTerms([("staying", HOSTILE), (HOSTILE, "none")])]),
            Section("Figure", [figure, beside]),
            Section("Groups", [table]),
            Section(f"Assumed {HOSTILE}", [PageList([HOSTILE, "choice: 1 and 2"], "By column:")]),
            Section("Sessions", [PageTable(["session"], [["M055, 0"]])], folded=True),
            Section("Make this page again", [PageCode(HOSTILE), PageLinks([(HOSTILE, "a.csv")])]),
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
            address = attributes.get(name, "data:")
            assert address.startswith(("data:", "#")) or address in (
                "fig5.png",
                "fig5.svg",
                "a.csv",
            )


def test_hostile_names_stay_text(reader):
    text = "".join(reader.text)
    assert text.count(HOSTILE) == 14  # two of titles, which the table of contents repeats


def test_figures_are_there_for_light_and_dark(reader):
    images = [attributes for tag, attributes in reader.tags if tag == "img"]
    (source,) = [attributes for tag, attributes in reader.tags if tag == "source"]
    assert source["media"] == "screen and (prefers-color-scheme: dark)"  # paper is white
    for address, words in ((images[0]["src"], "day"), (source["srcset"], "night")):
        assert base64.b64decode(address.split(",")[1]).decode() == SVG.format(words)
    assert images[0]["alt"] == "bars"


def test_a_picture_without_a_dark_one_has_a_white_ground_and_leads_to_its_file(reader):
    frames = [a["class"] for tag, a in reader.tags if "picture" in a.get("class", "")]
    assert frames == ["picture", "picture white"]
    assert ("a", {"href": "fig5.svg"}) in reader.tags


def test_contents_lead_to_every_section(page, reader):
    targets = [a["href"] for tag, a in reader.tags if a.get("href", "").startswith("#")]
    places = [f"#{a['id']}" for tag, a in reader.tags if tag == "section" and "id" in a]
    assert targets == places
    assert len(places) == len(page.sections)


def test_cells_name_their_column_for_narrow_screens(reader):
    labels = [attributes["data-label"] for tag, attributes in reader.tags if tag == "td"]
    assert labels == ["agents", "agents"]


def test_numbers_are_set_to_the_right(reader):
    cells = [attributes for tag, attributes in reader.tags if tag == "td"]
    assert [cell.get("class") for cell in cells] == ["number", "number"]


def test_print_opens_what_is_closed_and_cuts_nothing_off(page):
    style = render_page(page).partition("@media print")[2]
    assert "details::details-content { content-visibility: visible;" in style
    assert ".scroll, .picture { overflow: visible; }" in style


def test_only_folded_tables_can_be_closed(reader):
    assert sum(tag == "details" for tag, _ in reader.tags) == 1


def test_same_page_same_bytes(page, tmp_path):
    first = write_page(page, tmp_path / "a.html").read_bytes()
    assert first == write_page(page, tmp_path / "b.html").read_bytes()
    assert first.decode() == render_page(page)


def test_sections_keep_their_order(reader):
    text = "".join(reader.text)
    body = text[text.index("Do they plan?") :]
    places = [body.index(title) for title in ("Groups", "Assumed", "Sessions", "Make this page")]
    assert places == sorted(places)


@pytest.mark.parametrize(("marked", "shown"), [(True, "<b>a</b>, all"), (False, "**a**, all")])
def test_asterisks_are_bold_only_in_captions_that_mark_it(marked, shown):
    figure = PageFigure("a.png", "", "a", ["**a**, all"], marks_bold=marked)
    assert shown in render_page(Page("a", "", [], [Section("Figure", [figure])]))
