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
    if task.view_shape is not None:
        raise ValueError(
            f"memory = 'episodic': task {task.name!r} shows pictures, and networks with a memory "
            "read coded observations only. Leave out memory, or use a task with coded "
            "observations that names a context, such as 'episodic_two_step'"
        )
    require_context(task)
    if network.feedback != "reward":
        raise ValueError(
            f"memory = 'episodic' with feedback = {network.feedback!r}: a network with a memory "
            "has one LSTM, which reads rewards, and prediction errors are read by two. Set "
            "feedback = 'reward' to keep the memory, or leave out memory to keep the errors"
        )
