"""Convert what an episodic memory stored and reinstated to the variables of a recording."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pfc_analysis.recording.play_variables import Variables
from pfc_analysis.tasks.contract import Array
from pfc_analysis.training.interface.memory_log import MemoryLog

STEPS = ("trial", "step")


def lay_out_memory(
    memory: MemoryLog, trial: Array, on_steps: Callable[[Array, float], Array], units: bool
) -> Variables:
    """Make the variables of a network's episodic memory.

    Parameters
    ----------
    memory : MemoryLog
        What was stored and reinstated.
    trial : ndarray of int64, shape (time step, session)
        Trial of each time step.
    on_steps : callable
        Rearranges values of time steps to (trial, step, ...), given the value of missing steps.
    units : bool
        Whether to include the gate of each unit.

    Returns
    -------
    dict
        Variables of the recording by name.
    """
    retrieved = memory.retrieved_trial(trial).astype(np.int32)
    variables: Variables = {
        "retrieved_trial": (STEPS, on_steps(retrieved, -1), {}),
        "stored": (STEPS, on_steps(memory.stored.astype(np.int8), -1), {}),
        "memory_share": (STEPS, on_steps(memory.share, np.nan), {}),
    }
    if units:
        gate = on_steps(memory.gate, np.nan)
        # The engine's tanh is exact to 3e-7, so a gate of 1 may have become 1.0000002.
        np.clip(gate, 0.0, 1.0, out=gate)
        variables["reinstatement_gate"] = ((*STEPS, "unit"), gate, {})
    return variables
