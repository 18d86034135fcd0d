"""The attributes of a recording of agents: what it takes to make it again."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pfc_analysis.recording.play_log import list_software
from pfc_analysis.recording.streaming.session_blocks import Play
from pfc_analysis.recording.titles import TITLE, title_of_agents
from pfc_analysis.training.recipes.recipe_files import format_recipe
from pfc_analysis.training.recipes.settings_text import format_settings
from pfc_analysis.training.run.shipped_experiments import WEIGHTS


def describe_play(
    experiment: str | Path, play: Play, replicas: Sequence[Path], task: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the attributes needed to repeat a recording; no dates, so bytes stay the same.

    Parameters
    ----------
    experiment, play, replicas, task
        As in `pfc_analysis.recording.record.record_replicas`.

    Returns
    -------
    dict
        Attributes of the recording.
    """
    digests = [hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() for folder in replicas]
    rules = [rule.describe() for rule in play.rules]
    options = [f"--task {pair}" for pair in format_settings(task)]
    options += [f"--intervention {shlex.quote(rule)}" for rule in rules]
    options += [] if play.plasticity is None else [f"--plasticity {play.plasticity:g}"]
    options += [] if play.units else ["--no-units"]
    command = f"pfc record {shlex.quote(str(experiment))}"
    attributes = {
        TITLE: title_of_agents(
            len(replicas),
            play.recipe.experiment,
            play.sessions,
            play.recipe.title,
            play.plasticity is None,
        ),
        "kind": "agent",
        "experiment": play.recipe.experiment,
        "recipe": format_recipe(play.recipe),
        "seed": play.seed,
        "sessions": play.sessions,
        "command": " ".join([f"{command} --sessions {play.sessions} --seed {play.seed}", *options]),
        "weights_sha256": digests,
        "software": list_software(),
        "task": repr(play.task),
    }
    if play.task.questions:
        attributes["questions"] = play.task.questions
    if play.plasticity is not None:
        attributes["plasticity"] = float(play.plasticity)
    return attributes | ({"interventions": rules} if rules else {})
