"""The page of all figures says what was measured, links to files that are there, and loads them."""

import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest

from pfc_analysis.paths import content_folder
from pfc_analysis.reproduction.claims import check
from pfc_analysis.reproduction.figure_index import INDEX, lay_out_index, write_index
from pfc_analysis.reproduction.figures import list_figures
from pfc_analysis.reproduction.missing_figures import MISSING


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The shipped figures, and one caption."""
    folder = tmp_path_factory.mktemp("drawn") / "out"
    shutil.copytree(content_folder("figures") / "rendered", folder)
    caption = "**Figure 5. Plans.**\n\n**b**, dots are `rats`,\nn = 6.\n"
    (folder / "fig5_two_step.md").write_text(caption)
    (folder / "fig7_dopamine_input.md").unlink()
    write_index(folder)
    return folder


@pytest.fixture(scope="module")
def page(out):
    return (out / INDEX).read_text(encoding="utf-8")


class Addresses(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("href", "src", "srcset")]


def test_everything_that_the_page_links_to_lies_beside_it(out, page):
    reader = Addresses()
    reader.feed(page)
    files = {address for address in reader.found if not address.startswith("#")}
    for name in files:
        assert (out / name).is_file(), name
    for script in list_figures().values():
        for ending in ("csv", "svg", "png", "py"):
            assert f"{script.stem}.{ending}" in files
        assert (out / script.name).read_bytes() == script.read_bytes()


def test_the_answer_is_that_of_the_check(out, page):
    table = check(measured=out)
    claimed = table["holds"].dropna().astype(bool)
    assert f"{claimed.sum()} of {len(claimed)} claims hold" in page


def test_numbers_stand_beside_the_published_ones(out):
    sections = {section.title: section for section in lay_out_index(out, "here").sections}
    table = sections["Figure 5"].parts[-1]
    (row,) = [row for row in table.rows if row[0].endswith("common rewarded") and "all" in row[3]][
        :1
    ]
    numbers = pd.read_csv(out / "fig5_two_step.csv", dtype={"condition": str})
    mine = numbers[(numbers["quantity"] == "stay_probability") & (numbers["source"] == "agents")]
    mine = mine[mine["condition"] == "common_rewarded"]
    lowest = mine[mine["subject"] != "mean"]["value"].min()
    assert row[1].startswith(f"{lowest:.3g} [")
    assert row[2] == f"{mine['published'].max():.3g}"
    assert row[-1] == "yes"


def test_captions_are_those_of_the_folder(out):
    sections = {section.title: section for section in lay_out_index(out, "here").sections}
    caption = sections["Figure 5"].parts[0].caption
    assert caption == ["**Figure 5. Plans.**", "**b**, dots are rats, n = 6."]
    (title,) = sections["Figure 7"].parts[0].caption
    assert title.startswith("Figure 7: ")


def test_missing_figures_are_named_with_the_reason(page):
    for name, why in MISSING.items():
        assert f"Figure {name.upper()}</dt><dd>Not drawn: {why}." in page


def test_a_claim_that_does_not_hold_is_named(out, tmp_path):
    broken = tmp_path / "out"
    broken.mkdir()
    table = pd.read_csv(out / "fig5_two_step.csv")
    own = (table["quantity"] == "reward_share") & (table["source"] == "agents")
    table.loc[own, "value"] = 0.5
    table.to_csv(broken / "fig5_two_step.csv", index=False)
    summary = lay_out_index(broken, "here").summary
    assert re.search(r"\d+ of \d+ claims hold. This one does not: Figure 5, agents, reward share",
                     summary[0])  # fmt: skip
    assert "Figure 1 was not drawn into this folder." in summary


def test_numbers_that_cannot_be_checked_do_not_lose_the_page(out, tmp_path):
    (tmp_path / "fig5_two_step.csv").write_text("panel,quantity\na,b\n")
    summary = lay_out_index(tmp_path, "here").summary
    assert any("Figure 5 could not be checked" in text for text in summary)


def test_the_same_files_give_the_same_page(out, page):
    write_index(out)
    assert (out / INDEX).read_text(encoding="utf-8") == page
