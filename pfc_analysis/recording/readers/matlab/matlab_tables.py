"""Find tables of trials among the variables of a MATLAB file.

Laboratories lay trials out in few ways, and each is known by its shape:

- vectors of equal length, as variables or as fields of a struct: one table;
- a struct array or a cell of structs whose fields are vectors: a table for each element, which is
  a session or an animal;
- a struct array or a cell of structs whose fields are single values: one table, a row for each
  element, which is a trial.

Structs inside a struct are looked into. Single values and words beside a table hold for all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pfc_analysis.recording.neurons.count_arrays import read_count_array
from pfc_analysis.recording.neurons.neural_data import NeuralData, NeuralRequest
from pfc_analysis.recording.readers.matlab.matlab_columns import (
    Constants,
    are_rows,
    column_items,
    elements_of,
    has_structs,
    row_columns,
    single_values,
)
from pfc_analysis.recording.readers.matlab.matlab_matrices import matrix_tables
from pfc_analysis.recording.readers.matlab.matlab_values import Struct, Value
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.plain_columns import Refused
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.table_building import (
    Item,
    array_table,
    build_table,
    common_length,
)
from pfc_analysis.recording.tables.table_picking import Candidate, pick_tables

LOOSE = "."
"""Name of the table that variables make which lie in no struct."""

_DEEPEST = 6


def matlab_tables(path: Path, variables: Mapping[str, Value], table: str | None) -> list[RawTable]:
    """Make tables of the variables of a file.

    Parameters
    ----------
    path : Path
        The file.
    variables : mapping of str to Value
        What lies in it.
    table : str, optional
        The variable or struct that holds the trials, such as "ratdatas", "data.trials" or
        "ratdatas{3}" (one of several); "." for variables that lie in no struct; or an array with
        a row for each trial, whose columns are then called NAME_0, NAME_1, ...

    Returns
    -------
    list of RawTable
        One for each session, animal or struct, with rows; those without are named in the notes.

    Raises
    ------
    RecordingError
        If there is none, or there are several that differ and `table` does not say which.
    """
    finder = _Finder(path)
    own = column_items({name: v for name, v in variables.items() if not has_structs(v)}, "")
    constants = single_values(own)
    asked = None if table is None else array_table(path, own, table)
    if asked is not None and asked.size:
        return [asked]
    nested = [
        candidate
        for name, value in variables.items()
        if has_structs(value)
        for candidate in finder.look_into(name, value, constants, 1)
    ]
    enough = 1 if not nested else 2
    has_vectors = common_length(own.values())[1] >= enough
    loose = finder.table(LOOSE, own, {}) if has_vectors or not nested else []
    if not loose and not nested:
        sessions = matrix_tables(path, "", own, constants, any_names=True)
        loose = [Candidate(LOOSE, tuple(sessions))] if sessions else []
    refused = [f"{name} ({v.reason})" for name, v in variables.items() if isinstance(v, Refused)]
    names = ", ".join(refused or map(str, list(variables)[:12])) or "nothing"
    return pick_tables(path, loose + nested, table, f"the variables {names}")


def matlab_neural(path: Path, variables: Mapping[str, Value], request: NeuralRequest) -> NeuralData:
    """Read an array of counts among the variables of a file.

    Parameters
    ----------
    path : Path
        The file.
    variables : mapping of str to Value
        What lies in it; fields of a struct are called "outer.inner".
    request : NeuralRequest
        With `counts` and `windows`.

    Returns
    -------
    NeuralData
        With counts.

    Raises
    ------
    RecordingError
        If the column map asks for spike times or a trace, or the array does not fit.
    """
    if request.counts is None or request.signal is not None:
        what = "a signal" if request.signal is not None else "windows without counts"
        raise RecordingError(
            f"{path}: found {what} in the column map, expected the name of an array of counts in "
            'this file: counts = "NAME". Spike times and traces are read from NWB.'
        )
    return read_count_array(path, column_items(variables, ""), request)


@dataclass(frozen=True)
class _Finder:
    path: Path

    def look_into(
        self, place: str, value: Value, constants: Constants, depth: int
    ) -> list[Candidate]:
        """Tables that a struct or a cell holds."""
        if depth > _DEEPEST:
            return []
        if isinstance(value, Struct) and len(value.elements) == 1:
            return self._in_struct(place, value.elements[0], constants, depth)
        elements = elements_of(value)
        if not elements:
            return []
        if are_rows(elements):
            return self.table(place, row_columns(elements), constants)
        marks = "({})" if isinstance(value, Struct) else "{{{}}}"
        places = [place + marks.format(number) for number in range(1, len(elements) + 1)]
        return self._family(place, places, elements, constants, depth)

    def table(self, place: str, items: Mapping[str, Item], constants: Constants) -> list[Candidate]:
        shown = "" if place == LOOSE else place
        sessions = matrix_tables(self.path, shown, items, constants | single_values(items))
        if sessions:
            return [Candidate(place, tuple(sessions))]
        built = build_table(self.path, shown, items, constants=constants)
        return [Candidate(place, (built,))] if built.size else []

    def _in_struct(
        self, place: str, fields: Mapping[str, Value], constants: Constants, depth: int
    ) -> list[Candidate]:
        """Look into a struct whose fields are columns, or that holds structs which have them."""
        items = column_items(fields, "")
        own = {name: items[name] for name, value in fields.items() if not has_structs(value)}
        if common_length(own.values())[1] < 2:
            known = constants | single_values(own)
            nested = [
                candidate
                for name, value in fields.items()
                if has_structs(value)
                for candidate in self.look_into(f"{place}.{name}", value, known, depth + 1)
            ]
            if nested:
                return nested
        return self.table(place, items, constants)

    def _family(
        self,
        name: str,
        places: Sequence[str],
        elements: Sequence[Mapping[str, Value]],
        constants: Constants,
        depth: int,
    ) -> list[Candidate]:
        """One table for each element; a session of one trial is known by the others' columns."""
        items = [column_items(fields, "") for fields in elements]
        built = [
            build_table(self.path, place, one, constants=constants)
            for place, one in zip(places, items, strict=True)
        ]
        columns = {column for one in built for column in one.columns}
        whole: list[RawTable] = []
        empty = []
        for place, one, table in zip(places, items, built, strict=True):
            again = (
                table
                if table.size
                else build_table(self.path, place, one, constants=constants, single=columns)
            )
            if again.size:
                whole.append(again)
            else:
                empty.append(place)
        if not whole:
            return [
                candidate
                for place, fields in zip(places, elements, strict=True)
                for candidate in self._in_struct(place, fields, constants, depth + 1)
            ]
        return [Candidate(name, tuple(_with_note(whole, empty)))]


def _with_note(tables: list[RawTable], empty: Sequence[str]) -> Iterator[RawTable]:
    for table in tables:
        note = f"left out, since they have no rows: {', '.join(empty)}"
        yield replace(table, notes=(*table.notes, note)) if empty else table
