"""Settings of a task, written as NAME=VALUE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pfc_analysis.toml_files import TomlError, format_toml_value, parse_toml
from pfc_analysis.training.recipes.recipe_faults import RecipeError


def parse_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Read settings of a task written as NAME=VALUE; a value that is not TOML is read as text.

    Raises
    ------
    RecipeError
        If a setting has no name or no value.
    """
    settings = {}
    for pair in pairs:
        name, _, value = (part.strip() for part in pair.partition("="))
        if not name or not value:
            raise RecipeError(f"{pair!r}: expected NAME=VALUE, such as left=0.6")
        try:
            settings[name] = parse_toml(f"value = {value}", name)["value"]
        except TomlError:
            settings[name] = value
    return settings


def format_settings(settings: Mapping[str, Any]) -> list[str]:
    """Format settings as NAME=VALUE, as `parse_settings` reads them."""
    texts = {k: v if isinstance(v, str) else format_toml_value(v) for k, v in settings.items()}
    return [f"{name}={text}" for name, text in texts.items()]
