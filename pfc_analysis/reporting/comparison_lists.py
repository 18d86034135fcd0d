"""Lay out the texts of a comparison's page: what was asked, sentences, assumptions and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.reporting.estimate_text import as_words, count_of
from pfc_analysis.reporting.measure_definitions import ASKED, define
from pfc_analysis.reporting.page import PageList, PageTerms, PageText, Section

ABOUT = ("species", "title", "task", "source", "licence", "citation", "doi", "software")
"""Attributes of a recording that say where its data come from."""

READ = "How your file was read (please check)"


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


def say_what_was_asked(result: xr.Dataset) -> Section:
    """Say in two sentences what was asked."""
    return Section("What was asked", [PageText([" ".join(ASKED[result.attrs["questions"]])])])


def define_quantities(result: xr.Dataset) -> Section:
    """Define every quantity, headlines first, and add what a reader must know about them."""
    titles: dict[str, list[str]] = {}
    asked = str(result.attrs["questions"])
    for name, title, lag in zip(
        *(result[field].values for field in ("name", "title", "lag")), strict=True
    ):
        named = as_words(name) if lag else str(title).removeprefix("the ")
        found = titles.setdefault(str(name), [])
        if named not in found:
            found.append(named)
    rows = [
        (_capitalise(named[0] if len(named) == 1 else as_words(name)), define(name, asked))
        for name, named in titles.items()
    ]
    note = result.attrs["note"]
    return Section(
        "What the quantities mean", [*([PageText([note])] if note else []), PageTerms(rows)]
    )


def list_sentences(result: xr.Dataset) -> Section:
    """List one sentence for each headline quantity."""
    headline = result.isel(quantity=(result["headline"] == 1).values)
    sentences = [str(text) for texts in headline["sentence"].values for text in texts]
    return Section("Measure by measure", [PageList(sentences)])


def list_mixed_notes(result: xr.Dataset) -> PageList:
    """List why there is no mixed regression."""
    notes = [
        f"{comparison}: {note}"
        for comparison, note in zip(
            result["comparison"].values, result["mixed_note"].values, strict=True
        )
        if note
    ]
    return PageList(notes)


def list_assumptions(recordings: Mapping[str, xr.Dataset]) -> list[Section]:
    """List, for each group read from files, what was assumed and left out."""
    found = {}
    for group, recording in recordings.items():
        rows = _as_list(recording.attrs.get("assumed"))
        rows += [f"left out: {text}" for text in _as_list(recording.attrs.get("left_out"))]
        if recording.attrs.get("kind") != "agent":
            found[group] = rows or ["Nothing was assumed: the file says what every column means."]
    alone = len(found) == 1
    return [
        Section(READ if alone else READ.replace("file", f"file of {group}"), [PageList(rows)])
        for group, rows in found.items()
    ]


def list_sources(recordings: Mapping[str, xr.Dataset]) -> Section:
    """List where the data of each group come from, and the digests of the agents' weights."""
    parts = []
    for group, recording in recordings.items():
        rows = [
            f"{name}: {'; '.join(_as_list(recording.attrs[name]))}"
            for name in ABOUT
            if recording.attrs.get(name)
        ]
        digests = _as_list(recording.attrs.get("weights_sha256"))
        rows += [f"SHA-256 of the weights of replica {n}: {d}" for n, d in enumerate(digests, 1)]
        parts.append(PageList(rows, f"{_capitalise(group)}:"))
    return Section("Sources of the data", [part for part in parts if part.rows])


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def _as_list(value: Any) -> list[str]:
    """List the entries of an attribute; netCDF turns a list of one into its entry."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(entry) for entry in np.ravel(value)]
