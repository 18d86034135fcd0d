"""Read tables of trials in JSON: a list of records, columns by name, or a record on each line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.frames import table_of_frame
from pfc_analysis.recording.tables.raw_table import RawTable

_LARGEST = 2**30
_EXPECTED = (
    "a list of records ([{...}, {...}]), columns by name ({NAME: [...]}), or a record on each line"
)


def read_json_records(path: Path) -> list[RawTable]:
    """Read the table in a JSON file.

    Parameters
    ----------
    path : Path
        A file in UTF-8 with a list of records, one a trial; with lists of equal length by name;
        or with a record on each line.

    Returns
    -------
    list of RawTable
        The table. A field that some records lack is an empty cell there; one that holds lists or
        records is unusable.

    Raises
    ------
    RecordingError
        If it is no JSON, or JSON of another shape.
    """
    found = _parse(path)
    if isinstance(found, dict):
        found = _records(path, found)
    if not isinstance(found, list) or not found:
        raise RecordingError(f"{path}: found {_name(found)}, expected {_EXPECTED}.")
    other = next((one for one in found if not isinstance(one, dict)), None)
    if other is not None or not any(found):
        raise RecordingError(f"{path}: found a list of {_name(other)}, expected {_EXPECTED}.")
    names = list(dict.fromkeys(name for record in found for name in record))
    nested = [n for n in names if any(isinstance(r.get(n), (list, dict)) for r in found)]
    plain = [name for name in names if name not in nested]
    frame = pd.DataFrame(
        {name: pd.Series([record.get(name) for record in found], dtype=object) for name in plain}
    )
    table = table_of_frame(frame)
    unusable = dict(table.unusable) | dict.fromkeys(nested, "a list of values or a record")
    return [RawTable(path, len(found), table.columns, unusable=unusable)]


def _parse(path: Path) -> Any:
    if path.stat().st_size > _LARGEST:
        raise RecordingError(
            f"{path}: found {path.stat().st_size} bytes of JSON, expected at most {_LARGEST}. "
            "Save the table of trials as CSV."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            return json.loads(text, object_pairs_hook=_once)
        except json.JSONDecodeError:
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
                raise
            return [json.loads(line, object_pairs_hook=_once) for line in lines]
    # Brackets in brackets without end exhaust the parser.
    except (ValueError, RecursionError) as error:
        raise RecordingError(
            f"{path}: cannot be read as JSON ({error}), expected {_EXPECTED}. Get it again from "
            "its source, or save the table of trials as CSV."
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a record of its fields; refuse a name that comes twice."""
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for at, name in enumerate(names) if name in names[:at])
        raise ValueError(f"the name {doubled!r} twice in one record")
    return record


def _records(path: Path, found: Mapping[str, Any]) -> Any:
    """Turn columns by name into records; a record with one list of records is that list."""
    lists = {name: value for name, value in found.items() if isinstance(value, list)}
    inside = [v for v in lists.values() if v and all(isinstance(one, dict) for one in v)]
    if len(inside) == 1 and len(lists) == 1:
        return inside[0]
    lengths = {len(value) for value in lists.values()}
    if not lists or len(lengths) > 1:
        raise RecordingError(
            f"{path}: found a record of {', '.join(map(repr, list(found)[:8]))}, with lists of "
            f"{sorted(lengths) or 'no'} entries, expected {_EXPECTED}."
        )
    rest = {name: value for name, value in found.items() if name not in lists}
    return [rest | dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _name(found: Any) -> str:
    names = {list: "an empty list", dict: "a record", str: "text", type(None): "nothing"}
    return names.get(type(found), f"a value ({type(found).__name__})")


def _recognise(path: Path, head: bytes) -> bool:
    """Recognise JSON by its first character; a text file may begin so only by its ending."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith((b"[", b"{")):
        return False
    if path.suffix.lower() in (".json", ".jsonl", ".ndjson"):
        return True
    return start.startswith((b"[{", b'{"')) or start[:1] + start[1:].lstrip()[:1] == b"[{"


FORMAT = Format(
    name="json",
    title="a JSON file",
    endings=(".json", ".jsonl", ".ndjson"),
    recognise=_recognise,
    read=read_json_records,
    has_one_table=True,
    rank=2,
)
