"""Read tables of trials in parquet, by pyarrow (the extra parquet)."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.frames import table_of_frame
from pfc_analysis.recording.tables.raw_table import RawTable

MARK = b"PAR1"
_INDEX = re.compile(r"__index_level_\d+__")
"""Name that pandas gives to an index without a name, which is no column of the table."""


def read_parquet_tables(path: Path) -> list[RawTable]:
    """Read the table in a parquet file, in this process: a damaged file may crash it.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of RawTable
        The table; columns of lists or records are unusable.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModuleNotFoundError
        If pyarrow is not installed.
    RecordingError
        If the file is damaged, holds no row, or claims more memory than a file of its size may.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file, expected a parquet file.")
    if find_spec("pyarrow") is None:
        raise ModuleNotFoundError(
            f"{path}: reading parquet needs the package pyarrow, which is not installed. Install "
            "it with: pip install 'pfc_analysis[parquet]', or save the table as CSV."
        )
    import pyarrow

    try:
        found = _read(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({error}), expected a parquet file. Get it again from its "
            "source."
        ) from error
    nested = {
        field.name: "a list of values or a record"
        for field in found.schema
        if pyarrow.types.is_nested(field.type)
    }
    # What pandas noted about the index in the file is not needed, and whole numbers stay whole
    # beside empty cells: as floating-point numbers, two long names could become one.
    frame = found.drop_columns(list(nested)).to_pandas(
        ignore_metadata=True, integer_object_nulls=True
    )
    table = table_of_frame(frame, path=path)
    if not table.size:
        raise RecordingError(f"{path}: found a table without rows, expected one row per trial.")
    columns = {name: values for name, values in table.columns.items() if not _INDEX.match(name)}
    return [RawTable(path, table.size, columns, unusable={**table.unusable, **nested})]


def _read(path: Path) -> Any:
    """Read a table, once the memory limit allows what the file claims."""
    from pyarrow import parquet

    memory = MemoryLimit.of(path)
    with parquet.ParquetFile(path) as file:
        about = file.metadata
        # A value may be packed into almost nothing, where the same comes again and again.
        memory.spend(8 * about.num_rows * about.num_columns, "the table")
        found = file.read(use_threads=False)
    memory.spend(found.nbytes, "the table")
    return found


FORMAT = Format(
    name="parquet",
    title="a parquet file",
    endings=(".parquet", ".pqt"),
    recognise=lambda path, head: head.startswith(MARK),
    read=read_parquet_tables,
    isolated=True,
    has_one_table=True,
)
