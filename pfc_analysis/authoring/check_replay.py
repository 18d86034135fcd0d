"""Check that agents can live through given trials: the task's method `script`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from pfc_analysis.authoring.check_recording import record_untrained
from pfc_analysis.authoring.fault import Fault, NotApplicableError, Subject
from pfc_analysis.recording.replay.lived_trials import LivedTrials, read_lived
from pfc_analysis.recording.replay.replayed_blocks import Replay
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.run.replica import first_weights

SEED = 1
SOURCE = "recording of an untrained agent"
CURE = (
    "Correct script: it is the reverse of tabulate (see pfc_analysis.tasks.contract.Task.script)."
)


def check_replay(subject: Subject) -> Iterator[Fault]:
    """Let an untrained agent live through its own recording, and compare step by step.

    Observations, actions and rewards are compared, and in tasks without graded cues the network's
    values.
    """
    task = subject.recipe.testing_task()
    if task.view_shape is not None:
        raise NotApplicableError(
            "trials that show pictures are not held by a table, so that nobody else's can be lived "
            "through (pfc.replay)"
        )
    if type(task).script is Task.script:
        raise NotApplicableError(
            "the task has no method script, so that agents cannot live through the trials of "
            "animals (pfc.replay). To let them: write script, as in the task that pfc new makes"
        )
    recording = record_untrained(subject.recipe, SEED)
    tables = {
        "": recording,
        " from the trial table alone": recording.drop_vars(["observation", "action"]),
    }
    for how, given in tables.items():
        try:
            lived = read_lived(given, task, "session", SOURCE)
        except Exception as error:
            yield _blame(subject, error, how)
            return
        yield from _compare_rewards(subject, recording, lived)
        # Graded cues are not in a recording, and a script may make others, such as barcodes.
        if not how and not task.cues:
            yield from _compare_values(subject, recording, lived, task)


def _blame(subject: Subject, error: Exception, how: str) -> Fault:
    """Say what script raised, or where its steps differ from those that were recorded."""
    found = subject.blame(error, CURE)
    at_script = subject.line("def script")
    where = at_script if found.where == subject.file else found.where
    return Fault(f"replaying a recording{how}: {found.problem}", CURE, where)


def _compare_rewards(
    subject: Subject, recording: xr.Dataset, lived: LivedTrials
) -> Iterator[Fault]:
    """Compare what the steps of each trial pay with its reward."""
    paid = lived.script.reward.sum(axis=1) * lived.reward_unit
    earned = recording["reward"].values[lived.rows]
    wrong = np.flatnonzero(~np.isclose(paid, earned))
    if wrong.size:
        trial = int(lived.rows[wrong[0]])
        yield Fault(
            f"script: trial {trial} pays {paid[wrong[0]]:g}, but its reward is "
            f"{earned[wrong[0]]:g} ({wrong.size} such trial(s))",
            CURE,
            subject.line("def script"),
        )


def _compare_values(
    subject: Subject, recording: xr.Dataset, lived: LivedTrials, task: Task
) -> Iterator[Fault]:
    """Compare the network's values along its own recording with those that it had."""
    plan = Replay(subject.recipe, task, recording, lived, units=False)
    blocks = plan.blocks("replica", first_weights(subject.recipe, SEED))
    value = np.concatenate([block["value"][1] for block in blocks])
    own = recording["value"].values[lived.rows]
    wrong = np.flatnonzero((~np.isclose(value, own, equal_nan=True)).any(axis=1))
    if wrong.size:
        yield Fault(
            f"script: a network that is replayed along its own recording has other values from "
            f"trial {int(lived.rows[wrong[0]])} on: it was shown, did or earned something else "
            "at a step before",
            CURE,
            subject.line("def script"),
        )
