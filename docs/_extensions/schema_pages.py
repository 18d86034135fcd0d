"""The variables of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markup import plain, table

import pfc_analysis as pfc
from pfc_analysis.recording.schema import COORDINATES, VARIABLES, VariableSpec
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.run.experiment import find_experiment

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

_EVENTS = """The variables `rpe` and `rpe_input` are on `event`: what arrived after a step, such as
the outcome. `hidden` is on `step`. A network reads what a step led to at the next step, which after
the last step of a trial lies in the next trial. The coordinates `seen_at_step` and
`seen_trials_later` on `event` say so in each recording, and
`pfc.analysis.align_units(recording, event)` takes the activity at that step.

"""


def pages(root: Path) -> dict[str, str]:
    """Return the page by path below `docs/`."""
    text = _INTRODUCTION
    for title, specs in (("Coordinates", COORDINATES), ("Variables", VARIABLES)):
        text += f"\n## {title}\n\n" + _table(specs)
    text += "\n## When units see an event\n\n" + _EVENTS + tabulate_events()
    return {"reference/generated/schema.md": text}


def find_tasks() -> dict[str, Task]:
    """Return one task of each kind that the shipped experiments play, by name."""
    tasks = (find_experiment(name).recipe.testing_task() for name in pfc.list_experiments())
    return {task.name: task for task in reversed(list(tasks))}


def tabulate_events() -> str:
    """Tabulate for each task at which step the units see each event."""
    rows = [
        (f"`{name}`", f"`{event}`", f"`{step}`", "of the next trial" if later else "of the trial")
        for name, task in sorted(find_tasks().items())
        for event, (step, later) in zip(task.events, task.seen_at, strict=True)
    ]
    return table(["task", "event", "seen at the step", ""], rows)


def _table(specs: Mapping[str, VariableSpec]) -> str:
    rows = []
    for name, spec in specs.items():
        codes = "; ".join(f"{code} {plain(text)}" for code, text in (spec.meanings or {}).items())
        meaning = plain(spec.long_name) + (f" ({codes})" if codes else "")
        dims = ", ".join(f"`{dim}`" for dim in spec.dims)
        rows.append((f"`{name}`", dims, spec.kind, plain(spec.units or ""), meaning))
    return table(["name", "on", "kind", "units", "meaning"], rows)
