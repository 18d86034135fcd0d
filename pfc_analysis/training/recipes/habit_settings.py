"""Check that the habit that a recipe asks for goes with its task and the rest of its network."""

from __future__ import annotations

from typing import Any

from pfc_analysis.tasks.contract import Task


def check_habit(task: Task, network: Any) -> None:
    """Raise a ValueError if the habit of a network (`NetworkRecipe`) cannot be used."""
    if network.habit is None:
        for name in ("habit_rate", "habit_weight"):
            if getattr(network, name) is not None:
                raise ValueError(
                    f"{name} = {getattr(network, name):g}: expected only with habit = 'model_free'"
                )
        return
    if task.view_shape is not None:
        raise ValueError(
            f"habit = {network.habit!r}: task {task.name!r} shows pictures, and the habit's values "
            "stand in a table by observation; use a task with coded observations"
        )
    if network.architecture is not None:
        raise ValueError(
            f"habit = {network.habit!r} with architecture = {network.architecture!r}: a habit "
            "stands beside the network of Wang et al. only; remove one of the two"
        )
    if network.memory is not None or network.feedback != "reward":
        raise ValueError(
            f"habit = {network.habit!r} with memory = {network.memory!r} and feedback = "
            f"{network.feedback!r}: expected no memory, and 'reward': a habit stands beside "
            "networks of one LSTM without a memory"
        )
