"""Count the chunks of Zarr arrays that are missing or cut, which zarr would read as other values.

Zarr reads zeros for a chunk that is missing. For one that Blosc compressed and that was cut off, it
reads what happens to lie in memory behind it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from math import ceil, prod
from pathlib import Path
from typing import Any

from pfc_analysis.recording.readers.trees.zarr_metadata import read_json
from pfc_analysis.recording.schema import RecordingError

_BLOSC_HEADER = 16


def check_chunks(folder: Path) -> None:
    """Check that every chunk of every array in a Zarr folder is there and whole.

    Parameters
    ----------
    folder : Path
        The folder, of version 2 or 3 of the format.

    Raises
    ------
    RecordingError
        If chunks are missing or cut off; the message names the array, and how many of how many.
    """
    for array in list_arrays(folder):
        missing, total = missing_chunks(array)
        if missing:
            name = array.relative_to(folder).as_posix()
            raise RecordingError(
                f"{folder}, {name}: {missing} of {total} chunk(s) are missing, and would be read "
                "as 0, or are cut off: the copy or the writing was interrupted. Copy the folder "
                "again. (This toolkit wrote no chunks of zeros alone before December 2026. If you "
                "know that the recording is whole, write it again: "
                "save_recording(xarray.open_zarr(OLD, decode_times=False).load(), NEW).)"
            )


def list_arrays(folder: Path) -> Iterator[Path]:
    """Yield the folders of the arrays in a Zarr folder."""
    for place, _, files in os.walk(folder):
        path = Path(place)
        is_third = "zarr.json" in files and read_json(path / "zarr.json").get("node_type")
        if ".zarray" in files or is_third == "array":
            yield path


def missing_chunks(array: Path) -> tuple[int, int]:
    """Count the chunks (or shards) of an array that are not there or cut, and those it should have.

    Parameters
    ----------
    array : Path
        Its folder.

    Returns
    -------
    missing, total : int
        Numbers of files.

    Raises
    ------
    RecordingError
        If its metadata do not say how it is cut into chunks.
    """
    try:
        counts, start, separator = _grid(array)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise RecordingError(
            f"{array}: damaged metadata ({type(error).__name__}: {error}), expected the shape of "
            "a Zarr array and of its chunks. Get the folder again from its source."
        ) from error
    total = prod(counts)
    is_blosc = _last_codec(array) == "blosc"
    found = sum(
        _is_chunk(key, counts, start, separator) and not (is_blosc and _is_cut(array / key))
        for key in _keys(array)
    )
    return max(0, total - found), total


def _last_codec(array: Path) -> object:
    """Return the codec that wrote the bytes of the chunks, as the metadata name it."""
    if not (array / "zarr.json").is_file():
        compressor = read_json(array / ".zarray").get("compressor")
        return compressor.get("id") if isinstance(compressor, dict) else None
    codecs = read_json(array / "zarr.json").get("codecs")
    last = codecs[-1] if isinstance(codecs, list) and codecs else None
    return last.get("name") if isinstance(last, dict) else None


def _is_cut(chunk: Path) -> bool:
    """Say whether a chunk is shorter than its header of Blosc (version 1) says."""
    with chunk.open("rb") as file:
        head = file.read(_BLOSC_HEADER)
    size = int.from_bytes(head[12:16], "little")
    return len(head) < _BLOSC_HEADER or chunk.stat().st_size < size


def _grid(array: Path) -> tuple[list[int], str, str]:
    """Return the number of chunks along each dimension, and how their files are called."""
    if (array / "zarr.json").is_file():
        document = read_json(array / "zarr.json")
        chunks = document["chunk_grid"]["configuration"]["chunk_shape"]
        encoding = document["chunk_key_encoding"]
        is_default = encoding["name"] == "default"
        separator = encoding.get("configuration", {}).get("separator", "/" if is_default else ".")
        start = "c" if is_default else ""
    else:
        document = read_json(array / ".zarray")
        chunks, start = document["chunks"], ""
        separator = document.get("dimension_separator") or "."
    counts = [_count(size, step) for size, step in zip(document["shape"], chunks, strict=True)]
    if separator not in (".", "/"):
        raise ValueError(f"separator {separator!r}")
    return counts, start, separator


def _count(size: Any, step: Any) -> int:
    if type(size) is not int or type(step) is not int or size < 0 or step < 1:
        raise ValueError(f"size {size!r} in chunks of {step!r}")
    return ceil(size / step)


def _keys(array: Path) -> Iterator[str]:
    """Yield the files below the folder of an array, as paths with "/"."""
    for place, _, files in os.walk(array):
        inside = Path(place).relative_to(array)
        for name in files:
            yield (inside / name).as_posix()


def _is_chunk(key: str, counts: list[int], start: str, separator: str) -> bool:
    if start:
        if not counts:
            return key == start
        if not key.startswith(f"{start}{separator}"):
            return False
        key = key[len(start) + 1 :]
    elif not counts:
        return key == "0"
    parts = key.split(separator)
    return len(parts) == len(counts) and all(
        re.fullmatch(r"0|[1-9][0-9]{0,18}", part) is not None and int(part) < count
        for part, count in zip(parts, counts, strict=True)
    )
