"""Lay out the page of a comparison: sentences, figure, tables, and where the data come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.reporting.comparison_figure import count_of, describe_figure, draw_for_page
from pfc_analysis.reporting.comparison_tables import (
    lay_out_effects,
    lay_out_headlines,
    lay_out_sessions,
    lay_out_subjects,
    lay_out_trials,
)
from pfc_analysis.reporting.page import Page, PageFigure, PageList, PageTable

ABOUT = ("species", "task", "source", "licence", "citation", "doi")
"""Attributes of a recording that say where its data come from."""


def lay_out_page(
    result: xr.Dataset, recordings: Mapping[str, xr.Dataset], command: str, files: Sequence[str]
) -> Page:
    """Lay out the page of a comparison.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.
    recordings : mapping of str to xarray.Dataset
        What was compared, by group. Their attributes say where the data come from and what was
        assumed when they were read.
    command : str
        The command that makes the comparison again.
    files : sequence of str
        Names of the files beside the page.

    Returns
    -------
    Page
    """
    light, dark = draw_for_page(result)
    caption = describe_figure(result)
    names = " and ".join(map(str, result["group"].values))
    sections: list[PageTable | PageList] = [
        _list_sentences(result),
        lay_out_headlines(result),
        lay_out_effects(result),
        _list_mixed_notes(result),
        lay_out_trials(result),
        *_list_assumptions(recordings),
        *_list_sources(recordings),
        lay_out_subjects(result),
        lay_out_sessions(result),
    ]
    return Page(
        title=f"{names[:1].upper()}{names[1:]} compared: {result.attrs['experiment']}",
        subtitle=_count(result),
        summary=[str(text) for text in result["summary"].values],
        figure=PageFigure(light, dark, caption, caption),
        sections=[section for section in sections if section.rows],
        command=command,
        files=files,
    )


def _count(result: xr.Dataset) -> str:
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


def _list_sentences(result: xr.Dataset) -> PageList:
    """List one sentence for each headline quantity."""
    headline = result.isel(quantity=(result["headline"] == 1).values)
    sentences = [str(text) for texts in headline["sentence"].values for text in texts]
    return PageList("Measure by measure", sentences, result.attrs["note"])


def _list_mixed_notes(result: xr.Dataset) -> PageList:
    """List why there is no mixed regression."""
    notes = [
        f"{comparison}: {note}"
        for comparison, note in zip(
            result["comparison"].values, result["mixed_note"].values, strict=True
        )
        if note
    ]
    return PageList("Mixed-effects logistic regression", notes)


def _list_assumptions(recordings: Mapping[str, xr.Dataset]) -> list[PageList]:
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


def _list_sources(recordings: Mapping[str, xr.Dataset]) -> list[PageList]:
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
