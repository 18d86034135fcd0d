"""Values of MATLAB files: structs, cells, and objects that are refused."""

from __future__ import annotations

from dataclasses import dataclass

from pfc_analysis.recording.tables.plain_columns import Refused
from pfc_analysis.recording.tables.table_building import Letters, Source


@dataclass(frozen=True)
class Struct:
    """Elements of a struct array, each with its fields; a plain struct is one of them."""

    elements: tuple[dict[str, Value], ...]


@dataclass(frozen=True)
class Cell:
    """Entries of a cell array, in MATLAB's order (down the columns)."""

    entries: tuple[Value, ...]


Value = Source | Letters | Struct | Cell | Refused

_WAYS_OUT = {
    "function_handle": "a function handle, which is code and is not read",
    "sparse": "a sparse array; save full(NAME)",
    "table": "a MATLAB table, an object that only MATLAB reads; save "
    "table2struct(NAME, 'ToScalar', true), or writetable(NAME, 'trials.csv')",
    "timetable": "a MATLAB timetable, an object that only MATLAB reads; save "
    "table2struct(timetable2table(NAME), 'ToScalar', true), or writetimetable to CSV",
    "string": "an array of MATLAB strings, objects that only MATLAB reads; save cellstr(NAME)",
    "categorical": "a categorical array, an object that only MATLAB reads; save cellstr(NAME)",
    "datetime": "an array of datetime, objects that only MATLAB reads; save cellstr(string(NAME))",
}


def object_refused(kind: str) -> Refused:
    """Refuse an object of a MATLAB class, which only MATLAB can read."""
    shown = kind if kind.isprintable() and len(kind) < 60 else "unknown"
    return Refused(
        _WAYS_OUT.get(kind, f"an object of MATLAB class {shown}, which only MATLAB reads")
    )
