"""Complete names on the command line: experiments, figures and data sets."""

from __future__ import annotations

import pfc_analysis as pfc


def complete_experiment(incomplete: str) -> list[tuple[str, str]]:
    """Return the experiments whose names begin so, with their titles."""
    return [item for item in pfc.list_experiments().items() if item[0].startswith(incomplete)]


def complete_figure(incomplete: str) -> list[tuple[str, str]]:
    """Return the figures whose names begin so, with what they ask."""
    return [(row[0], row[1]) for row in pfc.list_figures().rows if row[0].startswith(incomplete)]


def complete_dataset(incomplete: str) -> list[tuple[str, str]]:
    """Return the data sets whose names begin so, with their titles."""
    return [
        (entry.name, entry.title)
        for entry in pfc.list_datasets()
        if entry.name.startswith(incomplete)
    ]


def complete_learner(incomplete: str) -> list[str]:
    """Return lists of learners whose last name begins so."""
    *before, last = incomplete.split(",")
    found = [name for name in pfc.learners.list_learners() if name.startswith(last)]
    return [",".join([*before, name]) for name in found]
