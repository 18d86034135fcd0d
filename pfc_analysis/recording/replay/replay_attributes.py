"""The attributes of a replay: both sources, and which trials no agent can live through."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.play_log import list_software
from pfc_analysis.recording.replay.replayed_blocks import TABLE_DIMS, Replay
from pfc_analysis.recording.titles import TITLE, title_of_replay
from pfc_analysis.training.recipes.recipe_files import format_recipe
from pfc_analysis.training.run.shipped_experiments import WEIGHTS

AGENTS = {"observation", "action", "value", "rpe", "rpe_input", "hidden", "cell"}
"""Variables of agents, which a replay makes anew."""

PREFIX = "replayed_"
"""Begins the names of the attributes that the replayed recording had."""


def describe_replay(
    replay: Replay, replicas: Sequence[Path], resets: str, untrained: bool
) -> dict[str, Any]:
    """Return the attributes of a replay.

    Parameters
    ----------
    replay : Replay
        What was replayed.
    replicas : sequence of Path
        Folders of the replicas.
    resets : str
        Where the state of the agent began anew.
    untrained : bool
        Whether the weights were those before training.
    """
    recipe, lived = replay.recipe, replay.lived
    digests = [hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() for folder in replicas]
    attributes: dict[str, Any] = {
        TITLE: title_of_replay(len(replicas), recipe.experiment, replay.recording),
        "kind": "replay",
        "experiment": recipe.experiment,
        "recipe": format_recipe(recipe),
        "weights_sha256": digests,
        "software": list_software(),
        "task": repr(replay.task),
        "resets": resets,
        "trials_of_recording": int(replay.recording.sizes["trial"]),
        "trials_left_out": sum(lived.left_out.values()),
        "reward_unit": lived.reward_unit,
        "notes": _write_notes(replay, resets),
    }
    if untrained:
        del attributes["weights_sha256"]  # it is that of the trained weights
        attributes["notes"].insert(0, "Weights are those before training.")
    if replay.task.questions:
        attributes["questions"] = replay.task.questions
    source = {f"{PREFIX}{name}": value for name, value in replay.recording.attrs.items()}
    return attributes | source


def _note_gaps(recording: xr.Dataset) -> list[str]:
    """Say how many trials the numbers of trials skip: the recording does not hold them."""
    number = recording["trial_in_session"].values.astype(np.int64)
    whose = zip(*(recording[name].values.tolist() for name in ("subject", "session")), strict=True)
    label = list(whose)
    same = np.array([one == other for one, other in pairwise(label)], dtype=np.bool_)
    skipped = int((np.diff(number)[same] - 1).sum())
    if not skipped:
        return []
    return [
        f"The numbers of trials skip {skipped:,} trials inside sessions, which the recording does "
        "not hold: the agents did not see them, and their state carries on."
    ]


def _write_notes(replay: Replay, resets: str) -> list[str]:
    """Say in sentences how the trials were replayed."""
    lived, recording = replay.lived, replay.recording
    n_trials = recording.sizes["trial"]
    where = {"session": "with each session", "subject": "with each subject only"}
    begins = where.get(resets, f"with each session and at each change of {resets}")
    notes = [f"The agents' state begins anew {begins}.", *lived.notes]
    for reason, count in lived.left_out.items():
        notes.append(
            f"{count:,} of {n_trials:,} trials were left out ({reason}): no agent can live through "
            "them. Its state carries on from the trial before to the trial after."
        )
    notes += _note_gaps(recording)
    if lived.reward_unit != 1.0:
        notes.append(
            f"Rewards were divided by {lived.reward_unit:g}, so that the largest is that of the "
            "task, as for fits of learners; values and prediction errors are in the task's units."
        )
    if "automatic_reward" in recording:
        free = int((recording["automatic_reward"].values == 1).any(axis=-1).sum())
        notes += [f"The reward given free in {free:,} trials is not seen by the agents."] * (
            free > 0
        )
    if not replay.keeps_arms:
        notes.append("Variables on arm were left out: the arms are not the choices of the task.")
    played = str(recording.attrs.get("task", ""))
    if played.startswith(f"{type(replay.task).__name__}(") and played != repr(replay.task):
        notes.append(f"The recording was made with {played}, and replayed as {replay.task!r}.")
    apart = [
        str(name)
        for name, array in recording.variables.items()
        if "trial" in array.dims and array.dims not in TABLE_DIMS and name not in AGENTS
    ]
    if apart:
        notes.append(f"Not copied from the recording: {', '.join(sorted(apart))}.")
    return notes
