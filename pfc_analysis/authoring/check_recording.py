"""Check that a recording of an untrained agent is valid and can be compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.authoring.fault import Fault, NotApplicableError, Subject
from pfc_analysis.comparison.compare_groups import compare_recordings
from pfc_analysis.comparison.questions import list_question_sets
from pfc_analysis.recording.concatenate import concatenate_recordings
from pfc_analysis.recording.play_log import RECORDING_STREAM, lay_out_trials
from pfc_analysis.recording.play_variables import COORDINATES_BESIDE
from pfc_analysis.recording.schema import COORDINATES, VARIABLES, RecordingError, with_attributes
from pfc_analysis.recording.storage import open_recording, save_recording
from pfc_analysis.recording.unit_log import lay_out_units
from pfc_analysis.recording.validation import validate
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.replica import first_weights, make_engine, single_thread

SESSIONS, SUBJECTS, RESAMPLES = 12, 4, 100


def record_untrained(recipe: Recipe, seed: int) -> xr.Dataset:
    """Record an untrained network while it plays test sessions.

    Parameters
    ----------
    recipe : Recipe
        Recipe of the experiment.
    seed : int
        Seed of the weights and the sessions.

    Returns
    -------
    xarray.Dataset
        The recording, with the attributes of the schema, not validated.
    """
    task = recipe.testing_task()
    with single_thread():
        engine = make_engine(recipe, first_weights(recipe, seed), task, SESSIONS)
        activity = engine.play(np.random.default_rng([RECORDING_STREAM, seed]))
    recording = lay_out_trials(task, activity.log, f"untrained_{seed}")
    recording = recording.assign(lay_out_units(task, activity, recipe.feedback()))
    recording = recording.set_coords(COORDINATES_BESIDE & set(recording.data_vars))
    recording.attrs = {"kind": "agent", "experiment": recipe.experiment, "title": recipe.title}
    if task.questions:
        recording.attrs["questions"] = task.questions
    return with_attributes(recording)


def check_recording(subject: Subject) -> Iterator[Fault]:
    """Record an untrained agent; check the recording, and that it survives saving and opening."""
    try:
        recording = record_untrained(subject.recipe, 1)
    except Exception as error:
        yield subject.blame(error, "Correct tabulate.")
        return
    undescribed = list(_find_undescribed(subject, recording))
    yield from undescribed
    if undescribed:
        return
    try:
        validate(recording, source="recording of an untrained agent")
    except RecordingError as error:
        yield Fault(str(error), "Correct tabulate.", subject.line("def tabulate"))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = save_recording(recording, Path(folder) / "untrained.nc")
        with open_recording(path) as again:
            if not recording.identical(again.load()):
                yield Fault(
                    "the recording changed when it was saved and opened again",
                    "Use only plain numbers in the entries of tabulate; put text in attributes.",
                    subject.line("def tabulate"),
                )


def _find_undescribed(subject: Subject, recording: xr.Dataset) -> Iterator[Fault]:
    for name, array in recording.variables.items():
        if name not in VARIABLES and name not in COORDINATES and not array.attrs.get("long_name"):
            yield Fault(
                f"the variable {name!r} has no long_name and is not in the recording schema",
                f'Describe it in tabulate: "{name}": code(..., long_name="what it is").',
                subject.line(f'"{name}"', f"'{name}'", "def tabulate"),
            )


def check_comparison(subject: Subject) -> Iterator[Fault]:
    """Compare two groups of untrained agents with the questions of the task."""
    if not subject.task.questions:
        raise NotApplicableError(f"no questions: {subject.task.why_no_questions}")
    parts = [record_untrained(subject.recipe, seed) for seed in range(2 * SUBJECTS)]
    agents, others = (concatenate_recordings(part) for part in (parts[:SUBJECTS], parts[SUBJECTS:]))
    # The second group stands for animals. Sessions of animals continue each other, so keep one.
    others = others.isel(trial=others["session"].values == 0)
    groups = {"agents": agents.assign_attrs(parts[0].attrs), "others": others}
    try:
        compare_recordings(subject.recipe.experiment, groups, 1, RESAMPLES)
    except Exception as error:
        yield Fault(
            f"compare fails with the questions {subject.task.questions!r}: {error}",
            "Add the missing variables to tabulate, or choose other questions "
            f"({', '.join(list_question_sets())}). Where no set fits the task, write questions = "
            '"" and why_no_questions = "the reason": it is then trained, recorded and analysed, '
            "but not compared.",
            subject.line("questions =", "def tabulate"),
        )


def shorten(recipe: Recipe) -> Recipe:
    """Return the recipe with a small network, which can be checked in seconds."""
    return replace(recipe, network=replace(recipe.network, units=min(recipe.network.units, 8)))
