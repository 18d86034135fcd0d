"""Read tables of trials in JSON: a list of records, columns by name, or a record on each line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.coded_column import CodedColumn, Columns
from pfc_analysis.recording.tables.frames import table_of_frame
from pfc_analysis.recording.tables.raw_table import RawTable

_LARGEST = 2**30
_NESTED = "a list of values or a record"
_EXPECTED = (
    "a list of records ([{...}, {...}]), columns by name ({NAME: [...]}), or a record on each line"
)
_SPLIT = {"columns", "data"}

Records = list[dict[str, Any]]
Constants = dict[str, str | float]


def read_json_records(path: Path) -> list[RawTable]:
    """Read the table in a JSON file.

    Parameters
    ----------
    path : Path
        A file in UTF-8 with a list of records, one a trial; with lists of equal length by name;
        with a record on each line; or as pandas writes a DataFrame (`to_json`, any `orient`
        that keeps the names of the columns).

    Returns
    -------
    list of RawTable
        The table. A field that some records lack is an empty cell there; one that holds lists or
        records is unusable. Single values beside the trials hold for the whole table.

    Raises
    ------
    RecordingError
        If it is no JSON, or JSON of another shape, or it would take more memory than a file of
        its size may.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file, expected a table in JSON.")
    memory = MemoryLimit.of(path)
    records, constants = _records(path, _parse(path), memory)
    other = next((one for one in records if not isinstance(one, dict)), None)
    if other is not None or not any(records):
        raise RecordingError(f"{path}: found a list of {_name(other)}, expected {_EXPECTED}.")
    names = list(dict.fromkeys(name for record in records for name in record))
    memory.spend(16 * len(names) * len(records), f"{len(names)} names in {len(records)} records")
    nested = [n for n in names if any(isinstance(r.get(n), (list, dict)) for r in records)]
    frame = pd.DataFrame(
        {
            name: pd.Series([record.get(name) for record in records], dtype=object)
            for name in names
            if name not in nested
        },
        index=range(len(records)),
    )
    table = table_of_frame(frame, path=path)
    unusable = dict(table.unusable) | dict.fromkeys(nested, _NESTED)
    columns = {
        name: _spelled(values, frame[name])
        if any(isinstance(cell, _Spelled) for cell in frame[name])
        else values
        for name, values in table.columns.items()
    }
    return [RawTable(path, len(records), Columns(columns), unusable=unusable, constants=constants)]


class _Spelled(float):
    """A number that the file spells in another way than Python, such as 12.10."""

    word: str


def _number(word: str) -> float:
    if repr(float(word)) == word:
        return float(word)
    number = _Spelled(word)
    number.word = word
    return number


def _spelled(values: np.ndarray, cells: pd.Series) -> CodedColumn:
    """Return a column of numbers with their spelling in the file."""
    words = [cell.word if isinstance(cell, _Spelled) else _plain_word(cell) for cell in cells]
    codes, found = pd.factorize(np.array(words, dtype=object))
    _, first = np.unique(codes, return_index=True)
    return CodedColumn(codes, values[first], found)


