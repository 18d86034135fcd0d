"""Read tables of trials in parquet, by pyarrow (the extra parquet)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.readers.registry import Format
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.frames import table_of_frame
from pfc_analysis.recording.tables.raw_table import RawTable

MARK = b"PAR1"


def read_parquet_tables(path: Path) -> list[RawTable]:
    """Read the table in a parquet file.

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
    ModuleNotFoundError
        If pyarrow is not installed.
    RecordingError
        If the file is damaged.
    """
    if find_spec("pyarrow") is None:
        raise ModuleNotFoundError(
            f"{path}: reading parquet needs the package pyarrow, which is not installed. Install "
            "it with: pip install 'pfc_analysis[parquet]', or save the table as CSV."
        )
    import pyarrow
    from pyarrow import parquet

    try:
        found: Any = parquet.read_table(path, use_threads=False)
    except (pyarrow.ArrowException, OSError) as error:
        raise RecordingError(
            f"{path}: damaged or cut off ({error}), expected a parquet file. Get it again from its "
            "source."
        ) from error
    MemoryLimit.of(path).spend(found.nbytes, "the table")
    nested = {
        field.name: "a list of values or a record"
        for field in found.schema
        if pyarrow.types.is_nested(field.type)
    }
    frame = found.drop_columns(list(nested)).to_pandas()
    index = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index() if index else frame
    table = table_of_frame(frame)
    unusable = dict(table.unusable) | nested
    return [RawTable(path, table.size, table.columns, unusable=unusable)]


FORMAT = Format(
    name="parquet",
    title="a parquet file",
    endings=(".parquet", ".pqt"),
    recognise=lambda path, head: head.startswith(MARK),
    read=read_parquet_tables,
    isolated=True,
    has_one_table=True,
)
