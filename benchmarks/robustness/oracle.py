"""Read a mutated text as it stands, independently of the package, and compare.

The semantics are those of the seed's column map: labels of the choice, the reward as a number, one
session for each different name within a subject. The order of sessions, and of trials in one, is
not judged; which trial belongs to which session is.
"""

from __future__ import annotations

import csv
import io
import json
import math
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

EMPTY = {"", "na", "nan", "n/a", "null", "none"}


class UnreadableError(Exception):
    """The text is no table in which the map's columns are."""


def decode(data: bytes) -> str:
    """Text in UTF-8, UTF-16 with a byte order mark, or Latin-1."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def cells_of(data: bytes) -> list[dict[str, str]]:
    """Rows of the text, by the names in its header."""
    try:
        text = decode(data)
    except UnicodeDecodeError as error:
        raise UnreadableError("not text") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    rows = [r for r in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if r]
    rows = [row for row in rows if len(row) > 1 or row[0].strip()]
    if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise UnreadableError("rows differ in length")
    header = [name.strip() for name in rows[0]]
    return [dict(zip(header, (c.strip() for c in row), strict=True)) for row in rows[1:]]


def trials_of(rows: list[dict[str, Any]], columns: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Subject, session, choice and reward of every row, by a column map."""
    values = columns.get("choice_values")
    labels = {}
    for label, given in (values or {}).items():
        for value in given if isinstance(given, list) else [given]:
            labels[str(value)] = "" if label == "none" else label
    found = []
    try:
        for row in rows:
            choice = str(row[columns["choice"]])
            if choice not in labels and choice.lower() not in EMPTY:
                raise UnreadableError(f"choice {choice!r}")
            said = str(row[columns["reward"]])
            said = {"true": "1", "false": "0"}.get(said.lower(), said)
            reward = math.nan if said.lower() in EMPTY else float(said)
            subject = str(row[columns["subject"]]) if "subject" in columns else "*"
            session = str(row[columns["session"]]) if "session" in columns else "*"
            found.append((subject, session, labels.get(choice, ""), reward))
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(repr(error)) from error
    return found


def grouped(trials: list[Any], any_subject: bool = False) -> list[Any]:
    """Trials by subject and session, in an order that depends on their values alone."""
    sessions: dict[Any, list[Any]] = defaultdict(list)
    for subject, session, choice, reward in trials:
        number = "nan" if math.isnan(reward) else float(reward)
        sessions[("*" if any_subject else subject), str(session)].append((choice, str(number)))
    return sorted((subject, sorted(rows)) for (subject, _), rows in sessions.items())


def judge_table(data: bytes, columns: dict[str, Any], rows: list[Any]) -> str:
    """Say how a loaded table differs from the text, in a few words; nothing where it does not."""
    try:
        if data.lstrip()[:1] in (b"[", b"{"):
            records = json.loads(data)
            text = [{k: "" if v is None else str(v) for k, v in r.items()} for r in records]
        else:
            text = cells_of(data)
        expected = trials_of(text, columns)
    except (UnreadableError, ValueError, AttributeError, csv.Error) as error:
        return f"loaded, although the oracle cannot read it ({error})"
    anyone = "subject" not in columns
    if grouped(expected, anyone) != grouped(rows, anyone):
        return f"{len(rows)} trials loaded, {len(expected)} in the text, or other values"
    return ""


def judge_map(path: Path, rows: list[Any]) -> str:
    """Say the same of a table read by a column map in TOML, which was mutated."""
    try:
        columns = tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        return "loaded, although the map is no TOML"
    if "choice_values" not in columns:
        return ""  # inferred by the package, which says so
    return judge_table(path.with_name("trials.csv").read_bytes(), columns, rows)


def judge_recipe(path: Path, recipe: dict[str, Any]) -> str:
    """Say which entry of a recipe is not what its text says."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        return "read, although it is no TOML"
    for key, value in said.items():
        read = recipe.get(key, "nothing")
        pairs = value.items() if isinstance(value, dict) else [(None, value)]
        for inner, one in pairs:
            got = read if inner is None else read.get(inner, "nothing")
            # A whole number may stand for a float, which rounds it.
            rounded = isinstance(got, float) and isinstance(one, int) and got == float(one)
            if not (got == one or rounded or (isinstance(one, float) and got == f"{one}")):
                return f"{key}.{inner}: says {one!r}, read as {got!r}"
    return ""


def judge_exported(data: bytes, rows: list[Any]) -> str:
    """Say the same of a table that the package exported: its columns are those of a recording."""
    columns = {"subject": "subject", "session": "session", "choice": "choice", "reward": "reward"}
    columns |= {"choice_values": {"left": "left", "right": "right"}}  # type: ignore[dict-item]
    return judge_table(data, columns, rows)
