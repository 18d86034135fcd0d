"""Captions of figures: templates beside the scripts, whose numbers come from the figure's table.

A template is text with jinja2's placeholders. `{{ estimate("reward_share") }}` becomes the mean of
that quantity with its 95 % interval, read from the table of numbers that is written beside the
figure. `figures/README.md` lists what a template can use.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from pfc_analysis.reproduction.figures import list_figures
from pfc_analysis.reproduction.fits.fit_recipe import read_fit_recipe
from pfc_analysis.reproduction.numbers import MEAN
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.shipped_experiments import shipped_agent

_DIGITS = ".2f"


class CaptionError(ValueError):
    """A figure has no caption, or its caption asks for a number that its table does not have."""


def caption(name: str, table: pd.DataFrame) -> str:
    """Return the caption of a figure, with the numbers of its table.

    Parameters
    ----------
    name : str
        The paper's name of the figure: "5", "s6", "p1".
    table : pandas.DataFrame
        The numbers of the figure, read from its CSV.

    Returns
    -------
    str
        Markdown: a title, then one paragraph for each panel.

    Raises
    ------
    ValueError
        If there is no such figure.
    CaptionError
        If it has no caption, or the caption asks for a number that the table does not have.
    """
    scripts = list_figures()
    if name not in scripts:
        raise ValueError(f"Unknown figure {name!r}; expected one of {list(scripts)}.")
    return render_caption(scripts[name], table)


def render_caption(script: Path, table: pd.DataFrame) -> str:
    """Return the caption of a figure's script: the template of the same name, ending `.md`.

    Parameters
    ----------
    script : Path
        The script; the template can use its constants (`script.SEED`).
    table : pandas.DataFrame
        The numbers of the figure, read from its CSV.

    Returns
    -------
    str
        Markdown, one line a paragraph.

    Raises
    ------
    CaptionError
        If there is no template, or it asks for a number that the table does not have.
    """
    template = script.with_suffix(".md")
    if not template.is_file():
        raise CaptionError(
            f"{script.name} has no caption: expected {template}. Write what each mark is, n, which "
            "interval, what was left out, the settings, and where it departs from the paper."
        )
    environment = Environment(undefined=StrictUndefined, autoescape=False)
    environment.globals.update(
        _lookups(table),
        script=_read_constants(script),
        recipe=_read_shipped_recipe,
        fit=read_fit_recipe,
    )
    text = environment.from_string(template.read_text(encoding="utf-8")).render()
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs) + "\n"


def plain_caption(text: str) -> str:
    """Return a caption without Markdown's marks, for the metadata of a picture."""
    return re.sub(r"\*\*|^#+ ", "", text, flags=re.MULTILINE).strip()


def _lookups(table: pd.DataFrame) -> dict[str, Callable[..., Any]]:
    """Return the functions with which a template reads the table.

    Each takes a quantity and, as far as needed to find one row, the row's condition, source, panel
    and subject (the mean over subjects, if not told otherwise).
    """

    def value(quantity: str, column: str = "value", digits: str = _DIGITS, **row: str) -> str:
        return f"{_find_row(table, quantity, row)[column]:{digits}}"

    def estimate(quantity: str, digits: str = _DIGITS, **row: str) -> str:
        found = _find_row(table, quantity, row)
        mean, low, high = (f"{found[name]:{digits}}" for name in ("value", "lower", "upper"))
        return f"{mean} [{low}, {high}]"

    def count(quantity: str, **row: str) -> int:
        return round(float(_find_row(table, quantity, row)["n"]))

    def span(quantity: str, digits: str = _DIGITS, **row: str) -> str:
        values = _find_rows(table, quantity, row)
        each = values[values["subject"] != MEAN]["value"]
        return f"{each.min():{digits}} to {each.max():{digits}}"

    def has(quantity: str, **row: str) -> bool:
        return not _select_rows(table, {"quantity": quantity} | row).empty

    return {"has": has, "value": value, "estimate": estimate, "count": count, "span": span}


def _find_rows(table: pd.DataFrame, quantity: str, row: dict[str, str]) -> pd.DataFrame:
    asked = {"quantity": quantity} | row
    unknown = set(asked) - set(table.columns)
    if unknown:
        raise CaptionError(f"No column {sorted(unknown)}; expected some of {list(table.columns)}.")
    rows = _select_rows(table, asked)
    if rows.empty:
        known = sorted(table["quantity"].unique())
        raise CaptionError(f"The table has no row with {asked}; its quantities are {known}.")
    return rows


def _select_rows(table: pd.DataFrame, asked: dict[str, str]) -> pd.DataFrame:
    rows = table
    for column, entry in asked.items():
        rows = rows[rows[column].fillna("").astype(str) == entry]
    return rows


def _find_row(table: pd.DataFrame, quantity: str, row: dict[str, str]) -> pd.Series:
    """Return the one row that is asked for."""
    rows = _find_rows(table, quantity, {"subject": MEAN} | row)
    if len(rows) > 1:
        told = rows[["panel", "condition", "source"]].drop_duplicates().head(6).to_dict("records")
        raise CaptionError(f"{len(rows)} rows of {quantity!r} fit {row}: {told}. Name one of them.")
    return rows.iloc[0]


def _read_constants(script: Path) -> dict[str, Any]:
    """Return the constants in capitals of a script, those that are plain values."""
    constants: dict[str, Any] = {}
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign):
            continue
        try:
            found = ast.literal_eval(node.value)
        except ValueError:  # not a plain value
            continue
        for target in node.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = found if isinstance(target, ast.Tuple) else [found]
            constants |= {
                name.id: value
                for name, value in zip(names, values, strict=True)
                if isinstance(name, ast.Name)
            }
    return constants


def _read_shipped_recipe(experiment: str) -> Recipe:
    return read_recipe(shipped_agent(experiment))
