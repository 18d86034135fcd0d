"""Lay out the lists of a comparison's page: sentences, assumptions and sources of the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.reporting.comparison_figure import count_of
from pfc_analysis.reporting.page import PageList

ABOUT = ("species", "task", "source", "licence", "citation", "doi")
"""Attributes of a recording that say where its data come from."""


def count_groups(result: xr.Dataset) -> str:
    """Count subjects, sessions and trials of each group."""
    parts = []
    for group in map(str, result["group"].values):
        own = result.isel(subject=(result["subject_group"] == group).values)
        counts = [
            count_of(own.sizes["subject"], "subject"),
            count_of(int(own["subject_n_sessions"].sum()), "session"),
            count_of(int(own["subject_n_trials"].sum()), "trial"),
        ]
        parts.append(f"{group}: {', '.join(counts)}")
    return "; ".join(parts) + "."


def list_sentences(result: xr.Dataset) -> PageList:
    """List one sentence for each headline quantity."""
    headline = result.isel(quantity=(result["headline"] == 1).values)
    sentences = [str(text) for texts in headline["sentence"].values for text in texts]
    return PageList("Measure by measure", sentences, result.attrs["note"])


def list_mixed_notes(result: xr.Dataset) -> PageList:
    """List why there is no mixed regression."""
    notes = [
        f"{comparison}: {note}"
        for comparison, note in zip(
            result["comparison"].values, result["mixed_note"].values, strict=True
        )
        if note
    ]
    return PageList("Mixed-effects logistic regression", notes)


def list_assumptions(recordings: Mapping[str, xr.Dataset]) -> list[PageList]:
    """List, for each group read from files, what was assumed and left out."""
    found = {}
    for group, recording in recordings.items():
        rows = _as_list(recording.attrs.get("assumed"))
        rows += [f"left out: {text}" for text in _as_list(recording.attrs.get("left_out"))]
        if rows:
            found[group] = rows
    what = "your file" if len(found) == 1 else "your file of {group}"
    return [
        PageList(f"How {what.format(group=group)} was read (please check)", rows)
        for group, rows in found.items()
    ]


def list_sources(recordings: Mapping[str, xr.Dataset]) -> list[PageList]:
    """List, for each group, where its data come from."""
    return [
        PageList(
            f"Source of the data: {group}",
            [
                f"{name}: {'; '.join(_as_list(recording.attrs[name]))}"
                for name in ABOUT
                if recording.attrs.get(name)
            ],
        )
        for group, recording in recordings.items()
    ]


def _as_list(value: Any) -> list[str]:
    """List the entries of an attribute; netCDF turns a list of one into its entry."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(entry) for entry in np.ravel(value)]
