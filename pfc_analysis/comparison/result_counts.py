"""Count what entered a comparison and what did not, and say why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.comparison.measure_groups import MeasuredGroup
from pfc_analysis.comparison.question import LOG_ODDS, Question
from pfc_analysis.comparison.usable_trials import MARKS

NO_INTERVAL = (
    "no interval: fewer than five subjects, and one of them has too few sessions or trials to show "
    "how its own estimate varies"
)

MOST_REASONS = 3
"""Most reasons that are given for subjects without a value."""

_DETAIL = re.compile(r"\d+")


def add_counts(result: xr.Dataset, groups: Sequence[MeasuredGroup]) -> None:
    """Add how many subjects, sessions and trials (or blocks, ...) each mean is made of."""
    dims = ("group", "quantity")
    known = [np.isfinite(group.measured.subjects.value) for group in groups]
    sessions = [own.T @ _count_used(group) for own, group in zip(known, groups, strict=True)]
    used = [
        np.where(own, group.measured.subjects.n, 0).sum(axis=0)
        for own, group in zip(known, groups, strict=True)
    ]
    result["n_recorded"] = ("group", [len(group.usable.trials.subjects) for group in groups])
    result["n_subjects"] = (dims, np.stack([group.mean.n_subjects for group in groups]))
    result["n_sessions"] = (dims, np.stack(sessions).astype(np.int64))
    result["n_used"] = (dims, np.stack(used).astype(np.int64))
    result["counted"] = (dims, np.array([group.measured.counted for group in groups], dtype=str))


def _count_used(group: MeasuredGroup) -> np.ndarray:
    """Count the sessions of each subject with a trial that is analysed, (subject,)."""
    trials, of_subject = group.usable.trials, group.usable.of_subject
    used = np.bincount(trials.session, trials.predicted, of_subject.size) > 0
    return np.bincount(of_subject[used], minlength=len(trials.subjects))


def add_marks(result: xr.Dataset, groups: Sequence[MeasuredGroup]) -> None:
    """Add how many trials of how many subjects carry each mark."""
    dims = ("group", "mark")
    counts = [group.usable.counts for group in groups]
    result["n_trials"] = ("group", [int(group.usable.n_trials.sum()) for group in groups])
    result["n_marked"] = (dims, np.stack([own.sum(axis=0) for own in counts]))
    result["n_marked_subjects"] = (dims, np.stack([(own > 0).sum(axis=0) for own in counts]))
    said = [[_count_marked(group, mark) for mark in range(len(MARKS))] for group in groups]
    result["mark_count"] = (dims, np.array(said, dtype=str))


def _count_marked(group: MeasuredGroup, mark: int) -> str:
    """Say how many trials of a group carry a mark: "4,582 of 44,000 trials, in 5 of 6 rats"."""
    own, n = group.usable.counts[:, mark], len(group.usable.trials.subjects)
    if not own.any():
        return ""
    trials = f"{own.sum():,} of {group.usable.n_trials.sum():,} trials"
    return f"{trials}, in {(own > 0).sum()} of {n} {group.name}"


def explain_gaps(group: MeasuredGroup) -> list[str]:
    """Say how many subjects have no value and why, or that there is no interval; (quantity,)."""
    lower, _ = group.mean.interval()
    found = []
    for quantity, end in enumerate(lower):
        lacking = ~np.isfinite(group.measured.subjects.value[:, quantity])
        text = _count_gaps(group.measured.subjects.note[lacking, quantity], lacking.size)
        if not lacking.all() and np.isnan(end):
            text = "; ".join([*([text] if text else []), NO_INTERVAL])
        found.append(text)
    return found


def _count_gaps(notes: np.ndarray, n: int) -> str:
    """Count the reasons of subjects without a value; reasons that differ in a number are one."""
    if notes.size == 0:
        return ""
    texts = [str(note) or "no value" for note in notes]
    kinds = Counter(_DETAIL.sub("#", text) for text in texts)
    first = {_DETAIL.sub("#", text): text for text in reversed(texts)}
    if len(kinds) == 1:
        why = texts[0]
    else:
        said = [f"{count}: {first[kind]}" for kind, count in kinds.most_common(MOST_REASONS)]
        more = len(kinds) - len(said)
        why = "; ".join(said + [f"{more} more reason(s)"] * (more > 0))
    return why if notes.size == n else f"{notes.size} of {n} have no value ({why})"


def explain_penalty(questions: Sequence[Question], groups: Sequence[MeasuredGroup]) -> list[str]:
    """Say which quantities come from a regression with Firth's penalty, and why; (quantity,)."""
    lacking = [
        f"{len(group.measured.separated)} of {len(group.usable.trials.subjects)} {group.name}"
        for group in groups
        if group.measured.separated
    ]
    if not lacking:
        return [""] * len(questions)
    text = (
        "fitted with Firth's bias-reducing penalty in all subjects, because maximum likelihood has "
        f"no estimate for {' and '.join(lacking)}"
    )
    return [text if question.unit == LOG_ODDS else "" for question in questions]
