"""A gallery of all panels, and a page for each figure: caption, code, numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from markup import estimate, number, plain, table, toctree
from panel_crops import crop_panels

import pfc_analysis as pfc

FOLDER = "paper/generated"
_PUBLISHED = ["quantity", "condition", "source"]


def split_caption(text: str) -> tuple[str, dict[str, str], list[str]]:
    """Split a caption into its title, what it says of each panel, and what it says of all.

    A paragraph belongs to the panels whose letters stand in it in bold.
    """
    title, *paragraphs = [part.strip() for part in text.strip().split("\n\n")]
    of_panel: dict[str, str] = {}
    general = []
    for paragraph in paragraphs:
        named = re.findall(r"\*\*([a-z])\*\*", paragraph)
        for first, last in re.findall(r"\*\*([a-z])\*\* to \*\*([a-z])\*\*", paragraph):
            named += [chr(code) for code in range(ord(first), ord(last))]
        of_panel |= dict.fromkeys(named, paragraph)
        if not named:
            general.append(paragraph)
    return title.strip("*"), of_panel, general


def pages(root: Path) -> dict[str, str]:
    """Return the pages by path below `docs/`; the panels' pictures are written beside them."""
    written, gallery, names = {}, "", []
    for name, script in pfc.list_figures().items():
        stem = root / "figures" / "rendered" / script.stem
        crops = crop_panels(stem, root / "docs" / FOLDER / "panels")
        title, of_panel, general = split_caption(stem.with_suffix(".md").read_text("utf-8"))
        text = _figure_page(name, script, title, general)
        gallery += f"\n## {plain(title)}\n\n::::{{grid}} 1 2 3 3\n:gutter: 2\n\n"
        for letter, picture in crops.items():
            said = of_panel.get(letter, f"**{letter}**")
            text += _panel(name, letter, picture.name, said)
            gallery += _card(script.stem, name, letter, picture.name)
        gallery += "::::\n"
        text += _numbers(stem.with_suffix(".csv")) + _code(script)
        written[f"{FOLDER}/{script.stem}.md"] = text
        names.append(script.stem)
    head = "# Gallery of every panel\n\nA click leads to the panel's caption, code and numbers.\n"
    written[f"{FOLDER}/gallery.md"] = head + gallery + "\n" + toctree(names)
    return written


def _figure_page(name: str, script: Path, title: str, general: list[str]) -> str:
    rendered = f"../../../figures/rendered/{script.stem}"
    text = f"# {plain(title)}\n\n```{{image}} {rendered}.png\n:alt: {title}\n```\n\n"
    text += "\n\n".join(general)
    text += f"\n\nDraw it again, with its numbers: `pfc figure {name}`. Download: "
    return text + f"{{download}}`SVG <{rendered}.svg>`, {{download}}`CSV <{rendered}.csv>`.\n\n"


def _panel(name: str, letter: str, picture: str, said: str) -> str:
    return (
        f"({_label(name, letter)})=\n## Panel {letter}\n\n"
        f"```{{image}} panels/{picture}\n:alt: panel {letter}\n:class: panel\n```\n\n{said}\n\n"
    )


def _label(name: str, letter: str) -> str:
    return f"figure-{name}-{letter}"


def _card(stem: str, name: str, letter: str, picture: str) -> str:
    return (
        f":::{{grid-item-card}} {name}{letter}\n:img-bottom: panels/{picture}\n"
        f":link: {_label(name, letter)}\n:link-type: ref\n:link-alt: panel {name}{letter}\n:::\n\n"
    )


def _numbers(path: Path) -> str:
    """Return the numbers that have a published value beside them."""
    rows = pd.read_csv(path, keep_default_na=False, na_values=[""])
    compared = rows[rows["published"].notna()] if "published" in rows else rows.iloc[:0]
    text = f"## Numbers\n\nThe CSV has {len(rows):,} rows, one for each value that is drawn"
    if compared.empty:
        return text + "; the paper states none of them.\n\n"
    found = []
    for _, row in compared.iterrows():
        name = ", ".join(plain(row[key]) for key in _PUBLISHED if isinstance(row[key], str))
        value = estimate(row["value"], row["lower"], row["upper"])
        found.append((str(row.get("panel", "")), name, value, number(row["published"])))
    return (
        f"{text}. Those with a published value:\n\n"
        + table(["panel", "number", "measured", "published"], found)
        + "\n"
    )


def _code(script: Path) -> str:
    return (
        f"## Code\n\n```{{literalinclude}} ../../../figures/{script.name}\n:language: python\n```\n"
    )
