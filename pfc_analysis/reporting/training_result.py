"""Say how well trained replicas do, beside chance and the best that is known, and what is next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pfc_analysis.reporting.solved_task import (
    OBSERVER_SESSIONS,
    earn,
    earn_at_random,
    find_observer,
    name_observer,
)
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_experiment
from pfc_analysis.training.run.training_log import summarise_replica


def say_trained(
    experiment: str | Path, folder: Path, settings: Mapping[str, Any] | None = None
) -> list[str]:
    """Say what each replica earns at the end of training, and how to record it.

    Parameters
    ----------
    experiment : str or Path
        As for `pfc_analysis.train`.
    folder : Path
        Folder of the trained agent.
    settings : mapping, optional
        Settings of the task that differ from the recipe's.

    Returns
    -------
    list of str
        Reward per trial of each replica; what random choices and the ideal observer earn, where
        they can play the task; the next command.
    """
    rewards = [
        f"{replica.name} {summarise_replica(replica).reward_per_trial:.3f}"
        for replica in list_replicas(folder)
    ]
    reward = f"Reward per trial in the last 5 % of training: {', '.join(rewards)}"
    known = _say_known(experiment, settings or {})
    command = ["pfc", "record", str(experiment)]
    if Path(experiment) != folder:
        command += ["--agent", str(folder)]
    return [
        f"{reward}{f' ({known})' if known else ''}.",
        f"Next: {shlex.join([*command, '--out', 'agents.nc'])}",
    ]


def _say_known(experiment: str | Path, settings: Mapping[str, Any]) -> str:
    """Say what random choices and the ideal observer earn; "" where they cannot play the task."""
    found = find_experiment(experiment)
    recipe = found.recipe.with_task(settings)
    task, shipped = recipe.training_task(), found.task_file is None
    try:
        chance = earn_at_random(task, OBSERVER_SESSIONS)
    except ValueError:  # not a task of one choice between left and right
        return ""
    said = f"random choices: {chance:.3f}"
    # The observers know the tasks of this package by name; a task of the user's own may share one.
    observer = find_observer(recipe) if shipped else None
    if observer is None:
        return said
    name = name_observer(observer).removeprefix("the ")
    return f"{said}; {name}: {earn(observer, task, OBSERVER_SESSIONS):.3f}"