def _plain_word(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _parse(path: Path) -> Any:
    if path.stat().st_size > _LARGEST:
        raise RecordingError(
            f"{path}: found {path.stat().st_size} bytes of JSON, expected at most {_LARGEST}. "
            "Save the table of trials as CSV."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            return json.loads(text, object_pairs_hook=_once, parse_float=_number)
        except json.JSONDecodeError:
            lines = text.splitlines()
            if not _are_records(lines):
                raise
            return _by_line(lines)
    # Brackets in brackets without end exhaust the parser.
    except (ValueError, RecursionError) as error:
        raise RecordingError(
            f"{path}: cannot be read as JSON ({error}), expected {_EXPECTED}. Get it again from "
            "its source, or save the table of trials as CSV."
        ) from error


def _are_records(lines: list[str]) -> bool:
    """Say whether a file has a record on its first line, and others below it."""
    said = [line.strip() for line in lines if line.strip()]
    return len(said) > 1 and said[0].startswith("{") and said[0].endswith("}")


def _by_line(lines: list[str]) -> Records:
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(json.loads(line, object_pairs_hook=_once, parse_float=_number))
            except json.JSONDecodeError as error:
                raise ValueError(f"line {number}: {error.msg}") from error
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a record of its fields; refuse a name that comes twice."""
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for at, name in enumerate(names) if name in names[:at])
        raise ValueError(f"the name {doubled!r} twice in one record")
    return record


def _records(path: Path, found: Any, memory: MemoryLimit) -> tuple[Records, Constants]:
    """Return the records of a file, and the single values that stand beside them."""
    if isinstance(found, list) and found:
        return found, {}
    if not isinstance(found, dict):
        raise RecordingError(f"{path}: found {_name(found)}, expected {_EXPECTED}.")
    lists = {name: value for name, value in found.items() if isinstance(value, list)}
    constants = {
        str(name): value if isinstance(value, str) else float(value)
        for name, value in found.items()
        if isinstance(value, (str, int, float))
    }
    if found.keys() >= _SPLIT and _is_split(found):
        columns = {name: [row[at] for row in found["data"]] for at, name in _numbered(found)}
        return _of_columns(path, columns, memory), {}
    if by_index := _of_pandas(found):
        return _of_columns(path, by_index, memory), {}
    inside = [v for v in lists.values() if v and all(isinstance(one, dict) for one in v)]
    if len(inside) == 1 and len(lists) == 1:
        return inside[0], constants
    lengths = {len(value) for value in lists.values()}
    if not lists or len(lengths) > 1:
        raise RecordingError(
            f"{path}: found a record of {', '.join(map(repr, list(found)[:8]))}, with lists of "
            f"{sorted(lengths) or 'no'} entries, expected {_EXPECTED}."
        )
    return _of_columns(path, lists, memory), constants


def _is_split(found: Mapping[str, Any]) -> bool:
    """Say whether pandas wrote a DataFrame as names and rows (orient="split")."""
    names, rows = found["columns"], found["data"]
    return (
        isinstance(names, list)
        and isinstance(rows, list)
        and len(set(map(str, names))) == len(names)
        and all(isinstance(row, list) and len(row) == len(names) for row in rows)
    )


def _numbered(found: Mapping[str, Any]) -> list[tuple[int, str]]:
    return list(enumerate(map(str, found["columns"])))


def _of_pandas(found: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return columns that pandas wrote as a record by index each (its default); else nothing."""
    values = list(found.values())
    if not values or not all(isinstance(value, dict) and value for value in values):
        return {}
    index = list(values[0])
    if any(list(value) != index for value in values) or not all(key.isdecimal() for key in index):
        return {}
    return {name: list(value.values()) for name, value in found.items()}


def _of_columns(path: Path, columns: Mapping[str, list[Any]], memory: MemoryLimit) -> Records:
    size = len(next(iter(columns.values()), []))
    if not size:
        raise RecordingError(f"{path}: found columns without values, expected {_EXPECTED}.")
    memory.spend(16 * len(columns) * size, f"{len(columns)} columns of {size} values")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _name(found: Any) -> str:
    names = {list: "an empty list", dict: "empty records", str: "text", type(None): "empty records"}
    return names.get(type(found), f"a value ({type(found).__name__})")


def _recognise(path: Path, head: bytes) -> bool:
    """Recognise JSON by its first characters, or the first one where the ending says so."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith((b"[", b"{")):
        return False
    if path.suffix.lower() in (".json", ".jsonl", ".ndjson"):
        return True
    return start[:1] + start[1:].lstrip()[:1] in (b"[{", b'{"')


FORMAT = Format(
    name="json",
    title="a JSON file",
    endings=(".json", ".jsonl", ".ndjson"),
    recognise=_recognise,
    read=read_json_records,
    has_one_table=True,
    rank=2,
)
