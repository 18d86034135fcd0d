"""Captions: their numbers come from the table, and none is typed in."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from pfc_analysis.paths import content_folder
from pfc_analysis.reproduction.captions import (
    CaptionError,
    caption,
    plain_caption,
    render_caption,
)
from pfc_analysis.reproduction.figures import list_figures
from pfc_analysis.reproduction.numbers import COLUMNS

RENDERED = content_folder("figures") / "rendered"
CAPTIONED = {n: p for n, p in list_figures().items() if "write_figure" in p.read_text("utf-8")}

ALLOWED = r"95 %|\b(?:18|19|20)\d\d\b|Figures? [sSpPfFnNeErRhH]?\d+|n \+ 1|\(?0 stable, 1 volatile"
"""Numbers that may be typed: the level of intervals, years, names of figures, trial n + 1, a
coding."""


def typed_numbers(template: str) -> list[str]:
    """Numbers in a template that come neither from a table nor from a setting."""
    own = re.sub(r"{{.*?}}|{%.*?%}", "", template, flags=re.DOTALL)
    return re.findall(r"[^\s]*\d[^\s]*", re.sub(ALLOWED, "", own))


@pytest.fixture
def script(tmp_path) -> Path:
    """A script with constants; its caption is written by the test."""
    path = tmp_path / "fig8_mice.py"
    path.write_text("SEED = 8\nEASY, HARD = (0.25, 0.75), (0.6, 0.4)\nCALLED = str(8)\n")
    return path


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        ("a", "reward", "", "mice", "one", 0.2, None, None, None),
        ("a", "reward", "", "mice", "two", 0.6, None, None, None),
        ("a", "reward", "", "mice", "mean", 0.4, 0.1, 0.7, 2),
        ("b", "slope", "lag 1", "mice", "mean", 1.25, 1.0, 1.5, 2),
        ("b", "slope", "lag 2", "mice", "mean", 0.5, 0.25, 0.75, 2),
    ]
    return pd.DataFrame(rows, columns=COLUMNS[:9]).reindex(columns=COLUMNS)


def render(script: Path, table: pd.DataFrame, template: str) -> str:
    script.with_suffix(".md").write_text(template)
    return render_caption(script, table).strip()


def test_numbers_come_from_the_table(script, table):
    for template, expected in {
        '{{ value("reward") }} of {{ count("reward") }}': "0.40 of 2",
        '{{ estimate("reward", digits=".1f") }}': "0.4 [0.1, 0.7]",
        '{{ span("reward", digits=".0%") }}': "20% to 60%",
        '{{ value("slope", condition="lag 2") }}': "0.50",
        '{{ value("reward", subject="two") }}': "0.60",
        "{{ script.SEED }}, {{ script.HARD[1] }}": "8, 0.4",
        '{{ recipe("two_step").network.units }} units': "48 units",
    }.items():
        assert render(script, table, template) == expected


def test_paragraphs_stay_and_lines_are_joined(script, table):
    assert render(script, table, "**A\ntitle**\n\nb,\n c\n") == "**A title**\n\nb, c"
    assert plain_caption("**A title**\n\n**b**, c\n") == "A title\n\nb, c"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            '{{ value("rewards") }}',
            r"no row with .*'rewards'.*quantities are \['reward', 'slope'\]",
        ),
        ('{{ value("slope") }}', r"2 rows of 'slope' .*lag 1.*lag 2.*Name one"),
        ('{{ value("slope", lag="1") }}', r"No column \['lag'\]; expected some of \['panel'"),
    ],
)
def test_what_the_table_does_not_have_is_an_error(script, table, template, message):
    with pytest.raises(CaptionError, match=message):
        render(script, table, template)


def test_a_script_without_caption_is_an_error(script, table):
    with pytest.raises(CaptionError, match=r"fig8_mice.py has no caption: expected .*fig8_mice.md"):
        render_caption(script, table)


def test_unknown_figure_lists_those_there_are(table):
    with pytest.raises(ValueError, match=r"Unknown figure '99'; expected one of \['1'"):
        caption("99", table)


def test_typed_numbers_are_noticed():
    assert typed_numbers("the slope is .71 in 8 agents") == [".71", "8"]
    assert typed_numbers('Figure 5, 95 % interval; {{ value("r2", digits=".1f") }}, 2018') == []


@pytest.mark.parametrize("name", list(CAPTIONED))
def test_shipped_captions_hold_no_typed_number(name):
    assert typed_numbers(CAPTIONED[name].with_suffix(".md").read_text("utf-8")) == []


@pytest.mark.parametrize("name", list(CAPTIONED))
def test_shipped_captions_are_those_of_the_shipped_numbers(name):
    stem = CAPTIONED[name].stem
    text = caption(name, pd.read_csv(RENDERED / f"{stem}.csv"))
    assert (RENDERED / f"{stem}.md").read_text("utf-8") == text
    assert "nan" not in text.lower().split()
    with Image.open(RENDERED / f"{stem}.png") as image:
        assert image.info["Description"] == plain_caption(text)


@pytest.mark.parametrize("name", list(CAPTIONED))
def test_captions_name_every_panel_and_how_sure_it_is(name):
    stem = CAPTIONED[name].stem
    text = (RENDERED / f"{stem}.md").read_text("utf-8")
    panels = set("".join(pd.read_csv(RENDERED / f"{stem}.csv")["panel"].dropna()).replace(" ", ""))
    assert {letter for letter in panels if f"**{letter}**" not in text} == set()
    assert "95 % interval" in text
