"""The build of the site finds broken links, and says which data it needs."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture
def build(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    yield importlib.import_module("build")
    for name in ("build", "check_links"):
        sys.modules.pop(name, None)


def test_broken_links_are_found(build, tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="part/page.html#here">a</a><a href="part/page.html#away">b</a>'
        '<a href="#top">c</a><img src="no.png"><a href="https://example.org/x">d</a>'
    )
    (tmp_path / "part" / "page.html").write_text('<h1 id="here"></h1><a href="../index.html">e</a>')
    broken = build.find_broken_links(tmp_path)
    assert len(broken) == 3
    assert "index.html: #top: the page has no such anchor" in broken
    assert "index.html: no.png: there is no such file" in broken
    assert "index.html: part/page.html#away: the page has no such anchor" in broken


def test_links_that_resolve_are_not_reported(build, tmp_path):
    (tmp_path / "index.html").write_text('<a href="a%20b.csv">a</a><a href="">b</a><p id="x"></p>')
    (tmp_path / "a b.csv").touch()
    assert build.find_broken_links(tmp_path) == []


def test_needed_data_are_named(build, tmp_path, monkeypatch):
    (tmp_path / "page.md").write_text('```{code-cell}\npfc.load_dataset("rat_two_step")\n```\n')
    (tmp_path / "other.md").write_text('`pfc.load_dataset("grackle_reversal")` is not run.\n')
    shown = '```python\npfc.load_dataset("monkey_dlpfc")\n```\n'
    (tmp_path / "both.md").write_text(f"```{{code-cell}} python3\nprint(1)\n```\n{shown}")
    assert build.find_loaded_datasets(tmp_path) == ["rat_two_step"]
    assert "pfc data fetch rat_two_step" in build._explain_missing(["rat_two_step"])
