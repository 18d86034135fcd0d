"""Write the metadata file beside an exported CSV, in the format CSV on the Web.

References
----------
.. [1] Tennison, J. & Kellogg, G. (eds) (2015) Metadata Vocabulary for Tabular Data. W3C
   Recommendation. https://www.w3.org/TR/tabular-metadata/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np

from pfc_analysis.recording.standard_variables import COORDINATES, INTEGER, REAL, VARIABLES
from pfc_analysis.spreadsheet_cells import neutral_cell

_SIGNED = {1: "byte", 2: "short", 4: "int", 8: "long"}
_UNSIGNED = {1: "unsignedByte", 2: "unsignedShort", 4: "unsignedInt", 8: "unsignedLong"}
_TERMS = {
    "title": "dc:title",
    "task": "dc:subject",
    "source": "dc:source",
    "citation": "dc:bibliographicCitation",
    "licence": "dc:license",
    "doi": "dc:identifier",
}
"""Attributes of a recording that Dublin Core has terms for."""


@dataclass(frozen=True)
class Column:
    """A column of the file.

    Attributes
    ----------
    header : str
        Its title, in the first line.
    variable : str
        The variable it is of.
    label : str or None
        The arm, for a variable on (trial, arm).
    dtype : numpy.dtype
        Of the variable.
    labels : sequence of str or None
        Labels whose text stands in the cells; None where the cells hold the values themselves.
    required : bool
        Whether no cell is empty.
    attributes : mapping
        Of the variable.
    """

    header: str
    variable: str
    label: str | None
    dtype: np.dtype[Any]
    labels: Sequence[str] | None
    required: bool
    attributes: Mapping[str, Any]

    def metadata(self) -> dict[str, Any]:
        """Return the column's description."""
        found: dict[str, Any] = {
            "name": _variable_name(self.variable, self.label),
            "titles": self.header,
            "datatype": self._datatype(),
            "required": self.required,
        }
        long_name, units = (self.attributes.get(key) for key in ("long_name", "units"))
        if isinstance(long_name, str):
            where = "" if self.label is None else f": {self.label}"
            found["dc:description"] = f"{long_name}{where}"
        if isinstance(units, str):
            found["schema:unitText"] = units
        if self.labels is not None:
            found["schema:valueReference"] = list(self.labels)
        return found

    def _datatype(self) -> dict[str, Any]:
        if self.labels is not None:
            return {
                "base": "string",
                "format": "|".join(_escape(neutral_cell(label)) for label in self.labels),
            }
        kind, size = self.dtype.kind, self.dtype.itemsize
        if kind == "U":
            return {"base": "string"}
        if kind == "b":
            return {"base": "boolean"}
        if kind == "f":
            return {"base": "double" if size == 8 else "float", **self._limits()}
        return {"base": (_SIGNED if kind == "i" else _UNSIGNED)[size], **self._limits()}

    def _limits(self) -> dict[str, Any]:
        spec = VARIABLES.get(self.variable) or COORDINATES.get(self.variable)
        if spec is None or spec.kind not in (INTEGER, REAL):
            return {}
        lowest, highest = spec.lowest, spec.highest
        if spec.allowed is not None:
            lowest, highest = min(spec.allowed), max(spec.allowed)
        named = {"minimum": lowest, "maximum": highest}
        return {key: value for key, value in named.items() if value is not None}


def _variable_name(variable: str, label: str | None) -> str:
    """Return the name of a column as URI templates allow it: letters, digits, "_", "%xx"."""
    parts = [variable] if label is None else [variable, label]
    return ".".join(_encode(part) for part in parts)


def _encode(part: str) -> str:
    quoted = quote(part, safe="").replace("-", "%2D").replace(".", "%2E").replace("~", "%7E")
    # A name may not begin with an underscore: CSV on the Web keeps those for itself.
    return f"%5F{quoted[1:]}" if quoted.startswith("_") else quoted or "%20"


def _escape(label: str) -> str:
    """Escape a label for a regular expression of ECMAScript."""
    return re.sub(r"([\\^$.|?*+()\[\]{}/])", r"\\\1", label)


def make_document(
    url: str,
    delimiter: str,
    columns: Sequence[Column],
    attributes: Mapping[Any, Any],
    note: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the metadata of a table of trials.

    Parameters
    ----------
    url : str
        Name of the CSV file, which lies beside the metadata.
    delimiter : str
        What parts its cells.
    columns : sequence of Column
        Its columns, in order.
    attributes : mapping
        Of the recording.
    note : mapping
        What it takes to rebuild the recording; it becomes an annotation of the table.

    Returns
    -------
    dict
        For JSON.
    """
    named = {term: attributes[key] for key, term in _TERMS.items() if key in attributes}
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": quote(url),
        **{term: text for term, text in named.items() if isinstance(text, str)},
        "dialect": {
            "delimiter": delimiter,
            "encoding": "utf-8",
            "header": True,
            "doubleQuote": True,
            "lineTerminators": ["\n", "\r\n"],
        },
        "tableSchema": {
            "columns": [column.metadata() for column in columns],
            "primaryKey": [
                _variable_name(name, None) for name in ("subject", "session", "trial_in_session")
            ],
        },
        "notes": [{"type": "Annotation", "body": dict(note)}],
    }
