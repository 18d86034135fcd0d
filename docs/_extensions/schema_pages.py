"""The variables of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markup import plain, table

from pfc_analysis.recording.schema import COORDINATES, VARIABLES, VariableSpec

_INTRODUCTION = """# What a recording holds

A recording of agents, animals or simulated learners is an `xarray.Dataset` with one row for
each trial. All subjects and sessions lie one after the other on the dimension `trial`; the
coordinates `subject`, `session` and `trial_in_session` say whose trial it is. `pfc.save_recording`
and `pfc.open_recording` write and read it as netCDF-4 or Zarr, which any library for these formats
reads. Every variable carries `long_name` and `units`, and codes carry `flag_values` and
`flag_meanings`.

Results of `pfc.analysis` are `xarray.Dataset` too: on `subject` and the dimensions that the
function names, each estimate with its interval under `NAME_lower` and `NAME_upper`.
"""


def pages(root: Path) -> dict[str, str]:
    """Return the page by path below `docs/`."""
    text = _INTRODUCTION
    for title, specs in (("Coordinates", COORDINATES), ("Variables", VARIABLES)):
        text += f"\n## {title}\n\n" + _table(specs)
    return {"reference/generated/schema.md": text}


def _table(specs: Mapping[str, VariableSpec]) -> str:
    rows = []
    for name, spec in specs.items():
        codes = "; ".join(f"{code} {plain(text)}" for code, text in (spec.meanings or {}).items())
        meaning = plain(spec.long_name) + (f" ({codes})" if codes else "")
        dims = ", ".join(f"`{dim}`" for dim in spec.dims)
        rows.append((f"`{name}`", dims, spec.kind, plain(spec.units or ""), meaning))
    return table(["name", "on", "kind", "units", "meaning"], rows)
