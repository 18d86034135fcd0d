"""Name the kinds of trials, and the sequence of events that stands for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.dynamics.trial_maps import MOST_GROUPS, name_values
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.dynamics.event_sequences import EventSequences
from pfc_analysis.near_names import did_you_mean
from pfc_analysis.tasks.contract import Task

KIND_VARIABLES = ("choice", "second_state", "second_choice", "cue", "reward")
"""Variables whose values make the kinds of trials where the caller names none."""


def name_kinds(trials: xr.Dataset, variables: Sequence[str] | None) -> tuple[list[str], IntArray]:
    """Name the kinds of trials, and number each trial by them; -1: of no kind.

    Raises
    ------
    AnalysisError
        If there is no such variable, or there are too many kinds or none.
    """
    if variables is None:
        variables = [name for name in KIND_VARIABLES if name in trials]
    unknown = [name for name in variables if name not in trials]
    if unknown or not variables:
        known = sorted(str(name) for name in trials.data_vars)
        hint = did_you_mean(unknown[0], known) if unknown else ""
        raise AnalysisError(
            f"kinds: found {list(variables)}{hint}; expected variables on trial: {', '.join(known)}"
        )
    named = [name_values(trials[name]) for name in variables]
    every = np.stack([number for _, number in named], axis=1)
    known_rows = (every >= 0).all(axis=1)
    rows, inverse = np.unique(every[known_rows], axis=0, return_inverse=True)
    if not 0 < len(rows) <= MOST_GROUPS:
        raise AnalysisError(
            f"kinds: found {len(rows)} kinds of trials by {', '.join(variables)}, expected 1 to "
            f"{MOST_GROUPS}; name fewer variables"
        )
    number = np.full(len(every), -1, np.int64)
    number[known_rows] = inverse.ravel()
    names = [", ".join(texts[k] for (texts, _), k in zip(named, row, strict=True)) for row in rows]
    return names, number


def find_typical(kind: IntArray, sequence: IntArray, n_kinds: int) -> IntArray:
    """Find the most frequent sequence of events of each kind, int array (kind,)."""
    counts = np.zeros((n_kinds, int(sequence.max()) + 1), np.int64)
    np.add.at(counts, (kind[kind >= 0], sequence[kind >= 0]), 1)
    return counts.argmax(axis=1).astype(np.int64)


def name_held(
    sequences: EventSequences, step: str, task: Task
) -> tuple[list[str], IntArray, list[tuple[int, int]]]:
    """Name the different inputs that are read at a step.

    Returns
    -------
    names : list of str
    number : int array (trial,)
        Input of each trial at the step, -1 where it was not reached.
    places : list of (int, int)
        For each input, a sequence of events and the place in it.

    Raises
    ------
    AnalysisError
        If there is no such step, or the inputs are too many.
    """
    if step not in task.steps:
        raise AnalysisError(
            f"held: found {step!r}{did_you_mean(step, task.steps)}; expected a step of the task: "
            f"{', '.join(task.steps)}"
        )
    # The first step of the next trial, at which the outcome is read, is the last of a sequence.
    place = task.steps.index(step) - 1
    found: dict[bytes, int] = {}
    places: list[tuple[int, int]] = []
    of_sequence = np.full(len(sequences.inputs), -1)
    for k, inputs in enumerate(sequences.inputs):
        at = len(inputs) - 1 if place < 0 else place
        if at == len(inputs) - 1 and place >= 0:
            continue  # the trial ended before the step
        key = inputs[at].tobytes()
        if key not in found:
            found[key] = len(places)
            places.append((k, at))
        of_sequence[k] = found[key]
    if not 0 < len(places) <= MOST_GROUPS:
        raise AnalysisError(
            f"held: found {len(places)} different inputs at {step!r}, expected 1 to {MOST_GROUPS}"
        )
    names = [_name_input(sequences.inputs[k][at], task) for k, at in places]
    return names, of_sequence[sequences.number], places


def _name_input(row: np.ndarray, task: Task) -> str:
    n, m = len(task.observations), len(task.cues)
    shown = task.observations[int(row[:n].argmax())]
    cues = "".join(f", {c} {v:g}" for c, v in zip(task.cues, row[n : n + m], strict=True) if v)
    done = task.actions[int(row[n + m : -1].argmax())]
    return f"{shown}{cues}, after {done}, reward {row[-1]:g}"
