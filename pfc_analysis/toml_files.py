"""Read TOML files that may be damaged, and write TOML that reads back to the same values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

TOML_BYTES = 1_000_000
"""Largest size of a TOML file; a recipe or a column map has a few thousand bytes."""

_SYNTAX = "Correct it there; the syntax is described at https://toml.io."


class TomlError(ValueError):
    """A file cannot be read as TOML; the message names it and says why."""


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file, UTF-8 with or without a byte order mark.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TomlError
        If it is a folder, cannot be opened, or is too large, not UTF-8, not TOML or nested too
        deeply.
    """
    path = Path(path)
    if path.is_dir():
        raise TomlError(f"{path}: is a folder; expected a TOML file.")
    try:
        with path.open("rb") as file:
            content = file.read(TOML_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:  # no permission, a link to itself
        raise TomlError(
            f"{path}: cannot be read ({error.strerror}); expected a TOML file."
        ) from error
    if len(content) > TOML_BYTES:
        raise TomlError(f"{path}: larger than {TOML_BYTES:,} bytes; expected a short TOML file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TomlError(f"{path}: not a TOML file ({error}). Save it as UTF-8.") from error
    return parse_toml(text, str(path))


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Read TOML text; error messages begin with `source`.

    Raises
    ------
    TomlError
        If the text is not TOML, or nested too deeply.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise TomlError(
            f"{source}: not a TOML file (brackets are nested too deeply). {_SYNTAX}"
        ) from error
    except ValueError as error:  # also integers of thousands of digits
        raise TomlError(f"{source}: not a TOML file ({error}). {_SYNTAX}") from error


def format_toml(content: Mapping[str, Any]) -> str:
    """Return TOML text that `parse_toml` reads back to the same values."""
    return tomli_w.dumps(content)


def format_toml_value(value: Any) -> str:
    """Return a value as TOML on one line."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(format_toml_value, value)) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{_key(name)} = {format_toml_value(entry)}" for name, entry in value.items())
        return "{ " + ", ".join(pairs) + " }"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").removesuffix("\n")


def _key(name: str) -> str:
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")
