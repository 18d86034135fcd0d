"""Check that the memory that a recipe asks for goes with its task and the rest of its network."""

from __future__ import annotations

from typing import Any

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.memory_log import require_context


def check_memory(task: Task, network: Any) -> None:
    """Raise a ValueError if the memory of a network (`NetworkRecipe`) cannot be used."""
    if not network.has_memory:
        if network.reinstatement is not None:
            raise ValueError(
                f"reinstatement = {network.reinstatement:g}: expected only with memory = 'episodic'"
            )
        return
    require_context(task)
    if network.feedback != "reward":
        raise ValueError(
            f"memory = 'episodic' with feedback = {network.feedback!r}: expected 'reward', as "
            "networks with a memory have one LSTM"
        )
