"""Damage a file or a folder in one way, drawn from a random generator.

A mutation returns what it did, in words, and what kind it is:

- "bits": bytes were changed in place; where a format has no checksum, a number may change.
- "cut": something is missing; numbers may never change without an error.
- "text": a text file says something else; an independent reading says what.
- "hostile": something that must be refused (a link, a pickle, a bomb), or read as before.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Rng = np.random.Generator
Done = tuple[str, str]

CELLS = ["NaN", "inf", "1e400", "", "NA", "-1", "999", "9" * 40, "0x10", "1,5", "true", "None"]
CELLS += ["\u202eabc", "a\0b", "🐀", "'", '"', "=1+1", "1e5", "01", " L ", "l", "٣", "\x1b[31m"]
TOML_VALUES = ["-1", "0", "1e400", "nan", "inf", "9999999999999999999999", '""', '"🐀"', "true"]
TOML_VALUES += [
    "[]",
    "[1, 2]",
    "{}",
    "{ a = { b = 1 } }",
    "1979-05-27",
    "'\u202e'",
    '"seed\\u0000"',
]
JSON_VALUES: list[Any] = [None, True, -1, 2**70, 1e308, "", "🐀", [], {}, [[[[]]]], "float99", "|O"]


class Ran:
    """A pickle that leaves a file behind when it is read."""

    def __init__(self, canary: str) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, (self.canary, "w")


def _span(rng: Rng, size: int) -> slice:
    start = int(rng.integers(size))
    return slice(start, min(size, start + int(rng.choice([1, 8, 64, 512]))))


def damage_bytes(data: bytes, other: bytes, rng: Rng) -> tuple[bytes, Done]:
    """Flip bits, overwrite, cut, splice, repeat or remove bytes."""
    raw, size = bytearray(data), max(len(data), 1)
    kind = int(rng.integers(10))
    if kind <= 2 and raw:
        bits = rng.integers(0, size * 8, int(rng.choice([1, 1, 3, 30])))
        for bit in bits:
            raw[bit // 8] ^= 1 << (bit % 8)
        return bytes(raw), ("bits", f"flipped {len(bits)} bit(s) at byte {bits[0] // 8}")
    span = _span(rng, size)
    length = span.stop - span.start
    if kind == 3 and raw:
        raw[span] = bytes(length)
        return bytes(raw), ("bits", f"zeroed bytes {span.start} to {span.stop}")
    if kind == 4 and raw:
        raw[span] = b"\xff" * length
        return bytes(raw), ("bits", f"set bytes {span.start} to {span.stop} to ff")
    if kind == 5:
        at = int(rng.integers(size))
        return bytes(raw[:at]), ("cut", f"cut at byte {at} of {size}")
    if kind == 6:
        at = size // 512 * 512 if rng.random() < 0.5 else size - int(rng.integers(1, 9))
        return bytes(raw[: max(at, 0)]), ("cut", f"cut at byte {at} of {size}")
    if kind == 7:
        at = int(rng.integers(size))
        return bytes(raw[:at]) + other[at:], ("bits", f"spliced with another file at byte {at}")
    if kind == 8:
        return bytes(raw[: span.stop] + raw[span.start :]), ("bits", f"repeated bytes {span}")
    del raw[span]
    return bytes(raw), ("cut", f"removed bytes {span.start} to {span.stop}")


def damage_lines(text: str, rng: Rng, delimiter: str) -> tuple[str, Done]:
    """Cut at a row, repeat, delete, shuffle or exchange rows, change a name or a cell."""
    lines = text.split("\n")
    n = len(lines)
    at = int(rng.integers(1, max(n - 1, 2)))
    kind = int(rng.integers(12))
    if kind == 0:
        return "\n".join(lines[:at]) + "\n", ("cut", f"cut after line {at}")
    if kind == 1:
        return "\n".join(lines[:at] + lines[at - 1 :]), ("text", f"repeated line {at}")
    if kind == 2:
        return "\n".join(lines[:at] + lines[at + 1 :]), ("cut", f"deleted line {at + 1}")
    if kind == 3:
        body = [line for line in lines[1:] if line]
        rng.shuffle(body)
        return "\n".join([lines[0], *body, ""]), ("text", "shuffled the rows")
    if kind == 4:
        return "\n".join(lines[1:]), ("text", "deleted the first line")
    if kind == 5:
        return text.replace("\n", "\r\n"), ("text", "ended lines as Windows does")
    if kind in (6, 7):
        names = lines[0].split(delimiter)
        one, two = (int(k) for k in rng.integers(0, len(names), 2))
        new = str(rng.choice([names[two], "", names[one].upper(), " " + names[one], "🐀"]))
        if kind == 7:
            names[one], names[two] = names[two], names[one]
            done = f"exchanged the names of columns {one + 1} and {two + 1}"
        else:
            done, names[one] = f"renamed {names[one]!r} to {new!r}", new
        return "\n".join([delimiter.join(names), *lines[1:]]), ("text", done)
    cells = lines[at].split(delimiter) if at < n else [""]
    where = int(rng.integers(len(cells)))
    new = str(rng.choice(CELLS))
    if kind == 8:  # everywhere
        for line in range(1, n):
            row = lines[line].split(delimiter)
            if len(row) > where:
                row[where] = new
            lines[line] = delimiter.join(row)
        return "\n".join(lines), ("text", f"set column {where + 1} to {new!r}")
    if kind == 9:
        lines.insert(at, "")
        return "\n".join(lines), ("text", f"inserted an empty line {at + 1}")
    done = f"line {at + 1}, cell {where + 1}: {cells[where]!r} to {new!r}"
    cells[where] = new
    lines[at] = delimiter.join(cells)
    return "\n".join(lines), ("text", done)


def damage_toml(text: str, rng: Rng) -> tuple[str, Done]:
    """Change, delete, repeat, rename or nest an entry of a TOML file."""
    lines = text.split("\n")
    entries = [at for at, line in enumerate(lines) if "=" in line]
    at = int(rng.choice(entries))
    name, _, value = lines[at].partition("=")
    kind = int(rng.integers(8))
    if kind <= 2:
        lines[at] = f"{name}= {rng.choice(TOML_VALUES)}"
        done = f"{lines[at]!r} for {value!r}"
    elif kind == 3:
        done = f"deleted {lines.pop(at)!r}"
    elif kind == 4:
        lines.insert(at, lines[at])
        done = f"repeated {lines[at]!r}"
    elif kind == 5:
        lines[at] = f"{name.strip()}{rng.choice(['s', '🐀', '.x', '_', '-'])} ={value}"
        done = f"renamed to {lines[at]!r}"
    elif kind == 6:
        depth = int(rng.choice([50, 2000, 200000]))
        lines[at] = f"{name}= " + "[" * depth + "]" * depth
        return "\n".join(lines), ("hostile", f"{name.strip()}: lists {depth} deep")
    else:
        rng.shuffle(lines)
        done = "shuffled the lines"
    return "\n".join(lines), ("text", done)


def damage_json(text: str, rng: Rng) -> tuple[str, Done]:
    """Change, delete or rename a value anywhere in a JSON file."""
    try:
        content = json.loads(text)
    except ValueError:
        return text[:-1], ("cut", "removed the last character")
    if rng.random() < 0.04:
        depth = int(rng.choice([500, 100000]))
        return "[" * depth + "]" * depth, ("hostile", f"JSON nested {depth} deep")
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in pairs:
            places.append((node, key))
            if isinstance(value, (dict, list)):
                walk(value)

    walk(content)
    if not places:
        return "[]", ("text", "emptied")
    node, key = places[int(rng.integers(len(places)))]
    before, kind = repr(node[key])[:40], int(rng.integers(4))
    if kind == 0:
        del node[key]
        return json.dumps(content), ("cut", f"deleted {key!r} ({before})")
    if kind == 1 and isinstance(node, dict):
        node[f"{key}_"] = node.pop(key)
        return json.dumps(content), ("text", f"renamed {key!r}")
    node[key] = JSON_VALUES[int(rng.integers(len(JSON_VALUES)))]
    return json.dumps(content), ("text", f"{key!r}: {before} to {node[key]!r}")


def damage_hdf5(path: Path, rng: Rng, outside: Path) -> Done:
    """Change attributes, shapes, names and links of an HDF5 file."""
    import h5py

    with h5py.File(path, "r+") as file:
        data: list[str] = []
        file.visititems(lambda name, o: data.append(name) if isinstance(o, h5py.Dataset) else None)
        name = data[int(rng.integers(len(data)))]
        kind = int(rng.integers(8))
        here = file[name]
        if kind == 0:
            del file[name]
            return "cut", f"deleted {name}"
        if kind == 1:
            file.move(name, f"{name}_")
            return "text", f"renamed {name}"
        if kind == 2:
            holders = [o for o in (here, here.parent, file) if len(o.attrs)]
            if holders:
                holder = holders[int(rng.integers(len(holders)))]
                key = list(holder.attrs)[int(rng.integers(len(holder.attrs)))]
                new = [np.nan, -5, "🐀", np.arange(3), ""][int(rng.integers(5))]
                with contextlib.suppress(OSError, TypeError, ValueError):
                    holder.attrs[key] = new
                return "text", f"attribute {key!r} of {holder.name} to {new!r}"
        values, attributes = here[()], dict(here.attrs)
        if kind <= 4 and getattr(values, "ndim", 0) >= 1 and len(values) > 1:
            del file[name]
            made = file.create_dataset(name, data=values[:-1])
            for key, value in attributes.items():
                with contextlib.suppress(Exception):
                    made.attrs[key] = value
            return "cut", f"removed the last row of {name}"
        del file[name]
        if kind == 5:
            file[name] = h5py.ExternalLink(str(outside), f"/{name}")
            return "hostile", f"{name} is a link to {outside.name}, outside"
        if kind == 6 and getattr(values, "ndim", 0) == 1 and values.dtype.kind in "iuf":
            raw = outside.with_suffix(".raw")
            raw.write_bytes(values.tobytes())
            made = file.create_dataset(
                name, values.shape, values.dtype, external=[(str(raw), 0, raw.stat().st_size)]
            )
            for key, value in attributes.items():
                with contextlib.suppress(Exception):
                    made.attrs[key] = value
            return "hostile", f"{name} lies in {raw.name}, outside"
        file[name] = h5py.SoftLink(f"/{name}")
        return "hostile", f"{name} is a link to itself"


def damage_folder(target: Path, rng: Rng, outside: Path, canary: Path) -> Done:
    """Delete, rename, repeat, empty or link a file of a folder; name pickle as a filter."""
    files = sorted(p for p in target.rglob("*") if p.is_file())
    file = files[int(rng.integers(len(files)))]
    shown = file.relative_to(target).as_posix()
    kind = int(rng.integers(9))
    if kind == 0:
        file.unlink()
        return "cut", f"deleted {shown}"
    if kind == 1:
        file.rename(file.with_name(f"{file.name}_"))
        return "cut", f"renamed {shown}"
    if kind == 2:
        file.write_bytes(b"")
        return "cut", f"emptied {shown}"
    if kind == 3:
        other = files[int(rng.integers(len(files)))]
        same = other.read_bytes() == file.read_bytes()
        shutil.copyfile(other, f"{file}.tmp")
        Path(f"{file}.tmp").replace(file)
        return "text" if same else "bits", f"{other.relative_to(target)} copied over {shown}"
    if kind in (4, 5) or file.parent == target:  # a user may name a link
        hidden = outside.with_name(f"outside_{file.name}")
        shutil.move(file, hidden)
        file.symlink_to(hidden)
        return "hostile", f"{shown} is a link to a file outside"
    if kind == 6:
        folder = file.parent
        hidden = outside.with_name("outside_folder")
        shutil.move(folder, hidden)
        folder.symlink_to(hidden)
        return "hostile", f"the folder of {shown} is a link to one outside"
    return _plant_pickle(target, files, canary)


def _plant_pickle(target: Path, files: list[Path], canary: Path) -> Done:
    payload = np.empty(1, object)
    payload[0] = Ran(str(canary))
    arrays = [file for file in files if file.suffix == ".npy"]
    if arrays:
        np.save(arrays[0], payload, allow_pickle=True)
        return "hostile", f"{arrays[0].name} holds a pickle"
    metadata = [file for file in files if file.name in (".zarray", "zarr.json")]
    for file in metadata:
        content = json.loads(file.read_text())
        if file.name == ".zarray":
            content["filters"] = [{"id": "pickle", "protocol": 5}]
        else:
            content["codecs"] = [{"name": "numcodecs.pickle", "configuration": {"protocol": 5}}]
        file.write_text(json.dumps(content))
        for chunk in file.parent.iterdir():
            if chunk.name[:1].isdigit():
                chunk.write_bytes(pickle.dumps(payload))
    for file in target.glob(".zmetadata"):
        content = json.loads(file.read_text())
        for value in content["metadata"].values():
            if "filters" in value:
                value["filters"] = [{"id": "pickle", "protocol": 5}]
        file.write_text(json.dumps(content))
    return "hostile", "pickle is the filter of every array"


def replace_whole(target: Path, rng: Rng, seed_name: str, canary: Path) -> Done:
    """Put something else in the place of a file: a wrong format, a bomb, a pickle, a link."""
    kind = int(rng.integers(7))
    data = target.read_bytes()
    if kind == 0:
        target.write_bytes(gzip.compress(bytes(50_000_000), mtime=0))
        return "hostile", "a gzip of 50 MB of zeros"
    if kind == 1:
        target.write_bytes(pickle.dumps(Ran(str(canary))))
        return "hostile", "a pickle"
    if kind == 2:
        target.unlink()
        target.mkdir()
        return "hostile", "an empty folder"
    if kind == 3:
        target.unlink()
        target.symlink_to(target)
        return "hostile", "a link to itself"
    if kind == 4:
        target.unlink()
        return "hostile", "nothing"
    if kind == 5:
        stream = io.BytesIO()
        np.savez_compressed(stream, a=np.zeros(5_000_000))
        target.write_bytes(stream.getvalue())
        return "hostile", "a zip of 40 MB of zeros"
    target.write_bytes(bytes(len(data)))
    return "hostile", "as many zeros"


Damage = Callable[[Path, Rng], Done]


def mutate(folder: Path, seed: Any, rng: Rng, outside: Path, canary: Path) -> tuple[str, str, Path]:
    """Damage the input in `folder`; return the kind, what was done, and the path to read."""
    target = folder / seed.target
    if target.is_dir():
        files = sorted(p for p in target.rglob("*") if p.is_file())
        if rng.random() < 0.45:
            return *damage_folder(target, rng, outside, canary), target
        file = files[int(rng.integers(len(files)))]
        text = file.name.startswith((".z", "zarr.json"))
        if text and rng.random() < 0.6:
            new, done = damage_json(file.read_text(), rng)
            file.write_text(new)
        else:
            other = files[int(rng.integers(len(files)))].read_bytes()
            new, done = damage_bytes(file.read_bytes(), other, rng)
            file.write_bytes(new)
        return done[0], f"{file.relative_to(target)}: {done[1]}", target
    if rng.random() < 0.05:
        return *replace_whole(target, rng, seed.name, canary), target
    if rng.random() < 0.03:
        renamed = target.with_suffix(str(rng.choice([".csv", ".nc", ".h5", ".mat", "", ".pkl"])))
        target.rename(renamed)
        return "text", f"renamed to {renamed.name}", renamed
    note = target.with_name(f"{target.name}-metadata.json")
    if note.exists() and rng.random() < 0.3:
        new, done = damage_json(note.read_text(), rng)
        note.write_text(new)
        return done[0], f"metadata: {done[1]}", target
    data = target.read_bytes()
    if data[:4] == b"\x89HDF" or b"\x89HDF" in data[512:516]:
        if rng.random() < 0.35:
            return *damage_hdf5(target, rng, outside), target
    elif seed.judge in ("table", "exported", "log", "json", "map", "recipe") and rng.random() < 0.7:
        encoding = seed.more.get("encoding", "utf-8")
        text = data.decode(encoding)
        if target.suffix == ".toml":
            text, done = damage_toml(text, rng)
        elif target.suffix == ".json":
            text, done = damage_json(text, rng)
        else:
            delimiter = max(",\t;", key=text.split("\n", 1)[0].count)
            text, done = damage_lines(text, rng, delimiter)
        target.write_bytes(
            text.encode(encoding, "surrogatepass" if "16" in encoding else "replace")
        )
        return *done, target
    new, done = damage_bytes(data, data[::-1], rng)
    target.write_bytes(new)
    return *done, target
