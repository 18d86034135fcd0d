"""Read trials from a folder of ALF files (.npy), as the International Brain Laboratory has them."""

from __future__ import annotations

import re
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from pfc_analysis.recording.readers.registry import Format, find_format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import Item, Source, build_table, common_length

_FILE = re.compile(r"(?:_[A-Za-z0-9]+_)?trials\.(?P<column>\w+)(?:\.[^.]+)*\.npy")
_PARQUET = re.compile(r"(?:_[A-Za-z0-9]+_)?trials\.table(?:\.[^.]+)*\.(?:pqt|parquet)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WIDEST = 4
_NUMBER = re.compile(r"\d{3}")
_MAGIC = b"\x93NUMPY"
_WAY_OUT = "Get it again from its source, or write it again with numpy.save."


def read_alf_tables(path: Path) -> list[RawTable]:
    """Read the trials of one session from a folder of ALF files.

    Parameters
    ----------
    path : Path
        The folder that holds `trials.choice.npy` and others, with or without a namespace
        (`_ibl_trials.choice.npy`), or the folder of a session with these in its folder `alf`.

    Returns
    -------
    list of RawTable
        One table, with a column for each file and each column of `_ibl_trials.table.pqt`;
        `trials.intervals.npy`, which has two values a trial, gives `intervals_0` and
        `intervals_1`. Where the path says SUBJECT/DATE/NUMBER, these are the constants `subject`
        and `session` ("2021-03-05/001").

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    RecordingError
        If it holds no such files, two tables or two files for one column, a file
        that is damaged or cut off, or one of Python objects, which can run code.

    References
    ----------
    Rossant et al., Open Neurophysiology Environment, https://int-brain-lab.github.io/ONE/alf_intro.html
    """
    folder = alf_folder(path)
    files = _column_files(folder)
    items, notes = _columns_of_table(folder, alone="choice" not in files)
    for column, file in files.items():
        split = _split(column, _source(file))
        notes += [
            f"column {n} is that of {file.name}, not of the table" for n in split if n in items
        ]
        items |= split
    single = [] if common_length(items.values())[0] else list(items)
    table = build_table(
        path,
        "" if folder == path else folder.name,
        items,
        constants=_session(folder),
        single=single,
        notes=(*notes, *_notes(folder)),
    )
    if not table.size:
        raise RecordingError(
            f"{folder}: found files without trials ({', '.join(f.name for f in files.values())}), "
            "expected one value for each trial. Was the session aborted?"
        )
    return [table]


def alf_folder(path: Path) -> Path:
    """Return the folder with the files: the one given, or `alf` in it.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    RecordingError
        If neither holds a file of trials.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such folder, expected one of ALF files.")
    for folder in (path, path / "alf"):
        if folder.is_dir() and has_trials(folder):
            return folder
    inside = sorted(p.name for p in path.iterdir())[:8] if path.is_dir() else ["a file"]
    raise RecordingError(
        f"{path}: found {inside}, expected a folder with files such as trials.choice.npy and "
        "trials.feedbackType.npy."
    )


def has_trials(folder: Path) -> bool:
    """Say whether a folder holds trials as ALF files, or as ALF's table."""
    names = [part.name for part in folder.iterdir()]
    return any(_FILE.fullmatch(name) or _PARQUET.fullmatch(name) for name in names)


FORMAT = Format(
    name="alf",
    title="a folder of ALF files",
    endings=(".npy",),
    recognise=lambda path, _: any(one.is_dir() and has_trials(one) for one in (path, path / "alf")),
    read=read_alf_tables,
    has_one_table=True,
)


def _column_files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        match = _FILE.fullmatch(file.name)
        if match is None:
            continue
        column = match["column"]
        if column in found:
            raise RecordingError(
                f"{folder}, column {column!r}: found two files, {found[column].name} and "
                f"{file.name}, expected one. Keep the one that counts in the folder."
            )
        found[column] = file
    return found


def _parquet_tables(folder: Path) -> list[Path]:
    return sorted(part for part in folder.iterdir() if _PARQUET.fullmatch(part.name))


def _columns_of_table(folder: Path, alone: bool) -> tuple[dict[str, Item], list[str]]:
    """Return the columns of ALF's table (_ibl_trials.table.pqt), where there is one, and notes.

    An array beside it (trials.NAME.npy) takes the place of its column. Where the choices are such
    an array, the table is left out if the library that reads it is not installed.
    """
    tables = _parquet_tables(folder)
    if len(tables) > 1:
        raise RecordingError(
            f"{folder}: found {len(tables)} tables of trials ({', '.join(t.name for t in tables)}),"
            " expected one. Keep the one that counts in the folder."
        )
    if not tables:
        return {}, []
    if not alone and find_spec("pyarrow") is None:
        return {}, [f"{tables[0].name} was not read: pip install 'pfc_analysis[parquet]'"]
    _refuse_link(tables[0])
    (table,) = find_format("parquet").read_tables(tables[0])
    items: dict[str, Item] = {
        name: Source(values.shape, partial(np.copy, values))
        for name, values in table.columns.items()
    }
    items |= {name: Refused(reason) for name, reason in table.unusable.items()}
    return items, [f"columns of {tables[0].name} are read"]


def _notes(folder: Path) -> tuple[str, ...]:
    if found := _session(folder):
        return (
            f"subject {found['subject']} and session {found['session']} are taken from the path",
        )
    return ()


def _session(folder: Path) -> dict[str, str | float]:
    """Subject and session, where the path has them: SUBJECT/YYYY-MM-DD/NNN."""
    parts = folder.absolute().parts
    for subject, date, number in zip(parts[-4:], parts[-3:], parts[-2:], strict=False):
        if _DATE.fullmatch(date) and _NUMBER.fullmatch(number):
            return {"subject": subject, "session": f"{date}/{number}"}
    return {}


def _split(column: str, source: Source) -> dict[str, Item]:
    """Split an array with two to four values per trial into columns."""
    if len(source.shape) != 2 or not 2 <= source.shape[1] <= _WIDEST:
        return {column: source}

    def part(number: int) -> Source:
        return Source(source.shape[:1], lambda: source.read()[:, number])

    return {f"{column}_{number}": part(number) for number in range(source.shape[1])}


def _source(file: Path) -> Source:
    """Open an array; its header is checked against the size of the file before anything is read."""
    _refuse_link(file)
    size = file.stat().st_size
    with file.open("rb") as raw:
        head = raw.read(len(_MAGIC))
    if head != _MAGIC:
        raise RecordingError(
            f"{file}: found {size} bytes that begin with {head!r}, expected an array of numpy "
            f"(.npy). {_WAY_OUT}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # over headers that Python 2 wrote
            # Maps the file: nothing is reserved, and a header that claims more is an error.
            mapped = np.load(file, mmap_mode="r", allow_pickle=False)
            # `offset` is that of the map, where the values begin.
            start, end = mapped.offset, mapped.offset + mapped.nbytes
    # The header is parsed as Python, and whatever that meets is raised.
    except Exception as error:
        if "object" in str(error).lower():
            raise RecordingError(
                f"{file}: found objects of Python, expected numbers or text: objects are kept as "
                "a pickle, which can run any code when it is read. Write it again with numpy.save "
                "and a dtype of numbers or text."
            ) from error
        raise _damaged(file, size, str(error)) from error
    if end != size:
        raise _damaged(file, size, f"its header tells of {end}, {start} of them before the values")
    return Source(mapped.shape, lambda: np.array(mapped))


def _refuse_link(file: Path) -> None:
    """Raise a RecordingError if a file of the folder is a link to one outside, or to nothing."""
    if not file.is_symlink():
        return
    if not file.exists():
        raise RecordingError(f"{file}: found a link to nothing, expected a file. {_WAY_OUT}")
    if file.resolve().parent != file.parent.resolve():
        raise RecordingError(
            f"{file}: found a link to a file outside of its folder, expected the data themselves, "
            "since such links are not followed. Copy the folder with what its links lead to: "
            f"cp -rL {file.parent} COPY"
        )


def _damaged(file: Path, size: int, why: str) -> RecordingError:
    return RecordingError(f"{file}: damaged or cut off ({size} bytes; {why}). {_WAY_OUT}")
