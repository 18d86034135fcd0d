"""Check the metadata of a Zarr folder before zarr reads anything."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pfc_analysis.recording.schema import RecordingError

MARKS = (".zgroup", ".zattrs", ".zarray", ".zmetadata", "zarr.json")
_WAY_OUT = "Get the folder again from its source, or save the table of trials as CSV."
_LARGEST = 16 * 2**20
_DEEPEST = 32

CODECS = frozenset(
    {"blosc", "zlib", "gzip", "bz2", "lzma", "lz4", "zstd", "shuffle", "bitshuffle", "delta"}
    | {"fixedscaleoffset", "quantize", "packbits", "astype", "crc32", "crc32c", "adler32"}
    | {
        "fletcher32",
        "jenkins_lookup3",
        "vlen-utf8",
        "vlen-bytes",
        "bytes",
        "transpose",
        "sharding_indexed",
    }
)
"""Codecs that only move bytes; pickle and unknown codecs are not among them."""


def is_zarr(path: Path) -> bool:
    """Say whether a path is a folder as Zarr makes them."""
    return path.is_dir() and any((path / mark).is_file() for mark in MARKS)


def read_json(path: Path) -> dict[str, Any]:
    """Read one of the JSON files, unless it is a link; an empty mapping where there is none."""
    refuse_link(path)
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"{path.stat().st_size} bytes")
        found = json.loads(path.read_text(encoding="utf-8"))
    # Brackets in brackets without end exhaust the parser.
    except (ValueError, RecursionError, OSError) as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({error}), expected JSON of Zarr. {_WAY_OUT}"
        ) from error
    return found if isinstance(found, dict) else {}


def root_attributes(folder: Path) -> dict[str, Any]:
    """Attributes of a group or array, of either version of the format."""
    of_three = read_json(folder / "zarr.json").get("attributes")
    found = of_three if isinstance(of_three, dict) else read_json(folder / ".zattrs")
    return dict(found)


def dimensions(folder: Path) -> list[Any]:
    """Names of the dimensions of an array in a group, where xarray wrote it."""
    refuse_link(folder)
    named = read_json(folder / "zarr.json").get("dimension_names")
    if not isinstance(named, list):
        named = root_attributes(folder).get("_ARRAY_DIMENSIONS")
    return named if isinstance(named, list) else []


def check_folder(folder: Path) -> None:
    """Refuse links that may lead out of the folder, and codecs that may run code."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            refuse_link(Path(place) / name)
        for name in {".zarray", ".zmetadata", "zarr.json"} & set(files):
            inside = Path(place) / name
            for codec in unknown_codecs(read_json(inside)):
                raise _refused_codec(inside, codec)


def refuse_link(inside: Path) -> None:
    """Raise a RecordingError if a part of a Zarr folder is a link."""
    if inside.is_symlink():
        raise RecordingError(
            f"{inside}: found a link, expected the data themselves, since links are not followed. "
            "Put a copy of what it leads to in its place."
        )


def unknown_codecs(metadata: dict[str, Any]) -> list[str]:
    """Return the codecs in the metadata of an array or group that may run code."""
    return [
        codec for codec in _codecs(metadata, 0) if codec.removeprefix("numcodecs.") not in CODECS
    ]


def _refused_codec(path: Path, codec: str) -> RecordingError:
    harm = ", which can run any code when it is read" if "pickle" in codec else ""
    return RecordingError(
        f"{path}: found values packed by {codec!r}{harm}, expected one of "
        f"{', '.join(sorted(CODECS))}. Write text as fixed-width or vlen-utf8, or save the table "
        "of trials as CSV."
    )


def _codecs(found: Any, depth: int) -> Iterator[str]:
    """Yield every codec in the metadata, at any depth: filters, compressors, shards."""
    if not isinstance(found, (dict, list)):
        return
    if depth > _DEEPEST:
        yield f"brackets in {_DEEPEST} brackets"
        return
    values = found if isinstance(found, list) else list(found.values())
    if isinstance(found, dict):
        for key in ("filters", "compressor", "codecs", "index_codecs", "object_codec"):
            packed = found.get(key)
            for codec in packed if isinstance(packed, list) else [packed]:
                yield from _names(codec)
    for value in values:
        yield from _codecs(value, depth + 1)


def _names(codec: Any) -> Iterator[str]:
    """Yield what a codec is called: by version 2 its id, by version 3 its name."""
    if isinstance(codec, dict):
        named = [codec[key] for key in ("id", "name") if key in codec] or [codec]
        yield from map(str, named)
    elif codec is not None:
        yield str(codec)
