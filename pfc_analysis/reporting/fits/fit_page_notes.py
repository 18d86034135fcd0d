"""Notes on single fits: equal notes on a model stand once, with the subjects they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import xarray as xr

from pfc_analysis.fitting.models.fit_sentences import NAMED
from pfc_analysis.reporting.page import PageList, Section

_BEGINNINGS = (
    "The likelihood", "The choices", "The search", "Only one", "Sessions differ",
    "Quite different", r"\d+ of \d+ starts",
)  # fmt: skip
"""How notes on a fit begin (`pfc_analysis.fitting.estimation.fit_notes`), which stand in one text.
A sentence that begins otherwise belongs to the note before it."""

_FOLD = (r"Fold \d",)
"""How notes on held-out sessions begin; what is said of a fold stays together."""


def lay_out_notes(result: xr.Dataset) -> Section:
    """List what must be known about single fits, and who was left out."""
    rows = [f"Left out: {text}." for text in result.attrs["left_out"]]
    subjects = list(map(str, result["subject"].values))
    several = 0
    for model in result["model"].values:
        one = result.sel(model=model)
        title = str(one["title"].values)
        for about, text in _group(one, subjects):
            several = max(several, len(about))
            rows.append(f"{title}{_write_subjects(about, len(subjects))}: {text}")
    if several > NAMED:
        rows.append("The table of the fit has the notes on each subject, by name.")
    return Section("Notes on single fits", [PageList(rows)], folded=True)


def _group(one: xr.Dataset, subjects: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Group the notes on one model: those on the same subjects stand together."""
    about: dict[str, list[str]] = {}
    for k, subject in enumerate(subjects):
        notes = split_notes(str(one["fit_note"].values[k]), _BEGINNINGS)
        notes += split_notes(str(one["heldout_note"].values[k]), _FOLD)
        for note in dict.fromkeys(notes):
            about.setdefault(note, []).append(subject)
    together: dict[tuple[str, ...], list[str]] = {}
    for note, names in about.items():
        together.setdefault(tuple(names), []).append(note)
    for named, notes in together.items():
        yield named, " ".join(notes)


def split_notes(text: str, beginnings: Sequence[str] = _BEGINNINGS) -> list[str]:
    """Split the text on one fit into its notes."""
    return re.split(rf"(?<=\.) (?={'|'.join(beginnings)})", text) if text else []


def _write_subjects(about: Sequence[str], n_subjects: int) -> str:
    """Write whom a note is about: ", 3 of 20 subjects (a, b, c)"; nothing with one subject."""
    if n_subjects == 1:
        return ""
    if len(about) == 1:
        return f", {about[0]}"
    names = f" ({', '.join(about)})" if len(about) <= NAMED else ""
    return f", {len(about)} of {n_subjects} subjects{names}"
