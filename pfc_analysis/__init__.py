"""Does a network learn the way a brain does? Agents, animals and one set of analyses for both.

The public calls are found here and imported when first used:

- `list_experiments`, `train`, `sweep`, `record`: agents; `simulate`: learners beside them.
- `Intervention`: a rule that changes a signal of the network while it is recorded.
- `film`: what an agent sees while it plays, as a moving picture.
- `load`: trials of any laboratory, from a file of any known format.
- `open_recording`, `save_recording`: recordings on disk.
- `compare`: agents beside animals, from files to statistics, figure and page;
  `compare_recordings`: the same of recordings at hand.
- `export_recording`, `to_pynapple`: recordings for other tools (CSV, NWB, pynapple); the way back
  is `load`, and `from_pynapple`.
- `list_datasets`, `describe_dataset`, `fetch_dataset`, `load_dataset`: public animal data.
- `list_figures`, `draw_figure`, `reproduce`, `check`: the paper's figures and numbers.

Analyses are in `pfc_analysis.analysis`, one file per question.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pfc_analysis.comparison.compare_groups import compare_recordings
    from pfc_analysis.recording.catalogue.public_data import (
        describe_dataset,
        fetch_dataset,
        list_datasets,
        load_dataset,
    )
    from pfc_analysis.recording.exports.export import export_recording
    from pfc_analysis.recording.exports.pynapple import from_pynapple, to_pynapple
    from pfc_analysis.recording.load import load
    from pfc_analysis.recording.record import record
    from pfc_analysis.recording.simulate import simulate
    from pfc_analysis.recording.storage import open_recording, save_recording
    from pfc_analysis.reporting.comparison_files import compare
    from pfc_analysis.reproduction.agents.film import film
    from pfc_analysis.reproduction.claims import check
    from pfc_analysis.reproduction.figures import draw_figure, list_figures, reproduce
    from pfc_analysis.training.interventions.intervention import Intervention
    from pfc_analysis.training.run.sweep import sweep
    from pfc_analysis.training.run.trainer import list_experiments, train

_HOMES = {
    "Intervention": "training.interventions.intervention",
    "check": "reproduction.claims",
    "compare": "reporting.comparison_files",
    "compare_recordings": "comparison.compare_groups",
    "describe_dataset": "recording.catalogue.public_data",
    "draw_figure": "reproduction.figures",
    "export_recording": "recording.exports.export",
    "fetch_dataset": "recording.catalogue.public_data",
    "film": "reproduction.agents.film",
    "from_pynapple": "recording.exports.pynapple",
    "list_datasets": "recording.catalogue.public_data",
    "list_experiments": "training.run.trainer",
    "list_figures": "reproduction.figures",
    "load": "recording.load",
    "load_dataset": "recording.catalogue.public_data",
    "open_recording": "recording.storage",
    "record": "recording.record",
    "reproduce": "reproduction.figures",
    "save_recording": "recording.storage",
    "simulate": "recording.simulate",
    "sweep": "training.run.sweep",
    "to_pynapple": "recording.exports.pynapple",
    "train": "training.run.trainer",
}

__all__ = [
    "Intervention",
    "check",
    "compare",
    "compare_recordings",
    "describe_dataset",
    "draw_figure",
    "export_recording",
    "fetch_dataset",
    "film",
    "from_pynapple",
    "list_datasets",
    "list_experiments",
    "list_figures",
    "load",
    "load_dataset",
    "open_recording",
    "record",
    "reproduce",
    "save_recording",
    "simulate",
    "sweep",
    "to_pynapple",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public call when it is first used: torch and others are slow to load."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
