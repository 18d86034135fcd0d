"""Send tables between two processes, as JSON and arrays of numbers or text."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from pfc_analysis.recording.tables.raw_table import RawTable

_LENGTHS = struct.Struct("<QQ")


@dataclass(frozen=True)
class Message:
    """A message: facts that JSON can hold, and arrays by name."""

    facts: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


def send(stream: IO[bytes], message: Message) -> None:
    """Write a message to a stream, and flush it."""
    facts = json.dumps(message.facts).encode("ascii")
    buffer = io.BytesIO()
    for values in message.arrays.values():
        np.save(buffer, values, allow_pickle=False)
    content = buffer.getbuffer()
    names = json.dumps(list(message.arrays)).encode("ascii")
    stream.write(_LENGTHS.pack(len(facts), len(names)) + facts + names)
    stream.write(struct.pack("<Q", len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> Message:
    """Wait for a message; raise EOFError if the other side ends."""
    n_facts, n_names = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    facts = json.loads(_exactly(stream, n_facts))
    names = json.loads(_exactly(stream, n_names))
    (n_bytes,) = struct.unpack("<Q", _exactly(stream, 8))
    buffer = io.BytesIO(_exactly(stream, n_bytes))
    return Message(facts, {name: np.load(buffer, allow_pickle=False) for name in names})


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise EOFError("the other process has ended")
    return data


def message_of(tables: Sequence[RawTable]) -> Message:
    """Pack tables into a message."""
    facts = [
        {
            "size": table.size,
            "place": table.place,
            "columns": list(table.columns),
            "unusable": dict(table.unusable),
            "constants": dict(table.constants),
            "about": dict(table.about),
            "notes": list(table.notes),
        }
        for table in tables
    ]
    arrays = {
        f"{number}/{name}": values
        for number, table in enumerate(tables)
        for name, values in table.columns.items()
    }
    return Message({"tables": facts}, arrays)


def tables_of(message: Message, path: Path) -> list[RawTable]:
    """Unpack the tables of a message."""
    return [
        RawTable(
            path,
            facts["size"],
            {name: message.arrays[f"{number}/{name}"] for name in facts["columns"]},
            facts["place"],
            unusable=facts["unusable"],
            constants=facts["constants"],
            about=facts["about"],
            notes=tuple(facts["notes"]),
        )
        for number, facts in enumerate(message.facts["tables"])
    ]
